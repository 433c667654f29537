//! What people do to a conversation: compact it, clear it, take turns back, fork it, look at it.

use claudetools_agent::ThreadId;
use claudetools_chat::{Chat, ChatError, DeliveryKind, Mention};

use crate::support::{Desk, Script, mention, said, text, thread, tool_use};

/// Says something and waits for its answer.
async fn ask(desk: &Desk, message: &str, text: &str) -> String {
    desk.receive(mention(message, text)).await;
    answered(desk).await
}

async fn answered(desk: &Desk) -> String {
    let delivery = desk.delivered().await;
    desk.idle().await;
    match delivery.kind {
        DeliveryKind::Answer(text) | DeliveryKind::Failure(text) | DeliveryKind::Notice(text) => text,
        DeliveryKind::File { name, .. } => name,
        DeliveryKind::Raise { most } => format!("raise {most}"),
    }
}

fn why<T: std::fmt::Debug>(result: Result<T, ChatError>) -> String {
    result.unwrap_err().to_string()
}

/// What taints a thread: it has taken in both, and a person with fewer roles has spoken in it.
async fn taint(desk: &Desk) {
    desk.ledger.take_in(&thread(), Some("a web page"), Some("the vault")).await.unwrap();
    let mut low = said("low", "I am here", "discord:2");
    low.role_ids = ["1".to_owned()].into();
    desk.receive(low).await;
    answered(desk).await;
}

/// The roles that the newest tool call was made with.
fn roles(desk: &Desk) -> Vec<String> {
    desk.tools.calls().pop().unwrap().caller.roles.into_iter().collect()
}

fn other() -> ThreadId {
    ThreadId::new("discord", 8)
}

fn over_there(message: &str, text: &str) -> Mention {
    Mention { thread: ThreadId::new("discord", 8), ..mention(message, text) }
}

#[tokio::test]
async fn a_summary_stands_for_everything_before_it_and_is_paid_for_by_the_thread() {
    let desk = Desk::new(vec![text("One."), text("  They greeted.  "), text("Two.")]).await;
    ask(&desk, "1", "First").await;
    let before = desk.chat.status(&thread()).await.unwrap();
    let compacted = desk.chat.compact(&thread(), Some("the names")).await.unwrap();
    assert!(compacted.to_string().starts_with("Compacted: "), "{compacted}");
    let asked = desk.requests().pop().unwrap();
    assert!(asked.contains("First") && asked.contains("A person of the thread adds: the names"), "{asked}");
    ask(&desk, "2", "Second").await;
    let request = desk.requests().pop().unwrap();
    assert!(request.contains("[Summary of the conversation so far.]\\nThey greeted.\""), "{request}");
    assert!(!request.contains("First") && request.contains("Second"), "{request}");
    let after = desk.chat.status(&thread()).await.unwrap();
    assert!(after.cost > before.cost);
    assert_eq!(after.turns, 2, "a summary is no turn");
    assert_eq!(desk.chat.context(&thread()).await.unwrap().compactions, 1);
}

#[tokio::test]
async fn a_summary_that_fails_leaves_the_conversation_as_it_is() {
    let refused = "The summary is not to be had";
    let desk = Desk::new(vec![text("One."), Script::Refuses(refused), text(" "), Script::Cut, text("Two.")]).await;
    assert_eq!(why(desk.chat.compact(&thread(), None).await), "Nothing was said here yet.");
    ask(&desk, "1", "First").await;
    insta::assert_snapshot!(why(desk.chat.compact(&thread(), None).await), @"The conversation could not be summarised, and is as it was: The model's server does not accept the request: The summary is not to be had (400).");
    insta::assert_snapshot!(why(desk.chat.compact(&thread(), None).await), @"The conversation could not be summarised, and is as it was: the model gave no summary.");
    insta::assert_snapshot!(why(desk.chat.compact(&thread(), None).await), @"The conversation could not be summarised, and is as it was: The model's reply ended in the middle.");
    ask(&desk, "2", "Second").await;
    assert!(desk.requests().pop().unwrap().contains("First"));
}

#[tokio::test]
async fn nothing_is_done_to_a_conversation_while_a_turn_runs_in_it() {
    let desk = Desk::new(vec![tool_use("toolu_1", "Wait", "{}"), text("Done.")]).await;
    desk.receive(mention("1", "Wait")).await;
    desk.tools.began("Wait").await;
    let Desk { chat, .. } = &desk;
    let runs = "A turn is running here. Wait for its end or stop it, and try again.";
    assert_eq!(why(chat.compact(&thread(), None).await), runs);
    assert_eq!(why(chat.clear(&thread()).await), runs);
    assert_eq!(why(chat.rewind(&thread(), 1).await), runs);
    assert_eq!(why(chat.fork(&thread(), &other()).await), runs);
    desk.tools.release();
    assert_eq!(answered(&desk).await, "Done.");
}

#[tokio::test]
async fn a_message_that_comes_while_a_summary_is_made_is_answered_behind_it() {
    let desk = Desk::new(vec![text("One."), text("They greeted."), text("Two.")]).await;
    ask(&desk, "1", "First").await;
    let (chat, id) = (desk.chat.clone(), thread());
    let compacting = tokio::spawn(async move { Chat::compact(&chat, &id, None).await });
    while desk.requests().len() < 2 && !compacting.is_finished() {
        tokio::task::yield_now().await;
    }
    desk.receive(mention("2", "Second")).await;
    assert_eq!(answered(&desk).await, "Two.");
    compacting.await.unwrap().unwrap();
    assert!(desk.requests().pop().unwrap().contains("They greeted."));
}

#[tokio::test]
async fn a_cleared_conversation_begins_anew() {
    let desk = Desk::new(vec![text("One."), text("Two.")]).await;
    assert_eq!(why(desk.chat.clear(&thread()).await), "Nothing was said here yet.");
    ask(&desk, "1", "First").await;
    desk.chat.clear(&thread()).await.unwrap();
    ask(&desk, "2", "Second").await;
    let request = desk.requests().pop().unwrap();
    assert!(!request.contains("First") && request.contains("Second"), "{request}");
    assert_eq!(desk.chat.transcript(&thread()).await.unwrap().len(), 11, "nothing was taken out of the journal");
}

#[tokio::test]
async fn turns_are_taken_back_and_what_they_did_is_named() {
    let write = r#"{"file_path": "/repo/a.md"}"#;
    let desk = Desk::new(vec![
        text("One."),
        tool_use("toolu_1", "Look", "{}"),
        text("Two."),
        tool_use("toolu_2", "Wait", write),
        text("Three."),
        text("Four."),
    ])
    .await;
    ask(&desk, "1", "First").await;
    ask(&desk, "2", "Second").await;
    desk.tools.release();
    ask(&desk, "3", "Third").await;
    insta::assert_snapshot!(why(desk.chat.rewind(&thread(), 0).await), @"Say how many turns to take back, from 1 on.");
    insta::assert_snapshot!(why(desk.chat.rewind(&thread(), 4).await), @"Only the last 3 turns can be taken back; nothing before them can.");
    insta::assert_snapshot!(desk.chat.rewind(&thread(), 1).await.unwrap(), @"The last turn is taken back: I no longer know of it. What was done stays as it is; nothing was undone: Wait `/repo/a.md`.");
    insta::assert_snapshot!(desk.chat.rewind(&thread(), 1).await.unwrap(), @"The last turn is taken back: I no longer know of it.");
    ask(&desk, "4", "Fourth").await;
    let request = desk.requests().pop().unwrap();
    assert!(request.contains("First") && request.contains("One."), "{request}");
    assert!(!request.contains("Second") && !request.contains("Third"), "{request}");
    assert!(request.contains("A person took the conversation back to here."), "{request}");
    desk.chat.clear(&thread()).await.unwrap();
    insta::assert_snapshot!(why(desk.chat.rewind(&thread(), 1).await), @"There is no turn to take back: nothing was said since the conversation began or was compacted.");
}

#[tokio::test]
async fn a_fork_goes_on_by_itself() {
    let desk = Desk::new(vec![text("One."), text("Two."), text("Three.")]).await;
    assert_eq!(why(desk.chat.fork(&thread(), &other()).await), "Nothing was said here yet.");
    ask(&desk, "1", "First").await;
    desk.chat.fork(&thread(), &other()).await.unwrap();
    insta::assert_snapshot!(why(desk.chat.fork(&thread(), &other()).await), @"There is a conversation in that thread already; fork into a new one.");
    desk.receive(over_there("2", "marmalade")).await;
    answered(&desk).await;
    assert!(desk.requests()[1].contains("First") && desk.requests()[1].contains("marmalade"));
    ask(&desk, "3", "Here").await;
    assert!(!desk.requests()[2].contains("marmalade"), "threads do not read each other");
    assert_eq!(desk.chat.status(&other()).await.unwrap().turns, 1, "costs stay where they were made");
}

#[tokio::test]
async fn nothing_takes_away_what_a_thread_has_taken_in_nor_whose_words_are_in_it() {
    let look = |n: u32| tool_use(&format!("toolu_{n}"), "Look", "{}");
    let script = vec![
        text("Hello."),
        text("Summary."),
        look(1),
        text("1"),
        look(2),
        text("2"),
        look(3),
        text("3"),
        look(4),
        text("4"),
    ];
    let desk = Desk::new(script).await;
    taint(&desk).await;
    let tainted = ["a web page".to_owned(), "the vault".to_owned()];
    desk.chat.compact(&thread(), None).await.unwrap();
    ask(&desk, "1", "Look").await;
    assert_eq!(
        (roles(&desk), desk.chat.status(&thread()).await.unwrap().taken_in),
        (vec!["tech".to_owned()], tainted.to_vec())
    );
    desk.chat.rewind(&thread(), 1).await.unwrap();
    ask(&desk, "2", "Look").await;
    assert_eq!(
        (roles(&desk), desk.chat.status(&thread()).await.unwrap().taken_in),
        (vec!["tech".to_owned()], tainted.to_vec())
    );
    desk.chat.clear(&thread()).await.unwrap();
    ask(&desk, "3", "Look").await;
    assert_eq!(
        (roles(&desk), desk.chat.status(&thread()).await.unwrap().taken_in),
        (vec!["tech".to_owned()], tainted.to_vec())
    );
    desk.chat.fork(&thread(), &other()).await.unwrap();
    desk.receive(over_there("4", "Look")).await;
    answered(&desk).await;
    let there = desk.chat.status(&other()).await.unwrap().taken_in;
    assert_eq!((roles(&desk), there), (vec!["tech".to_owned()], tainted.to_vec()));
}

#[tokio::test]
async fn what_a_request_is_made_of_is_told_in_tokens() {
    let desk = Desk::new(vec![tool_use("toolu_1", "Look", "{}"), text("Seen.")]).await;
    let empty = desk.chat.context(&thread()).await.unwrap();
    assert_eq!((empty.conversation, empty.results, empty.counted), (0, 0, false));
    ask(&desk, "1", "Look").await;
    let used = desk.chat.context(&thread()).await.unwrap();
    assert_eq!((used.budget, used.window), (100_000, Some(1_000_000)));
    let parts = used.system + used.tools + used.instructions + used.conversation + used.results;
    assert!(used.conversation > 0 && used.results > 0 && used.instructions > 0, "{used:?}");
    assert!(parts.abs_diff(used.budget - used.free) <= 5, "the parts are the whole: {used:?}");
}
