//! What the bot may do in each channel, by Discord's rules: its roles first, then what the channel says of everybody, of
//! roles and of the bot itself. Pure; asked by `claudetools doctor` only, since whether a request is allowed is Discord's
//! to say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire;

const ADMINISTRATOR: u64 = 1 << 3;
const VIEW: u64 = 1 << 10;

/// What the bot needs to work in a channel, by the names in Discord's settings.
const NEEDED: [(u64, &str); 7] = [
    (VIEW, "View Channel"),
    (1 << 11, "Send Messages"),
    (1 << 35, "Create Public Threads"),
    (1 << 38, "Send Messages in Threads"),
    (1 << 16, "Read Message History"),
    (1 << 6, "Add Reactions"),
    (1 << 15, "Attach Files"),
];

/// Text channels, announcements, forums: where people can reach the bot.
const WORKED_IN: [u64; 3] = [0, 5, 15];

/// What the bot can't do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The permission and what to do: `lacks Attach Files: no role of the bot has it; …`.
    pub says: String,
    /// The ids and names of the channels.
    pub channels: Vec<(u64, String)>,
    /// Whether it can't even see them: private channels are nothing odd.
    pub unseen: bool,
}

/// The bot in a guild.
pub(crate) struct Standing {
    me: u64,
    /// What everybody may; its id is the guild's.
    everyone: Role,
    own: Vec<Role>,
}

struct Role {
    id: u64,
    name: String,
    allows: u64,
}

/// Whom a channel says something of.
enum Whom<'a> {
    Role(&'a Role),
    Bot,
}

impl Standing {
    /// From a guild's roles and the bot as its member, as REST lists them.
    pub(crate) fn new(guild: u64, me: u64, roles: &Value, member: &Value) -> Self {
        let own: Vec<u64> = wire::list(&member["roles"]).iter().filter_map(wire::id).collect();
        let role = |role: &Value| {
            let (id, name) = (wire::id(&role["id"])?, wire::text(&role["name"]).to_owned());
            Some(Role { id, name, allows: bits(&role["permissions"]) })
        };
        let (mut everyone, own): (Vec<Role>, Vec<Role>) = wire::list(roles)
            .iter()
            .filter_map(role)
            .filter(|role| role.id == guild || own.contains(&role.id))
            .partition(|role| role.id == guild);
        let nobody = || Role { id: guild, name: "@everyone".to_owned(), allows: 0 };
        Self { me, everyone: everyone.pop().unwrap_or_else(nobody), own }
    }

    /// What the bot lacks in which of these channels, as REST lists them.
    pub(crate) fn lacks(&self, channels: &Value) -> Vec<Lack> {
        let mut lacks: BTreeMap<(bool, String), Vec<(u64, String)>> = BTreeMap::new();
        for channel in wire::list(channels) {
            let (Some(id), Some(kind)) = (wire::id(&channel["id"]), channel["type"].as_u64()) else { continue };
            if !WORKED_IN.contains(&kind) {
                continue;
            }
            let place = (id, wire::text(&channel["name"]).to_owned());
            for (unseen, says) in self.lacks_in(channel) {
                lacks.entry((unseen, says)).or_default().push(place.clone());
            }
        }
        lacks.into_iter().map(|((unseen, says), channels)| Lack { says, channels, unseen }).collect()
    }

    fn lacks_in(&self, channel: &Value) -> Vec<(bool, String)> {
        let may = self.may(channel);
        if may & VIEW == 0 {
            return vec![(true, self.said(VIEW, "View Channel", channel))];
        }
        let missing = NEEDED.iter().filter(|(bit, _)| may & bit == 0);
        missing.map(|(bit, name)| (false, self.said(*bit, name, channel))).collect()
    }

    fn by_roles(&self) -> u64 {
        self.own.iter().fold(self.everyone.allows, |all, role| all | role.allows)
    }

    fn may(&self, channel: &Value) -> u64 {
        let base = self.by_roles();
        if base & ADMINISTRATOR != 0 {
            return u64::MAX;
        }
        let roles = self.own.iter().map(|role| overwrite(channel, role.id));
        let (deny, allow) = roles.fold((0, 0), |all, one| (all.0 | one.0, all.1 | one.1));
        let steps = [overwrite(channel, self.everyone.id), (deny, allow), overwrite(channel, self.me)];
        steps.into_iter().fold(base, |may, (deny, allow)| may & !deny | allow)
    }

    /// Why it is missing, and what to do.
    fn said(&self, bit: u64, name: &str, channel: &Value) -> String {
        let role = self.own.last().unwrap_or(&self.everyone);
        match self.denied_by(bit, channel) {
            Some(Whom::Bot) => {
                format!(
                    "lacks {name}: it is denied there for the bot itself; take that back in Edit Channel, Permissions"
                )
            }
            Some(Whom::Role(by)) => format!(
                "lacks {name}: it is denied there for {}; in Edit Channel, Permissions, allow it for {}",
                by.name, role.name
            ),
            None => format!(
                "lacks {name}: no role of the bot has it; switch it on in Server Settings, Roles, {}",
                role.name
            ),
        }
    }

    /// The last who denies it, where a role gives it.
    fn denied_by(&self, bit: u64, channel: &Value) -> Option<Whom<'_>> {
        let denies = |id: u64| overwrite(channel, id).0 & bit != 0;
        if denies(self.me) {
            return Some(Whom::Bot);
        }
        let role = self.own.iter().chain([&self.everyone]).find(|role| denies(role.id));
        role.filter(|_| self.by_roles() & bit != 0).map(Whom::Role)
    }
}

/// What a channel denies and allows to a role or a member.
fn overwrite(channel: &Value, whom: u64) -> (u64, u64) {
    let all = wire::list(&channel["permission_overwrites"]);
    let found = all.iter().find(|one| wire::id(&one["id"]) == Some(whom));
    found.map_or((0, 0), |one| (bits(&one["deny"]), bits(&one["allow"])))
}

fn bits(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GUILD: u64 = 1;
    const BOT: u64 = 2;
    const ROLE: u64 = 3;

    fn standing(everyone: u64, own: u64) -> Standing {
        let roles = json!([
            {"id": "1", "name": "@everyone", "permissions": everyone.to_string()},
            {"id": "3", "name": "claude", "permissions": own.to_string()},
            {"id": "4", "name": "somebody else's", "permissions": "8"},
        ]);
        Standing::new(GUILD, BOT, &roles, &json!({"roles": ["3"]}))
    }

    fn all() -> u64 {
        NEEDED.iter().fold(0, |all, (bit, _)| all | bit)
    }

    fn said(standing: &Standing, overwrites: &[(u64, u64, u64)]) -> String {
        let overwrite = |(id, deny, allow): &(u64, u64, u64)| json!({"id": id.to_string(), "deny": deny.to_string(), "allow": allow.to_string()});
        let overwrites: Vec<Value> = overwrites.iter().map(overwrite).collect();
        let channels = json!([
            {"id": "7", "name": "general", "type": 0, "permission_overwrites": overwrites},
            {"id": "8", "name": "voice", "type": 2},
        ]);
        standing.lacks(&channels).iter().map(|lack| lack.says.clone()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_no_role_gives_is_missing_everywhere() {
        assert_eq!(said(&standing(0, all()), &[]), "");
        assert_eq!(said(&standing(all(), 0), &[]), "");
        assert_eq!(said(&standing(0, ADMINISTRATOR), &[(GUILD, all(), 0)]), "", "nothing can be denied to it");
        insta::assert_snapshot!(said(&standing(0, all() & !(1 << 15)), &[]), @"lacks Attach Files: no role of the bot has it; switch it on in Server Settings, Roles, claude");
        insta::assert_snapshot!(said(&standing(0, 0), &[]), @"lacks View Channel: no role of the bot has it; switch it on in Server Settings, Roles, claude");
    }

    #[test]
    fn a_channel_denies_and_allows_in_the_documented_order() {
        let bot = standing(0, all());
        insta::assert_snapshot!(said(&bot, &[(GUILD, 1 << 11, 0)]), @"lacks Send Messages: it is denied there for @everyone; in Edit Channel, Permissions, allow it for claude");
        assert_eq!(said(&bot, &[(GUILD, 1 << 11, 0), (ROLE, 0, 1 << 11)]), "", "a role's yes is stronger");
        insta::assert_snapshot!(said(&bot, &[(ROLE, 1 << 6, 0)]), @"lacks Add Reactions: it is denied there for claude; in Edit Channel, Permissions, allow it for claude");
        assert_eq!(said(&bot, &[(ROLE, 1 << 6, 0), (BOT, 0, 1 << 6)]), "", "the bot's own is the strongest");
        insta::assert_snapshot!(said(&bot, &[(BOT, VIEW, 0)]), @"lacks View Channel: it is denied there for the bot itself; take that back in Edit Channel, Permissions");
        assert_eq!(said(&bot, &[(4, all(), 0)]), "", "that is not its role");
    }
}
