//! What a page is told while it is open: server-sent events, each with what changed since the last.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use claudetools_agent::ThreadId;
use claudetools_chat::cards::Card;
use claudetools_chat::{ChatError, Status};
use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::cards;
use crate::hub::Room;
use crate::live::Live;
use crate::refused::Refused;
use crate::routes::{self, Console};
use crate::sheet::{Change, Sent, Sheet};

/// Shortest time between two frames: 20 a second look fluent, and leave time to render a long answer.
const FRAME: Duration = Duration::from_millis(50);

/// A comment is sent after this much silence, so that both sides notice a connection that is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
pub(crate) struct Wanted {
    thread: Option<String>,
}

/// The stream of one open page: of a thread, or of the list of threads alone.
pub(crate) async fn events(
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refused> {
    let thread = wanted.thread.as_deref().map(routes::thread).transpose()?;
    let watcher = Watcher::new(console, thread);
    let stream = futures::stream::unfold(watcher, |mut watcher| async {
        let frame = watcher.next().await?;
        let event = Event::default().retry(Duration::from_secs(1)).json_data(&frame).unwrap_or_default();
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// What a page is told at once.
#[derive(Default, Serialize)]
struct Frame {
    #[serde(skip_serializing_if = "Change::is_empty")]
    change: Change,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Shown>,
    /// The effects that wait in the thread, and those that were settled last.
    #[serde(skip_serializing_if = "Option::is_none")]
    cards: Option<Vec<cards::Shown>>,
    /// The list of threads is to be asked for again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    threads: bool,
    /// The page of the plugins is to be asked for again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    plugins: bool,
    /// What could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<String>,
}

/// The status line.
#[derive(Clone, PartialEq, Serialize)]
struct Shown {
    running: bool,
    waiting: usize,
    model: String,
    context: u64,
    cost_usd: f64,
    turns: u64,
    /// How many files tools gave here.
    files: usize,
}

/// One open page.
struct Watcher {
    console: Console,
    listing: watch::Receiver<()>,
    plugins: Option<watch::Receiver<Arc<Vec<Card>>>>,
    confirmations: Option<watch::Receiver<Arc<Vec<Card>>>>,
    /// The cards that the page shows.
    cards: Vec<cards::Shown>,
    room: Option<Watched>,
    due: Instant,
}

/// The thread of an open page.
struct Watched {
    thread: ThreadId,
    room: Arc<Room>,
    changes: watch::Receiver<()>,
    sheet: Option<Sheet>,
    sent: Sent,
    /// The status that the desk gave, and at which step of the thread.
    known: Option<(u64, Status)>,
    status: Option<Shown>,
}

impl Watcher {
    /// A watcher whose first frame is due at once.
    fn new(console: Console, thread: Option<ThreadId>) -> Self {
        let room = thread.map(|thread| {
            let room = console.hub.room(&thread);
            let mut changes = room.changes();
            changes.mark_changed();
            Watched { thread, room, changes, sheet: None, sent: Sent::default(), known: None, status: None }
        });
        let mut listing = console.hub.listing();
        listing.mark_changed();
        let plugins = console.settings.reviews.as_ref().map(|reviews| reviews.shown.clone());
        let mut confirmations = console.settings.confirmations.as_ref().map(|desk| desk.shown.clone());
        confirmations.iter_mut().for_each(watch::Receiver::mark_changed);
        let (cards, due) = (Vec::new(), Instant::now());
        Self { console, listing, plugins, confirmations, cards, room, due }
    }

    /// The next frame that says something; none after the shutdown.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            let mut frame = Frame::default();
            tokio::select! {
                () = self.console.shutdown.cancelled() => return None,
                listed = self.listing.changed() => {
                    listed.ok()?;
                    frame.threads = true;
                }
                changed = changed(self.room.as_mut()) => changed?,
                changed = cards_changed(self.plugins.as_mut()) => {
                    changed?;
                    frame.plugins = true;
                }
                changed = cards_changed(self.confirmations.as_mut()) => {
                    changed?;
                    frame.cards = self.changed_cards();
                }
            }
            sleep_until(self.due).await;
            self.due = Instant::now() + FRAME;
            if let Some(room) = &mut self.room {
                room.fill(&self.console, &mut frame).await;
            }
            if frame.threads
                || frame.plugins
                || frame.cards.is_some()
                || frame.failed.is_some()
                || frame.status.is_some()
                || !frame.change.is_empty()
            {
                return Some(frame);
            }
        }
    }

    /// The cards of the thread, where they are others than the page shows.
    fn changed_cards(&mut self) -> Option<Vec<cards::Shown>> {
        let now = cards::shown(&self.confirmations.as_ref()?.borrow(), &self.room.as_ref()?.thread);
        (now != self.cards).then(|| {
            self.cards.clone_from(&now);
            now
        })
    }
}

async fn cards_changed(cards: Option<&mut watch::Receiver<Arc<Vec<Card>>>>) -> Option<()> {
    match cards {
        Some(cards) => cards.changed().await.ok(),
        None => std::future::pending().await,
    }
}

async fn changed(room: Option<&mut Watched>) -> Option<()> {
    match room {
        Some(room) => room.changes.changed().await.ok(),
        None => std::future::pending().await,
    }
}

impl Watched {
    /// Puts into the frame what changed in the thread.
    async fn fill(&mut self, console: &Console, frame: &mut Frame) {
        self.changes.mark_unchanged();
        loop {
            if let Err(error) = self.read(console).await {
                frame.failed = Some(error.to_string());
                return;
            }
            let live = self.room.live();
            let (Some(sheet), Some((_, status))) = (&self.sheet, &self.known) else { continue };
            if sheet.epoch != live.epoch {
                continue;
            }
            // Both from one look at the live state: a page never shows half an answer as the end of a turn.
            frame.change = sheet.change(&live, &mut self.sent, |text| console.chat.guard().scrub(text));
            let shown = shown(status, &live);
            frame.status = (self.status.as_ref() != Some(&shown)).then(|| shown.clone());
            self.status = Some(shown);
            return;
        }
    }

    /// Reads the journal and the status again where the live state has gone past what was read.
    async fn read(&mut self, console: &Console) -> Result<(), ChatError> {
        let (epoch, steps) = {
            let live = self.room.live();
            (live.epoch, live.epoch + live.steps)
        };
        if self.sheet.as_ref().is_none_or(|sheet| sheet.epoch != epoch) {
            let entries = console.chat.transcript(&self.thread).await?;
            let mut live = self.room.live();
            if live.epoch == epoch {
                self.sheet = Some(Sheet::new(&entries, &mut live));
            }
        }
        if self.known.as_ref().is_none_or(|(at, _)| *at != steps) {
            self.known = Some((steps, console.chat.status(&self.thread).await?));
        }
        Ok(())
    }
}

/// Whether a turn runs is the live state's to say: at a turn's end the desk still tidies up.
fn shown(status: &Status, live: &Live) -> Shown {
    Shown {
        running: live.turn.is_some() || live.waiting.is_some(),
        waiting: live.pending.len(),
        model: status.model.clone(),
        context: status.context,
        cost_usd: status.cost.0 as f64 / 1e6,
        turns: status.turns,
        files: status.files,
    }
}
