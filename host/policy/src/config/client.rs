//! `[client.<name>]`: the clients of the company.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adopt::{Held, Remedy, held};
use super::check::check_name;
use super::low::{self, Word};
use super::net::network;
use super::place::{Fault, distinct, line_of};
use crate::client::is_guid;
use crate::{Client, Host, Tenant};

pub(super) fn clients(typed: BTreeMap<Word, low::Client>, text: &str) -> Result<BTreeMap<String, Arc<Client>>, Fault> {
    let mut taken: BTreeSet<String> = typed.keys().map(|name| name.as_ref().clone()).collect();
    let mut tenants = BTreeSet::new();
    let mut clients = BTreeMap::new();
    for (name, typed) in typed {
        check_name(&name, "client")?;
        let place = typed.tenant.clone().unwrap_or_else(|| name.clone());
        let client = client(typed, line_of(text, name.span().start))?;
        if let Some(word) = client.words().find(|word| !taken.insert(word.to_lowercase())) {
            let message = format!("`{word}` means a client already; names, titles, aliases and domains are unique");
            return Err(Fault::at(&name, message));
        }
        if client.tenant.clone().is_some_and(|tenant| !tenants.insert(tenant)) {
            return Err(Fault::at(&place, "another client has this tenant already; a tenant is one client"));
        }
        clients.insert(name.into_inner(), Arc::new(client));
    }
    Ok(clients)
}

fn client(typed: low::Client, line: usize) -> Result<Client, Fault> {
    Ok(Client {
        tenant: typed.tenant.as_ref().map(tenant).transpose()?,
        title: typed.title.map(|title| one(title, TEXT, is_text)).transpose()?,
        aliases: all(typed.aliases, TEXT, is_text)?,
        domains: all(typed.domains, "a domain in lower case, such as contoso.example", is_domain)?,
        home_countries: all(typed.home_countries, "two capital letters, such as DE", is_country)?,
        trusted_ips: networks(typed.trusted_ips)?,
        admins: all(typed.admins, ACCOUNT, is_account)?,
        break_glass: all(typed.break_glass, ACCOUNT, is_account)?,
        allowed_apps: all(typed.allowed_apps, GUID, is_guid)?,
        scan_accounts: all(typed.scan_accounts, ACCOUNT, is_account)?,
        time_zone: typed.time_zone.map(|zone| one(zone, "an IANA name, such as Europe/Berlin", is_zone)).transpose()?,
        line,
    })
}

const TEXT: &str = "1 to 100 visible characters";
const ACCOUNT: &str = "an account's name with its domain, such as noc@msp.example";
const GUID: &str = "a GUID, such as 11111111-2222-3333-4444-555555555555";

fn tenant(word: &Word) -> Result<Tenant, Fault> {
    Tenant::parse(word.as_ref()).ok_or_else(|| wrong(word, GUID))
}

fn wrong(word: &Word, expected: &str) -> Fault {
    Fault::at(word, format!("`{}` does not fit here; expected {expected}", word.as_ref()))
}

fn one(word: Word, expected: &str, fits: impl Fn(&str) -> bool) -> Result<String, Fault> {
    if fits(word.as_ref()) { Ok(word.into_inner()) } else { Err(wrong(&word, expected)) }
}

fn all(words: Vec<Word>, expected: &str, fits: impl Fn(&str) -> bool) -> Result<Vec<String>, Fault> {
    match words.iter().find(|word| !fits(word.as_ref())) {
        Some(word) => Err(wrong(word, expected)),
        None => distinct(words),
    }
}

fn networks(words: Vec<Word>) -> Result<Vec<String>, Fault> {
    words.iter().try_for_each(|word| network(word).map(drop))?;
    distinct(words)
}

fn is_text(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && text.trim() == text && !text.contains(char::is_control)
}

fn is_domain(text: &str) -> bool {
    text.contains('.') && matches!(Host::parse(text), Some(Host::Name(name)) if name == text)
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_account(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    text.split_once('@').is_some_and(|(name, domain)| plain(name) && plain(domain) && !domain.contains('@'))
}

fn is_zone(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

/// Takes what is said of clients, and keeps whom calls reach: a client that is new, and another tenant, wait.
pub(super) fn keep(wanted: &mut BTreeMap<String, Arc<Client>>, before: &BTreeMap<String, Arc<Client>>) -> Vec<Held> {
    let mut kept = Vec::new();
    wanted.retain(|name, client| {
        let old = before.get(name);
        let opens = match old {
            None => "a new client",
            Some(old) if old.tenant != client.tenant && client.tenant.is_some() => "another tenant",
            Some(_) => return true,
        };
        kept.extend(held(&format!("client.{name}"), client.line, vec![opens.to_owned()], Remedy::Restart));
        old.inspect(|old| client.clone_from(old)).is_some()
    });
    kept
}
