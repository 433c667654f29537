//! Reads over REST what the gateway did not tell: after a restart, after a gap, and every few minutes in case the
//! connection is deaf.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use crate::core::{Core, FRONT};
use crate::hear::Heard;
use crate::places::Known;
use crate::rest::{PAGE, RestError};
use crate::trouble::{Deed, MISSING_ACCESS, MISSING_PERMISSIONS, UNKNOWN_CHANNEL, explain};
use crate::wire;

/// Between sweeps without a reason.
const EVERY: Duration = Duration::from_secs(300);
/// Between attempts at a sweep that failed.
const NEXT_TRY: Duration = Duration::from_secs(10);
/// How often the cursor is written while it moves; what a crash loses of it is read again.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// Read again before the cursor: events of different channels overtake each other by less.
const MARGIN_MS: u64 = 60_000;
/// Questions older than a day are not answered by surprise.
const OLDEST_MS: u64 = 24 * 60 * 60 * 1000;
/// Pages of one channel in one sweep.
const MOST_PAGES: usize = 20;

impl Core {
    /// Sweeps when asked to and every few minutes, and keeps the cursor, until the front ends.
    pub(crate) async fn keep_up(self: Arc<Self>) {
        let mut pause = EVERY;
        loop {
            let asked = self.wait_for_reason(pause).await;
            pause = match self.sweep(asked).await {
                Ok(()) => {
                    self.health.fine();
                    EVERY
                }
                Err(error) => {
                    self.health.trouble("cannot read missed messages");
                    tracing::warn!(%error, "missed messages cannot be read yet");
                    NEXT_TRY
                }
            };
        }
    }

    /// Asks for a sweep soon.
    pub(crate) fn sweep_soon(&self) {
        self.sweep_asked.notify_one();
    }

    async fn wait_for_reason(&self, pause: Duration) -> Reason {
        let mut waited = Duration::ZERO;
        while waited < pause {
            if timeout(KEEP_EVERY, self.sweep_asked.notified()).await.is_ok() {
                return Reason::Gap;
            }
            waited += KEEP_EVERY;
            self.keep_cursor().await;
        }
        Reason::Routine
    }

    /// Writes the cursor where it moved.
    pub(crate) async fn keep_cursor(&self) {
        let value = self.cursor.value();
        if value == 0 || self.kept.swap(value, std::sync::atomic::Ordering::Relaxed) == value {
            return;
        }
        if let Err(error) = self.chat.set_cursor(FRONT, &value.to_string()).await {
            tracing::warn!(%error, "the reading position could not be written");
        }
    }

    async fn sweep(self: &Arc<Self>, reason: Reason) -> Result<(), RestError> {
        let since = self.since();
        let guilds = self.guilds();
        let mut missed = 0;
        for guild in guilds {
            for channel in self.changed_since(guild, since).await? {
                missed += self.read(guild, channel, since).await?;
            }
        }
        match reason {
            Reason::Routine if missed > 0 => tracing::warn!(missed, "the gateway did not tell of messages"),
            Reason::Routine => {}
            Reason::Gap => tracing::info!(missed, "read what was said meanwhile"),
        }
        Ok(())
    }

    /// Where to read from. On the very first run, here and now: what was said before the bot came is not for it.
    fn since(&self) -> u64 {
        let now = wire::now_ms();
        match self.cursor.value() {
            0 => {
                self.cursor.restore(wire::id_at(now));
                wire::id_at(now)
            }
            cursor => wire::id_at((wire::moment_of(cursor) - MARGIN_MS).max(now - OLDEST_MS)),
        }
    }

    /// The channels and threads of a guild with newer messages: two requests, however many there are.
    async fn changed_since(&self, guild: u64, since: u64) -> Result<Vec<u64>, RestError> {
        let channels = self.rest.channels(guild).await?;
        let threads = self.rest.active_threads(guild).await?;
        let all = wire::list(&channels).iter().chain(wire::list(&threads["threads"]));
        let mut changed = Vec::new();
        for channel in all {
            let Some((id, known)) = Known::listed(channel) else { continue };
            self.places.note((id, Known { guild, ..known }));
            if wire::id(&channel["last_message_id"]).is_some_and(|last| last > since) {
                changed.push(id);
            }
        }
        Ok(changed)
    }

    /// Hears what was said in a channel; answers with how many messages were new.
    async fn read(self: &Arc<Self>, guild: u64, channel: u64, since: u64) -> Result<usize, RestError> {
        let (mut after, mut new) = (since, 0);
        for _ in 0..MOST_PAGES {
            let page = match self.rest.messages_after(channel, after).await {
                Ok(page) => page,
                Err(error) if is_closed(&error) => {
                    tracing::debug!(why = explain(&error, Deed::ReadHistory, channel), "a channel is not read");
                    return Ok(new);
                }
                Err(error) => return Err(error),
            };
            new += page.iter().filter(|message| self.hear_listed(guild, message)).count();
            match page.last().and_then(|last| wire::id(&last["id"])) {
                Some(last) if page.len() == PAGE => after = last,
                _ => break,
            }
        }
        Ok(new)
    }

    fn hear_listed(self: &Arc<Self>, guild: u64, message: &Value) -> bool {
        let Some(heard) = Heard::listed(message) else { return false };
        let new = !self.cursor.knows(heard.id) && heard.author != self.me;
        self.hear(Heard { guild: Some(guild), ..heard });
        new
    }
}

/// Why a sweep is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// The gateway says that it begins anew, or goes on after a gap.
    Gap,
    /// It is time.
    Routine,
}

/// The bot may not read there, or it is gone.
fn is_closed(error: &RestError) -> bool {
    matches!(error.code(), Some(MISSING_ACCESS | MISSING_PERMISSIONS | UNKNOWN_CHANNEL))
}
