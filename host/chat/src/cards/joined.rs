//! Two desks as one.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::{Card, Cards, Deed};

/// Presses that may wait: those that a desk behind may hold, too.
const WAITING: usize = 16;

/// Shows the cards of both desks, and hands each press to the one that decides on it. Works in a task of its own until a
/// desk ends.
pub fn joined(first: Cards, second: Cards, is_of_second: fn(Deed) -> bool) -> Cards {
    let (cards, shown) = watch::channel(both(&first, &second));
    let (sender, presses) = mpsc::channel(WAITING);
    tokio::spawn(join(first, second, is_of_second, cards, presses));
    Cards { shown, presses: sender }
}

async fn join(
    mut first: Cards,
    mut second: Cards,
    is_of_second: fn(Deed) -> bool,
    cards: watch::Sender<Arc<Vec<Card>>>,
    mut presses: mpsc::Receiver<super::Press>,
) {
    loop {
        let changed = tokio::select! {
            changed = first.shown.changed() => changed,
            changed = second.shown.changed() => changed,
            press = presses.recv() => {
                let Some(press) = press else { return };
                let desk = if is_of_second(press.offer.deed) { &second } else { &first };
                // A desk that has ended drops it, and whoever pressed is told so.
                let _ = desk.presses.send(press).await;
                continue;
            }
        };
        if changed.is_err() {
            return;
        }
        cards.send_replace(both(&first, &second));
    }
}

fn both(first: &Cards, second: &Cards) -> Arc<Vec<Card>> {
    let (first, second) = (first.shown.borrow(), second.shown.borrow());
    Arc::new(first.iter().chain(second.iter()).cloned().collect())
}
