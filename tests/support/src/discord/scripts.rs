//! How things go wrong.

use std::time::{Duration, Instant};

use super::server::FakeDiscord;
use super::session::Out;
use super::{Person, Say, events};
use serde_json::json;

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// It is answered with this status and not done.
    Status(u16),
    /// It is answered with 429 and this `Retry-After`, and not done.
    TooMany(Duration),
    /// As [`Script::TooMany`], for every route at once.
    TooManyGlobal(Duration),
    /// It is done, but its answer is not JSON.
    Garbled,
    /// It is done, but answered with 502.
    Lost,
}

/// How the gateway is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The connection ends without a close frame (1006); the session can be resumed.
    Dropped,
    /// As `Dropped`, and the session is forgotten: RESUME is answered with op 9.
    Forgotten,
    /// Op 7: the bot is asked to come back.
    Reconnect,
    /// Op 9 with `d: false`: the session is void.
    Invalid,
    /// A close frame with this code.
    Close(u16),
}

/// What is to fail, in order.
#[derive(Default)]
pub(super) struct Scripts(Vec<(String, Script, u32)>);

impl Scripts {
    /// The script for a request to this route (`POST /channels/{channel_id}/messages`), used up once.
    pub(super) fn take(&mut self, route: &str) -> Option<Script> {
        let at = self.0.iter().position(|(name, _, _)| name == route)?;
        let (_, script, times) = &mut self.0[at];
        let script = *script;
        *times -= 1;
        if *times == 0 {
            self.0.remove(at);
        }
        Some(script)
    }
}

impl FakeDiscord {
    /// The next `times` requests to a route fail so. A route is a method and OpenAPI's path:
    /// `POST /channels/{channel_id}/messages`.
    pub fn fail_next(&self, route: &str, script: Script, times: u32) {
        self.change(|state| state.scripts.0.push((route.to_owned(), script, times)));
    }

    /// Archives a thread; locked, it cannot be written to any more.
    pub fn archive(&self, thread: u64, locked: bool) {
        self.change(|state| {
            if let Some(place) = state.channels.get_mut(&thread) {
                (place.archived, place.locked) = (true, locked);
            }
            events::thread_changed(state, thread);
        });
    }

    /// Deletes a thread.
    pub fn delete_thread(&self, thread: u64) {
        self.change(|state| {
            if let Some(place) = state.channels.remove(&thread) {
                events::thread_deleted(state, &place);
            }
        });
    }

    /// Loses the gateway once.
    pub fn drop_gateway(&self, gap: Gap) {
        self.change(|state| match gap {
            Gap::Dropped => state.hub.hang_up(&Out::Drop, false),
            Gap::Forgotten => state.hub.hang_up(&Out::Drop, true),
            Gap::Close(code) => state.hub.hang_up(&Out::Close(code), false),
            Gap::Reconnect => state.hub.send_all(&Out::Payload(json!({"op": 7, "d": null}))),
            Gap::Invalid => {
                state.hub.send_all(&Out::Payload(json!({"op": 9, "d": false})));
                state.hub.sessions.clear();
            }
        });
    }

    /// A person says something while the bot is away. Where the session is forgotten, no event will ever tell of it.
    pub fn while_offline_says(&self, person: &Person, channel: u64, say: impl Into<Say>, gap: Gap) -> u64 {
        self.while_away(gap, || self.says(person, channel, say))
    }

    /// Something happens while the bot is away.
    pub fn while_away<T>(&self, gap: Gap, what: impl FnOnce() -> T) -> T {
        self.close_gateway();
        self.drop_gateway(gap);
        let done = what();
        self.open_gateway();
        done
    }

    /// Nonces are no longer remembered: as after the few minutes for which Discord does, and as with servers that never do.
    pub fn forget_nonces(&self) {
        self.change(|state| state.forgets_nonces = true);
    }

    /// A person said something so long ago, and no event tells of it now. Its id is of that time.
    pub fn said_before(&self, person: &Person, channel: u64, text: &str, ago: Duration) -> u64 {
        self.change(|state| state.said_before(person, channel, text, ago))
    }

    /// Sends the event of a message once more.
    pub fn replay(&self, message: u64) {
        self.change(|state| events::message_created(state, message));
    }

    /// Refuses every new connection to the gateway.
    pub fn close_gateway(&self) {
        self.change(|state| state.hub.closed = true);
    }

    /// Takes connections again.
    pub fn open_gateway(&self) {
        self.change(|state| state.hub.closed = false);
    }

    /// Closes every connection at IDENTIFY with this code (4004, 4013, 4014 …).
    pub fn refuse_identify(&self, code: u16) {
        self.change(|state| state.hub.refuse = Some(code));
    }

    /// The interval told in HELLO from now on.
    pub fn heartbeat_every(&self, interval: Duration) {
        self.change(|state| state.hub.heartbeat_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX));
    }

    /// Tells of no thread what channel it belongs to, or tells it again.
    pub fn hide_parents(&self, hidden: bool) {
        self.change(|state| state.hides_parents = hidden);
    }

    /// The connections there are go on as before, and tell of nothing any more.
    pub fn mute_gateway(&self) {
        self.change(|state| state.hub.sessions.iter_mut().for_each(|session| session.mute = true));
    }

    /// Only so many sessions may be begun, until so much time has passed.
    pub fn sessions_left(&self, left: usize, time: Duration) {
        self.change(|state| state.hub.starts = (left, Instant::now() + time));
    }

    /// Leaves heartbeats without an answer, or answers them again.
    pub fn ignore_heartbeats(&self, deaf: bool) {
        self.change(|state| state.hub.deaf = deaf);
    }
}
