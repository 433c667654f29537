//! Gateway sessions: what was dispatched, so that a session can be resumed.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

/// What goes to a connection.
#[derive(Clone, Debug)]
pub(super) enum Out {
    /// A payload.
    Payload(Value),
    /// A close frame.
    Close(u16),
    /// The connection ends without one.
    Drop,
}

/// A session.
pub(super) struct Session {
    pub(super) id: String,
    pub(super) seq: u64,
    pub(super) log: Vec<(u64, Value)>,
    pub(super) line: Option<UnboundedSender<Out>>,
    pub(super) compress: bool,
    pub(super) intents: u64,
    /// Its heartbeats are answered, and it is told of nothing more.
    pub(super) mute: bool,
}

/// All sessions, and how the gateway behaves.
pub(super) struct Hub {
    pub(super) sessions: Vec<Session>,
    /// Refuses connections at the door.
    pub(super) closed: bool,
    /// Closes the next connections at IDENTIFY with this code.
    pub(super) refuse: Option<u16>,
    /// Leaves heartbeats without an answer.
    pub(super) deaf: bool,
    pub(super) heartbeat_ms: u64,
    pub(super) identifies: usize,
    pub(super) resumes: usize,
    /// Sessions that may still be begun, and when all of them may be again.
    pub(super) starts: (usize, Instant),
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            sessions: Vec::new(),
            closed: false,
            refuse: None,
            deaf: false,
            heartbeat_ms: 41_250,
            identifies: 0,
            resumes: 0,
            starts: (STARTS, Instant::now()),
        }
    }
}

/// Sessions that a bot may begin in a day.
pub(super) const STARTS: usize = 1000;

impl Hub {
    /// Sessions that may still be begun.
    pub(super) fn starts_left(&mut self) -> usize {
        if self.starts.1 <= Instant::now() {
            self.starts.0 = self.starts.0.max(STARTS - self.identifies.min(STARTS));
        }
        self.starts.0
    }

    /// The intents of the newest session.
    pub(super) fn intents(&self) -> u64 {
        self.sessions.last().map_or(0, |session| session.intents)
    }

    /// Sends an event to every session that asked for one of these intents (`0`: to all). Whether somebody was connected.
    pub(super) fn dispatch(&mut self, intent: u64, name: &str, data: Value) -> bool {
        for session in &mut self.sessions {
            if !session.mute && (intent == 0 || session.intents & intent != 0) {
                session.push(name, data.clone());
            }
        }
        self.connected()
    }

    /// Sends to every connection.
    pub(super) fn send_all(&mut self, out: &Out) {
        for session in &mut self.sessions {
            session.send(out.clone());
        }
    }

    /// Ends every connection; the sessions can be resumed unless they are forgotten.
    pub(super) fn hang_up(&mut self, how: &Out, forget: bool) {
        self.send_all(how);
        for session in &mut self.sessions {
            session.line = None;
        }
        if forget {
            self.sessions.clear();
        }
    }

    pub(super) fn connected(&self) -> bool {
        self.sessions.iter().any(|session| session.line.is_some())
    }
}

impl Session {
    /// Logs an event under the next sequence number and sends it.
    pub(super) fn push(&mut self, name: &str, data: Value) {
        self.seq += 1;
        let payload = json!({"op": 0, "s": self.seq, "t": name, "d": data});
        self.log.push((self.seq, payload.clone()));
        self.send(Out::Payload(payload));
    }

    pub(super) fn send(&mut self, out: Out) {
        if self.line.as_ref().is_some_and(|line| line.send(out).is_err()) {
            self.line = None;
        }
    }
}

/// The ids of `<@1>` and `<@!1>` in a text, in order.
pub(super) fn mention_ids(text: &str) -> Vec<u64> {
    let pieces = text.split("<@").skip(1);
    pieces.filter_map(|piece| piece.split_once('>')?.0.trim_start_matches('!').parse().ok()).collect()
}
