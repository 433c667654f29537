//! What all parts of the front share.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use claudetools_agent::ThreadId;
use claudetools_chat::Chat;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::body::Body;
use crate::cursor::Cursor;
use crate::health::Health;
use crate::hear::Heard;
use crate::lanes::Lanes;
use crate::late::Missed;
use crate::live::Screens;
use crate::places::Places;
use crate::rest::Rest;
use crate::resume::Memory;
use crate::rooms::Rooms;
use crate::settings::Settings;
use crate::silence::Silence;
use crate::skills::Skills;
use crate::status::CardWork;
use crate::trouble::Deed;
use crate::{wire, words};

/// The first part of this front's thread and member ids.
pub(crate) const FRONT: &str = "discord";

/// The front's state.
pub(crate) struct Core {
    pub(crate) settings: Settings,
    pub(crate) rest: Arc<Rest>,
    pub(crate) chat: Chat,
    /// The bot's user id.
    pub(crate) me: u64,
    pub(crate) places: Places,
    pub(crate) rooms: Rooms,
    pub(crate) screens: Screens,
    /// The repository's, as they are registered.
    pub(crate) skills: Skills,
    pub(crate) memory: Memory,
    pub(crate) intake: Lanes<Heard>,
    /// Work on status cards, by thread.
    pub(crate) cards: Lanes<CardWork>,
    pub(crate) cursor: Cursor,
    pub(crate) missed: Missed,
    /// The cursor as it was last written.
    pub(crate) kept: AtomicU64,
    pub(crate) sweep_asked: Notify,
    pub(crate) silence: Silence,
    /// A new session is to be begun.
    pub(crate) renew: Notify,
    pub(crate) health: Health,
    /// When the process began.
    pub(crate) born: Instant,
    /// The same, in milliseconds since 1970.
    pub(crate) born_ms: u64,
    /// The guilds the bot is in, as far as it serves them.
    guilds: Mutex<BTreeSet<u64>>,
    /// Deliveries that were begun and not ended: a part of them may stand already.
    doubts: Mutex<BTreeSet<String>>,
    /// What was missing and is told already.
    complaints: Mutex<BTreeSet<String>>,
    /// Threads that were cleared of what an earlier run left.
    tidied: Mutex<BTreeSet<u64>>,
}

impl Core {
    pub(crate) fn new(settings: Settings, rest: Arc<Rest>, chat: Chat, me: u64) -> Self {
        Self {
            rest,
            chat,
            me,
            places: Places::default(),
            rooms: Rooms::default(),
            screens: Screens::default(),
            skills: Skills::default(),
            memory: Memory::default(),
            intake: Lanes::new(),
            cards: Lanes::new(),
            cursor: Cursor::default(),
            missed: Missed::default(),
            kept: AtomicU64::new(0),
            sweep_asked: Notify::new(),
            silence: Silence::default(),
            renew: Notify::new(),
            health: Health::default(),
            born: Instant::now(),
            born_ms: wire::now_ms(),
            guilds: Mutex::default(),
            doubts: Mutex::default(),
            complaints: Mutex::default(),
            tidied: Mutex::default(),
            settings,
        }
    }

    /// Whether the bot works in this guild.
    pub(crate) fn serves(&self, guild: u64) -> bool {
        self.settings.guild.is_none_or(|only| only == guild)
    }

    /// Notes a guild the bot is in. False where it does not work there.
    pub(crate) fn note_guild(&self, guild: u64) -> bool {
        self.serves(guild) && self.guilds.lock().unwrap_or_else(PoisonError::into_inner).insert(guild)
    }

    pub(crate) fn guilds(&self) -> Vec<u64> {
        self.guilds.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    pub(crate) fn tidied(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.tidied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was missing and is told already.
    pub(crate) fn complaints(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deliveries that were begun and not ended.
    pub(crate) fn doubts(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a message with one line, where it was said. A failure is only logged: the line explains, it is no answer.
    pub(crate) async fn remark(&self, heard: &Heard, text: &str) {
        let nonce = format!("remark-{:x}", heard.id);
        let body = Body::create(&words::line(text, self.chat.guard()), &nonce).replying_to(heard.id);
        if let Err(error) = self.rest.post(heard.channel, &body, &[]).await {
            let why = self.explained(&error, Deed::WriteInChannel, heard.channel).await;
            tracing::warn!(why, text, "a remark could not be made");
        }
    }

    /// Says something in a thread beside the answer. A failure is only logged.
    pub(crate) async fn say_beside(&self, thread: u64, nonce: &str, text: &str) {
        let body = Body::create(&words::line(text, self.chat.guard()), nonce);
        if let Err(error) = self.rest.post(thread, &body, &[]).await {
            let why = self.explained(&error, Deed::Write, thread).await;
            tracing::warn!(why, text, "a remark could not be made");
        }
    }

    /// A thread is gone: its turn is stopped, and nothing is delivered there any more.
    pub(crate) async fn lose(&self, thread: u64, why: &str) {
        self.places.forget(thread);
        self.rooms.settle(thread, crate::rooms::Home::Gone(why.to_owned()));
        self.screens.close(thread);
        if self.chat.stop(&ThreadId::new(FRONT, thread)).await {
            tracing::info!(thread, why, "its turn was stopped");
        }
    }
}
