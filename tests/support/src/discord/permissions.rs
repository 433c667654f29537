//! What the bot may do, by the rules of Discord's documentation: its roles, then the channel's overwrites for everybody,
//! for its roles together, and for itself. A thread has those of its channel.

use serde_json::{Value, json};

use super::call::Call;
use super::routes::{Answer, Fault};
use super::server::FakeDiscord;
use super::state::{Channel, State};
use super::{BOT, GUILD, ROLE_ADMIN, ROLE_BOT, ROLE_REVIEWER, ROLE_TECH, events};

const ADMINISTRATOR: u64 = 1 << 3;
const SEND: u64 = 1 << 11;
const SEND_IN_THREADS: u64 = 1 << 38;

/// A permission of the bot in a channel; every one is granted until [`FakeDiscord::deny`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// See the channel at all.
    View,
    /// Write messages, in threads, too.
    Send,
    /// Read what was said before.
    History,
    /// Begin a thread.
    CreateThreads,
    /// React.
    React,
    /// Attach files.
    Attach,
}

impl Permission {
    const ALL: [Self; 6] = [Self::View, Self::Send, Self::History, Self::CreateThreads, Self::React, Self::Attach];

    /// The bits that whoever denies it in a channel's settings denies.
    fn denied(self) -> u64 {
        match self {
            Self::Send => SEND | SEND_IN_THREADS,
            _ => self.needed(false),
        }
    }

    /// The bit that a request needs, in a thread or in a channel.
    fn needed(self, thread: bool) -> u64 {
        match self {
            Self::View => 1 << 10,
            Self::Send if thread => SEND_IN_THREADS,
            Self::Send => SEND,
            Self::History => 1 << 16,
            Self::CreateThreads => 1 << 35,
            Self::React => 1 << 6,
            Self::Attach => 1 << 15,
        }
    }
}

/// What a channel says of a role or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overwrite {
    /// Whom: a role, or a member.
    pub whom: u64,
    /// What they may not.
    pub deny: u64,
    /// What they may.
    pub allow: u64,
}

/// The permissions of the bot's own role: what README has people grant.
pub(super) fn granted() -> u64 {
    Permission::ALL.iter().fold(0, |all, one| all | one.denied())
}

/// Whether the bot may do this in a channel or thread.
pub(super) fn may(state: &State, channel: u64, permission: Permission) -> bool {
    let Some(place) = state.channels.get(&channel).filter(|place| place.kind != 1) else { return true };
    let above = place.parent.and_then(|parent| state.channels.get(&parent)).unwrap_or(place);
    let bits = of_bot(state, above);
    let view = Permission::View.needed(false);
    let needed = permission.needed(place.parent.is_some());
    // Whoever may not see a channel may do nothing there.
    bits & view != 0 && bits & needed != 0
}

fn of_bot(state: &State, channel: &Channel) -> u64 {
    let base = state.bot_permissions;
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let of = |whom: u64| {
        let found = channel.overwrites.iter().find(|one| one.whom == whom);
        found.map_or((0, 0), |one| (one.deny, one.allow))
    };
    [of(GUILD), of(ROLE_BOT), of(BOT)].into_iter().fold(base, |may, (deny, allow)| may & !deny | allow)
}

/// A channel's overwrites, as REST lists them.
pub(super) fn listed(channel: &Channel) -> Value {
    let overwrite = |one: &Overwrite| {
        let kind = u64::from(one.whom == BOT);
        json!({
            "id": one.whom.to_string(), "type": kind, "deny": one.deny.to_string(), "allow": one.allow.to_string(),
        })
    };
    channel.overwrites.iter().map(overwrite).collect()
}

/// The guild's roles, as REST lists them.
pub(super) fn roles(state: &State) -> Value {
    let role = |(id, name, permissions): (u64, &str, u64)| {
        json!({
            "id": id.to_string(), "name": name, "color": 0, "hoist": false, "position": 1,
            "permissions": permissions.to_string(), "managed": id == ROLE_BOT, "mentionable": false, "flags": 0,
        })
    };
    let people = [(ROLE_TECH, "tech", 0), (ROLE_ADMIN, "admin", ADMINISTRATOR), (ROLE_REVIEWER, "reviewer", 0)];
    let all = [(GUILD, "@everyone", 0), (ROLE_BOT, "claude", state.bot_permissions)].into_iter().chain(people);
    all.map(role).collect()
}

pub(super) fn of_guild(state: &mut State, call: &Call) -> Answer {
    match call.id(0) {
        GUILD => Ok((200, roles(state))),
        _ => Err(Fault(404, 10004, "Unknown Guild")),
    }
}

/// The guilds that the bot is in.
pub(super) fn guilds(state: &mut State, _call: &Call) -> Answer {
    let name = events::guild(state)["name"].clone();
    let permissions = state.bot_permissions.to_string();
    Ok((200, json!([{"id": GUILD.to_string(), "name": name, "owner": false, "permissions": permissions}])))
}

impl FakeDiscord {
    /// The bot may no longer do this in a channel and its threads.
    pub fn deny(&self, channel: u64, permission: Permission) {
        self.change(|state| {
            let Some(place) = state.channels.get_mut(&channel) else { return };
            match place.overwrites.iter_mut().find(|one| one.whom == BOT) {
                Some(own) => own.deny |= permission.denied(),
                None => place.overwrites.push(Overwrite { whom: BOT, deny: permission.denied(), allow: 0 }),
            }
        });
    }

    /// A channel says this of a role or a member, whatever it said before.
    pub fn overwrite(&self, channel: u64, overwrite: Overwrite) {
        self.change(|state| {
            let Some(place) = state.channels.get_mut(&channel) else { return };
            place.overwrites.retain(|one| one.whom != overwrite.whom);
            place.overwrites.push(overwrite);
        });
    }

    /// No role of the bot gives it this any more.
    pub fn revoke(&self, permission: Permission) {
        self.change(|state| state.bot_permissions &= !permission.denied());
    }
}
