//! Commands that show or change what holds in a thread.

use claudetools_agent::ThreadId;
use claudetools_chat::Choice;
use claudetools_policy::Verbosity;

use crate::core::Core;
use crate::intake::member;
use crate::reply::{No, Reply};
use crate::wish::Wish;

impl Core {
    pub(crate) async fn choose_model(&self, wish: &Wish, thread: &ThreadId, model: Option<&str>) -> Result<Reply, No> {
        let Some(model) = model else {
            let choices = self.chat.choices(thread).await?;
            return Ok(format!("This thread uses `{}`.", choices.model).into());
        };
        self.set(wish, thread, Choice::Model, Some(model)).await?;
        Ok(format!("From the next request on this thread uses `{model}`.").into())
    }

    pub(crate) async fn choose_effort(
        &self,
        wish: &Wish,
        thread: &ThreadId,
        effort: Option<&str>,
    ) -> Result<Reply, No> {
        let Some(effort) = effort else {
            let choices = self.chat.choices(thread).await?;
            return Ok(format!("The effort of this thread is `{}`.", choices.effort).into());
        };
        self.set(wish, thread, Choice::Effort, Some(effort)).await?;
        Ok(format!("From the next request on the effort of this thread is `{effort}`.").into())
    }

    pub(crate) async fn choose_verbosity(
        &self,
        wish: &Wish,
        thread: &ThreadId,
        verbosity: Option<&str>,
    ) -> Result<Reply, No> {
        let Some(verbosity) = verbosity else {
            let now = match self.chat.choices(thread).await?.verbosity {
                Verbosity::Quiet => "quiet: the answer, and one line that something is worked on",
                Verbosity::Normal => "normal: a line for each tool call",
                Verbosity::Verbose => "verbose: what each tool says, too",
            };
            return Ok(format!("This thread is {now}.").into());
        };
        self.set(wish, thread, Choice::Verbosity, Some(verbosity)).await?;
        Ok(format!("From the next turn on this thread is {verbosity}.").into())
    }

    pub(crate) async fn choose_plan(&self, wish: &Wish, thread: &ThreadId, mode: Option<&str>) -> Result<Reply, No> {
        const ON: &str = "Plan mode is on: nothing is changed before a plan is approved.";
        const OFF: &str = "Plan mode is off.";
        let on = match mode {
            None => self.chat.choices(thread).await?.plan,
            Some(mode) => {
                let on = mode == "on";
                self.set(wish, thread, Choice::Plan, on.then_some("on")).await?;
                on
            }
        };
        Ok(if on { ON } else { OFF }.into())
    }

    /// A client that comes from the channel holds where nobody bound another.
    pub(crate) async fn choose_client(&self, wish: &Wish, thread: &ThreadId, name: Option<&str>) -> Result<Reply, No> {
        let asked = match name {
            None => None,
            Some("none") => Some(None),
            Some(name) if is_client(name) => Some(Some(name)),
            Some(_) => {
                let why = "A client's name is a lower-case letter, then up to 63 of a-z, 0-9 and `-`.";
                return Err(No::Failed(why.to_owned()));
            }
        };
        if let Some(client) = asked {
            self.set(wish, thread, Choice::Client, client).await?;
        }
        let choices = self.chat.choices(thread).await?;
        let from_channel = choices.client.is_some() && choices.client == choices.policy.client;
        Ok(match choices.client {
            None => "This thread is about no client.".into(),
            Some(client) if from_channel => {
                format!("This thread is about the client `{client}`, as its channel is.").into()
            }
            Some(client) => format!("This thread is about the client `{client}`.").into(),
        })
    }

    /// Chooses, and notes who did.
    async fn set(&self, wish: &Wish, thread: &ThreadId, choice: Choice, value: Option<&str>) -> Result<(), No> {
        self.chat.choose(thread, choice, value).await?;
        Ok(self.chat.note_setting(thread, &member(wish.user), choice, value).await?)
    }
}

/// As `plugins.toml` has them.
fn is_client(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 64 && name.chars().all(rest)
}
