//! `[channel."<id>"]`: what differs in one channel and the threads below it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adopt::{Held, Remedy, held, less};
use super::check::{check_name, check_snowflake};
use super::low::{self, Word};
use super::place::{Fault, distinct};
use super::turn::{MOST_USD, micro_usd};
use crate::Client;

/// What differs in a channel. [`ChannelPolicy::default`] is what holds where `plugins.toml` is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelPolicy {
    /// The client that its threads are about. Default none.
    pub client: Option<String>,
    /// The clients that a tool's input may name in threads that are about none. Default none.
    pub clients: ClientNames,
    /// The only clients that a thread there can be bound to. Default any name; where clients are described, one of them, and
    /// in the channel of a client no other.
    pub binds: Option<BTreeSet<String>>,
    /// The only plugins whose tools may be called there. Default all that the caller may call.
    pub plugins: Option<BTreeSet<String>>,
    /// The model of threads that have not chosen one. Default the program's.
    pub model: Option<String>,
    /// The effort of threads that have not chosen one. Default the program's.
    pub effort: Option<String>,
    /// How much is shown of the work. Default [`Verbosity::Normal`].
    pub verbosity: Verbosity,
    /// Money that its threads may use up in a day (UTC), in millionths of a dollar. Default no limit of its own.
    pub micro_usd_per_day: Option<u64>,
}

/// Clients that may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientNames {
    /// Whoever is described: an internal channel of the company.
    All,
    /// These.
    Some(BTreeSet<String>),
}

impl Default for ClientNames {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl ClientNames {
    /// Whether this one is among them.
    pub fn gives(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.contains(name),
        }
    }

    /// What it has above another, in words.
    fn above(&self, before: &Self) -> Vec<String> {
        match (self, before) {
            (_, Self::All) => Vec::new(),
            (Self::All, Self::Some(_)) => vec!["every client".to_owned()],
            (Self::Some(now), Self::Some(old)) => {
                now.difference(old).map(|name| format!("the client `{name}`")).collect()
            }
        }
    }
}

/// How much of a turn's work is shown beside its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verbosity {
    /// The answer, and one line that something is worked on.
    Quiet,
    /// A line for each tool call.
    #[default]
    Normal,
    /// What each tool says, too.
    Verbose,
}

/// Takes what narrows a channel, and keeps what this file would open: another client, more plugins, more money. A channel without a
/// table is one with the default.
pub(super) fn keep(
    wanted: &mut BTreeMap<String, ChannelPolicy>,
    before: &BTreeMap<String, ChannelPolicy>,
    described: &BTreeMap<String, Arc<Client>>,
) -> Vec<Held> {
    let ids: BTreeSet<String> = wanted.keys().chain(before.keys()).cloned().collect();
    let kept = ids.into_iter().filter_map(|id| {
        let old = before.get(&id).cloned().unwrap_or_default();
        let mut now = wanted.get(&id).cloned().unwrap_or_default();
        let held = now.keep(&id, &old, described)?;
        wanted.insert(id, now);
        Some(held)
    });
    kept.collect()
}

impl ChannelPolicy {
    /// Whether a thread there can be bound to this client.
    pub fn may_bind(&self, client: &str) -> bool {
        self.binds.as_ref().is_none_or(|binds| binds.contains(client))
    }

    /// Whether the tools of this plugin may be called there.
    pub fn allows(&self, plugin: &str) -> bool {
        self.plugins.as_ref().is_none_or(|plugins| plugins.contains(plugin))
    }

    fn keep(&mut self, id: &str, before: &Self, described: &BTreeMap<String, Arc<Client>>) -> Option<Held> {
        let mut opens = Vec::new();
        if let Some(old) = &before.plugins {
            let more = match &self.plugins {
                Some(now) => now.difference(old).map(|name| format!("the plugin `{name}`")).collect(),
                None => vec!["every plugin".to_owned()],
            };
            opens.extend(more);
            self.plugins = Some(self.plugins.as_ref().map_or_else(|| old.clone(), |now| now & old));
        }
        opens.extend(self.keep_clients(before, described));
        if less(&mut self.micro_usd_per_day, before.micro_usd_per_day) {
            opens.push("more money for a day".to_owned());
        }
        held(&format!("channel.\"{id}\""), 0, opens, Remedy::Restart)
    }

    /// Keeps the client whose affairs are seen there, and those that may be named. One that is not described is a name on
    /// a bill, and opens nothing.
    fn keep_clients(&mut self, before: &Self, described: &BTreeMap<String, Arc<Client>>) -> Vec<String> {
        let mut opens = self.clients.above(&before.clients);
        if !opens.is_empty() {
            self.clients.clone_from(&before.clients);
        }
        if let Some(other) =
            self.client.clone().filter(|now| before.client.as_ref() != Some(now) && described.contains_key(now))
        {
            opens.push(format!("the client `{other}`"));
            self.client.clone_from(&before.client);
        }
        opens
    }
}

pub(super) fn channels(
    typed: BTreeMap<Word, low::Channel>,
    has_plugin: impl Fn(&str) -> bool,
    described: &BTreeMap<String, Arc<Client>>,
) -> Result<BTreeMap<String, ChannelPolicy>, Fault> {
    typed
        .into_iter()
        .map(|(id, channel)| {
            check_snowflake(&id, "Discord channel")?;
            Ok((id.into_inner(), checked(channel, &has_plugin, described)?))
        })
        .collect()
}

fn checked(
    typed: low::Channel,
    has_plugin: impl Fn(&str) -> bool,
    described: &BTreeMap<String, Arc<Client>>,
) -> Result<ChannelPolicy, Fault> {
    if let Some(client) = &typed.client {
        check_name(client, "client")?;
        if !described.is_empty() {
            check_described(client, described)?;
        }
    }
    if let (Some(clients), Some(_)) = (&typed.clients, &typed.client) {
        let message =
            "the threads of a channel are about its `client`, or may name one of `clients`; take one of them out";
        return Err(Fault::at(clients, message));
    }
    if let Some(unknown) = typed.plugins.iter().flatten().find(|name: &&Word| !has_plugin(name.as_ref())) {
        let message = format!("there is no plugin `{}` in this file; write `[plugin.{0}]` first", unknown.as_ref());
        return Err(Fault::at(unknown, message));
    }
    Ok(ChannelPolicy {
        clients: typed
            .clients
            .map_or(Ok(ClientNames::default()), |names| client_names(names.into_inner(), described))?,
        client: typed.client.map(toml::Spanned::into_inner),
        binds: None,
        plugins: typed.plugins.map(distinct).transpose()?,
        model: typed.model.map(toml::Spanned::into_inner),
        effort: typed.effort.map(toml::Spanned::into_inner),
        verbosity: typed.verbosity.unwrap_or_default(),
        micro_usd_per_day: typed.usd_per_day.map(|usd| micro_usd(&usd, MOST_USD)).transpose()?,
    })
}

fn client_names(typed: Vec<Word>, described: &BTreeMap<String, Arc<Client>>) -> Result<ClientNames, Fault> {
    if let [only] = &typed[..]
        && only.as_ref() == "*"
    {
        return Ok(ClientNames::All);
    }
    typed.iter().try_for_each(|name| check_described(name, described))?;
    distinct(typed).map(ClientNames::Some)
}

fn check_described(name: &Word, described: &BTreeMap<String, Arc<Client>>) -> Result<(), Fault> {
    if described.contains_key(name.as_ref()) {
        return Ok(());
    }
    Err(Fault::at(
        name,
        match name.as_ref().as_str() {
            "*" => "`*` means every client, and stands alone".to_owned(),
            name => format!("there is no client `{name}` in this file; write `[client.{name}]` first"),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;

    fn read(table: &str) -> Result<ChannelPolicy, String> {
        let text = format!("schema = 1\n[plugin.files]\n[channel.\"112233445566778899\"]\n{table}\n");
        let policy = Policy::parse(&text).map_err(|error| error.to_string())?;
        Ok(policy.channel(Some("112233445566778899")))
    }

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(read(""), Ok(ChannelPolicy::default()));
        let said = read(
            "client = \"contoso\"\nplugins = [\"files\"]\nmodel = \"haiku\"\neffort = \"low\"\nverbosity = \"quiet\"\nusd_per_day = 2.5",
        );
        let wanted = ChannelPolicy {
            client: Some("contoso".to_owned()),
            clients: ClientNames::default(),
            binds: None,
            plugins: Some(["files".to_owned()].into()),
            model: Some("haiku".to_owned()),
            effort: Some("low".to_owned()),
            verbosity: Verbosity::Quiet,
            micro_usd_per_day: Some(2_500_000),
        };
        assert_eq!(said, Ok(wanted));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        insta::assert_snapshot!(read("plugins = [\"fiels\"]").unwrap_err(), @"plugins.toml:4:12: there is no plugin `fiels` in this file; write `[plugin.fiels]` first");
        insta::assert_snapshot!(read("client = \"Contoso Ltd\"").unwrap_err(), @"plugins.toml:4:10: `Contoso Ltd` is not a client's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
        insta::assert_snapshot!(read("verbosity = \"loud\"").unwrap_err(), @"plugins.toml:4:13: unknown value `loud`, expected one of `quiet`, `normal`, `verbose`");
        insta::assert_snapshot!(read("usd_per_day = 0").unwrap_err(), @"plugins.toml:4:15: `0` is not a limit of money; expected dollars from 0.01 to 1000, such as 5.0");
        let misplaced = Policy::parse("schema = 1\n[channel.general]\n").unwrap_err();
        insta::assert_snapshot!(misplaced, @"plugins.toml:2:10: `general` is not the id of a Discord channel; expected its digits in quotes, not its name");
    }
}
