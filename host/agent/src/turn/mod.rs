//! A turn as a pure machine: [`step`] takes an event, changes the state and says what is to be done.
//!
//! No I/O, no clock, no randomness: the driver does what the effects say and comes back with what happened.
//!
//! `reply` decides what follows from a complete reply, `work` runs the tool calls of one, `retry` what follows
//! from a failed request, `compact` when the conversation is summarised, `resume` rebuilds the machine from the journal.

mod compact;
mod draft;
mod effect;
mod event;
mod limits;
mod loops;
mod reply;
mod resume;
mod retry;
mod work;

pub use effect::{Effect, Update, Why};
pub use event::{Event, FailureKind, ModelFailure};
pub use limits::TurnLimits;

use std::collections::HashSet;

use claudetools_policy::Refusal;

use crate::TurnId;
use crate::entry::{End, Entry};
use crate::message::RawBlock;
use crate::window::Fill;

use draft::{Call, Draft};
use limits::Spent;
use loops::Loops;
use work::Work;

/// What [`Effect::Refused`] names in place of a tool where the model is not asked again.
pub const MODEL: &str = "the model";

/// A running turn.
#[derive(Clone, Debug)]
pub struct Turn {
    id: TurnId,
    limits: TurnLimits,
    phase: Phase,
    spent: Spent,
    /// The reply under way, or the newest one.
    draft: Draft,
    /// Text of the reply with calls before the request under way.
    before: String,
    /// Answer text of earlier replies that the newest one goes on from.
    carried: String,
    /// Where in `carried` the text begins that was shown since the newest tool call.
    carried_live: usize,
    work: Work,
    steers: Vec<Steer>,
    /// Ids of calls that were started: none is started twice.
    started: HashSet<String>,
    loops: Loops,
    /// Failed attempts at the request under way.
    failures: u32,
    /// Whether the reply to the request under way was cut off behind some of its text before.
    cut_in_text: bool,
    second_chances: SecondChances,
    /// How much of its budget the conversation fills.
    fill: Fill,
    /// Why the conversation is being summarised, while it is.
    compacting: Option<Why>,
    /// What [`Turn::resume`] found: where to go on at `Begin`.
    resumed: Option<Resumed>,
    effects: Vec<Effect>,
}

/// What the turn waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// `Begin`.
    New,
    /// The model.
    Asking,
    /// A summary.
    Compacting,
    /// `Waited`, to ask the model again.
    Waiting,
    /// Tools.
    Working,
    /// Tools, to end as stopped.
    Stopping,
    /// Nothing.
    Over,
}

#[derive(Clone, Debug)]
struct Steer {
    message: String,
    member: String,
    content: Vec<RawBlock>,
}

/// How often the model was helped on; each has an end, so that no model keeps a turn going by itself.
#[derive(Clone, Debug, Default)]
struct SecondChances {
    /// Replies continued after `max_tokens`.
    continued: u32,
    /// Replies continued after `pause_turn`.
    paused: u32,
    /// Whether an empty reply was answered with "please continue".
    empty: bool,
    /// Whether a reply cut off in a tool call was asked for again.
    cut_call: bool,
    /// Whether images and documents were left out because the server did not accept them.
    withheld: bool,
    /// Whether the model was told to conclude, its tool calls being used up.
    concluding: bool,
    /// Whether the conversation was summarised since the newest reply.
    compacted: bool,
    /// Whether it could not be summarised: not tried again in this turn.
    uncompactable: bool,
}

/// Where a resumed turn goes on.
#[derive(Clone, Debug)]
enum Resumed {
    /// A reply without calls was complete: what follows from its stop reason.
    Reply(String),
    /// Calls have no result: one that waits for a person, and those behind it.
    Calls(Vec<Call>),
    /// It had ended.
    Ended(End),
}

impl Turn {
    /// A turn that waits for [`Event::Begin`].
    pub fn new(id: TurnId, limits: TurnLimits) -> Self {
        Self {
            id,
            limits,
            phase: Phase::New,
            spent: Spent::default(),
            draft: Draft::default(),
            before: String::new(),
            carried: String::new(),
            carried_live: 0,
            work: Work::default(),
            steers: Vec::new(),
            started: HashSet::new(),
            loops: Loops::default(),
            failures: 0,
            cut_in_text: false,
            second_chances: SecondChances::default(),
            fill: Fill::default(),
            compacting: None,
            resumed: None,
            effects: Vec::new(),
        }
    }

    /// The same turn with what failed in earlier turns of its thread, so that it is not tried again and again.
    #[must_use]
    pub fn after(mut self, earlier: &[Entry]) -> Self {
        self.loops.remember(earlier);
        self
    }

    /// A turn that goes on after a restart, from the turn's own (repaired) entries. It waits for [`Event::Begin`],
    /// has what it used up counted, starts no call again, and asks nothing whose answer is journalled.
    pub fn resume(id: TurnId, limits: TurnLimits, entries: &[Entry]) -> Self {
        resume::resume(Self::new(id, limits), entries)
    }

    /// The turn, in a conversation that fills so much of its budget.
    #[must_use]
    pub fn in_conversation(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }
}

/// Takes one event: changes the turn and says what is to be done, in order.
///
/// `read_only` tells whether a tool may run beside others: read-only calls of one reply run at the same time, any other
/// runs alone and in order. An event that the turn does not wait for changes nothing; after its end, none does.
pub fn step(turn: &mut Turn, event: Event, read_only: &dyn Fn(&str) -> bool) -> Vec<Effect> {
    match (turn.phase, event) {
        (Phase::Over, _) => {}
        (_, Event::Stop) => turn.stop(),
        (_, Event::Steer { message, member, content }) => turn.steers.push(Steer { message, member, content }),
        (_, Event::Leave { message }) => turn.steers.retain(|steer| steer.message != message),
        (Phase::New, Event::Begin) => turn.begin(read_only),
        (Phase::Asking, Event::Text(text)) => turn.text(text),
        (Phase::Asking, Event::Note(note)) => turn.note(note),
        (Phase::Asking, Event::Block(block)) => turn.block(block),
        (Phase::Asking, Event::Replied { model, stop_reason, usage, request, cost, details }) => {
            turn.spent.reply(&usage, cost);
            turn.before.clear();
            turn.fill.reply(&usage);
            turn.second_chances.compacted = false;
            let turn_id = turn.id.clone();
            let entry = Entry::Reply { turn: turn_id, model, stop_reason: stop_reason.clone(), usage, request };
            turn.replied(&stop_reason, entry, details, read_only);
        }
        (Phase::Asking | Phase::Compacting, Event::Unaffordable(refusal)) => turn.unaffordable(refusal),
        (Phase::Asking, Event::ModelFailed(failure)) => turn.failed(failure),
        (Phase::Compacting, Event::Compacted { head, compacted, cost, .. }) => turn.compacted(*head, compacted, cost),
        (Phase::Compacting, Event::CompactionFailed(failure)) => turn.compaction_failed(&failure),
        (Phase::Waiting, Event::Waited) => turn.resend(),
        (Phase::Working | Phase::Stopping, Event::Tool { id, event }) => turn.tool_said(id, event),
        (Phase::Working | Phase::Stopping, Event::ToolDone { id, result }) => turn.tool_done(id, result, read_only),
        _ => {}
    }
    std::mem::take(&mut turn.effects)
}

impl Turn {
    fn begin(&mut self, read_only: &dyn Fn(&str) -> bool) {
        self.show(Update::Began { turn: self.id.clone() });
        match self.resumed.take() {
            None => self.boundary(),
            Some(Resumed::Reply(stop_reason)) => self.spoke(&stop_reason),
            Some(Resumed::Calls(calls)) => self.work(calls, read_only),
            Some(Resumed::Ended(end)) => self.leave(end),
        }
    }

    /// Between two requests: where messages join and limits are looked at.
    fn boundary(&mut self) {
        if self.spent.exhausted(&self.limits).is_none() {
            self.join_steers();
        }
        self.ask();
    }

    fn join_steers(&mut self) {
        for Steer { message, member, content } in std::mem::take(&mut self.steers) {
            let turn = self.id.clone();
            let joined = Update::Steered { message: message.clone() };
            self.journal(Entry::Steered { turn, message, member, content });
            self.show(joined);
        }
    }

    /// Asks the model, unless the turn has used up what it may.
    fn ask(&mut self) {
        match self.spent.exhausted(&self.limits) {
            Some(why) => self.wind_up(why),
            None => {
                self.spent.requests += 1;
                self.failures = 0;
                self.cut_in_text = false;
                if self.is_to_be_compacted() { self.compact(Why::Full) } else { self.send() }
            }
        }
    }

    fn send(&mut self) {
        let before = std::mem::take(&mut self.draft).text;
        if !before.is_empty() {
            self.before = before;
        }
        self.phase = Phase::Asking;
        self.effects.push(Effect::CallModel);
    }

    /// The request was not made: the reply before it is the newest one again.
    fn unaffordable(&mut self, why: Refusal) {
        self.draft.text = std::mem::take(&mut self.before);
        self.wind_up(why);
    }

    /// Ends the turn because of a limit, with what was said and done so far.
    fn wind_up(&mut self, why: Refusal) {
        self.carry("");
        let sentence = format!("I stopped here: {}.", why.message);
        self.effects.push(Effect::Refused { id: self.id.0.clone(), name: MODEL.to_owned(), refusal: why });
        self.give_up(&sentence);
    }

    /// Ends the turn with a sentence of ours: behind the answer text where there is some, alone where there is none.
    fn give_up(&mut self, sentence: &str) {
        let done = match self.spent.tool_calls {
            0 => String::new(),
            1 => " One tool call was made.".to_owned(),
            calls => format!(" {calls} tool calls were made."),
        };
        let message = format!("{sentence}{done}");
        let text = std::mem::take(&mut self.carried);
        match text.trim_end() {
            "" => self.end(End::Failed { message }),
            text => self.end(End::Answered { text: format!("{text}\n\n*{message}*") }),
        }
    }

    /// Moves the text of the newest reply to what the next one goes on from.
    fn carry(&mut self, separator: &str) {
        let text = std::mem::take(&mut self.draft.text);
        self.carried.push_str(&text);
        if !text.is_empty() {
            self.carried.push_str(separator);
        }
    }

    fn stop(&mut self) {
        self.effects.push(Effect::Cancel);
        match self.phase {
            Phase::Working => self.stop_work(),
            Phase::Stopping => self.abandon_work(),
            Phase::New | Phase::Asking | Phase::Compacting | Phase::Waiting | Phase::Over => {
                self.drop_blocks();
                self.end_stopped();
            }
        }
    }

    fn end_stopped(&mut self) {
        self.carry("");
        let mut text = std::mem::take(&mut self.carried);
        let cut = self.told_of_cut();
        if !cut.is_empty() {
            text = format!("{}\n{cut}", text.trim_end()).trim_start().to_owned();
        }
        self.end(End::Stopped { text });
    }

    fn end(&mut self, end: End) {
        self.journal(Entry::Ended { turn: self.id.clone(), end: end.clone() });
        self.leave(end);
    }

    fn leave(&mut self, end: End) {
        self.phase = Phase::Over;
        self.show(Update::Ended(end.clone()));
        self.effects.push(Effect::End(end));
    }

    fn text(&mut self, text: String) {
        self.draft.text(&text);
        self.show(Update::Text(text));
    }

    fn note(&mut self, note: String) {
        self.draft.shown = true;
        self.show(Update::Note(note));
    }

    fn block(&mut self, block: RawBlock) {
        self.draft.blocks.push(block.clone());
        let turn = self.id.clone();
        self.journal(Entry::Block { turn, block });
    }

    /// Takes back what the reply under way journalled.
    fn drop_blocks(&mut self) {
        if !std::mem::take(&mut self.draft.blocks).is_empty() {
            self.journal(Entry::Dropped { turn: self.id.clone() });
        }
    }

    /// Takes back the reply under way: journal, live view and text.
    fn retract(&mut self) {
        self.drop_blocks();
        if std::mem::take(&mut self.draft).shown {
            self.show(Update::Retract);
            let kept = self.carried.get(self.carried_live..).unwrap_or_default().to_owned();
            if !kept.is_empty() {
                self.show(Update::Text(kept));
            }
        }
    }

    fn tell_model(&mut self, note: &str) {
        let turn = self.id.clone();
        self.journal(Entry::Noted { turn, content: vec![RawBlock::text(note)] });
    }

    fn journal(&mut self, entry: Entry) {
        self.effects.push(Effect::Journal(entry));
    }

    fn show(&mut self, update: Update) {
        self.effects.push(Effect::Show(update));
    }
}

#[cfg(test)]
mod tests;
