//! What somebody is told who clicked or typed a command.

use claudetools_chat::ChatError;
use claudetools_chat::render::{self, Guard, Outbound};

use crate::body::Body;
use crate::commands::Seen;
use crate::core::Core;
use crate::intake::member;
use crate::rest::{Answered, RestError};
use crate::wish::{What, Wish};

/// What Discord answers when the 15 minutes of a token are over: Unknown Webhook, Invalid Webhook Token.
const OVER: [u32; 2] = [10015, 50027];

/// Who sees an answer. It is settled with the acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The person alone.
    Alone,
    /// Everybody in the channel.
    All,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Markdown, which is made harmless.
    pub(crate) text: String,
    /// Threads that are named below it as links, each with a few words.
    pub(crate) threads: Vec<(u64, String)>,
    /// Names and bytes.
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// Why something was not done, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum No {
    /// The person may not. It is audited.
    Refused(String),
    /// It is not possible.
    Failed(String),
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A refusal is shown; what went wrong inside is logged.
impl From<ChatError> for No {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Refused(refusal) => Self::Failed(refusal.message),
            ChatError::Cannot(why) => Self::Failed(why),
            ChatError::Ledger(error) => {
                tracing::error!(%error, "a command failed");
                Self::Failed("That did not work; the log of the bot says why.".to_owned())
            }
        }
    }
}

impl No {
    /// The sentence.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Refused(text) | Self::Failed(text) => text,
        }
    }
}

impl Reply {
    /// Its messages, harmless, with the links of the last one.
    fn messages(&self, guard: &Guard) -> (Vec<Outbound>, Vec<(u64, Option<Outbound>)>) {
        let mut messages = render::answer(&self.text, None, guard);
        messages.extend(self.files.iter().map(|(name, data)| render::file(name, data.clone(), guard)));
        (messages, self.links(guard))
    }

    fn links(&self, guard: &Guard) -> Vec<(u64, Option<Outbound>)> {
        let words = |words: &String| (!words.is_empty()).then(|| render::notice(words, None, guard));
        self.threads.iter().map(|(thread, about)| (*thread, words(about))).collect()
    }
}

impl Core {
    /// Answers what was acknowledged. A "no" is for the person alone, whoever sees the rest.
    pub(crate) async fn tell(&self, wish: &Wish, shown: Shown, answer: Result<Reply, No>) {
        if let Err(No::Refused(why)) = &answer {
            self.chat.note_refused(&member(wish.user), &wanted(wish), why).await;
        }
        let (reply, seen_by) = match &answer {
            Ok(reply) => (reply.clone(), shown),
            Err(no) => (no.text().into(), Shown::Alone),
        };
        match self.answer(wish, shown, seen_by, &reply).await {
            Ok(()) => {}
            Err(error) if error.code().is_some_and(|code| OVER.contains(&code)) => {
                self.tell_late(wish, answer.as_ref().ok()).await;
            }
            Err(error) => tracing::warn!(%error, "a click or command could not be answered"),
        }
    }

    /// The first message takes the place of the acknowledgement, the others follow it.
    async fn answer(&self, wish: &Wish, shown: Shown, seen_by: Shown, reply: &Reply) -> Result<(), RestError> {
        let (messages, links) = reply.messages(self.chat.guard());
        let to = Answered { application: wish.application, interaction: wish.id, token: &wish.token };
        let last = messages.len().saturating_sub(1);
        // What everybody would see is taken back: only what follows can be for one person.
        let follows = usize::from(shown == seen_by);
        if follows == 0 {
            self.rest.take_back(to).await?;
        }
        for (at, out) in messages.iter().enumerate() {
            let links = if at == last { links.as_slice() } else { &[] };
            if at < follows {
                self.rest.answer(to, &Body::answer(out).with_threads(links), out.files()).await?;
            } else {
                let body = Body::follow_up(out, seen_by).with_threads(links);
                self.rest.follow_up(to, &body, out.files()).await?;
            }
        }
        Ok(())
    }

    /// Where the token's time is over, the thread hears of it. What only one person may see is not shown there.
    async fn tell_late(&self, wish: &Wish, reply: Option<&Reply>) {
        let guard = self.chat.guard();
        let (text, links) = match reply.filter(|_| !is_secret(wish)) {
            Some(reply) => (reply.text.clone(), reply.links(guard)),
            None => (late(&wanted(wish)), Vec::new()),
        };
        let out = render::notice(&text, Some(member(wish.user)), guard);
        let body = Body::create(&out, &format!("late-{:x}", wish.id)).with_threads(&links);
        if let Err(error) = self.rest.post(wish.channel, &body, &[]).await {
            tracing::warn!(%error, "a late answer could not be given");
        }
    }
}

fn late(what: &str) -> String {
    format!("{what} took longer than the 15 minutes in which Discord shows an answer to you alone; use it again.")
}

/// Whether what is answered is for nobody but the person.
fn is_secret(wish: &Wish) -> bool {
    match &wish.what {
        What::Command(raw) | What::Typing(raw) => raw.spec().is_none_or(|spec| spec.seen == Seen::Secret),
        What::Click(_) | What::Form(..) => true,
    }
}

/// What was wanted, in words of ours.
fn wanted(wish: &Wish) -> String {
    match &wish.what {
        What::Command(raw) | What::Typing(raw) => match raw.spec() {
            Some(spec) => format!("`/{}`", spec.name),
            None => "an unknown command".to_owned(),
        },
        What::Click(_) => "a press on a button".to_owned(),
        What::Form(..) => "a form".to_owned(),
    }
}
