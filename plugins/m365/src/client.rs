//! One of the company's clients: what `[client.<name>]` of `plugins.toml` says of it.
//!
//! What makes something harmless (a home country, a trusted address, an allowed app) comes from there only, never from
//! a call's input: whoever can talk the model into a call could hide with it.

use std::net::IpAddr;

use claudetools_graph::jiff::tz::TimeZone;
use claudetools_graph::{text, time};
use claudetools_kit::Failure;
use serde::Deserialize;

use crate::network::Network;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Facts {
    tenant: String,
    title: String,
    domains: Vec<String>,
    home_countries: Vec<String>,
    trusted_ips: Vec<String>,
    admins: Vec<String>,
    break_glass: Vec<String>,
    allowed_apps: Vec<String>,
    scan_accounts: Vec<String>,
    time_zone: String,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name in `plugins.toml`.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// The GUID of its tenant.
    pub tenant: String,
    /// Its domains, in lower case.
    pub domains: Vec<String>,
    /// Where its people work: country codes of two letters, in upper case.
    pub home_countries: Vec<String>,
    /// Its own addresses.
    pub trusted: Vec<Network>,
    /// Where its people's day is.
    pub zone: TimeZone,
    admins: Vec<String>,
    break_glass: Vec<String>,
    allowed_apps: Vec<String>,
    scan_accounts: Vec<String>,
}

impl Client {
    /// Reads what the host says of a client, a JSON object.
    pub fn read(name: &str, facts: &str) -> Result<Self, Failure> {
        let facts: Facts = serde_json::from_str(facts).map_err(|error| {
            Failure::Internal(format!("what is configured of the client {name} cannot be read: {error}"))
        })?;
        if facts.tenant.is_empty() {
            return Err(Failure::Invalid(format!(
                "the client {name} has no `tenant` in plugins.toml: add its GUID there"
            )));
        }
        let trusted = facts.trusted_ips.iter().map(|written| network(name, written)).collect::<Result<_, _>>()?;
        Ok(Self {
            name: name.to_owned(),
            title: if facts.title.is_empty() { name.to_owned() } else { facts.title },
            tenant: facts.tenant.to_lowercase(),
            domains: lower(&facts.domains),
            home_countries: facts.home_countries.iter().map(|country| country.to_uppercase()).collect(),
            trusted,
            zone: time::zone(&facts.time_zone),
            admins: lower(&facts.admins),
            break_glass: lower(&facts.break_glass),
            allowed_apps: lower(&facts.allowed_apps),
            scan_accounts: lower(&facts.scan_accounts),
        })
    }

    /// Whether this is an account with which the company itself changes things there.
    pub fn is_admin(&self, upn: &str) -> bool {
        self.admins.contains(&upn.to_lowercase())
    }

    /// Whether this account is kept for emergencies.
    pub fn is_break_glass(&self, upn: &str) -> bool {
        self.break_glass.contains(&upn.to_lowercase())
    }

    /// Whether this app belongs there.
    pub fn allows(&self, app_id: &str) -> bool {
        self.allowed_apps.contains(&app_id.to_lowercase())
    }

    /// Whether legacy authentication is expected of this account.
    pub fn is_scanner(&self, upn: &str) -> bool {
        self.scan_accounts.contains(&upn.to_lowercase())
    }

    /// Whether this is an address of the client's own.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.has(address))
    }

    /// Whether its people work in this country.
    pub fn is_home(&self, country: &str) -> bool {
        self.home_countries.contains(&country.to_uppercase())
    }
}

/// The domains of a tenant: what leaves them is outside.
#[derive(Clone, Debug, Default)]
pub struct Homes(pub Vec<String>);

impl Homes {
    /// Whether mail to an address stays inside.
    pub fn has(&self, address: &str) -> bool {
        let domain = text::domain(address);
        self.0.iter().any(|home| home.eq_ignore_ascii_case(&domain))
    }
}

fn lower(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.to_lowercase()).collect()
}

fn network(client: &str, written: &str) -> Result<Network, Failure> {
    Network::parse(written).ok_or_else(|| {
        Failure::Invalid(format!(
            "`trusted_ips` of the client {client} has {}, which is neither an address nor a network such as 203.0.113.0/28",
            text::quoted(written)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        let facts = r#"{"tenant":"T","admins":["NOC@msp.example"],"break_glass":["bg@contoso.example"],"allowed_apps":["A"],
            "scan_accounts":["scan@contoso.example"],"home_countries":["de"],"trusted_ips":["203.0.113.0/28"],"aliases":["x"]}"#;
        let client = Client::read("contoso", facts).unwrap();
        assert!(client.is_admin("noc@MSP.example") && !client.is_admin("ann@msp.example"));
        assert!(client.is_break_glass("BG@contoso.example") && !client.is_break_glass("noc@msp.example"));
        assert!(client.allows("a") && !client.allows("b"));
        assert!(client.is_scanner("Scan@contoso.example") && !client.is_scanner("bg@contoso.example"));
        assert!(client.is_home("DE") && !client.is_home("US"));
        assert!(client.trusts("203.0.113.15".parse().unwrap()) && !client.trusts("203.0.113.16".parse().unwrap()));
        assert_eq!((client.title.as_str(), client.tenant.as_str()), ("contoso", "t"));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let failed = |facts: &str| format!("{:?}", Client::read("contoso", facts).unwrap_err());
        insta::assert_snapshot!(failed("{}"), @r#"Failure::Invalid("the client contoso has no `tenant` in plugins.toml: add its GUID there")"#);
        insta::assert_snapshot!(failed(r#"{"tenant":"t","trusted_ips":["office"]}"#), @r#"Failure::Invalid("`trusted_ips` of the client contoso has `office`, which is neither an address nor a network such as 203.0.113.0/28")"#);
    }

    #[test]
    fn a_subdomain_is_somewhere_else() {
        let homes = Homes(vec!["contoso.example".into()]);
        assert!(homes.has("Ann@CONTOSO.example"));
        assert!(
            !homes.has("ann@mail.contoso.example")
                && !homes.has("ann@contoso.example.evil.example")
                && !homes.has("ann")
        );
    }
}
