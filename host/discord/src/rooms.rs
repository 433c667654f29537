//! The threads that the bot works in at this moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

/// Whether a thread's Discord thread is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// It is being made: the mention is in the inbox already.
    Pending,
    /// It is there.
    Ready,
    /// It is gone, or could not be made: nothing can be said there.
    Gone(String),
}

/// What is known of one.
struct Room {
    home: watch::Sender<Home>,
    /// Who began the turn that runs.
    requester: Option<u64>,
}

/// All of them. A thread that is not listed has a home: it was made before.
#[derive(Default)]
pub(crate) struct Rooms(Mutex<HashMap<u64, Room>>);

impl Room {
    fn new(home: Home) -> Self {
        Self { home: watch::Sender::new(home), requester: None }
    }
}

impl Rooms {
    /// Notes that a thread is about to be made. One that is there stays as it is.
    pub(crate) fn expect(&self, thread: u64) {
        self.map().entry(thread).or_insert_with(|| Room::new(Home::Pending));
    }

    /// Notes what became of a thread.
    pub(crate) fn settle(&self, thread: u64, home: Home) {
        let mut map = self.map();
        map.entry(thread).or_insert_with(|| Room::new(Home::Pending)).home.send_replace(home);
    }

    /// Forgets a thread in which nothing runs; one that is gone stays noted.
    pub(crate) fn leave(&self, thread: u64) {
        self.map().retain(|id, room| *id != thread || *room.home.borrow() != Home::Ready);
    }

    /// Forgets a thread that is not made after all.
    pub(crate) fn forget(&self, thread: u64) {
        self.map().remove(&thread);
    }

    /// Waits until it is known whether the thread is there. The reason where it is not.
    pub(crate) async fn home(&self, thread: u64) -> Result<(), String> {
        let Some(mut home) = self.map().get(&thread).map(|room| room.home.subscribe()) else { return Ok(()) };
        match home.wait_for(|home| *home != Home::Pending).await.as_deref() {
            Ok(Home::Gone(why)) => Err(why.clone()),
            Ok(Home::Ready | Home::Pending) | Err(_) => Ok(()),
        }
    }

    /// Notes who began the turn that runs.
    pub(crate) fn began(&self, thread: u64, requester: u64) {
        self.map().entry(thread).or_insert_with(|| Room::new(Home::Ready)).requester = Some(requester);
    }

    /// Who began the turn that runs; none after a restart in the middle of it.
    pub(crate) fn requester(&self, thread: u64) -> Option<u64> {
        self.map().get(&thread).and_then(|room| room.requester)
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Home, Rooms};

    #[tokio::test]
    async fn a_thread_is_waited_for_until_it_is_there_or_gone() {
        let rooms = Rooms::default();
        assert_eq!(rooms.home(1).await, Ok(()), "one that is not listed was made before");
        rooms.expect(1);
        let (found, ()) = tokio::join!(rooms.home(1), async { rooms.settle(1, Home::Ready) });
        assert_eq!(found, Ok(()));
        rooms.expect(1);
        assert_eq!(rooms.home(1).await, Ok(()), "it stays as it is");
        rooms.settle(1, Home::Gone("deleted".to_owned()));
        rooms.leave(1);
        assert_eq!(rooms.home(1).await, Err("deleted".to_owned()));
    }
}
