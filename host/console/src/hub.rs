//! The console as a front: what goes on in each thread, for whoever watches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::turn::Update;
use claudetools_chat::{Delivery, DeliveryError, DeliveryKind, Front};
use tokio::sync::watch;

use crate::item::Item;
use crate::live::Live;

/// The first part of the console's thread ids.
pub(crate) const NAME: &str = "console";

/// Every thread that this process has seen something of.
#[derive(Default)]
pub(crate) struct Hub {
    rooms: Mutex<HashMap<ThreadId, Arc<Room>>>,
    listing: watch::Sender<()>,
}

/// One thread.
#[derive(Default)]
pub(crate) struct Room {
    live: Mutex<Live>,
    changed: watch::Sender<()>,
}

impl Hub {
    /// The room of a thread.
    pub(crate) fn room(&self, thread: &ThreadId) -> Arc<Room> {
        Arc::clone(lock(&self.rooms).entry(thread.clone()).or_default())
    }

    /// Wakes whoever shows the list of threads.
    pub(crate) fn listing(&self) -> watch::Receiver<()> {
        self.listing.subscribe()
    }

    /// Tells that the list of threads changed.
    pub(crate) fn list_changed(&self) {
        self.listing.send_replace(());
    }
}

impl Room {
    /// The live state, to look at.
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        lock(&self.live)
    }

    /// Changes the live state and wakes whoever watches.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Live)) {
        change(&mut self.live());
        self.changed.send_replace(());
    }

    /// Wakes whoever shows the thread.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

#[async_trait]
impl Front for Hub {
    fn name(&self) -> &'static str {
        NAME
    }

    fn show(&self, thread: &ThreadId, update: &Update) {
        self.room(thread).change(|live| live.apply(update, now()));
        if matches!(update, Update::Began { .. } | Update::Ended(_)) {
            self.list_changed();
        }
    }

    /// An answer is in the journal, which every page reads; the rest is kept beside it until the next turn.
    async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError> {
        let item = match &delivery.kind {
            DeliveryKind::Answer(_) | DeliveryKind::Raise { .. } => return Ok(()),
            DeliveryKind::File { name, .. } => Item::Notice(format!("Gave {name}; it stands below.")),
            DeliveryKind::Failure(why) => Item::Failure(why.clone()),
            DeliveryKind::Notice(notice) => Item::Notice(notice.clone()),
        };
        self.room(&delivery.thread).change(|live| live.notices.push(item));
        Ok(())
    }
}

/// A state that a panic left half changed is still only what people look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
