//! Running the tool calls of a reply.

use std::collections::{HashMap, VecDeque};

use claudetools_policy::{Code, Refusal};

use crate::entry::Entry;
use crate::message::RawBlock;
use crate::tools::{ToolEvent, ToolResult};

use super::draft::Call;
use super::{Effect, Phase, Turn, Update};

/// Read-only calls that run at the same time: more would only wait for each other's disk.
const AT_ONCE: usize = 8;
/// The longest input that is handed to a tool, in bytes: larger ones were seen only from models that went astray.
const LONGEST_INPUT: usize = 400_000;

/// The calls of the newest reply that have no result yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    queue: VecDeque<Call>,
    /// Those that run: each one's tool, and whether others may run beside it.
    running: HashMap<String, (String, Beside)>,
    /// What became of those that a stop cut off and that may have changed something, for the person.
    cut: Vec<String>,
    /// Whether one of them was barred because the turn's calls are used up.
    used_up: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Others,
    Nothing,
}

impl Work {
    fn has_room(&self, beside: Beside) -> bool {
        match beside {
            Beside::Nothing => self.running.is_empty(),
            Beside::Others => {
                self.running.len() < AT_ONCE && self.running.values().all(|(_, other)| *other == Beside::Others)
            }
        }
    }
}

impl Turn {
    /// Begins to run the calls of a reply.
    pub(super) fn work(&mut self, calls: Vec<Call>, read_only: &dyn Fn(&str) -> bool) {
        self.phase = Phase::Working;
        self.carried_live = self.carried.len();
        self.work = Work { queue: calls.into(), ..Work::default() };
        self.run_what_may_run(read_only);
    }

    /// Starts calls in order, as far as they may run beside what runs; goes on when none is left.
    fn run_what_may_run(&mut self, read_only: &dyn Fn(&str) -> bool) {
        while let Some(call) = self.work.queue.front() {
            let beside = if read_only(&call.name) { Beside::Others } else { Beside::Nothing };
            if !self.work.has_room(beside) {
                return;
            }
            if let Some(call) = self.work.queue.pop_front() {
                self.run(call, beside);
            }
        }
        if self.work.running.is_empty() {
            self.worked();
        }
    }

    fn run(&mut self, call: Call, beside: Beside) {
        let Call { id, name, input } = call.clone();
        self.show(Update::ToolBegan { id: id.clone(), name: name.clone(), input: input.clone() });
        if let Some(refusal) = self.barred(&call) {
            self.effects.push(Effect::Refused { id: id.clone(), name, refusal: refusal.clone() });
            return self.answer_call(id, no(&refusal));
        }
        self.spent.tool_calls += 1;
        self.started.insert(id.clone());
        self.work.running.insert(id.clone(), (name.clone(), beside));
        let turn = self.id.clone();
        self.journal(Entry::Intent { turn, tool_use_id: id.clone(), name: name.clone() });
        self.effects.push(Effect::RunTool { id, name, input });
    }

    /// Why a call is answered by us instead of being run.
    fn barred(&mut self, call: &Call) -> Option<Refusal> {
        let circle = self.loops.count(call);
        if self.started.contains(&call.id) {
            return Some(Refusal::new(Code::ProtoShape, "a call with this id was made before in this turn."));
        }
        if call.input.len() > LONGEST_INPUT {
            let message = format!("the input has more than {LONGEST_INPUT} bytes; make several smaller calls.");
            return Some(Refusal::new(Code::ProtoShape, message));
        }
        if self.spent.tool_calls >= self.limits.tool_calls {
            self.work.used_up = true;
            let calls = self.limits.tool_calls;
            let message = format!("this turn has made its {calls} tool calls; conclude with what you have.");
            return Some(Refusal::new(Code::LimitTurn, message));
        }
        circle.map(|why| Refusal::new(Code::LimitTurn, why))
    }

    pub(super) fn tool_said(&mut self, id: String, event: ToolEvent) {
        if !self.work.running.contains_key(&id) {
            return;
        }
        if let ToolEvent::Waits(_) = event {
            let turn = self.id.clone();
            self.journal(Entry::Waits { turn, tool_use_id: id.clone() });
        }
        self.show(Update::ToolSaid { id, event });
    }

    pub(super) fn tool_done(&mut self, id: String, result: ToolResult, read_only: &dyn Fn(&str) -> bool) {
        let Some(call) = self.work.running.remove(&id) else { return };
        if self.phase == Phase::Stopping && result.code == Some(Code::CallCancelled) {
            self.note_cut(&call, &result.summary);
        }
        self.answer_call(id, result);
        match self.phase {
            Phase::Stopping if self.work.running.is_empty() => self.end_stopped(),
            Phase::Stopping => {}
            _ => self.run_what_may_run(read_only),
        }
    }

    fn answer_call(&mut self, id: String, result: ToolResult) {
        let ToolResult { content, is_error, summary, .. } = result;
        let block = RawBlock::tool_result(&id, &content, is_error);
        self.loops.came(&id, &block);
        let turn = self.id.clone();
        self.journal(Entry::Result { turn, block });
        self.show(Update::ToolEnded { id, is_error, summary });
    }

    /// Every call of the reply has its result.
    fn worked(&mut self) {
        if self.work.used_up && std::mem::replace(&mut self.second_chances.concluding, true) {
            let why = "the model went on calling tools after the last one it may call";
            return self.wind_up(Refusal::new(Code::LimitTurn, why));
        }
        self.boundary();
    }

    /// A person stops the turn: what waits is not run, what runs is waited for.
    pub(super) fn stop_work(&mut self) {
        for call in std::mem::take(&mut self.work.queue) {
            self.work.cut.push(format!("`{}`: not run.", call.name));
            self.answer_call(call.id, stopped("Not run: the person stopped this turn."));
        }
        self.phase = Phase::Stopping;
        if self.work.running.is_empty() {
            self.end_stopped();
        }
    }

    /// A person stops it again: what runs is not waited for any longer.
    pub(super) fn abandon_work(&mut self) {
        let mut running: Vec<_> = std::mem::take(&mut self.work.running).into_iter().collect();
        running.sort_by(|a, b| a.0.cmp(&b.0));
        for (id, call) in running {
            self.note_cut(&call, "it did not come back in time, and may or may not have happened.");
            let why = "Interrupted: the person stopped this turn. It may or may not have happened; \
                       check before trying again.";
            self.answer_call(id, stopped(why));
        }
        self.end_stopped();
    }
}

impl Turn {
    /// The person is told what became of a call that may have changed something.
    fn note_cut(&mut self, (tool, beside): &(String, Beside), what: &str) {
        if *beside == Beside::Nothing {
            self.work.cut.push(format!("`{tool}`: {what}"));
        }
    }

    /// What became of calls that a stop cut off, a line for each.
    pub(super) fn told_of_cut(&mut self) -> String {
        std::mem::take(&mut self.work.cut).iter().map(|line| format!("\n- {line}")).collect()
    }
}

fn no(refusal: &Refusal) -> ToolResult {
    ToolResult {
        content: vec![RawBlock::text(&refusal.to_string())],
        is_error: true,
        summary: refusal.code.to_string(),
        code: Some(refusal.code),
    }
}

fn stopped(why: &str) -> ToolResult {
    ToolResult {
        content: vec![RawBlock::text(why)],
        is_error: true,
        summary: "stopped".to_owned(),
        code: Some(Code::CallCancelled),
    }
}
