//! Carries out what somebody typed: who may is decided from the event before anything is done, and the acknowledgement
//! comes before everything else.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;

use crate::commands::{self, At, Does, Raw, Seen, Source, Spec, Takes, Typed, Who, listed};
use crate::core::{Core, FRONT};
use crate::reply::{No, Reply, Shown};
use crate::wish::Wish;

/// Suggestions that Discord takes at once.
const MOST_SUGGESTIONS: usize = 25;
/// Characters of one that it takes.
const LONGEST_SUGGESTION: usize = 100;

impl Core {
    /// Acknowledges a command, does it, and answers.
    pub(crate) async fn command(&self, wish: &Wish, raw: &Raw) {
        let admitted = self.admitted(wish, raw);
        let shown = match &admitted {
            Ok((typed, _)) => typed.shown(),
            Err(_) => Shown::Alone,
        };
        if !self.acknowledge(wish, shown).await {
            return;
        }
        let answer = match admitted {
            Ok((typed, roles)) => self.carry_out(wish, &typed, &roles).await,
            Err(no) => Err(no),
        };
        self.tell(wish, shown, answer).await;
    }

    /// Reads a command and asks whether the person may. From memory, so that nothing is in the way of the acknowledgement.
    fn admitted(&self, wish: &Wish, raw: &Raw) -> Result<(Typed, BTreeSet<String>), No> {
        let roles = self.roles_here(wish)?;
        let changes = !raw.options.is_empty();
        if let Some(spec) = raw.spec().filter(|spec| !spec.who.lets(&roles, changes)) {
            let needs = listed(spec.who.needs(changes));
            return Err(No::Refused(format!(
                "`/{}` takes the role {needs}; ask an administrator.",
                needed(spec, changes)
            )));
        }
        let typed = raw.read().map_err(No::Failed)?;
        Ok((typed, roles))
    }

    async fn carry_out(&self, wish: &Wish, typed: &Typed, roles: &BTreeSet<String>) -> Result<Reply, No> {
        if typed.spec.at == At::Thread {
            self.conversation(wish.channel).await?;
        }
        let thread = ThreadId::new(FRONT, wish.channel);
        match typed.spec.does {
            Does::Ask => self.ask(wish, typed).await,
            Does::Resume => self.resume(wish, typed.text("thread")).await,
            Does::Skill => self.skill(wish, typed).await,
            Does::Compact | Does::Clear | Does::Rewind | Does::Fork => self.change(wish, &thread, typed).await,
            Does::Context => self.context(&thread).await,
            Does::Cost => self.cost(wish, &thread).await,
            Does::Export => self.export(&thread).await,
            Does::Evidence => self.evidence(wish, &thread).await,
            Does::Model => self.choose_model(wish, &thread, typed.text("model")).await,
            Does::Effort => self.choose_effort(wish, &thread, typed.text("effort")).await,
            Does::Verbosity => self.choose_verbosity(wish, &thread, typed.text("verbosity")).await,
            Does::Plan => self.choose_plan(wish, &thread, typed.text("mode")).await,
            Does::Client => self.choose_client(wish, &thread, typed.text("name")).await,
            Does::Stop => self.stop(wish, roles).await,
            Does::Status => Ok(self.chat.status(&thread).await?.card().into()),
            Does::Plugins => Ok(self.plugins()),
            Does::Review => self.review(typed).await,
            Does::Audit => self.audit(typed, thread).await,
            Does::Help => Ok(commands::help().into()),
        }
    }

    /// Whether a channel has a conversation of the bot's.
    async fn conversation(&self, channel: u64) -> Result<(), No> {
        match self.chat.thread(&ThreadId::new(FRONT, channel)).await? {
            Some(_) => Ok(()),
            None => Err(No::Failed(
                "There is no conversation of mine here; use this in one of my threads, or begin one with `/ask`."
                    .to_owned(),
            )),
        }
    }

    /// Suggests values for an option that is being typed: those that hold what is typed, from memory. Whoever may not
    /// use the command learns none.
    pub(crate) async fn suggest(&self, wish: &Wish, raw: &Raw) {
        let may = |roles: BTreeSet<String>| raw.spec().is_some_and(|spec| spec.who.lets(&roles, true));
        let values = if self.roles_here(wish).is_ok_and(may) { self.suggestions(wish, raw) } else { Vec::new() };
        if let Err(error) = self.rest.suggest(wish.id, &wish.token, &values).await {
            tracing::debug!(%error, "suggestions came too late");
        }
        if matches!(raw.begun(), Some((Source::Threads, _))) {
            self.remember().await;
        }
    }

    /// What is shown, and what is sent.
    fn suggestions(&self, wish: &Wish, raw: &Raw) -> Vec<(String, String)> {
        let Some((source, begun)) = raw.begun() else { return Vec::new() };
        let begun = begun.to_lowercase();
        let same = |names: Vec<String>| names.into_iter().map(|name| (name.clone(), name)).collect();
        let all: Vec<(String, String)> = match source {
            Source::Models => same(self.settings.models.clone()),
            Source::Clients => same((self.settings.program.clients)()),
            Source::Plugins => same((self.settings.program.plugins)().into_iter().map(|plugin| plugin.name).collect()),
            Source::Skills => same(self.skills.all().iter().map(|skill| skill.name.clone()).collect()),
            Source::Threads => self.threads_of(wish),
        };
        let short = |text: &str| (1..=LONGEST_SUGGESTION).contains(&text.chars().count());
        let fits =
            |(shown, sent): &(String, String)| shown.to_lowercase().contains(&begun) && short(shown) && short(sent);
        all.into_iter().filter(fits).take(MOST_SUGGESTIONS).collect()
    }
}

/// What it is that takes a role.
fn needed(spec: &Spec, changes: bool) -> String {
    let change = spec.options.first().filter(|_| changes && matches!(spec.who, Who::ToChange(_)));
    format!("{}{}", spec.name, change.map(|option| format!(" {}", option.name)).unwrap_or_default())
}

impl Typed {
    /// Who sees the answer.
    fn shown(&self) -> Shown {
        match self.spec.seen {
            Seen::All => Shown::All,
            Seen::Change if self.has_options() => Shown::All,
            Seen::Alone | Seen::Secret | Seen::Change => Shown::Alone,
        }
    }
}

impl Raw {
    /// The option that is being typed, by what is suggested for it, and what is there of it.
    fn begun(&self) -> Option<(Source, &str)> {
        let (name, begun) = self.options.iter().find_map(|(name, value)| match value {
            commands::RawValue::Begun(begun) => Some((name, begun.as_str())),
            _ => None,
        })?;
        let option = self.spec()?.options.iter().find(|option| option.name == name)?;
        match option.takes {
            Takes::Suggested(source) => Some((source, begun)),
            _ => None,
        }
    }
}
