//! What goes on in a thread, and the card that shows it.

use std::collections::BTreeSet;

use claudetools_agent::ThreadId;
use claudetools_agent::models::{self, MicroUsd};
use claudetools_agent::tools::{Todo, TodoState};
use claudetools_policy::RoleName;

use crate::Choices;
use crate::chat::{Chat, ChatError};
use crate::desk::Desk;

/// Where a thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing runs.
    Idle,
    /// A turn runs.
    Working,
    /// A turn waits for a person: for what.
    Person(String),
    /// A turn waits for something else: why, in a sentence.
    Stalled(String),
}

/// What goes on in a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Whether anything is done in the thread: also what comes before a turn and after it.
    pub running: bool,
    /// Whether a turn runs, and what it waits for.
    pub state: State,
    /// Messages that wait.
    pub waiting: usize,
    /// The model of its next request.
    pub model: String,
    /// The effort of its next request.
    pub effort: String,
    /// The client that it is about.
    pub client: Option<String>,
    /// Whether it plans: nothing is changed before a plan is approved.
    pub plan: bool,
    /// On whose authority it acts: the roles that everybody has whose words are in it.
    pub roles: BTreeSet<RoleName>,
    /// Tokens of the last prompt.
    pub context: u64,
    /// What the thread cost so far.
    pub cost: MicroUsd,
    /// Turns so far.
    pub turns: u64,
    /// What it has taken in that anybody may have written, and what is confidential: with both, whatever leaves needs a
    /// click.
    pub taken_in: Vec<String>,
    /// How many files tools gave in it.
    pub files: usize,
    /// Its checklist.
    pub todos: Vec<Todo>,
}

impl Status {
    /// The status card: what goes on, and in small print with what and for how much. Markdown, not yet made harmless.
    pub fn card(&self) -> String {
        let facts = [self.model(), self.client(), self.acts_as(), self.cost.to_string(), self.context()];
        let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        let lines = [self.headline(), self.checklist(), format!("-# {}", facts.join(" · ")), self.flow()];
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn headline(&self) -> String {
        let state = match &self.state {
            State::Idle => "💤 **Idle**".to_owned(),
            State::Working => "⚙️ **Working**".to_owned(),
            State::Person(what) => format!("✋ **Needs a person**: {what}"),
            State::Stalled(why) => format!("⏳ **Waits**: {why}"),
        };
        let plan = if self.plan { " · 📋 plan mode: nothing is changed before a plan is approved" } else { "" };
        let queue = match self.waiting {
            0 => String::new(),
            1 => " · 1 message waits".to_owned(),
            several => format!(" · {several} messages wait"),
        };
        format!("{state}{plan}{queue}")
    }

    /// How much of the checklist is done and what is under way; nothing once all of it is done.
    fn checklist(&self) -> String {
        let done = self.todos.iter().filter(|todo| todo.status == TodoState::Completed).count();
        if done == self.todos.len() {
            return String::new();
        }
        let now = self.todos.iter().find(|todo| todo.status == TodoState::InProgress);
        let now = now.map(|todo| format!(" · {}", todo.active_form.replace('\n', " "))).unwrap_or_default();
        format!("☑️ {done} of {}{now}", self.todos.len())
    }

    fn model(&self) -> String {
        let known = models::find(&self.model);
        let effort = known.is_none_or(|model| !model.efforts.is_empty());
        let name = known.map_or_else(|| format!("`{}`", self.model.replace('`', "'")), |model| model.name.to_owned());
        if effort { format!("{name}, effort {}", self.effort) } else { name }
    }

    fn client(&self) -> String {
        self.client.as_ref().map(|client| format!("client `{}`", client.replace('`', "'"))).unwrap_or_default()
    }

    fn acts_as(&self) -> String {
        let roles: Vec<String> = self.roles.iter().map(|role| format!("`{role}`")).collect();
        if roles.is_empty() { String::new() } else { format!("acts as {}", roles.join(", ")) }
    }

    /// In whole percents of what the model can hold; in tokens where that is not known.
    fn context(&self) -> String {
        match models::find(&self.model) {
            Some(model) if model.context > 0 => format!("context {} %", (self.context * 100).div_ceil(model.context)),
            _ => format!("context {} tokens", self.context),
        }
    }

    fn flow(&self) -> String {
        match self.taken_in.as_slice() {
            [untrusted, confidential] => format!(
                "🟠 {untrusted}, which anybody may have written, and {confidential}: whatever leaves from here needs a click"
            ),
            _ => String::new(),
        }
    }
}

impl Chat {
    /// What goes on in a thread.
    pub async fn status(&self, thread: &ThreadId) -> Result<Status, ChatError> {
        let desk = self.desk();
        let ledger = &desk.settings.ledger;
        let totals = ledger.thread_totals(thread).await?;
        let (untrusted, sensitive) = ledger.flow(thread).await?;
        let Choices { model, effort, client, plan, .. } = desk.choices(thread).await?;
        Ok(Status {
            running: desk.is_running(thread),
            state: desk.state(thread),
            waiting: ledger.unsettled(Some(thread)).await?.len(),
            model,
            effort,
            client,
            plan,
            roles: desk.authority(thread).await?,
            context: ledger.context(thread).await?,
            cost: totals.cost,
            turns: totals.turns,
            files: ledger.artifacts(thread).await?.len(),
            taken_in: [untrusted, sensitive].into_iter().flatten().collect(),
            todos: self.todos(thread).await?,
        })
    }
}

impl Desk {
    /// The roles that everybody has whose words are in a thread.
    pub(crate) async fn authority(
        &self,
        thread: &ThreadId,
    ) -> Result<BTreeSet<RoleName>, claudetools_ledger::LedgerError> {
        let voices = self.settings.ledger.voices(thread).await?;
        let roles = voices.iter().map(|voice| (self.settings.roles)(&voice.role_ids));
        Ok(roles.reduce(|all, theirs| &all & &theirs).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idle() -> Status {
        Status {
            running: false,
            state: State::Idle,
            waiting: 0,
            model: "claude-opus-5-5".to_owned(),
            effort: "medium".to_owned(),
            client: None,
            plan: false,
            roles: ["tech".to_owned()].into(),
            context: 34_120,
            cost: MicroUsd(1_234_567),
            turns: 1,
            taken_in: Vec::new(),
            files: 0,
            todos: Vec::new(),
        }
    }

    #[test]
    fn an_idle_card_is_small() {
        insta::assert_snapshot!(idle().card(), @r"
        💤 **Idle**
        -# Opus 5.5, effort medium · acts as `tech` · $1.24 · context 4 %
        ");
        let unknown = Status { model: "qwen`3".to_owned(), roles: BTreeSet::new(), ..idle() };
        insta::assert_snapshot!(unknown.card(), @r"
        💤 **Idle**
        -# `qwen'3`, effort medium · $1.24 · context 34120 tokens
        ");
        let effortless = Status { model: "claude-haiku-4-5".to_owned(), context: 0, ..idle() };
        insta::assert_snapshot!(effortless.card(), @r"
        💤 **Idle**
        -# Haiku 4.5 · acts as `tech` · $1.24 · context 0 %
        ");
    }

    #[test]
    fn a_card_says_what_goes_on_and_what_it_waits_for() {
        let working = Status { state: State::Working, client: Some("acme".to_owned()), waiting: 1, ..idle() };
        insta::assert_snapshot!(working.card(), @r"
        ⚙️ **Working** · 1 message waits
        -# Opus 5.5, effort medium · client `acme` · acts as `tech` · $1.24 · context 4 %
        ");
        let todo = |status, doing: &str| Todo { content: "x".to_owned(), status, active_form: doing.to_owned() };
        let todos = vec![todo(TodoState::Completed, "a"), todo(TodoState::InProgress, "Running tests")];
        insta::assert_snapshot!(Status { state: State::Working, todos, ..idle() }.card(), @r"
        ⚙️ **Working**
        ☑️ 1 of 2 · Running tests
        -# Opus 5.5, effort medium · acts as `tech` · $1.24 · context 4 %
        ");
        let person = State::Person("Bash waits for a confirmation".to_owned());
        insta::assert_snapshot!(Status { state: person, plan: true, waiting: 2, ..idle() }.card(), @r"
        ✋ **Needs a person**: Bash waits for a confirmation · 📋 plan mode: nothing is changed before a plan is approved · 2 messages wait
        -# Opus 5.5, effort medium · acts as `tech` · $1.24 · context 4 %
        ");
        let stalled = State::Stalled("The model is overloaded; trying again in 4 s (2 of 5)".to_owned());
        insta::assert_snapshot!(Status { state: stalled, ..idle() }.card(), @r"
        ⏳ **Waits**: The model is overloaded; trying again in 4 s (2 of 5)
        -# Opus 5.5, effort medium · acts as `tech` · $1.24 · context 4 %
        ");
    }

    #[test]
    fn a_thread_that_took_in_both_says_why_it_needs_clicks() {
        let one = vec!["`hudu` answered".to_owned()];
        assert_eq!(Status { taken_in: one.clone(), ..idle() }.card(), idle().card());
        let both = [one, vec!["`Read` read something confidential".to_owned()]].concat();
        insta::assert_snapshot!(Status { taken_in: both, ..idle() }.card(), @r"
        💤 **Idle**
        -# Opus 5.5, effort medium · acts as `tech` · $1.24 · context 4 %
        🟠 `hudu` answered, which anybody may have written, and `Read` read something confidential: whatever leaves from here needs a click
        ");
    }
}
