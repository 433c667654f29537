//! Saying what was missed: once for each thread and gap, and only what is so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claudetools_agent::ThreadId;

use crate::core::{Core, FRONT};
use crate::hear::{Heard, Late, Rest};
use crate::wire;

/// What was missed, by channel, until all of a channel is handled.
#[derive(Default)]
pub(crate) struct Missed(Mutex<HashMap<(u64, Kind), Count>>);

/// Whether it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Answered,
    Stale,
}

/// So many messages, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    messages: u64,
    first: u64,
    last: u64,
}

impl Missed {
    /// Counts a message of a channel.
    fn count(&self, channel: u64, kind: Kind, message: u64) {
        let new = Count { messages: 0, first: message, last: message };
        let mut map = self.map();
        let count = map.entry((channel, kind)).or_insert(new);
        (count.messages, count.last) = (count.messages + 1, message);
    }

    /// What was counted, which begins anew.
    fn take(&self, channel: u64, kind: Kind) -> Option<Count> {
        self.map().remove(&(channel, kind))
    }

    fn map(&self) -> MutexGuard<'_, HashMap<(u64, Kind), Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// A message was received that nobody listened to when it was said. One that opens a thread is alone in it.
    pub(crate) async fn note_missed(&self, heard: &Heard, thread: u64) {
        if heard.late == Late::No {
            return;
        }
        self.missed.count(thread, Kind::Answered, heard.id);
        if thread == heard.id {
            self.say_missed(thread).await;
        }
    }

    /// A message is too old to be answered.
    pub(crate) fn note_stale(&self, heard: &Heard) {
        self.missed.count(heard.channel, Kind::Stale, heard.id);
    }

    /// The last of what was missed in a channel is handled: whatever it was, the rest is said now.
    pub(crate) async fn end_missed(&self, heard: &Heard) {
        match heard.late {
            Late::Missed(Rest::Last) => self.say_missed(heard.channel).await,
            Late::Stale(Rest::Last) => {
                if let Some(count) = self.missed.take(heard.channel, Kind::Stale) {
                    self.remark(&Heard { id: count.last, ..heard.clone() }, &stale(count)).await;
                }
            }
            _ => {}
        }
    }

    async fn say_missed(&self, thread: u64) {
        let Some(count) = self.missed.take(thread, Kind::Answered) else { return };
        let key = format!("missed {}", count.first);
        if let Err(error) = self.chat.notice(&ThreadId::new(FRONT, thread), &key, &answered(count)).await {
            tracing::warn!(%error, thread, "it could not be said that messages were missed");
        }
    }
}

fn answered(count: Count) -> String {
    let (first, last) = (wire::clock(count.first), wire::clock(count.last));
    match count.messages {
        1 => format!("I missed a message at {first} UTC. I answer it now."),
        n if first == last => format!("I missed {n} messages at {first} UTC. I answer them now."),
        n => format!("I missed {n} messages between {first} and {last} UTC. I answer them now."),
    }
}

fn stale(count: Count) -> String {
    let what = match count.messages {
        1 => "I missed this message, and it is".to_owned(),
        n => format!("I missed {n} messages here, up to this one, and they are"),
    };
    format!("{what} older than a day, so I don't answer. Say it again if it still matters.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_one_line() {
        let at = |minute: u64| wire::id_at(1_795_900_000_000 + minute * 60_000);
        let count = |messages, last| Count { messages, first: at(0), last: at(last) };
        let lines = [
            answered(count(1, 0)),
            answered(count(2, 0)),
            answered(count(3, 7)),
            stale(count(1, 0)),
            stale(count(12, 90)),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        I missed a message at 21:06 UTC. I answer it now.
        I missed 2 messages at 21:06 UTC. I answer them now.
        I missed 3 messages between 21:06 and 21:13 UTC. I answer them now.
        I missed this message, and it is older than a day, so I don't answer. Say it again if it still matters.
        I missed 12 messages here, up to this one, and they are older than a day, so I don't answer. Say it again if it still matters.
        ");
    }

    #[test]
    fn messages_are_counted_until_they_are_told_of() {
        let missed = Missed::default();
        for message in [5, 6, 9] {
            missed.count(1, Kind::Answered, message);
        }
        missed.count(1, Kind::Stale, 2);
        assert_eq!(missed.take(1, Kind::Answered), Some(Count { messages: 3, first: 5, last: 9 }));
        assert_eq!(missed.take(1, Kind::Answered), None);
    }
}
