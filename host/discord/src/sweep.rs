//! Reads over REST what the gateway did not tell: after a restart, after a gap, and every few minutes in case the
//! connection is deaf.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use crate::core::{Core, FRONT};
use crate::health::Part;
use crate::hear::{Heard, Late, Rest};
use crate::places::{Kind, Known};
use crate::rest::{PAGE, RestError};
use crate::silence::Verdict;
use crate::trouble::{Deed, MISSING_ACCESS, MISSING_PERMISSIONS, UNKNOWN_CHANNEL, explain};
use crate::wire;

/// How much sooner than usual it is looked again whether the connection tells of messages.
const SOONER: u32 = 5;
/// Between attempts at a sweep that failed.
const NEXT_TRY: Duration = Duration::from_secs(10);
/// How often the cursor is written while it moves; what a crash loses of it is read again.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// Read again before the cursor: events of different channels overtake each other by less.
const MARGIN_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Questions older than this are not answered by surprise, but it is said that they are not.
const OLDEST_MS: u64 = DAY_MS;
/// What is older than this is not even looked for.
const FORGOTTEN_MS: u64 = 7 * DAY_MS;
/// A message that no event tells of within this time is missed.
const EVENTS_COME_WITHIN_MS: u64 = 5_000;

impl Core {
    /// Sweeps when asked to and every few minutes, and keeps the cursor, until the front ends.
    pub(crate) async fn keep_up(self: Arc<Self>) {
        let mut pause = self.settings.watch.sweep;
        loop {
            let asked = self.wait_for_reason(pause).await;
            pause = match self.sweep(asked).await {
                Ok(untold) => {
                    self.is_fine(Part::Reading);
                    if asked == Reason::Routine { self.judge_connection(untold) } else { self.settings.watch.sweep }
                }
                Err(error) => {
                    self.in_trouble(Part::Reading, &error.to_string());
                    tracing::warn!(%error, "missed messages cannot be read yet");
                    NEXT_TRY
                }
            };
        }
    }

    /// What the gateway did not tell of says how it is; answers with when it is to be looked again.
    fn judge_connection(&self, untold: usize) -> Duration {
        let every = self.settings.watch.sweep;
        let verdict = self.silence.judge(untold, Instant::now());
        if verdict == Verdict::Tells {
            return every;
        }
        tracing::warn!(untold, ?verdict, "the gateway did not tell of messages");
        if verdict == Verdict::Silent {
            self.in_trouble(Part::Gateway, "messages come that it does not tell of");
            self.renew.notify_one();
        }
        every / SOONER
    }

    /// Asks for a sweep soon.
    pub(crate) fn sweep_soon(&self) {
        self.sweep_asked.notify_one();
    }

    async fn wait_for_reason(&self, pause: Duration) -> Reason {
        let mut waited = Duration::ZERO;
        while waited < pause {
            let step = KEEP_EVERY.min(pause);
            if timeout(step, self.sweep_asked.notified()).await.is_ok() {
                return Reason::Gap;
            }
            waited += step;
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

    /// Answers with how many messages nobody had told of.
    async fn sweep(self: &Arc<Self>, reason: Reason) -> Result<usize, RestError> {
        let since = self.since();
        // A first run that dies before this is written would make the next one the first.
        self.keep_cursor().await;
        let gap = self.cursor.gap();
        let mut missed = 0;
        for guild in self.guilds() {
            let mut changed = self.changed_since(guild, since).await?;
            if reason == Reason::Gap {
                changed.extend(self.archived_since(guild, since).await?);
            }
            for channel in changed {
                missed += self.read(guild, channel, since, reason).await?;
            }
        }
        self.cursor.caught_up(gap);
        if reason == Reason::Gap {
            tracing::info!(missed, "read what was said meanwhile");
        }
        Ok(missed)
    }

    /// Where to read from. On the very first run, from just now: who invites the bot and mentions it at once is heard,
    /// what was said before is not for it.
    fn since(&self) -> u64 {
        let now = wire::now_ms();
        if self.cursor.value() == 0 {
            self.cursor.restore(wire::id_at(now));
        }
        wire::id_at((wire::moment_of(self.cursor.value()) - MARGIN_MS).max(now - FORGOTTEN_MS))
    }

    /// The channels and threads of a guild with newer messages: two requests, however many there are.
    async fn changed_since(&self, guild: u64, since: u64) -> Result<Vec<u64>, RestError> {
        let channels = self.rest.channels(guild).await?;
        let threads = self.rest.active_threads(guild).await?;
        let all = wire::list(&channels).iter().chain(wire::list(&threads["threads"]));
        Ok(all.filter_map(|channel| self.changed(guild, channel, since)).collect())
    }

    /// Threads with newer messages that were archived meanwhile, in the channels in which the bot has worked: no list
    /// of a guild has them.
    async fn archived_since(&self, guild: u64, since: u64) -> Result<Vec<u64>, RestError> {
        let mut changed = Vec::new();
        for channel in self.worked_in(guild).await {
            match self.rest.archived_threads(channel).await {
                Ok(threads) => {
                    let all = wire::list(&threads["threads"]).iter();
                    changed.extend(all.filter_map(|thread| self.changed(guild, thread, since)));
                }
                Err(error) if is_closed(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(changed)
    }

    async fn worked_in(&self, guild: u64) -> Vec<u64> {
        let channels = self.chat.channels(FRONT).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "archived threads are not looked into");
            Vec::new()
        });
        let known = |channel: &u64| self.places.get(*channel).is_some_and(|known| known.guild == guild);
        channels.iter().filter_map(|id| id.parse().ok()).filter(known).collect()
    }

    /// A listed channel's id, where something newer was said in it.
    fn changed(&self, guild: u64, channel: &Value, since: u64) -> Option<u64> {
        let (id, known) = Known::listed(channel)?;
        self.places.note((id, Known { guild, ..known }));
        let newer = wire::id(&channel["last_message_id"]).is_some_and(|last| last > since);
        // A forum names its newest post there, and has no messages itself.
        (newer && known.kind != Kind::Other).then_some(id)
    }

    /// Hears what was said in a channel; answers with how many messages were missed.
    async fn read(self: &Arc<Self>, guild: u64, channel: u64, since: u64, reason: Reason) -> Result<usize, RestError> {
        let (mut after, mut new) = (since, Vec::new());
        loop {
            let page = match self.rest.messages_after(channel, after).await {
                Ok(page) => page,
                Err(error) if is_closed(&error) => {
                    tracing::debug!(why = explain(&error, Deed::ReadHistory, channel), "a channel is not read");
                    break;
                }
                Err(error) => return Err(error),
            };
            new.extend(page.iter().filter_map(Heard::listed).filter(|heard| !self.cursor.knows(heard.id)));
            match page.last().and_then(|last| wire::id(&last["id"])) {
                Some(last) if page.len() == PAGE && last > after => after = last,
                _ => break,
            }
        }
        mark(&mut new, wire::now_ms(), reason);
        let missed = new.iter().filter(|heard| heard.author != self.me && heard.late != Late::No).count();
        new.into_iter().for_each(|heard| self.hear(Heard { guild: Some(guild), ..heard }));
        Ok(missed)
    }
}

/// Notes which messages of a channel were missed. Without a gap, an event may still be on its way.
fn mark(heard: &mut [Heard], now: u64, reason: Reason) {
    let age = |heard: &Heard| now.saturating_sub(wire::moment_of(heard.id));
    let late = |heard: &Heard, rest| match age(heard) {
        age if age > OLDEST_MS => Late::Stale(rest),
        age if reason == Reason::Routine && age < EVENTS_COME_WITHIN_MS => Late::No,
        _ => Late::Missed(rest),
    };
    heard.iter_mut().for_each(|one| one.late = late(one, Rest::More));
    for kind in [Late::Stale(Rest::More), Late::Missed(Rest::More)] {
        if let Some(last) = heard.iter_mut().rfind(|one| one.late == kind) {
            last.late = late(last, Rest::Last);
        }
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
