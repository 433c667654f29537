//! What all threads share: the fronts, and which threads are at work.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::turn::Update;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, watch};

use crate::activity::Activity;
use crate::cache::Sent;
use crate::health::Health;
use crate::hold::Hold;
use crate::steering::Change;
use crate::{Front, Mention, Receipt, Settings, State, courier, lane};

/// How long turns that were told to halt may take: longer than a cancelled tool needs, shorter than a service
/// manager waits before it kills.
const HALTING: Duration = Duration::from_secs(5);

/// What a running turn is told from outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// A message came; it is in the inbox.
    Said(Box<Mention>),
    /// A message is to wait in another way.
    Change(Change),
    /// A person stops the turn.
    Stop,
    /// The program ends: leave the turn unfinished, for the next run to resume.
    Halt,
}

/// The state behind [`crate::Chat`].
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    /// Why every message is refused, where it is.
    pub(crate) refuses: Option<String>,
    fronts: RwLock<Vec<Arc<dyn Front>>>,
    /// One lane for each thread with work.
    lanes: Mutex<HashMap<ThreadId, UnboundedSender<Input>>>,
    /// One courier for each thread with deliveries; whether it is to look again before it leaves.
    pub(crate) couriers: Mutex<HashMap<ThreadId, courier::Look>>,
    /// The newest request of each thread that the model's cache may still have.
    pub(crate) sent: Mutex<HashMap<ThreadId, Sent>>,
    /// What running turns are at.
    activities: Mutex<HashMap<ThreadId, Activity>>,
    pub(crate) health: Health,
    closing: AtomicBool,
    /// Told whenever a lane or a courier is done.
    done: Notify,
    /// Changes whenever a message begins to wait, waits in another way, or waits no more.
    pub(crate) moves: watch::Sender<u64>,
}

impl Desk {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            refuses: None,
            fronts: RwLock::default(),
            lanes: Mutex::default(),
            couriers: Mutex::default(),
            sent: Mutex::default(),
            activities: Mutex::default(),
            health: Health::default(),
            closing: AtomicBool::new(false),
            done: Notify::new(),
            moves: watch::Sender::new(0),
        }
    }

    pub(crate) fn attach(&self, front: Arc<dyn Front>) {
        self.fronts.write().unwrap_or_else(PoisonError::into_inner).push(front);
    }

    pub(crate) fn fronts(&self) -> Vec<Arc<dyn Front>> {
        self.fronts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The front that a thread belongs to, where it is attached.
    pub(crate) fn front(&self, thread: &ThreadId) -> Option<Arc<dyn Front>> {
        let fronts = self.fronts.read().unwrap_or_else(PoisonError::into_inner);
        fronts.iter().find(|front| front.name() == thread.front()).cloned()
    }

    /// Tells whoever watches, at once.
    pub(crate) fn show(&self, thread: &ThreadId, update: &Update) {
        self.follow(thread, update);
        if let Some(front) = self.front(thread) {
            front.show(thread, update);
        }
    }

    fn follow(&self, thread: &ThreadId, update: &Update) {
        let mut activities = lock(&self.activities);
        match update {
            Update::Ended(_) => drop(activities.remove(thread)),
            _ => activities.entry(thread.clone()).or_default().take(update),
        }
    }

    /// Where the thread's turn stands.
    pub(crate) fn state(&self, thread: &ThreadId) -> State {
        lock(&self.activities).get(thread).map_or(State::Idle, Activity::state)
    }

    /// Tells whoever watches that nothing runs any more.
    pub(crate) fn rests(&self, thread: &ThreadId) {
        if let Some(front) = self.front(thread) {
            front.rests(thread);
        }
    }

    pub(crate) fn closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Says that messages wait otherwise than before.
    pub(crate) fn moved(&self) {
        self.moves.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(crate) fn is_running(&self, thread: &ThreadId) -> bool {
        lock(&self.lanes).contains_key(thread)
    }

    /// Sets a thread to work, or tells the turn that runs there of the message. While the desk closes, what is in
    /// the inbox waits for the next run.
    pub(crate) fn wake(self: &Arc<Self>, thread: &ThreadId, said: Option<Mention>) -> Receipt {
        if self.closing() {
            return Receipt::Joins;
        }
        self.moved();
        match lock(&self.lanes).entry(thread.clone()) {
            Slot::Occupied(lane) => {
                // A lane takes itself out of the map before it drops its receiver, under this lock.
                if let Some(said) = said {
                    let _ = lane.get().send(Input::Said(Box::new(said)));
                }
                Receipt::Joins
            }
            Slot::Vacant(slot) => {
                let (sender, inputs) = unbounded_channel();
                slot.insert(sender);
                tokio::spawn(lane::run(Arc::clone(self), thread.clone(), inputs));
                Receipt::Began
            }
        }
    }

    /// Keeps turns out of a thread; `None` while one runs there, and while the program ends.
    pub(crate) fn hold(self: &Arc<Self>, thread: &ThreadId) -> Option<Hold> {
        if self.closing() {
            return None;
        }
        let mut lanes = lock(&self.lanes);
        let Slot::Vacant(slot) = lanes.entry(thread.clone()) else { return None };
        let (sender, inputs) = unbounded_channel();
        slot.insert(sender);
        Some(Hold::new(Arc::clone(self), thread.clone(), inputs))
    }

    /// Tells a running turn; false when there is none.
    pub(crate) fn tell(&self, thread: &ThreadId, input: Input) -> bool {
        lock(&self.lanes).get(thread).is_some_and(|lane| lane.send(input).is_ok())
    }

    /// Ends a lane, unless a message came since it last looked.
    pub(crate) fn leave(&self, thread: &ThreadId, inputs: &mut UnboundedReceiver<Input>) -> bool {
        let mut lanes = lock(&self.lanes);
        while let Ok(input) = inputs.try_recv() {
            if matches!(input, Input::Said(_)) && !self.closing() {
                return false;
            }
        }
        lanes.remove(thread);
        self.done.notify_waiters();
        true
    }

    /// Something of [`Desk::drain`]'s is done.
    pub(crate) fn done(&self) {
        self.done.notify_waiters();
    }

    /// Waits for lanes and couriers, then halts what still runs.
    pub(crate) async fn drain(&self, patience: Duration) {
        self.closing.store(true, Ordering::SeqCst);
        if tokio::time::timeout(patience, self.idle()).await.is_ok() {
            return;
        }
        for lane in lock(&self.lanes).values() {
            let _ = lane.send(Input::Halt);
        }
        // What does not come back in time is in the journal as unfinished, like after a crash.
        let _ = tokio::time::timeout(HALTING, self.lanes_empty()).await;
    }

    async fn idle(&self) {
        self.until(|| lock(&self.lanes).is_empty() && lock(&self.couriers).is_empty()).await;
    }

    async fn lanes_empty(&self) {
        self.until(|| lock(&self.lanes).is_empty()).await;
    }

    async fn until(&self, met: impl Fn() -> bool) {
        loop {
            let mut told = std::pin::pin!(self.done.notified());
            told.as_mut().enable();
            if met() {
                return;
            }
            told.await;
        }
    }
}

/// What a panic left behind is a map of threads: still true.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
