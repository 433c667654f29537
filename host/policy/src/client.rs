//! Clients of the company: whom a call is about.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::path::shown;
use crate::{Code, Refusal};

/// A Microsoft 365 tenant: its GUID in lower case, the one spelling of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Tenant(String);

impl Tenant {
    /// Reads a GUID such as `11111111-2222-3333-4444-555555555555`.
    pub fn parse(text: &str) -> Option<Self> {
        is_guid(text).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The GUID.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Groups of 8, 4, 4, 4 and 12 hexadecimal digits.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(digits)
}

/// `[client.<name>]`: what the company knows of a client. Its JSON is what a plugin is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Client {
    /// Its Microsoft 365 tenant, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Its domains, in lower case.
    pub domains: Vec<String>,
    /// Where its people work: ISO 3166 in upper case.
    pub home_countries: Vec<String>,
    /// Networks of its own, such as `203.0.113.0/28`.
    pub trusted_ips: Vec<String>,
    /// The company's own accounts that change things there.
    pub admins: Vec<String>,
    /// Accounts for emergencies, which are left out of policies on purpose.
    pub break_glass: Vec<String>,
    /// Ids of applications that are expected there.
    pub allowed_apps: Vec<String>,
    /// Accounts of devices that know no modern authentication.
    pub scan_accounts: Vec<String>,
    /// IANA name of its time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The line of its table (1-based).
    #[serde(skip)]
    pub line: usize,
}

impl Client {
    /// Every word beside its name that means it.
    pub(crate) fn words(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain(&self.title).chain(&self.domains)
    }

    fn is_called(&self, word: &str) -> bool {
        self.words().any(|known| known.to_lowercase() == word.to_lowercase())
    }
}

/// The clients that one call may be about. The default is none.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// The one that the thread is about.
    bound: Option<String>,
    /// Those that may be chosen, by name.
    known: BTreeMap<String, Arc<Client>>,
}

impl Clients {
    /// Those of a thread that is about `bound`; `known` may all be chosen.
    pub(crate) fn new(bound: Option<&str>, known: BTreeMap<String, Arc<Client>>) -> Self {
        Self { bound: bound.map(str::to_owned), known }
    }

    /// Chooses the client of a call: the thread's, or the one that is named. `client.none`, `client.other`.
    ///
    /// A name is the client's own, or else one of its aliases, its title or a domain, in any case.
    pub fn choose(&self, named: Option<&str>) -> Result<(&str, &Arc<Client>), Refusal> {
        let name = named.or(self.bound.as_deref()).ok_or_else(nobody)?;
        let exact = self.known.get_key_value(name);
        let found = exact.or_else(|| self.known.iter().find(|(_, client)| client.is_called(name)));
        let (name, client) = found.ok_or_else(|| match &self.bound {
            Some(bound) if bound == name => undescribed(name),
            _ => self.other(name),
        })?;
        Ok((name, client))
    }

    /// The names that [`Clients::choose`] takes, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    fn other(&self, named: &str) -> Refusal {
        let named = shown(named);
        let message = match &self.bound {
            Some(bound) => format!("This thread is about the client `{bound}`, and not about `{named}`."),
            None => format!("No client that may be named in this thread is called `{named}`."),
        };
        Refusal::new(Code::ClientOther, message)
            .hinted("`clients` of a channel's table in plugins.toml says who may be named there")
    }
}

fn nobody() -> Refusal {
    let message = "It is not said which client this is about: the thread is about none, and none is named.";
    Refusal::new(Code::ClientNone, message).hinted(
        "`/client` binds a thread to a client, `client` of a channel's table in plugins.toml all of its threads",
    )
}

fn undescribed(name: &str) -> Refusal {
    let message = format!("Nothing is known of the client `{}`, which this thread is about.", shown(name));
    Refusal::new(Code::ClientNone, message).hinted(format!("write `[client.{name}]` into plugins.toml"))
}
