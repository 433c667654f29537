//! What is known of channels and threads.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use serenity::model::channel::{ChannelType, GuildChannel};

use crate::hear::Place;
use crate::wire;

/// Channels that are kept; one that is not is asked for again.
const MOST: usize = 20_000;

/// What is known of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) kind: Kind,
    pub(crate) guild: u64,
}

/// Kinds of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text or announcements.
    Text,
    /// A thread, and who began it.
    Thread {
        /// Its owner.
        owner: u64,
        /// The channel that it belongs to; 0 where that is not known.
        parent: u64,
    },
    /// Nothing that the bot works in: a forum, whose posts are threads, a voice channel, a category.
    Other,
}

/// All that is known.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<u64, Known>>);

impl Known {
    /// Whether it is a thread that this user began.
    pub(crate) fn is_of(self, user: u64) -> bool {
        matches!(self.kind, Kind::Thread { owner, .. } if owner == user)
    }

    /// Where a message in it is said, to the bot `me`.
    pub(crate) fn place(self, me: u64) -> Place {
        match self.kind {
            Kind::Text => Place::Channel,
            Kind::Thread { owner, .. } if owner == me => Place::OwnThread,
            Kind::Thread { .. } => Place::OtherThread,
            Kind::Other => Place::Elsewhere,
        }
    }

    /// A channel as REST tells of it.
    pub(crate) fn listed(channel: &Value) -> Option<(u64, Self)> {
        let kind = match channel["type"].as_u64() {
            Some(0 | 5) => Kind::Text,
            Some(10..=12) => Kind::Thread {
                owner: wire::id(&channel["owner_id"]).unwrap_or(0),
                parent: wire::id(&channel["parent_id"]).unwrap_or(0),
            },
            _ => Kind::Other,
        };
        let guild = wire::id(&channel["guild_id"]).unwrap_or(0);
        Some((wire::id(&channel["id"])?, Self { kind, guild }))
    }

    /// A channel as the gateway tells of it.
    pub(crate) fn dispatched(channel: &GuildChannel, guild: u64) -> (u64, Self) {
        let kind = match channel.kind {
            ChannelType::Text | ChannelType::News => Kind::Text,
            ChannelType::NewsThread | ChannelType::PublicThread | ChannelType::PrivateThread => {
                let [owner, parent] = [channel.owner_id.map(|id| id.get()), channel.parent_id.map(|id| id.get())]
                    .map(Option::unwrap_or_default);
                Kind::Thread { owner, parent }
            }
            _ => Kind::Other,
        };
        (channel.id.get(), Self { kind, guild })
    }
}

impl Places {
    /// The channel that a thread belongs to; the channel itself where it is none; `None` where that is not known.
    pub(crate) fn above(&self, channel: u64) -> Option<u64> {
        match self.get(channel)?.kind {
            Kind::Thread { parent, .. } => (parent != 0).then_some(parent),
            Kind::Text | Kind::Other => Some(channel),
        }
    }

    /// Whether a channel that threads belong to has no messages of its own.
    pub(crate) fn is_forum(&self, channel: u64) -> bool {
        self.get(channel).is_some_and(|known| known.kind == Kind::Other)
    }

    pub(crate) fn get(&self, channel: u64) -> Option<Known> {
        self.map().get(&channel).copied()
    }

    pub(crate) fn note(&self, (channel, known): (u64, Known)) {
        let mut map = self.map();
        if map.len() >= MOST && !map.contains_key(&channel) {
            map.clear();
        }
        map.insert(channel, known);
    }

    pub(crate) fn forget(&self, channel: u64) {
        self.map().remove(&channel);
    }

    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
