//! Inbox, journal, outbox and the rest, as a turn uses them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use claudetools_agent::entry::{End, Entry};
use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Batch, Ledger, Outgoing, Receipt, Received, UsageRow, Voice};
use tempfile::TempDir;

async fn ledger() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    (dir, ledger)
}

fn thread() -> ThreadId {
    ThreadId::new("discord", 7)
}

fn turn() -> TurnId {
    TurnId("turn-1".to_owned())
}

async fn receive(ledger: &Ledger, message: &str, member: &str, roles: &[&str]) -> Receipt {
    let received = Received {
        message,
        thread: &thread(),
        channel: None,
        client: None,
        member,
        role_ids: &roles.iter().map(ToString::to_string).collect(),
        title: "Where is the report?",
        body: "the body",
    };
    ledger.receive(&received).await.unwrap()
}

fn asked(message: &str) -> Entry {
    Entry::Asked { turn: turn(), message: message.to_owned(), member: "discord:1".to_owned(), content: vec![] }
}

fn ended() -> Entry {
    Entry::Ended { turn: turn(), end: End::Answered { text: "Here.".to_owned() } }
}

#[tokio::test]
async fn a_message_is_received_once() {
    let (_dir, ledger) = ledger().await;
    assert_eq!(receive(&ledger, "1", "discord:1", &[]).await, Receipt::New);
    assert_eq!(receive(&ledger, "1", "discord:1", &[]).await, Receipt::Duplicate);
    assert_eq!(ledger.unsettled(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_message_is_claimed_by_its_entry_and_settled_by_the_end() {
    let (_dir, ledger) = ledger().await;
    receive(&ledger, "1", "discord:1", &[]).await;
    ledger.append(&thread(), &[asked("1")]).await.unwrap();
    assert!(ledger.unsettled(None).await.unwrap().is_empty());
    assert_eq!(ledger.unfinished().await.unwrap(), [(thread(), turn())]);
    assert_eq!(ledger.open_message("discord", "1").await.unwrap().as_deref(), Some("the body"));

    ledger.append(&thread(), &[ended()]).await.unwrap();
    assert!(ledger.unfinished().await.unwrap().is_empty());
    assert_eq!(ledger.open_message("discord", "1").await.unwrap(), None);
    assert_eq!(receive(&ledger, "1", "discord:1", &[]).await, Receipt::Duplicate);
}

#[tokio::test]
async fn a_message_that_came_too_late_for_the_turn_stays_for_the_next() {
    let (_dir, ledger) = ledger().await;
    receive(&ledger, "1", "discord:1", &[]).await;
    receive(&ledger, "2", "discord:1", &[]).await;
    ledger.append(&thread(), &[asked("1"), ended()]).await.unwrap();
    let left = ledger.unsettled(Some(&thread())).await.unwrap();
    assert_eq!(left.iter().map(|row| row.message.as_str()).collect::<Vec<_>>(), ["2"]);
}

#[tokio::test]
async fn resumptions_are_counted() {
    let (_dir, ledger) = ledger().await;
    receive(&ledger, "1", "discord:1", &[]).await;
    ledger.append(&thread(), &[asked("1")]).await.unwrap();
    assert_eq!(ledger.resuming(&turn()).await.unwrap(), 1);
    assert_eq!(ledger.resuming(&turn()).await.unwrap(), 2);
}

#[tokio::test]
async fn voices_have_their_latest_roles() {
    let (_dir, ledger) = ledger().await;
    receive(&ledger, "1", "discord:1", &["tech"]).await;
    receive(&ledger, "2", "discord:1", &[]).await;
    receive(&ledger, "3", "discord:2", &["admin"]).await;
    receive(&ledger, "4", "discord:3", &["not heard yet"]).await;
    ledger.append(&thread(), &[asked("1"), asked("2"), asked("3")]).await.unwrap();
    let voice = |member: &str, roles: &[&str]| Voice {
        member: member.to_owned(),
        role_ids: roles.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
    };
    assert_eq!(ledger.voices(&thread()).await.unwrap(), [voice("discord:1", &[]), voice("discord:2", &["admin"])]);
}

#[tokio::test]
async fn a_journal_comes_back_as_it_was_written() {
    let (_dir, ledger) = ledger().await;
    let mut entries = vec![asked("1")];
    entries.extend((0..5000).map(|number| Entry::Intent {
        turn: turn(),
        tool_use_id: format!("toolu_{number}"),
        name: "Read".to_owned(),
    }));
    ledger.append(&thread(), &entries[..1]).await.unwrap();
    ledger.append(&thread(), &entries[1..]).await.unwrap();
    assert_eq!(ledger.load(&thread()).await.unwrap(), entries);
    assert!(ledger.load(&ThreadId::new("discord", 8)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_end_the_usage_and_the_answer_are_written_together_and_owed_once() {
    let (_dir, ledger) = ledger().await;
    receive(&ledger, "1", "discord:1", &[]).await;
    let row = UsageRow {
        thread: thread(),
        turn: turn(),
        member: "discord:1".to_owned(),
        client: None,
        channel: None,
        model: "claude".to_owned(),
        request: String::new(),
        usage: Usage { input: 10, cache_read: 5, output: 3, ..Usage::default() },
        cost: Some(MicroUsd(7)),
        cache_lost: None,
        reservation: None,
    };
    let began = claudetools_ledger::now()[..10].to_owned();
    let outgoing = Outgoing { id: "d1", body: "Here." };
    for _ in 0..2 {
        let batch = Batch { entries: &[asked("1"), ended()], usage: Some(&row), outgoing: Some(outgoing) };
        ledger.commit(&thread(), batch).await.unwrap();
    }
    assert_eq!(ledger.owed("discord").await.unwrap(), [thread()]);
    assert!(ledger.owed("console").await.unwrap().is_empty());
    ledger.part_posted("d1", 1, "902").await.unwrap();
    ledger.part_posted("d1", 0, "901").await.unwrap();
    ledger.part_posted("d1", 0, "999").await.unwrap();
    let pending = ledger.next_delivery(&thread()).await.unwrap().unwrap();
    assert_eq!((pending.body.as_str(), pending.posted), ("Here.", vec!["901".to_owned(), "902".to_owned()]));
    ledger.delivered("d1").await.unwrap();
    assert_eq!(ledger.next_delivery(&thread()).await.unwrap(), None);

    let totals = ledger.thread_totals(&thread()).await.unwrap();
    assert_eq!((totals.usage.input, totals.cost, totals.replies, totals.turns), (20, MicroUsd(14), 2, 1));
    assert_eq!(ledger.context(&thread()).await.unwrap(), 15);
    assert_eq!(ledger.member_totals("discord:1", "").await.unwrap(), totals);
    assert_eq!(ledger.member_totals("discord:1", "9999").await.unwrap().replies, 0);
    let today = claudetools_ledger::now()[..10].to_owned();
    let days = BTreeSet::from([began, today]);
    let mut replies = 0;
    for day in &days {
        replies += ledger.day_totals(day).await.unwrap().replies;
    }
    assert_eq!(replies, 2);
    assert_eq!(ledger.day_totals("2001-01-01").await.unwrap().replies, 0);
}

#[tokio::test]
async fn what_can_never_be_delivered_does_not_block_what_comes_after() {
    let (_dir, ledger) = ledger().await;
    for id in ["d1", "d2"] {
        let batch = Batch { outgoing: Some(Outgoing { id, body: "x" }), ..Batch::default() };
        ledger.commit(&thread(), batch).await.unwrap();
    }
    ledger.undeliverable("d1", "the thread is gone").await.unwrap();
    assert_eq!(ledger.next_delivery(&thread()).await.unwrap().unwrap().id, "d2");
}

#[tokio::test]
async fn threads_are_listed_newest_first_with_the_title_of_the_first_message() {
    let (_dir, ledger) = ledger().await;
    ledger.choose(&ThreadId::new("console", "a"), "model", Some("claude-x")).await.unwrap();
    receive(&ledger, "1", "discord:1", &[]).await;
    let listed = ledger.threads().await.unwrap();
    assert_eq!(listed[0].title, "Where is the report?");
    assert_eq!(listed[1].id, ThreadId::new("console", "a"));
    assert_eq!(ledger.thread(&thread()).await.unwrap().unwrap(), listed[0]);
}

#[tokio::test]
async fn a_choice_stays_until_another_is_made() {
    let (_dir, ledger) = ledger().await;
    for value in [Some("claude-x"), Some("claude-y")] {
        ledger.choose(&thread(), "model", value).await.unwrap();
    }
    ledger.choose(&thread(), "effort", Some("low")).await.unwrap();
    ledger.choose(&thread(), "effort", None).await.unwrap();
    let chosen = ledger.choices(&thread()).await.unwrap();
    assert_eq!(chosen, BTreeMap::from([("model".to_owned(), "claude-y".to_owned())]));
    assert!(ledger.choices(&ThreadId::new("discord", 8)).await.unwrap().is_empty());
}

#[tokio::test]
async fn plugin_state_is_apart_for_each_plugin_and_thread() {
    let (_dir, ledger) = ledger().await;
    let set = |value: &str| BTreeMap::from([("k".to_owned(), Some(value.as_bytes().to_vec()))]);
    ledger.change_plugin_state("files", &thread(), &set("one")).await.unwrap();
    ledger.change_plugin_state("files", &thread(), &set("two")).await.unwrap();
    let kept = ledger.plugin_state("files", &thread()).await.unwrap();
    assert_eq!(kept, BTreeMap::from([("k".to_owned(), b"two".to_vec())]));
    assert!(ledger.plugin_state("search", &thread()).await.unwrap().is_empty());
    assert!(ledger.plugin_state("files", &ThreadId::new("discord", 8)).await.unwrap().is_empty());
    ledger.change_plugin_state("files", &thread(), &BTreeMap::from([("k".to_owned(), None)])).await.unwrap();
    assert!(ledger.plugin_state("files", &thread()).await.unwrap().is_empty());
}

#[tokio::test]
async fn cursors_and_settings_keep_the_last_value() {
    let (_dir, ledger) = ledger().await;
    assert_eq!(ledger.cursor("c").await.unwrap(), None);
    ledger.set_cursor("c", "1").await.unwrap();
    ledger.set_cursor("c", "2").await.unwrap();
    assert_eq!(ledger.cursors().await.unwrap(), BTreeMap::from([("c".to_owned(), "2".to_owned())]));
    ledger.set_setting("k", "v").await.unwrap();
    assert_eq!(ledger.setting("k").await.unwrap().as_deref(), Some("v"));
}
