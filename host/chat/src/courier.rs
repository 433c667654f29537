//! Brings what is owed to a thread's front, in order, until it is there.

use std::collections::hash_map::Entry as Slot;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_ledger::{LedgerError, Pending};
use futures::FutureExt;

use crate::desk::{Desk, lock};
use crate::lane::said;
use crate::{Delivery, DeliveryError, Front};

/// The first and the longest wait between two tries of our own; a front may ask for more.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Whether a courier is to look again before it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Something was owed since it last looked.
    Again,
    /// Nothing was.
    Done,
}

impl Desk {
    /// Sends a courier to a thread, unless one is on the way, who then looks again. Never waits.
    pub(crate) fn deliver_soon(self: &Arc<Self>, thread: &ThreadId) {
        let Some(front) = self.front(thread) else { return };
        match lock(&self.couriers).entry(thread.clone()) {
            Slot::Occupied(mut look) => drop(look.insert(Look::Again)),
            Slot::Vacant(slot) => {
                slot.insert(Look::Done);
                tokio::spawn(run(Arc::clone(self), front, thread.clone()));
            }
        }
    }

    /// Ends a courier, unless something was owed since it last looked.
    fn courier_leaves(&self, thread: &ThreadId) -> bool {
        let mut couriers = lock(&self.couriers);
        if couriers.insert(thread.clone(), Look::Done) == Some(Look::Again) {
            return false;
        }
        couriers.remove(thread);
        drop(couriers);
        self.done();
        true
    }
}

async fn run(desk: Arc<Desk>, front: Arc<dyn Front>, thread: ThreadId) {
    let mut wait = FIRST_WAIT;
    loop {
        match next(&desk, &*front, &thread).await {
            Ok(Step::Made) => wait = FIRST_WAIT,
            Ok(Step::Nothing) if desk.courier_leaves(&thread) => return,
            Ok(Step::Nothing) => {}
            Ok(Step::Later(asked)) => {
                tokio::time::sleep(asked.max(wait)).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Err(error) => {
                tracing::error!(%thread, %error, "a delivery waits for the ledger");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}

enum Step {
    Made,
    Nothing,
    Later(Duration),
}

async fn next(desk: &Desk, front: &dyn Front, thread: &ThreadId) -> Result<Step, LedgerError> {
    let ledger = &desk.settings.ledger;
    let Some(pending) = ledger.next_delivery(thread).await? else { return Ok(Step::Nothing) };
    match bring(front, &pending).await {
        Ok(()) => ledger.delivered(&pending.id).await?,
        Err(DeliveryError::Never { why }) => {
            tracing::warn!(%thread, delivery = pending.id, why, "a delivery can never be made");
            ledger.undeliverable(&pending.id, &why).await?;
        }
        Err(DeliveryError::Later { after, why }) => {
            tracing::info!(%thread, delivery = pending.id, why, "a delivery is tried again later");
            return Ok(Step::Later(after));
        }
    }
    Ok(Step::Made)
}

async fn bring(front: &dyn Front, pending: &Pending) -> Result<(), DeliveryError> {
    let unreadable = |error| DeliveryError::Never { why: format!("its stored form cannot be read: {error}") };
    let mut delivery: Delivery = serde_json::from_str(&pending.body).map_err(unreadable)?;
    delivery.posted.clone_from(&pending.posted);
    AssertUnwindSafe(front.deliver(&delivery)).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(delivery = pending.id, panic = said(&*panic), "a front broke");
        Err(DeliveryError::Later { after: FIRST_WAIT, why: "the front broke".to_owned() })
    })
}
