//! Random turns: whatever happens, the machine waits for exactly one kind of thing, the journal is valid, requests
//! only append, and no call is run twice. And so after a crash at any point.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::message::{Message, Role};
use crate::window::{Transcript, check, kept, marks, repair, window};

/// One choice of the world; what it means depends on what the machine waits for.
type Choice = (u8, u8, u8);

/// The world around a machine, checking everything it is asked to do.
struct World {
    run: Run,
    asking: bool,
    compacting: bool,
    waiting: bool,
    running: BTreeSet<String>,
    ever_run: HashSet<String>,
    last_request: Option<Vec<Message>>,
    replied_since: bool,
    over: bool,
    /// Messages that left the turn: none of them may join it.
    left: HashSet<String>,
    said: u32,
}

const STOP_REASONS: [&str; 9] = [
    "tool_use",
    "tool_use",
    "end_turn",
    "end_turn",
    "max_tokens",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
    "news",
];

impl World {
    fn new(run: Run) -> Self {
        Self {
            run,
            asking: false,
            compacting: false,
            waiting: false,
            running: BTreeSet::new(),
            ever_run: HashSet::new(),
            last_request: None,
            replied_since: false,
            over: false,
            left: HashSet::new(),
            said: 0,
        }
    }

    fn on(&mut self, event: Event) {
        let was_over = self.over;
        let effects = self.run.effects(event);
        assert!(!was_over || effects.is_empty(), "nothing happens after the end: {effects:?}");
        for effect in &effects {
            self.effect(effect);
        }
        let waits = [self.asking, self.compacting, self.waiting, !self.running.is_empty()];
        let expected = usize::from(!self.over);
        assert_eq!(waits.iter().filter(|it| **it).count(), expected, "waits for {waits:?}");
        let mut repaired = self.run.journal.clone();
        repaired.extend(repair(&repaired));
        assert_eq!(check(&window(&repaired).messages), Ok(()));
        assert_eq!(repair(&repaired), Vec::new(), "once is enough");
    }

    fn effect(&mut self, effect: &Effect) {
        assert!(!self.over, "the end is the last effect");
        match effect {
            Effect::CallModel => self.request(),
            Effect::Compact(_) => {
                self.compacting = true;
                assert_eq!(check(&window(&self.run.journal).messages), Ok(()));
            }
            Effect::Wait(time) => {
                assert!(*time <= Duration::from_secs(300));
                self.waiting = true;
            }
            Effect::RunTool { id, input, .. } => {
                assert!(self.ever_run.insert(id.clone()), "{id} is run twice");
                assert!(input.starts_with('{'));
                self.running.insert(id.clone());
            }
            Effect::Cancel => (self.asking, self.compacting, self.waiting) = (false, false, false),
            // The one thing that may change what was sent before.
            Effect::Journal(Entry::Compacted(_)) => self.last_request = None,
            Effect::Journal(Entry::Reply { .. }) => self.replied_since = true,
            Effect::Journal(Entry::Ended { .. }) => self.running.clear(),
            Effect::End(_) => self.over = true,
            Effect::Journal(Entry::Steered { message, .. }) => {
                assert!(!self.left.contains(message), "{message} had left");
            }
            Effect::Refused { id, .. } => assert!(!self.running.contains(id), "{id} is refused and runs"),
            Effect::Journal(_) | Effect::Show(_) | Effect::Notice(_) => {}
        }
    }

    /// A request: valid, and an extension of the one before it.
    fn request(&mut self) {
        self.asking = true;
        let messages = window(&self.run.journal).messages;
        assert_eq!(check(&messages), Ok(()));
        if messages.last().is_some_and(|last| last.role == Role::Assistant) {
            let newest = self.run.journal.iter().rev().find_map(|entry| match entry {
                Entry::Reply { stop_reason, .. } => Some(stop_reason.as_str()),
                _ => None,
            });
            assert_eq!(newest, Some("pause_turn"), "only a paused reply may stand last");
        }
        if let Some(before) = self.last_request.take() {
            assert_extends(&before, &messages, self.replied_since);
        }
        self.last_request = Some(messages);
        self.replied_since = false;
    }

    fn choose(&mut self, (kind, a, b): Choice) {
        match kind % 16 {
            0 => return self.on(Event::Stop),
            1 | 2 => return self.say(),
            15 => return self.leave(u32::from(a)),
            3 => return self.on(junk(a)),
            _ => {}
        }
        if self.asking {
            self.model(a, b);
        } else if self.compacting {
            self.compacting = false;
            let failed = a % 4 == 1;
            let event =
                if failed { Event::CompactionFailed(failure(KINDS[usize::from(b % 5)])) } else { self.compacted(b) };
            self.on(event);
        } else if self.waiting {
            self.waiting = false;
            self.on(Event::Waited);
        } else if let Some(id) = self.running.iter().nth(usize::from(a) % self.running.len().max(1)).cloned() {
            self.running.remove(&id);
            let blank = if b % 4 == 0 { "" } else { "output" };
            self.on(Event::ToolDone { id, result: result(blank) });
        }
    }

    fn say(&mut self) {
        self.said += 1;
        self.on(steer(&format!("steer {}", self.said)));
    }

    /// A message is queued, or interrupts: it leaves the turn, which is stopped for it. One that has joined stays.
    fn leave(&mut self, pick: u32) {
        if self.said == 0 {
            return;
        }
        let message = format!("steer {}", 1 + pick % self.said);
        let before = self.run.journal.len();
        self.on(Event::Leave { message: message.clone() });
        assert_eq!(self.run.journal.len(), before, "nothing else follows from it");
        if !self.has_joined(&message) {
            self.left.insert(message);
        }
        if pick % 2 == 1 {
            self.on(Event::Stop);
        }
    }

    fn has_joined(&self, of: &str) -> bool {
        let joined = |entry: &Entry| matches!(entry, Entry::Steered { message, .. } if message == of);
        self.run.journal.iter().any(joined)
    }

    fn model(&mut self, a: u8, b: u8) {
        match a % 8 {
            0 | 1 => {
                self.asking = false;
                self.on(Event::ModelFailed(failure(KINDS[usize::from(b % 20 / 4)])));
            }
            2 | 3 => {
                self.asking = false;
                self.on(replied(STOP_REASONS[usize::from(b) % STOP_REASONS.len()]));
            }
            4 => self.on(Event::Text(format!("text {b}"))),
            _ => self.on(Event::Block(block(b))),
        }
    }

    /// What the driver makes of a summary.
    fn compacted(&self, b: u8) -> Event {
        let turn = Some(self.run.turn.id.clone());
        let kept = kept(&self.run.journal, &|_| false, turn.as_ref());
        Event::Compacted {
            head: Box::new(head()),
            compacted: Box::new(compacted(turn, summary(b), kept)),
            cost: None,
            request: String::new(),
        }
    }

    /// From here on the model only fails or answers: the turn has to end.
    fn finish(&mut self) {
        for n in 0..200 {
            if self.over {
                return;
            }
            self.choose((4, if n % 3 == 0 { 0 } else { 2 }, 8));
        }
        assert!(self.over, "the turn does not end");
    }
}

/// The later request keeps every byte of the earlier one. What was answered does not even grow.
fn assert_extends(before: &[Message], after: &[Message], answered: bool) {
    let (last, first) = before.split_last().unwrap();
    assert!(after.len() >= before.len() && after.starts_with(first), "{before:?}\n{after:?}");
    let grown = &after[first.len()];
    assert!(grown.role == last.role && grown.content.starts_with(&last.content), "{before:?}\n{after:?}");
    if answered && after.len() > before.len() && last.role == Role::User {
        assert_eq!(grown, last, "what was answered has changed");
    }
}

const KINDS: [FailureKind; 5] =
    [FailureKind::Transient, FailureKind::Cut, FailureKind::TooLong, FailureKind::Unfit, FailureKind::Final];

fn failure(kind: FailureKind) -> ModelFailure {
    ModelFailure { kind, message: "It failed".to_owned(), retry_after: None, jitter: 0 }
}

fn summary(pick: u8) -> RawBlock {
    match pick % 2 {
        0 => RawBlock::parse(r#"{"type":"compaction","content":"so far","signature":"s"}"#.to_owned()).unwrap(),
        _ => text("so far"),
    }
}

fn junk(pick: u8) -> Event {
    match pick % 6 {
        0 => Event::Begin,
        1 => Event::ToolDone { id: "nobody".to_owned(), result: result("x") },
        2 => Event::ToolDone { id: String::new(), result: result("x") },
        3 => Event::Note(String::new()),
        4 => Event::Tool { id: "t1".to_owned(), event: crate::tools::ToolEvent::Append("x".to_owned()) },
        _ => Event::Text(String::new()),
    }
}

fn block(pick: u8) -> RawBlock {
    let raw = |json: &str| RawBlock::parse(json.to_owned()).unwrap();
    match pick % 16 {
        0 => text(" \n"),
        1 | 2 => text("words"),
        3 => raw(r#"{"type":"thinking","thinking":"","signature":"s"}"#),
        4 => raw(r#"{"type":"redacted_thinking","data":"d"}"#),
        5 => raw(r#"{"type":"hologram"}"#),
        6 => raw(r#"{"type":"tool_result","tool_use_id":"t1"}"#),
        7 => raw("7"),
        8 => call_with("t9", "Read", "[]"),
        9 => call_with("t8", "Grep", "{}"),
        pick => call(&format!("t{}", pick / 2 + pick % 3), if pick % 2 == 0 { "Read" } else { "Write" }),
    }
}

fn asked(turn: &str) -> Entry {
    Entry::Asked {
        turn: TurnId(turn.to_owned()),
        message: turn.to_owned(),
        member: "anna".to_owned(),
        content: vec![text(turn)],
    }
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    prop::collection::vec(any::<Choice>(), 0..60)
}

fn small() -> TurnLimits {
    // A reply of these tests has ten tokens.
    TurnLimits { tool_calls: 6, requests: 12, attempts: 3, context_tokens: 12, ..TurnLimits::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_journal_is_valid_and_the_turn_ends(turns in prop::collection::vec(choices(), 1..4)) {
        let mut journal = Vec::new();
        let mut last_request = None;
        for (n, choices) in turns.into_iter().enumerate() {
            journal.push(asked(&format!("turn {n}")));
            let turn = Turn::new(TurnId(format!("turn {n}")), small());
            let turn = turn.in_conversation(Transcript::of(&journal).fill());
            let mut world = World { last_request, ..World::new(Run { turn, journal }) };
            world.on(Event::Begin);
            choices.into_iter().for_each(|choice| world.choose(choice));
            world.finish();
            (journal, last_request) = (world.run.journal, world.last_request);
        }
    }

    #[test]
    fn what_is_taken_back_is_as_if_it_had_never_been(
        turns in prop::collection::vec(choices(), 1..5), back in 1..5_usize, clear in 0..5_usize,
    ) {
        let (mut journal, mut before) = (Vec::new(), Vec::new());
        for (n, choices) in turns.into_iter().enumerate() {
            if n == clear {
                journal.extend([Entry::Head(head()), Entry::Cleared { kept: vec![text("pinned")] }]);
                before.clear();
            }
            before.push(journal.clone());
            journal.push(asked(&format!("turn {n}")));
            let limits = TurnLimits { context_tokens: u64::MAX, ..small() };
            let mut world = World::new(Run { turn: Turn::new(TurnId(format!("turn {n}")), limits), journal });
            world.on(Event::Begin);
            choices.into_iter().for_each(|choice| world.choose(choice));
            world.finish();
            journal = world.run.journal;
            if journal.iter().any(|entry| matches!(entry, Entry::Compacted(_))) {
                return Ok(());
            }
        }
        let back = back.min(before.len());
        let mut then = before[before.len() - back].clone();
        prop_assert_eq!(marks(&journal).len(), before.len());
        journal.push(Entry::Rewound { turns: u32::try_from(back).unwrap() });
        prop_assert_eq!(marks(&journal).len(), before.len() - back);
        for journal in [&mut journal, &mut then] {
            journal.push(asked("later"));
        }
        let messages = window(&journal).messages;
        prop_assert_eq!(check(&messages), Ok(()));
        let blocks = |messages: Vec<Message>| messages.into_iter().flat_map(|it| it.content).collect::<Vec<_>>();
        let mut blocks_now = blocks(messages);
        let note = blocks_now.iter().position(|block| block.json().contains("took the conversation back"));
        blocks_now.remove(note.unwrap());
        prop_assert_eq!(blocks_now, blocks(window(&then).messages));
    }

    #[test]
    fn a_crash_at_any_point_loses_nothing_and_repeats_nothing(choices in choices(), later in choices()) {
        let run = Run { turn: Turn::new(id(), small()), journal: vec![asked("turn")] };
        let mut world = World::new(run);
        world.on(Event::Begin);
        choices.into_iter().for_each(|choice| world.choose(choice));
        let journal = world.run.journal;
        for end in 1..=journal.len() {
            let mut journal = journal[..end].to_vec();
            let began = journal.iter().filter_map(|entry| match entry {
                Entry::Intent { tool_use_id, .. } => Some(tool_use_id.clone()),
                _ => None,
            });
            let ever_run = began.collect();
            journal.extend(repair(&journal));
            let turn = Turn::resume(id(), small(), &journal).in_conversation(Transcript::of(&journal).fill());
            let mut world = World { ever_run, ..World::new(Run { turn, journal }) };
            world.on(Event::Begin);
            later.iter().for_each(|choice| world.choose(*choice));
            world.finish();
        }
    }
}
