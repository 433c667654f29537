//! Clicks and commands. Each is acknowledged before anything else is done: Discord gives three seconds.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;
use claudetools_agent::models::MicroUsd;
use claudetools_chat::{Asker, ChatError, RAISE};
use claudetools_policy::Code;

use crate::body::Body;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::intake::member;
use crate::reply::{No, Reply, Shown};
use crate::wish::{What, Wish};
use crate::words;

impl Core {
    /// Acknowledges, does, and answers.
    pub(crate) async fn interact(&self, mut wish: Wish) {
        if let What::Command(raw) = wish.what {
            wish.what = What::Command(self.unabbreviated(raw));
        }
        match &wish.what {
            What::Click(Some(CustomId::Decide(offer))) => self.click(&wish, *offer).await,
            What::Typing(raw) => self.suggest(&wish, raw).await,
            What::Command(raw) => self.command(&wish, raw).await,
            What::Click(_) | What::Form(..) => self.pressed(&wish).await,
        }
    }

    async fn pressed(&self, wish: &Wish) {
        if !self.acknowledge(wish, Shown::Alone).await {
            return;
        }
        let answer = match self.roles_here(wish) {
            Ok(roles) => self.grant(wish, &roles).await,
            Err(no) => Err(no),
        };
        self.tell(wish, Shown::Alone, answer).await;
    }

    /// False where that is not possible: then nobody would see what came of it, and nothing is done.
    pub(crate) async fn acknowledge(&self, wish: &Wish, shown: Shown) -> bool {
        let acknowledged = self.rest.acknowledge(wish.id, &wish.token, shown).await;
        if let Err(error) = &acknowledged {
            tracing::warn!(%error, "a click or command could not be acknowledged");
        }
        acknowledged.is_ok()
    }

    /// The names of the person's roles, where the bot works and they have any.
    pub(crate) fn roles_here(&self, wish: &Wish) -> Result<BTreeSet<String>, No> {
        if !wish.guild.is_some_and(|guild| self.serves(guild)) {
            return Err(No::Refused("I do not work here.".to_owned()));
        }
        let roles = self.chat.roles(&member(wish.user), &wish.roles);
        if roles.is_empty() {
            let why = "You have no role that may talk to me here; ask an administrator.";
            return Err(No::Refused(why.to_owned()));
        }
        Ok(roles)
    }

    async fn grant(&self, wish: &Wish, roles: &BTreeSet<String>) -> Result<Reply, No> {
        match &wish.what {
            What::Click(Some(CustomId::Stop { thread })) if *thread == wish.channel => self.stop(wish, roles).await,
            What::Click(Some(CustomId::Queue { thread })) if *thread == wish.channel => self.queue(wish).await,
            What::Click(Some(CustomId::Details { thread })) if *thread == wish.channel => {
                Ok(self.chat.details(&ThreadId::new(FRONT, *thread), roles).await?.into())
            }
            What::Click(Some(CustomId::Raise { thread, most })) if *thread == wish.channel => {
                self.raise(wish, roles, MicroUsd(*most)).await
            }
            What::Form(Some(CustomId::Decide(offer)), typed) => {
                Ok(self.decide(wish, *offer, typed.clone()).await.into())
            }
            _ => Err(No::Refused("This button does not belong here.".to_owned())),
        }
    }

    /// What waits in the thread.
    async fn queue(&self, wish: &Wish) -> Result<Reply, No> {
        let waiting = self.chat.waiting(&ThreadId::new(FRONT, wish.channel)).await?;
        let lines = waiting.iter().zip(1..).map(|(it, at)| format!("{at}. {}: {}", it.name, it.text));
        let lines: Vec<String> = lines.collect();
        Ok(if lines.is_empty() { "Nothing waits.".into() } else { lines.join("\n").into() })
    }

    /// Gives the thread more money, and says on the message who did.
    async fn raise(&self, wish: &Wish, roles: &BTreeSet<String>, most: MicroUsd) -> Result<Reply, No> {
        let by = member(wish.user);
        let asker = Asker { member: &by, roles };
        let now = match self.chat.raise(&ThreadId::new(FRONT, wish.channel), most, asker).await {
            Err(ChatError::Refused(refusal)) if refusal.code == Code::CallerRole => {
                return Err(No::Refused(refusal.message));
            }
            given => given?,
        };
        let text = format!("This thread got {RAISE} more, and may spend {now} in all. Say how to go on.");
        let body = Body::edit(&words::line(&text, self.chat.guard())).decided_by(Some(&by)).with_buttons(&[]);
        if let Some(message) = wish.message
            && let Err(error) = self.rest.edit(wish.channel, message, &body).await
        {
            tracing::info!(%error, "the button that was pressed stays, and gives no more");
        }
        Ok(text.into())
    }

    /// Stops the turn for the person who asked, or for an administrator. After a restart nobody remembers who asked;
    /// then everybody who may talk to the bot may stop it.
    pub(crate) async fn stop(&self, wish: &Wish, roles: &BTreeSet<String>) -> Result<Reply, No> {
        let requester = self.rooms.requester(wish.channel);
        let may = requester.is_none_or(|requester| requester == wish.user) || roles.contains(&self.settings.admin_role);
        if !may {
            let why = "Only the person who asked, or an administrator, can stop this.";
            return Err(No::Refused(why.to_owned()));
        }
        match self.chat.stop(&ThreadId::new(FRONT, wish.channel)).await {
            true => Ok("Stopped.".into()),
            false => Ok("Nothing runs in this thread.".into()),
        }
    }
}
