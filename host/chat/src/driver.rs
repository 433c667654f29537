//! Drives a turn: does what the machine's effects say, and tells it what happened.

mod requests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claudetools_agent::entry::Entry;
use claudetools_agent::models::MicroUsd;
use claudetools_agent::prefix::Prefix;
use claudetools_agent::tools::{ToolCall, ToolEvent};
use claudetools_agent::turn::{Effect, Event, Turn, Update, step};
use claudetools_agent::window::Transcript;
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Kind, LedgerError, Mode, Record, UsageRow};
use claudetools_policy::{Caller, MemberId, Refusal, Verbosity};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::desk::{Desk, Input};
use crate::live::is_long;
use crate::money::Purse;
use crate::opening::{Opening, Resumed};
use crate::steering::Change;
use crate::work::{Happened, run_tool};
use crate::{Mention, words};

/// How long a cancelled tool may take to come back before the turn ends without it: a person who pressed Stop
/// waits for this.
const CANCELLED_TOOL: Duration = Duration::from_millis(1500);

/// How a drive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The turn is over.
    Ended,
    /// The program ends; the turn is unfinished.
    Halted,
}

/// One running turn. Dropping it stops everything it started.
pub(crate) struct Driver {
    desk: Arc<Desk>,
    thread: ThreadId,
    turn: TurnId,
    machine: Turn,
    /// What is written of the thread since its newest compaction.
    entries: Vec<Entry>,
    /// What the model sees of it.
    transcript: Transcript,
    caller: Caller,
    /// The role ids of the person who began the turn.
    role_ids: BTreeSet<String>,
    /// The message that began the turn, and whose it is.
    asker: (String, MemberId),
    waiting: Vec<Mention>,
    interrupted: bool,
    resumed: Resumed,
    /// Entries that the machine wants written and that are not yet.
    unwritten: Vec<Entry>,
    usage: Option<UsageRow>,
    /// What is set aside for the request under way.
    purse: Option<Purse>,
    /// What the thread may spend, where it has.
    spent_up: Option<MicroUsd>,
    /// That request as the model's cache sees it, and when it was made.
    sent: Option<(Prefix, Instant)>,
    /// Messages that the machine was told of, with their authors' roles.
    heard: HashMap<String, BTreeSet<String>>,
    happened: UnboundedReceiver<Happened>,
    teller: UnboundedSender<Happened>,
    /// Counts requests and waits: what an aborted one still says is not for the machine.
    attempt: u64,
    request: Option<AbortHandle>,
    cancel: CancellationToken,
    tasks: JoinSet<()>,
}

impl Driver {
    pub(crate) fn new(desk: Arc<Desk>, thread: ThreadId, opening: Opening) -> Self {
        let (teller, happened) = unbounded_channel();
        let asker = opening.asker();
        let Opening { turn, machine, entries, transcript, caller, role_ids, waiting, interrupted, resumed, .. } =
            opening;
        Self {
            desk,
            thread,
            turn,
            machine,
            entries,
            transcript,
            caller,
            role_ids,
            asker,
            waiting,
            interrupted,
            resumed,
            unwritten: Vec::new(),
            usage: None,
            purse: None,
            spent_up: None,
            sent: None,
            heard: HashMap::new(),
            happened,
            teller,
            attempt: 0,
            request: None,
            cancel: CancellationToken::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Drives the turn to its end.
    pub(crate) async fn run(mut self, inputs: &mut UnboundedReceiver<Input>) -> Result<Outcome, LedgerError> {
        self.own_up().await?;
        for mention in std::mem::take(&mut self.waiting) {
            self.hear(mention).await?;
        }
        let mut over = self.handle(Event::Begin).await?;
        if self.interrupted && !over {
            over = self.handle(Event::Stop).await?;
        }
        while !over {
            over = tokio::select! {
                biased;
                input = inputs.recv() => match input {
                    Some(Input::Said(mention)) => self.hear(*mention).await?,
                    Some(Input::Change(change)) => self.change(change).await?,
                    Some(Input::Stop) => self.handle(Event::Stop).await?,
                    Some(Input::Halt) | None => return Ok(self.halt().await),
                },
                Some(happened) = self.happened.recv() => self.happen(happened).await?,
            };
            while self.tasks.try_join_next().is_some() {}
        }
        Ok(Outcome::Ended)
    }

    /// A message is to join the turn. One that was heard already (it was in the inbox and came as an input, too) is not
    /// heard twice.
    async fn hear(&mut self, mention: Mention) -> Result<bool, LedgerError> {
        if mention.message == self.asker.0 || self.heard.contains_key(&mention.message) {
            return Ok(false);
        }
        let roles = (self.desk.settings.roles)(&mention.role_ids);
        self.heard.insert(mention.message.clone(), roles);
        self.desk.take_in_quoted(&self.thread, &mention).await?;
        let content = words::content(&mention, &self.desk.settings.tools).await;
        let Mention { message, member, .. } = mention;
        self.handle(Event::Steer { message, member: member.0, content }).await
    }

    /// A message is to wait in another way: it does not join the turn any more. One that interrupts stops it.
    async fn change(&mut self, change: Change) -> Result<bool, LedgerError> {
        let (message, mode) = (change.message.clone(), change.mode);
        self.handle(Event::Leave { message }).await?;
        match self.desk.make(&self.thread, change).await? && mode == Mode::Interrupt {
            true => self.handle(Event::Stop).await,
            false => Ok(false),
        }
    }

    async fn happen(&mut self, happened: Happened) -> Result<bool, LedgerError> {
        match happened {
            Happened::Asked(attempt, event) if attempt == self.attempt => self.handle(event).await,
            Happened::Asked(..) => Ok(false),
            Happened::Tool(event) => {
                if let Event::Tool { id, event } = &event {
                    self.give(id, event).await?;
                }
                self.handle(event).await
            }
            Happened::Overdue => self.handle(Event::Stop).await,
        }
    }

    /// Brings the person what a call gives: its files, and a change that is too long to be read between lines.
    async fn give(&self, call: &str, event: &ToolEvent) -> Result<(), LedgerError> {
        match event {
            ToolEvent::File { artifact, name } => self.desk.owe_file(&self.thread, &self.turn, *artifact, name).await,
            ToolEvent::Changed(diff) if is_long(diff) => {
                let quiet = self.desk.choices(&self.thread).await?.verbosity == Verbosity::Quiet;
                if quiet { Ok(()) } else { self.desk.owe_diff(&self.thread, &self.turn, call, diff).await }
            }
            _ => Ok(()),
        }
    }

    /// Tells the machine, and does what it says; true when the turn is over.
    async fn handle(&mut self, event: Event) -> Result<bool, LedgerError> {
        let paid = self.note_usage(&event);
        self.note_health(&event);
        if matches!(event, Event::ModelFailed(_) | Event::CompactionFailed(_)) {
            self.release().await?;
        }
        let tools = Arc::clone(&self.desk.settings.tools);
        let effects = step(&mut self.machine, event, &|name| tools.read_only(name));
        let mut over = false;
        for effect in effects {
            if let Effect::Journal(entry) = effect {
                self.unwritten.push(entry);
            } else {
                self.write().await?;
                over |= self.perform(effect).await?;
            }
        }
        self.write().await?;
        if let Some(purse) = paid {
            self.desk.warn(&purse).await?;
        }
        Ok(over)
    }

    /// Writes what is unwritten, all of it or nothing; with the turn's end goes what the person is owed for it.
    async fn write(&mut self) -> Result<(), LedgerError> {
        if self.unwritten.is_empty() && self.usage.is_none() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.unwritten);
        let usage = self.usage.take();
        self.desk.commit(&self.thread, &self.turn, &self.asker, &entries, usage.as_ref()).await?;
        for entry in &entries {
            self.narrow(entry);
        }
        self.transcript.extend(&entries);
        if entries.iter().any(|entry| matches!(entry, Entry::Compacted(_))) {
            self.desk.begins_anew(&self.thread);
            self.desk.deliver_soon(&self.thread);
            self.entries.clear();
        }
        self.entries.extend(entries);
        Ok(())
    }

    /// Whoever joins the turn takes away the roles they don't have.
    fn narrow(&mut self, entry: &Entry) {
        let Entry::Steered { message, .. } = entry else { return };
        let theirs = self.heard.get(message).cloned().unwrap_or_default();
        self.caller.roles.retain(|role| theirs.contains(role));
    }

    async fn perform(&mut self, effect: Effect) -> Result<bool, LedgerError> {
        match effect {
            Effect::Journal(entry) => self.unwritten.push(entry),
            Effect::CallModel => self.call_model().await?,
            Effect::Compact(why) => self.compact(why).await?,
            Effect::RunTool { id, name, input } => self.run_tool(id, name, input),
            Effect::Refused { id, name, refusal } => self.audit(&id, &name, &refusal).await?,
            Effect::Wait(time) => self.wait(time),
            Effect::Cancel => {
                self.cancel();
                self.release().await?;
            }
            Effect::Show(update) => self.desk.show(&self.thread, &update),
            Effect::Notice(text) => self.desk.owe_notice(&self.thread, &self.turn, &text).await?,
            // The machine journalled the end, and the answer went into the outbox with it.
            Effect::End(_) => {
                if let Some(most) = self.spent_up {
                    self.desk.owe_raise(&self.thread, &self.turn, most).await?;
                }
                self.desk.deliver_soon(&self.thread);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn run_tool(&mut self, id: String, name: String, input: String) {
        // A role that is taken away while the turn runs is gone from its next call on.
        let standing = (self.desk.settings.roles)(&self.role_ids);
        self.caller.roles.retain(|role| standing.contains(role));
        let call = ToolCall {
            id,
            name,
            input,
            turn: self.turn.clone(),
            thread: self.thread.clone(),
            caller: self.caller.clone(),
            own: standing,
        };
        let tools = Arc::clone(&self.desk.settings.tools);
        self.tasks.spawn(run_tool(tools, call, self.teller.clone(), self.cancel.clone()));
    }

    /// The row of a call that the machine refused, as the tools write it of those that they refuse.
    async fn audit(&self, id: &str, name: &str, refusal: &Refusal) -> Result<(), LedgerError> {
        let record = Record {
            kind: Kind::Refusal,
            thread: Some(self.thread.clone()),
            turn: Some(self.turn.clone()),
            member: Some(self.caller.member.0.clone()),
            detail: serde_json::json!({
                "call": id, "tool": name, "code": refusal.code.as_str(), "message": refusal.message,
            }),
        };
        self.desk.settings.ledger.append_audit(&record).await.map(drop)
    }

    fn wait(&mut self, time: Duration) {
        self.attempt += 1;
        let (attempt, teller) = (self.attempt, self.teller.clone());
        self.request = Some(self.tasks.spawn(async move {
            tokio::time::sleep(time).await;
            // The turn may be over.
            let _ = teller.send(Happened::Asked(attempt, Event::Waited));
        }));
    }

    fn cancel(&mut self) {
        self.attempt += 1;
        if let Some(request) = self.request.take() {
            request.abort();
        }
        std::mem::take(&mut self.cancel).cancel();
        let teller = self.teller.clone();
        self.tasks.spawn(async move {
            tokio::time::sleep(CANCELLED_TOOL).await;
            let _ = teller.send(Happened::Overdue);
        });
    }

    /// Tells the person that a turn goes on after a restart, where they would wonder.
    async fn own_up(&mut self) -> Result<(), LedgerError> {
        let words = "I was restarted in the middle of this; going on.";
        match self.resumed {
            Resumed::No => {}
            Resumed::Unseen => self.desk.show(&self.thread, &Update::Waiting(words.to_owned())),
            Resumed::Seen => {
                self.desk.show(&self.thread, &Update::Waiting(words.to_owned()));
                self.desk.owe_notice(&self.thread, &self.turn, words).await?;
            }
        }
        Ok(())
    }

    /// Stops everything and leaves the journal unfinished.
    async fn halt(&mut self) -> Outcome {
        self.desk.show(&self.thread, &Update::Waiting("Paused: I am being restarted and go on after that.".to_owned()));
        self.cancel.cancel();
        if let Some(request) = self.request.take() {
            request.abort();
        }
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        // A call that does not come back in time counts as interrupted, like one that comes back now.
        let _ = tokio::time::timeout(CANCELLED_TOOL, ended).await;
        Outcome::Halted
    }
}
