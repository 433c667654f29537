//! Whether the model and the ledger do their work, as they did when they were needed last.

use tokio::sync::watch;

use claudetools_ledger::LedgerError;

use crate::Chat;
use crate::desk::Desk;

/// What does not do its work at the moment: a sentence for the people who run the bot. It holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// Why the model's server does not answer.
    pub model: Option<String>,
    /// Why the ledger can't be written or read.
    pub ledger: Option<String>,
}

/// The troubles, as they are noted.
#[derive(Default)]
pub(crate) struct Health(watch::Sender<Troubles>);

impl Health {
    /// How a request to the model came out.
    pub(crate) fn model<E: std::fmt::Display>(&self, result: Result<(), E>) {
        self.note(|troubles| &mut troubles.model, result);
    }

    /// How a use of the ledger came out.
    pub(crate) fn ledger(&self, result: Result<(), &LedgerError>) {
        self.note(|troubles| &mut troubles.ledger, result);
    }

    fn note<E: std::fmt::Display>(&self, part: impl Fn(&mut Troubles) -> &mut Option<String>, result: Result<(), E>) {
        let found = result.err().map(|error| error.to_string());
        self.0.send_if_modified(|troubles| {
            let was = std::mem::replace(part(troubles), found.clone());
            was != found
        });
    }
}

impl Chat {
    /// What did not do its work when it was needed last.
    pub fn troubles(&self) -> Troubles {
        self.desk().health.0.borrow().clone()
    }

    /// Asks what is in trouble again, so that its end is noticed although nobody needs it: the ledger is written to, the
    /// model's server is greeted.
    pub async fn probe(&self) {
        let (troubles, desk) = (self.troubles(), self.desk());
        if troubles.ledger.is_some() {
            desk.health.ledger(desk.settings.ledger.set_cursor(PROBE, "").await.as_ref().map(drop));
        }
        if troubles.model.is_some() {
            let greeted = desk.settings.client.greet().await;
            desk.health.model(greeted.map_err(|failure| failure.message));
        }
    }
}

/// What is written to see whether it can be.
const PROBE: &str = "probe";

impl Desk {
    /// Passes on what the ledger said, and notes it.
    pub(crate) fn noted<T>(&self, result: Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.health.ledger(result.as_ref().map(drop));
        result
    }
}
