//! What a button says it is. The text comes back from Discord's clients, so it proves nothing by itself: the thread
//! in it must be the one that was clicked in, and the clicker's roles are asked again.

use std::fmt;

use claudetools_chat::cards::{Deed, Offer};

/// Set before every custom id, with the version of its form.
const PREFIX: &str = "ct1";

/// A button's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CustomId {
    /// Stops the turn of this thread.
    Stop {
        /// The thread.
        thread: u64,
    },
    /// Shows what waits in this thread.
    Queue {
        /// The thread.
        thread: u64,
    },
    /// Shows what the newest turn of this thread did.
    Details {
        /// The thread.
        thread: u64,
    },
    /// Gives this thread more money than `most`, in millionths of a dollar.
    Raise {
        /// The thread.
        thread: u64,
        /// What it may spend now.
        most: u64,
    },
    /// Decides on what a card shows: one of its buttons, and the form that it opens.
    Decide(Offer),
}

impl CustomId {
    /// Reads a custom id; `None` for any text that this program would not write.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let read = match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
            (PREFIX, "stop", thread, None) => Self::Stop { thread: thread.parse().ok()? },
            (PREFIX, "pick", at, Some(picked)) => {
                let deed = Deed::Pick { at: at.parse().ok()?, picked: picked.parse().ok()? };
                Self::Decide(Offer { deed, token: parts.next()?.parse().ok()? })
            }
            (PREFIX, "raise", thread, Some(most)) if parts.next().is_none() => {
                Self::Raise { thread: thread.parse().ok()?, most: most.parse().ok()? }
            }
            (PREFIX, "waiting", thread, None) => Self::Queue { thread: thread.parse().ok()? },
            (PREFIX, "details", thread, None) => Self::Details { thread: thread.parse().ok()? },
            (PREFIX, deed, token, None) => Self::Decide(Offer { deed: read_deed(deed)?, token: token.parse().ok()? }),
            _ => return None,
        };
        (read.to_string() == text).then_some(read)
    }
}

impl fmt::Display for CustomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { thread } => write!(f, "{PREFIX}:stop:{thread}"),
            Self::Decide(Offer { deed: Deed::Pick { at, picked }, token }) => {
                write!(f, "{PREFIX}:pick:{at}:{picked}:{token}")
            }
            Self::Raise { thread, most } => write!(f, "{PREFIX}:raise:{thread}:{most}"),
            Self::Queue { thread } => write!(f, "{PREFIX}:waiting:{thread}"),
            Self::Details { thread } => write!(f, "{PREFIX}:details:{thread}"),
            Self::Decide(Offer { deed, token }) => write!(f, "{PREFIX}:{}:{token}", deed.as_str()),
        }
    }
}

fn read_deed(text: &str) -> Option<Deed> {
    Deed::PLAIN.iter().copied().find(|deed| deed.as_str() == text)
}

#[cfg(test)]
mod tests {
    use claudetools_chat::cards::{Deed, Offer};

    use super::CustomId;

    #[test]
    fn what_is_written_is_read_back() {
        let id = CustomId::Stop { thread: 1_100_000_000_000_000_041 };
        insta::assert_snapshot!(id, @"ct1:stop:1100000000000000041");
        assert_eq!(CustomId::parse(&id.to_string()), Some(id));
        let raise = CustomId::Raise { thread: 7, most: 5_000_000 };
        for id in [CustomId::Queue { thread: 7 }, CustomId::Details { thread: 7 }, raise] {
            assert_eq!(CustomId::parse(&id.to_string()), Some(id));
        }
        let token = "00112233445566778899aabbccddeeff".parse().unwrap();
        let id = CustomId::Decide(Offer { deed: Deed::Approve, token });
        insta::assert_snapshot!(id, @"ct1:approve:00112233445566778899aabbccddeeff");
        assert_eq!(CustomId::parse(&id.to_string()), Some(id));
        for deed in Deed::PLAIN.iter().copied() {
            let id = CustomId::Decide(Offer { deed, token });
            assert_eq!(CustomId::parse(&id.to_string()), Some(id), "no other button is spelled so");
        }
        let id = CustomId::Decide(Offer { deed: Deed::Pick { at: 3, picked: 31 }, token });
        insta::assert_snapshot!(id, @"ct1:pick:3:31:00112233445566778899aabbccddeeff");
        assert_eq!(CustomId::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn anything_else_is_nothing() {
        for forged in [
            "",
            "stop",
            "ct1",
            "ct1:stop",
            "ct1:stop:",
            "ct1:stop:x",
            "ct1:stop:-1",
            "ct1:stop:+1",
            "ct1:stop:01",
            "ct1:stop:1:2",
            "ct1:approve:1",
            "ct1:pick:00112233445566778899aabbccddeeff",
            "ct1:pick:0:256:00112233445566778899aabbccddeeff",
            "ct1:pick:0:1:00112233445566778899aabbccddeeff:1",
            "ct1:pick:01:1:00112233445566778899aabbccddeeff",
            "ct1:approve:00112233445566778899AABBCCDDEEFF",
            "ct1:approve:00112233445566778899aabbccddeeff:1",
            "ct1:decide:00112233445566778899aabbccddeeff",
            "ct1:raise:1",
            "ct1:raise:1:2:3",
            "ct1:raise:1:-2",
            "ct2:stop:1",
            " ct1:stop:1",
            "ct1:stop:99999999999999999999",
        ] {
            assert_eq!(CustomId::parse(forged), None, "{forged}");
        }
    }
}
