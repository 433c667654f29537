//! A thread as the page shows it: the journal, and above it what only this process has seen.
//!
//! The page is told what changed since the last frame, never what happened. A page that reconnects, lags or
//! is reloaded gets what is missing by the same comparison, so nothing is lost and nothing comes twice.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use claudetools_agent::TurnId;
use claudetools_agent::entry::Entry;
use serde::Serialize;

use crate::item::{Item, Phase, Read};
use crate::journal;
use crate::live::Live;

/// Most turns that a page shows; those before are in the ledger.
const SHOWN_TURNS: usize = 100;

/// What a page needs of the journal, read at one epoch of the live state.
pub(crate) struct Sheet {
    done: Vec<Row>,
    current: Vec<Item>,
    turn: Option<TurnId>,
    last_failure: Option<String>,
    /// The epoch it belongs to.
    pub epoch: u64,
}

/// One item under the name that the page knows it by.
pub(crate) struct Row {
    key: String,
    hash: u64,
    item: Item,
}

/// What a page has been told.
#[derive(Default)]
pub(crate) struct Sent {
    order: Vec<String>,
    hashes: HashMap<String, u64>,
}

/// What changed.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Change {
    /// Every key from top to bottom, where the order changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Vec<String>>,
    /// Key and HTML of what is new or different.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<(String, String)>,
}

impl Sheet {
    /// Reads a journal. Forgets the pending messages that it holds.
    pub(crate) fn new(entries: &[Entry], live: &mut Live) -> Self {
        let mut turns = journal::turns(entries);
        live.pending
            .retain(|(message, _)| !turns.iter().any(|turn| turn.items.iter().any(|item| is_message(item, message))));
        let is_current = |turn: &journal::Told| Some(&turn.turn) == live.turn.as_ref();
        let current = turns.pop_if(|turn| is_current(turn)).map(|turn| turn.items).unwrap_or_default();
        let last_failure = turns.last().and_then(|turn| failure(&turn.items));
        let hidden = turns.len().saturating_sub(SHOWN_TURNS);
        let mut done = Vec::new();
        if hidden > 0 {
            let notice = Item::Notice(format!("{hidden} earlier turns are not shown here; the ledger has them."));
            done.push(Row::new("earlier".into(), notice));
        }
        for turn in turns.drain(hidden..) {
            done.extend(named(&turn.turn, with_outcomes(&turn.turn, turn.items, live)));
        }
        Self { done, current, turn: live.turn.clone(), last_failure, epoch: live.epoch }
    }

    /// What changed for a page that has been told `sent`. Every text passes `scrub` before it becomes HTML.
    pub(crate) fn change(&self, live: &Live, sent: &mut Sent, scrub: impl Fn(&str) -> String) -> Change {
        let fresh = self.fresh(live);
        let rows: Vec<&Row> = self.done.iter().chain(&fresh).collect();
        let order: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
        let mut put = Vec::new();
        for row in rows {
            if sent.hashes.get(&row.key) != Some(&row.hash) {
                sent.hashes.insert(row.key.clone(), row.hash);
                put.push((row.key.clone(), row.item.clone().scrubbed(&scrub).html()));
            }
        }
        let reordered = order != sent.order;
        if reordered {
            let kept: HashSet<&String> = order.iter().collect();
            sent.hashes.retain(|key, _| kept.contains(key));
            sent.order.clone_from(&order);
        }
        Change { order: reordered.then_some(order), put }
    }

    /// The running turn, what is pending, and what the person was told beside the transcript.
    fn fresh(&self, live: &Live) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(turn) = &self.turn {
            let items = with_outcomes(turn, merged(&self.current, &live.items), live);
            rows.extend(named(turn, items));
        }
        rows.extend(live.waiting.iter().map(|why| Row::new("waiting".into(), Item::Waiting(why.clone()))));
        for (message, text) in &live.pending {
            let said = Item::Said { message: message.clone(), text: text.clone(), read: Read::NotYet };
            rows.push(Row::new(message_key(message), said));
        }
        for (index, notice) in live.notices.iter().enumerate() {
            if failure(std::slice::from_ref(notice)).is_none_or(|why| Some(&why) != self.last_failure.as_ref()) {
                rows.push(Row::new(format!("notice-{index}"), notice.clone()));
            }
        }
        rows
    }
}

impl Row {
    fn new(key: String, item: Item) -> Self {
        let mut hasher = DefaultHasher::new();
        item.hash(&mut hasher);
        Self { key, hash: hasher.finish(), item }
    }
}

impl Change {
    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_none() && self.put.is_empty()
    }
}

/// Items of a turn under their keys: a message's own, else the turn and the place in it.
fn named(turn: &TurnId, items: Vec<Item>) -> impl Iterator<Item = Row> {
    items.into_iter().enumerate().map(move |(place, item)| match &item {
        Item::Said { message, .. } => Row::new(message_key(message), item),
        _ => Row::new(format!("{turn}-{place}"), item),
    })
}

fn message_key(message: &str) -> String {
    format!("message-{message}")
}

/// The journal's part of the running turn with what this process has seen of it.
///
/// Both tell the same story; the live one is ahead, but begins in the middle when the turn was resumed after a
/// restart. So the journal counts up to where the live items begin, and its last text is the live one's first.
fn merged(journal: &[Item], live: &[Item]) -> Vec<Item> {
    let begins = live.iter().find_map(|item| journal.iter().position(|other| other.is_same(item)));
    let mut items = journal[..begins.unwrap_or(journal.len())].to_vec();
    if live.first().is_some_and(Item::is_prose) {
        while items.pop_if(|item| item.is_prose()).is_some() {}
    }
    items.extend(live.iter().map(|item| journal.iter().find(|other| is_said(item, other)).unwrap_or(item)).cloned());
    items
}

/// Whether `other` is the same message as `item`, but with its text.
fn is_said(item: &Item, other: &Item) -> bool {
    matches!(item, Item::Said { .. }) && item.is_same(other)
}

fn is_message(item: &Item, id: &str) -> bool {
    matches!(item, Item::Said { message, .. } if message == id)
}

fn failure(items: &[Item]) -> Option<String> {
    match items.last() {
        Some(Item::Failure(why)) => Some(why.clone()),
        _ => None,
    }
}

/// The journal does not keep a call's summary and time; this process does for the calls it has seen.
fn with_outcomes(turn: &TurnId, mut items: Vec<Item>, live: &Live) -> Vec<Item> {
    for item in &mut items {
        let Item::Tool(tool) = item else { continue };
        let (Phase::Done(outcome) | Phase::Failed(outcome)) = &mut tool.phase else { continue };
        if let Some(known) = live.outcome(turn, &tool.id) {
            outcome.clone_from(known);
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use claudetools_agent::entry::End;
    use claudetools_agent::message::RawBlock;
    use claudetools_agent::models::Usage;
    use claudetools_agent::turn::Update;

    use super::*;

    fn t() -> TurnId {
        TurnId("t".into())
    }

    fn asked(message: &str) -> Entry {
        let content = vec![RawBlock::text(message)];
        Entry::Asked { turn: t(), message: message.into(), member: "me".into(), content }
    }

    fn call(id: &str) -> Entry {
        let json = format!(r#"{{"type":"tool_use","id":"{id}","name":"Read","input":{{}}}}"#);
        Entry::Block { turn: t(), block: RawBlock::parse(json).unwrap() }
    }

    fn result(id: &str) -> Entry {
        Entry::Result { turn: t(), block: RawBlock::tool_result(id, &[RawBlock::text("out")], false) }
    }

    fn text(text: &str) -> Entry {
        Entry::Block { turn: t(), block: RawBlock::text(text) }
    }

    fn reply() -> Entry {
        let (model, stop_reason, request) = ("m".into(), "end_turn".into(), String::new());
        Entry::Reply { turn: t(), model, stop_reason, usage: Usage::default(), request }
    }

    fn live(updates: &[Update]) -> Live {
        let mut live = Live::default();
        updates.iter().for_each(|update| live.apply(update, 0));
        live
    }

    fn began() -> Update {
        Update::Began { turn: t() }
    }

    fn tool_began(id: &str) -> Update {
        Update::ToolBegan { id: id.into(), name: "Read".into(), input: "{}".into() }
    }

    /// The keys and the kinds of what a fresh page would show.
    fn shown(entries: &[Entry], live: &mut Live) -> Vec<String> {
        let sheet = Sheet::new(entries, live);
        let fresh = sheet.fresh(live);
        let kind = |row: &Row| match &row.item {
            Item::Said { text, .. } => format!("said {text}"),
            Item::Answer(text) => format!("answer {text}"),
            Item::Tool(tool) => format!("tool {}", tool.id),
            other => format!("{other:?}"),
        };
        sheet.done.iter().chain(&fresh).map(kind).collect()
    }

    #[test]
    fn what_the_journal_and_the_live_state_both_know_is_shown_once() {
        let entries = [asked("q"), text("looking"), call("a"), reply(), result("a"), text("so")];
        let updates = [began(), Update::Text("looking".into()), tool_began("a"), Update::Text("so far".into())];
        assert_eq!(shown(&entries, &mut live(&updates)), ["said q", "answer looking", "tool a", "answer so far"]);
    }

    #[test]
    fn a_resumed_turn_keeps_what_it_had_before_the_restart() {
        let entries = [asked("q"), text("looking"), call("a"), reply(), result("a"), text("now"), call("b"), reply()];
        let updates = [began(), Update::Text("now".into()), tool_began("b")];
        assert_eq!(
            shown(&entries, &mut live(&updates)),
            ["said q", "answer looking", "tool a", "answer now", "tool b"],
        );
    }

    #[test]
    fn live_items_that_the_journal_does_not_have_yet_are_shown() {
        let updates = [began(), Update::Text("looking".into()), tool_began("a")];
        assert_eq!(shown(&[asked("q"), text("looking")], &mut live(&updates)), ["said q", "answer looking", "tool a"]);
    }

    #[test]
    fn a_message_that_joins_a_turn_stands_where_it_joined() {
        let steered = |content| Entry::Steered { turn: t(), message: "s".into(), member: "me".into(), content };
        let entries = [asked("q"), call("a"), reply(), result("a"), steered(vec![RawBlock::text("and b")])];
        let joined = Update::Steered { message: "s".into() };
        let mut live = live(&[began(), tool_began("a"), joined, Update::Text("b is".into())]);
        live.pending.push(("s".into(), "and b".into()));
        assert_eq!(shown(&entries, &mut live), ["said q", "tool a", "said and b", "answer b is"]);
        assert_eq!(live.pending, []);
    }

    #[test]
    fn a_pending_message_is_shown_last() {
        let mut live = live(&[began(), Update::Text("a".into())]);
        live.pending.push(("p".into(), "later".into()));
        assert_eq!(shown(&[asked("q")], &mut live), ["said q", "answer a", "said later"]);
    }

    #[test]
    fn a_failure_that_is_in_the_journal_is_not_told_twice() {
        let end = End::Failed { message: "no credit".into() };
        let entries = [asked("q"), Entry::Ended { turn: t(), end: end.clone() }];
        let mut live = live(&[began(), Update::Ended(end)]);
        live.notices.push(Item::Failure("no credit".into()));
        assert_eq!(shown(&entries, &mut live), ["said q", "Failure(\"no credit\")"]);
    }

    #[test]
    fn a_page_is_told_only_what_changed() {
        let mut live = live(&[began(), Update::Text("a".into())]);
        let sheet = Sheet::new(&[asked("q")], &mut live);
        let mut sent = Sent::default();
        let first = sheet.change(&live, &mut sent, str::to_owned);
        assert_eq!(first.order.as_deref(), Some(&["message-q".to_owned(), "t-1".to_owned()][..]));
        assert_eq!(first.put.len(), 2);
        assert!(sheet.change(&live, &mut sent, str::to_owned).is_empty());
        live.apply(&Update::Text(" b".into()), 0);
        let second = sheet.change(&live, &mut sent, str::to_owned);
        assert_eq!(
            second,
            Change { order: None, put: vec![("t-1".into(), "<div class=\"answer\"><p>a b</p>\n</div>".into())] }
        );
    }

    #[test]
    fn what_is_taken_back_leaves_the_page() {
        let mut live = live(&[began(), Update::Text("a".into())]);
        let sheet = Sheet::new(&[asked("q")], &mut live);
        let mut sent = Sent::default();
        sheet.change(&live, &mut sent, str::to_owned);
        live.apply(&Update::Retract, 0);
        let change = sheet.change(&live, &mut sent, str::to_owned);
        assert_eq!(change, Change { order: Some(vec!["message-q".into()]), put: vec![] });
    }
}
