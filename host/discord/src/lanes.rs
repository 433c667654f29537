//! Work in order: one queue for each key, all queues at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Queues by key. A queue's task ends when it is empty, so a quiet thread costs nothing.
pub(crate) struct Lanes<T>(Arc<Mutex<HashMap<u64, UnboundedSender<T>>>>);

impl<T: Send + 'static> Lanes<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    /// Puts an item into a queue; `work` is done with it after it is done with those before.
    pub(crate) fn push<F, Fut>(&self, key: u64, item: T, work: F)
    where
        F: Fn(T) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send,
    {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match lanes.entry(key) {
            Entry::Occupied(lane) => drop(lane.get().send(item)),
            Entry::Vacant(free) => {
                let (lane, mut queue) = unbounded_channel();
                let _sent = lane.send(item);
                free.insert(lane);
                let lanes = self.0.clone();
                tokio::spawn(async move {
                    while let Some(item) = queue.recv().await {
                        work(item).await;
                        let mut lanes = lanes.lock().unwrap_or_else(PoisonError::into_inner);
                        if queue.is_empty() {
                            lanes.remove(&key);
                        }
                    }
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::Lanes;

    #[tokio::test(start_paused = true)]
    async fn a_lane_keeps_its_order_and_holds_up_nobody_else() {
        let (lanes, done) = (Lanes::new(), Arc::new(Mutex::new(Vec::new())));
        for (key, item, takes) in [(1, "slow", 50), (1, "after", 1), (2, "other", 1)] {
            let done = done.clone();
            lanes.push(key, (item, takes), move |(item, takes)| {
                let done = done.clone();
                async move {
                    tokio::time::sleep(Duration::from_millis(takes)).await;
                    done.lock().map(|mut done| done.push(item)).unwrap_or_default();
                }
            });
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(done.lock().map(|done| done.clone()).unwrap_or_default(), ["other", "slow", "after"]);
        assert!(lanes.0.lock().is_ok_and(|lanes| lanes.is_empty()), "an empty lane is closed");
    }
}
