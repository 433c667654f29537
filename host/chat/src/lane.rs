//! A thread at work: one turn after the other, until nothing waits.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::entry::{End, Entry};
use claudetools_agent::turn::Update;
use claudetools_agent::window::repair;
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::LedgerError;
use claudetools_policy::MemberId;
use futures::FutureExt;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::desk::{Desk, Input};
use crate::driver::{Driver, Outcome};
use crate::opening::Opening;

/// How long a thread waits when the ledger failed: long enough for a person to free some space.
const LEDGER_PAUSE: Duration = Duration::from_secs(5);

/// Works until nothing waits in the thread, then takes itself off the desk.
pub(crate) async fn run(desk: Arc<Desk>, thread: ThreadId, mut inputs: UnboundedReceiver<Input>) {
    loop {
        match desk.noted(next(&desk, &thread, &mut inputs).await) {
            Ok(Next::More) => {}
            Ok(Next::Nothing) => {
                if desk.leave(&thread, &mut inputs) {
                    return desk.rests(&thread);
                }
            }
            Err(error) => {
                tracing::error!(%thread, %error, "a thread waits for the ledger");
                desk.show(&thread, &Update::Waiting(format!("{}; I will try again", sentence(&error))));
                wait(&desk, &mut inputs).await;
            }
        }
    }
}

enum Next {
    More,
    Nothing,
}

async fn next(desk: &Arc<Desk>, thread: &ThreadId, inputs: &mut UnboundedReceiver<Input>) -> Result<Next, LedgerError> {
    // What was said is in the inbox, too, which is looked at now.
    while let Ok(input) = inputs.try_recv() {
        if let Input::Change(change) = input {
            desk.make(thread, change).await?;
        }
    }
    if desk.closing() {
        return Ok(Next::Nothing);
    }
    let Some(opening) = desk.open_turn(thread).await? else { return Ok(Next::Nothing) };
    let (turn, asker) = (opening.turn.clone(), opening.asker());
    match AssertUnwindSafe(drive(desk, thread, opening, inputs)).catch_unwind().await {
        Ok(Ok(Outcome::Ended | Outcome::Halted)) => Ok(Next::More),
        Ok(Err(error)) => Err(error),
        Err(panic) => {
            fail(desk, thread, &turn, asker, said(&*panic).to_owned()).await?;
            Ok(Next::More)
        }
    }
}

async fn drive(
    desk: &Arc<Desk>,
    thread: &ThreadId,
    opening: Opening,
    inputs: &mut UnboundedReceiver<Input>,
) -> Result<Outcome, LedgerError> {
    Driver::new(Arc::clone(desk), thread.clone(), opening).run(inputs).await
}

/// Ends a turn whose driver broke: one line for the person, with an id that the log has, too.
async fn fail(
    desk: &Arc<Desk>,
    thread: &ThreadId,
    turn: &TurnId,
    asker: (String, MemberId),
    panic: String,
) -> Result<(), LedgerError> {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    // The end of the id is its random part.
    let id = &unique[unique.len() - 8..];
    tracing::error!(%thread, %turn, id, panic, "a turn broke");
    let message = format!("Something broke inside me while I worked on this (error {id}). Please ask again.");
    let mut entries = repair(&desk.settings.ledger.load(thread).await?);
    let end = End::Failed { message };
    entries.push(Entry::Ended { turn: turn.clone(), end: end.clone() });
    desk.commit(thread, turn, &asker, &entries, None).await?;
    desk.show(thread, &Update::Ended(end));
    desk.deliver_soon(thread);
    Ok(())
}

/// What a panic says.
pub(crate) fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

/// Waits, but not while the program ends.
async fn wait(desk: &Desk, inputs: &mut UnboundedReceiver<Input>) {
    let halted = async {
        while let Some(input) = inputs.recv().await {
            if matches!(input, Input::Halt) {
                return;
            }
        }
    };
    if !desk.closing() {
        let _ = tokio::time::timeout(LEDGER_PAUSE, halted).await;
    }
}

/// The error as the beginning of a sentence.
fn sentence(error: &LedgerError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
