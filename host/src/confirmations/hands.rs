//! What was made after a yes, on its way to whoever said it: from the call to the answer of the press, in memory only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudetools_chat::cards::Later;
use claudetools_egress::Made;
use claudetools_policy::Refusal;
use claudetools_sandbox::{Failure, Outcome};
use tokio::sync::oneshot;

/// Who waits to be shown something, by the question that they said yes to.
#[derive(Clone, Default)]
pub(super) struct Hands(Arc<Mutex<HashMap<String, oneshot::Sender<String>>>>);

impl Hands {
    /// Somebody said yes, and waits.
    pub(super) fn open(&self, id: &str) -> Later {
        let (sender, later) = oneshot::channel();
        self.all().insert(id.to_owned(), sender);
        Later::new(later)
    }

    /// Nobody waits any more.
    pub(super) fn close(&self, id: &str) {
        self.all().remove(id);
    }

    pub(super) fn hand(&self, id: &str) -> Hand {
        Hand { hands: self.clone(), id: id.to_owned() }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The way to whoever said yes to one question. Whoever waits is told that there is nothing more when this is dropped.
pub(crate) struct Hand {
    hands: Hands,
    id: String,
}

impl Hand {
    /// Whether somebody is there to be shown what is made.
    pub(crate) fn is_open(&self) -> bool {
        self.hands.all().get(&self.id).is_some_and(|sender| !sender.is_closed())
    }

    /// Tells what came of the call; `None` where nobody waited, otherwise whether it was told.
    pub(crate) fn give(&self, outcome: &Result<Outcome, Refusal>) -> Option<bool> {
        let sender = self.hands.all().remove(&self.id)?;
        Some(sender.send(words(outcome)).is_ok())
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.hands.close(&self.id);
    }
}

fn words(outcome: &Result<Outcome, Refusal>) -> String {
    match outcome {
        Ok(Outcome { made, .. }) if !made.is_empty() => made.iter().map(of_made).collect::<Vec<_>>().join("\n"),
        Ok(Outcome { result: Err(Failure::Refused(refusal)), .. }) | Err(refusal) => {
            format!("No password was made, and nothing was sent: {}", refusal.message)
        }
        Ok(_) => "No password was made: the call ended before the request was sent.".to_owned(),
    }
}

fn of_made(made: &Made) -> String {
    let value = made.value.as_str();
    match (made.traffic.status(), made.traffic.up()) {
        (Some(200..=299), _) => format!("The new password, shown once and to you alone: `{value}`"),
        (Some(status), _) => format!("The request was answered with the status {status}: the password was not set."),
        (None, 0) => "The request was not sent: the password was not set.".to_owned(),
        (None, _) => format!(
            "No answer came, so that nobody knows whether the password was set. Check, and then use or forget it: `{value}`"
        ),
    }
}
