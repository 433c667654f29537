//! Shows a running turn: one live message that is edited, a Stop button, and "is typing".

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::tools::ToolEvent;
use claudetools_agent::turn::Update;
use claudetools_chat::live::{Button, Frame, Live, PACE};
use claudetools_chat::render;
use claudetools_policy::Verbosity;
use futures::future::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::body::Body;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::rest::{Place, RestError};
use crate::trouble::{ARCHIVED, Deed, UNKNOWN_CHANNEL};
use crate::typing::Typing;

/// A turn that ends sooner shows its answer only.
const FIRST_AFTER: Duration = Duration::from_millis(700);
/// How soon the card follows.
const SOON: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_secs(10);
/// How long the live message waits for the answer to stand below it, and how often it looks: the answer may have come before
/// the end of its turn was heard. It comes however late; only the order in which people see things depends on this.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long the last drawing of all screens may take when the front ends: the service manager waits for it.
const LAST_WORDS: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The screens of running turns, by thread.
#[derive(Default)]
pub(crate) struct Screens(Mutex<HashMap<u64, UnboundedSender<Told>>>);

/// What a screen is told.
pub(crate) enum Told {
    Update(Update),
    /// What the turn owed is delivered, or never will be.
    Settled,
    /// The front ends: what was told last is drawn.
    Pause,
    /// The thread is gone: nothing is drawn any more.
    Close,
}

impl Screens {
    /// Whether a turn is shown in a thread: it ran in this process.
    pub(crate) fn shows(&self, thread: u64) -> bool {
        self.map().contains_key(&thread)
    }

    /// What the thread's turn owed is delivered, or never will be.
    pub(crate) fn settled(&self, thread: u64) {
        self.tell(thread, Told::Settled);
    }

    /// The thread is gone.
    pub(crate) fn close(&self, thread: u64) {
        self.tell(thread, Told::Close);
    }

    /// The front ends: what was told last is drawn and stays, and the next run clears it away.
    pub(crate) async fn pause_all(&self) {
        for screen in self.map().values() {
            let _told = screen.send(Told::Pause);
        }
        let drawn = async {
            while !self.map().is_empty() {
                sleep(LOOK_EVERY).await;
            }
        };
        let _in_time = timeout(LAST_WORDS, drawn).await;
    }

    fn tell(&self, thread: u64, told: Told) {
        if let Some(screen) = self.map().get(&thread) {
            let _told = screen.send(told);
        }
    }

    fn map(&self) -> MutexGuard<'_, HashMap<u64, UnboundedSender<Told>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Shows an update on the thread's screen; a turn that begins gets one.
    pub(crate) fn show(self: &Arc<Self>, thread: u64, update: &Update) {
        let told = Told::Update(update.clone());
        match self.screens.map().entry(thread) {
            Entry::Occupied(screen) => drop(screen.get().send(told)),
            Entry::Vacant(_) if matches!(update, Update::Ended(_)) => {}
            Entry::Vacant(free) => {
                let (line, ears) = unbounded_channel();
                let _told = line.send(told);
                free.insert(line);
                tokio::spawn(run(self.clone(), thread, ears));
            }
        }
    }
}

impl Core {
    /// How much the thread shows of the work.
    async fn verbosity(&self, thread: u64) -> Verbosity {
        let choices = self.chat.choices(&ThreadId::new(FRONT, thread)).await;
        choices.map(|choices| choices.verbosity).unwrap_or_default()
    }

    /// Whether something is still to be said in the thread.
    async fn owes(&self, thread: u64) -> bool {
        self.chat.owes(&ThreadId::new(FRONT, thread)).await.unwrap_or(true)
    }
}

async fn run(core: Arc<Core>, thread: u64, mut ears: UnboundedReceiver<Told>) {
    if core.rooms.home(thread).await.is_ok() {
        core.tidy(thread).await;
        loop {
            let detail = core.verbosity(thread).await;
            Screen::new(core.clone(), thread, detail).run(&mut ears).await;
            let mut screens = core.screens.map();
            if ears.is_empty() {
                screens.remove(&thread);
                break;
            }
        }
    } else {
        core.screens.map().remove(&thread);
    }
    core.rooms.leave(thread);
}

/// One turn's screen.
struct Screen {
    core: Arc<Core>,
    thread: u64,
    live: Live,
    began: Instant,
    drawn: Option<Instant>,
    /// The live messages, by [`Frame::message`].
    messages: HashMap<usize, u64>,
    typing: Option<Typing>,
    over: Option<Instant>,
    /// The front ends in the middle of the turn.
    paused: bool,
    /// When the card was last put right, and when it has to be.
    card: (Instant, Option<Instant>),
    /// What was drawn last is not known: Discord was in trouble.
    unclear: bool,
    /// Nothing more is drawn: it may not be, or somebody deleted the message.
    dark: bool,
}

/// How long after the last time the card has to follow an update: soon where a person may have to do something, later
/// where only numbers change.
fn changes_card(update: &Update) -> Option<Duration> {
    match update {
        Update::Waiting(_) | Update::Steered { .. } | Update::ToolSaid { event: ToolEvent::Waits(_), .. } => Some(SOON),
        Update::ToolBegan { .. } | Update::ToolEnded { .. } => Some(LATER),
        _ => None,
    }
}

/// Whether a screen goes on.
#[derive(PartialEq, Eq)]
enum Goes {
    On,
    Over,
}

impl Screen {
    fn new(core: Arc<Core>, thread: u64, detail: Verbosity) -> Self {
        Self {
            typing: Some(Typing::start(core.rest.clone(), thread)),
            core,
            thread,
            live: Live::new(detail),
            began: Instant::now(),
            drawn: None,
            messages: HashMap::new(),
            over: None,
            paused: false,
            card: (Instant::now(), None),
            unclear: false,
            dark: false,
        }
    }

    async fn run(mut self, ears: &mut UnboundedReceiver<Told>) {
        let mut goes = Goes::On;
        // It keeps its place in the line of all screens while more is heard.
        let mut next = self.next();
        while goes == Goes::On {
            let was_over = self.over.is_some();
            goes = tokio::select! {
                told = ears.recv() => self.hear(told),
                place = &mut next => {
                    let goes = self.draw(place).await;
                    next = self.next();
                    goes
                }
            };
            if self.over.is_some() != was_over {
                next = self.next();
            }
        }
        self.typing = None;
        self.finish().await;
    }

    /// When the next drawing is due, with the place for it where one is edited: what is drawn is only then put together.
    fn next(&self) -> BoxFuture<'static, Option<Place>> {
        let (wake, core, thread) = (self.wake(), self.core.clone(), self.thread);
        let edits = self.over.is_none() && !self.messages.is_empty();
        Box::pin(async move {
            sleep_until(wake).await;
            if edits { core.rest.may_draw(thread).await.ok() } else { None }
        })
    }

    /// When to draw next; while the answer is waited for, when to look for it.
    fn wake(&self) -> Instant {
        if self.over.is_some() {
            return Instant::now() + LOOK_AGAIN;
        }
        let due = self.live.wake(self.began.elapsed()).map(|due| self.began + due);
        match self.drawn {
            None => self.began + FIRST_AFTER,
            Some(drawn) => due.unwrap_or(drawn).max(drawn + PACE),
        }
    }

    fn hear(&mut self, told: Option<Told>) -> Goes {
        match told {
            Some(Told::Update(update)) => self.take(&update),
            Some(Told::Settled) if self.over.is_some() => return Goes::Over,
            Some(Told::Settled) => {}
            Some(Told::Close) => {
                self.dark = true;
                return Goes::Over;
            }
            Some(Told::Pause) => {
                self.paused = true;
                return Goes::Over;
            }
            None => return Goes::Over,
        }
        Goes::On
    }

    fn take(&mut self, update: &Update) {
        self.live.update(update, self.began.elapsed());
        self.card.1 = self.card.1.into_iter().chain(changes_card(update).map(|after| self.card.0 + after)).min();
        if let Update::Ended(_) = update {
            self.typing = None;
            self.over = Some(Instant::now());
        }
    }

    async fn draw(&mut self, place: Option<Place>) -> Goes {
        if let Some(over) = self.over {
            let waits = over.elapsed() < ANSWER_WITHIN && self.core.owes(self.thread).await;
            return if waits { Goes::On } else { Goes::Over };
        }
        self.draw_card().await;
        self.drawn = Some(Instant::now());
        match (self.live.frame(self.began.elapsed()), place) {
            (Some(frame), place) => self.put(&frame, place).await,
            (None, Some(place)) => self.core.rest.does_not_draw(self.thread, place),
            (None, None) => {}
        }
        Goes::On
    }

    /// The card stands above the first live message, and follows seldom.
    async fn draw_card(&mut self) {
        let now = Instant::now();
        if self.drawn.is_none() {
            self.core.begin_card(self.thread).await;
        } else if self.card.1.is_some_and(|due| due <= now) {
            self.core.refresh_card(self.thread);
        } else {
            return;
        }
        self.card = (now, None);
    }

    /// The turn is over and its answer stands: what is left is a record of the tools, or nothing.
    async fn finish(&mut self) {
        if self.live.is_plain() && !self.dark {
            for message in std::mem::take(&mut self.messages).into_values() {
                if let Err(error) = self.core.rest.delete(self.thread, message).await {
                    tracing::debug!(%error, "a live message could not be deleted");
                }
            }
        } else if (self.paused || !self.messages.is_empty())
            && let Some(frame) = self.live.frame(self.began.elapsed())
        {
            self.put(&frame, None).await;
        }
        if self.unclear && !self.paused {
            self.core.clear_live(self.thread).await;
        }
        if !self.dark {
            self.core.refresh_card(self.thread);
        }
    }

    async fn put(&mut self, frame: &Frame, place: Option<Place>) {
        if self.dark {
            return;
        }
        let mut done = self.write(frame, place).await;
        // Somebody put the thread away while its turn runs; unless it is locked, too, it is taken out again.
        if matches!(&done, Err(error) if error.code() == Some(ARCHIVED))
            && self.core.rest.unarchive(self.thread).await.is_ok()
        {
            done = self.write(frame, None).await;
        }
        if let Err(error) = done {
            self.failed(&error).await;
        }
    }

    async fn write(&mut self, frame: &Frame, place: Option<Place>) -> Result<(), RestError> {
        let out = render::live(frame, self.core.chat.guard());
        let stop = ("Stop", CustomId::Stop { thread: self.thread });
        let button = (frame.button == Button::Stop).then_some(stop);
        match self.messages.get(&frame.message) {
            Some(message) => {
                let body = Body::edit(&out).with_buttons(button.as_slice());
                match place {
                    Some(place) => self.core.rest.draw(self.thread, *message, &body, place).await,
                    None => self.core.rest.edit(self.thread, *message, &body).await,
                }
            }
            None => {
                let nonce = format!("live-{:x}-{}", self.nonce(), frame.message);
                let body = Body::create(&out, &nonce).with_buttons(button.as_slice());
                let posted = self.core.rest.post(self.thread, &body, &[]).await;
                posted.map(|message| {
                    self.messages.insert(frame.message, message);
                })
            }
        }
    }

    /// Unlike any other screen's, in few characters.
    fn nonce(&self) -> u64 {
        let since = self.began.duration_since(self.core.born).as_millis();
        self.thread.wrapping_mul(31).wrapping_add(u64::try_from(since).unwrap_or(0)) & 0xff_ffff_ffff
    }

    async fn failed(&mut self, error: &RestError) {
        if error.may_pass() {
            tracing::debug!(%error, "the live message could not be drawn this time");
            self.unclear = true;
            return;
        }
        self.dark = true;
        let why = self.core.explained(error, Deed::Write, self.thread).await;
        tracing::warn!(why, "the live message is no longer drawn");
        if error.code() == Some(UNKNOWN_CHANNEL) {
            self.core.lose(self.thread, "the thread is gone").await;
        }
    }
}
