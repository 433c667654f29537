//! Messages that are said while a turn runs: they join it, wait for a turn of their own, interrupt, or are taken back.

use std::collections::BTreeSet;
use std::time::Duration;

use claudetools_agent::window::{check, window};
use claudetools_chat::{Asker, ChatError, DeliveryKind, Mode, Receipt};
use claudetools_policy::MemberId;

use crate::support::{Desk, mention, text, thread, tool_use};

/// A desk whose first turn waits in a tool, with two more messages.
async fn busy(answers: &[&str]) -> Desk {
    let script = std::iter::once(tool_use("toolu_1", "Wait", "{}")).chain(answers.iter().map(|answer| text(answer)));
    let desk = Desk::new(script.collect()).await;
    desk.receive(mention("1", "Do this")).await;
    desk.tools.began("Wait").await;
    assert_eq!(desk.receive(mention("2", "second")).await, Receipt::Joins);
    assert_eq!(desk.receive(mention("3", "third")).await, Receipt::Joins);
    desk
}

async fn waiting(desk: &Desk) -> String {
    let waiting = desk.chat.waiting(&thread()).await.unwrap();
    let told = waiting.iter().map(|it| format!("{} {:?} {:?} by {}", it.message, it.mode, it.text, it.name));
    told.collect::<Vec<_>>().join("; ")
}

fn author() -> MemberId {
    MemberId("discord:1".to_owned())
}

async fn answer(desk: &Desk) -> String {
    match desk.delivered().await.kind {
        DeliveryKind::Answer(text) | DeliveryKind::Notice(text) => text,
        other => panic!("{other:?}"),
    }
}

macro_rules! change {
    ($desk:expr, $how:ident, $message:literal) => {{
        let (member, roles) = (author(), BTreeSet::new());
        $desk.chat.$how(&thread(), $message, Asker { member: &member, roles: &roles }).await
    }};
}

#[tokio::test]
async fn a_queued_message_begins_a_turn_of_its_own_and_the_other_joins() {
    let desk = busy(&["First.", "Second."]).await;
    change!(desk, queue, "2").unwrap();
    assert_eq!(waiting(&desk).await, r#"2 Queue "second" by Alice; 3 Steer "third" by Alice"#);
    desk.tools.release();
    assert_eq!(answer(&desk).await, "First.");
    assert_eq!(answer(&desk).await, "Second.");
    desk.idle().await;
    let [_, joined, own] = &desk.requests()[..] else { panic!("{:?}", desk.requests().len()) };
    assert!(joined.contains("third") && !joined.contains("second"), "{joined}");
    assert!(own.contains("second"), "{own}");
    assert_eq!(waiting(&desk).await, "");
}

#[tokio::test]
async fn queued_messages_keep_their_order_over_a_crash() {
    let mut desk = busy(&["First.", "Second.", "Third."]).await;
    change!(desk, queue, "2").unwrap();
    change!(desk, queue, "3").unwrap();
    desk.chat.drain(Duration::ZERO).await;
    desk.restart().await;
    assert_eq!(answer(&desk).await, "I was restarted in the middle of this; going on.");
    for expected in ["First.", "Second.", "Third."] {
        assert_eq!(answer(&desk).await, expected);
    }
    desk.idle().await;
    let requests = desk.requests();
    assert!(!requests[1].contains("second") && requests[2].contains("second") && !requests[2].contains("third"));
    assert!(requests[3].contains("third"));
}

#[tokio::test]
async fn a_message_that_interrupts_stops_the_turn_and_begins_its_own_before_the_queue() {
    let desk = busy(&["Third.", "Second."]).await;
    change!(desk, queue, "2").unwrap();
    change!(desk, interrupt, "3").unwrap();
    assert_eq!(answer(&desk).await, "Stopped.");
    assert_eq!(answer(&desk).await, "Third.");
    assert_eq!(answer(&desk).await, "Second.");
    desk.idle().await;
    assert!(desk.tools.was_stopped());
    assert!(!desk.requests()[1].contains("second"));
    let journal = desk.ledger.load(&thread()).await.unwrap();
    assert_eq!(check(&window(&journal).messages), Ok(()));
}

#[tokio::test]
async fn an_interruption_that_a_crash_overtook_still_stops_the_turn() {
    let mut desk = busy(&["Third, with the second."]).await;
    desk.chat.drain(Duration::ZERO).await;
    assert!(desk.ledger.change_mode("discord", "3", Mode::Interrupt).await.unwrap());
    desk.restart().await;
    assert_eq!(answer(&desk).await, "I was restarted in the middle of this; going on.");
    assert_eq!(answer(&desk).await, "Stopped.");
    assert_eq!(answer(&desk).await, "Third, with the second.");
}

#[tokio::test]
async fn a_message_that_is_taken_back_is_nobodys_words() {
    let desk = busy(&["First."]).await;
    change!(desk, take_back, "2").unwrap();
    change!(desk, queue, "3").unwrap();
    change!(desk, take_back, "3").unwrap();
    desk.tools.release();
    assert_eq!(answer(&desk).await, "First.");
    desk.idle().await;
    assert!(desk.requests().iter().all(|request| !request.contains("second") && !request.contains("third")));
    assert_eq!(desk.receive(mention("2", "second")).await, Receipt::Duplicate);
    assert_eq!(desk.requests().len(), 2);
}

#[tokio::test]
async fn only_its_author_or_an_administrator_says_what_becomes_of_a_message_and_only_while_it_waits() {
    let desk = busy(&["First.", "Second."]).await;
    let refused = |result: Result<(), ChatError>| result.unwrap_err().to_string();
    let (stranger, none) = (MemberId("discord:9".to_owned()), BTreeSet::new());
    let by = Asker { member: &stranger, roles: &none };
    insta::assert_snapshot!(refused(desk.chat.queue(&thread(), "2", by).await), @"caller.role: Only the person who wrote this message, or an administrator, can say what becomes of it.");
    let elsewhere = claudetools_agent::ThreadId::new("discord", 8);
    insta::assert_snapshot!(refused(desk.chat.queue(&elsewhere, "2", by).await), @"confirm.replay: This message waits no more: it has joined a turn, begun one, or was taken back.");
    let admin = BTreeSet::from(["admin".to_owned()]);
    desk.chat.queue(&thread(), "2", Asker { member: &stranger, roles: &admin }).await.unwrap();
    desk.tools.release();
    assert_eq!(answer(&desk).await, "First.");
    assert_eq!(answer(&desk).await, "Second.");
    desk.idle().await;
    for done in [change!(desk, queue, "3"), change!(desk, interrupt, "2"), change!(desk, take_back, "1")] {
        assert!(refused(done).contains("waits no more"));
    }
}

#[tokio::test]
async fn what_waits_when_a_turn_is_stopped_goes_on_in_order() {
    let desk = busy(&["Second and third."]).await;
    desk.chat.stop(&thread()).await;
    assert_eq!(answer(&desk).await, "Stopped.");
    assert_eq!(answer(&desk).await, "Second and third.");
    let request = desk.requests().pop().unwrap();
    assert!(request.contains("second") && request.contains("third"), "{request}");
}
