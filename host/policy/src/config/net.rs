//! `net` grants: rules, reach, headers, amounts.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::content::{fill, with_content};
use super::grants::Known;
use super::low::{self, Word};
use super::place::{Fault, distinct};
use super::token::TENANT;
use crate::net::{METHODS, is_grantable, is_public};
use crate::protect::invisible;
use crate::{Confirm, HostPattern, NetGrant, NetRule, Network, Reach, Scheme};

/// The most bytes of a request's body where `bytes` does not say: what a call to an API sends.
const UP: u64 = 1 << 20;
/// The most bytes of a response's body where `bytes` does not say: below a call's memory and output.
const DOWN: u64 = 8 << 20;
/// More redirects than these are a loop.
const MAX_REDIRECTS: u8 = 3;
/// The widest networks that `reach` takes: the whole of 10.0.0.0/8, and a provider's block of IPv6.
const LEAST_BITS_V4: u8 = 8;
const LEAST_BITS_V6: u8 = 16;

impl Known<'_> {
    pub fn net(&self, typed: &low::Grant, confirm: &Confirm) -> Result<NetGrant, Fault> {
        let allow = typed.allow.as_ref().ok_or_else(|| Fault::at(&typed.kind, "a `net` grant needs `allow`"))?;
        let reach = typed.reach.as_ref().map_or(Ok(Reach::Public), |reach| read_reach(reach.as_ref()))?;
        let allow = allow.iter().map(|item| rule(item, &reach)).collect::<Result<Vec<_>, _>>()?;
        let headers = typed.headers.as_deref().unwrap_or_default();
        let secret =
            typed.secret.as_ref().map(|secret| self.secret_use(secret, &allow, &reach, headers)).transpose()?;
        let bytes = typed.bytes.as_ref();
        Ok(NetGrant {
            fill: fill(typed.fill.as_ref(), &allow, confirm)?,
            allow,
            headers: read_headers(headers)?,
            secret,
            reach,
            redirects: typed.redirects.as_ref().map_or(Ok(0), read_redirects)?,
            up: bytes.and_then(|bytes| bytes.up).map_or(UP, |size| size.0),
            down: bytes.and_then(|bytes| bytes.down).map_or(DOWN, |size| size.0),
        })
    }
}

fn rule(item: &Spanned<low::Allow>, reach: &Reach) -> Result<NetRule, Fault> {
    let typed = match item.as_ref() {
        low::Allow::Rule(rule) => rule,
        low::Allow::Pattern(_) => {
            let expected = "expected a table such as { host = \"…\", method = [\"GET\"], path = \"/…\" }";
            return Err(Fault::at(item, format!("`allow` of a `net` grant is a list of rules; {expected}")));
        }
    };
    let scheme = typed.scheme.unwrap_or(Scheme::Https);
    let rule = NetRule {
        scheme,
        host: within(host(&typed.host)?, reach, &typed.host)?,
        port: typed.port.as_ref().map_or(Ok(scheme.port()), port)?,
        methods: methods(&typed.method)?,
        path: path(&typed.path)?,
        query: query(&typed.query)?,
        json: BTreeMap::new(),
        batch: false,
        reads: false,
    };
    with_content(rule, typed)
}

pub(super) fn host(word: &Word) -> Result<HostPattern, Fault> {
    HostPattern::parse(word.as_ref()).ok_or_else(|| {
        let expected = "a name in lower case without a port, `*.` and a name of two parts or more, an address, or `*`";
        Fault::at(word, format!("`{}` is not a host; expected {expected}", word.as_ref()))
    })
}

pub(super) fn port(typed: &Spanned<u16>) -> Result<u16, Fault> {
    match *typed.as_ref() {
        0 => Err(Fault::at(typed, "0 is not a port; expected 1 to 65535")),
        port => Ok(port),
    }
}

/// Checks a host against the addresses that the grant reaches, so that no rule is dead or wider than it looks.
fn within(host: HostPattern, reach: &Reach, place: &Word) -> Result<HostPattern, Fault> {
    let text = place.as_ref();
    let problem = match (&host, reach) {
        (HostPattern::Address(address), Reach::Public) if !is_public(*address) => {
            format!("`{text}` is not an address of the public Internet; name its network in `reach`")
        }
        (HostPattern::Address(address), Reach::Networks(list)) if !list.iter().any(|one| one.contains(*address)) => {
            format!("`{text}` is in none of the networks of `reach`")
        }
        (HostPattern::OneLabel(_) | HostPattern::Any, Reach::Networks(_)) => {
            format!("`{text}` with networks in `reach` would open them whole; name each host")
        }
        _ => return Ok(host),
    };
    Err(Fault::at(place, problem))
}

fn methods(typed: &Spanned<Vec<Word>>) -> Result<BTreeSet<String>, Fault> {
    if typed.as_ref().is_empty() {
        return Err(Fault::at(typed, "no method is named; expected such as [\"GET\"]"));
    }
    for word in typed.as_ref() {
        if !METHODS.contains(&word.as_ref().as_str()) {
            let message = format!("`{}` is not a method; expected one of {}", word.as_ref(), METHODS.join(", "));
            return Err(Fault::at(word, message));
        }
    }
    distinct(typed.as_ref().clone())
}

fn path(word: &Word) -> Result<Vec<String>, Fault> {
    let wrong = |what: &str| Fault::at(word, format!("`{}` is not a pattern for paths: {what}", word.as_ref()));
    let below = word.as_ref().strip_prefix('/').ok_or_else(|| wrong("it begins with `/`"))?;
    let parts: Vec<_> = if below.is_empty() { Vec::new() } else { below.split('/').map(str::to_owned).collect() };
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        check_part(part, is_last).map_err(wrong)?;
    }
    Ok(parts)
}

fn check_part(part: &str, is_last: bool) -> Result<(), &'static str> {
    match part {
        "**" if is_last => Ok(()),
        "**" => Err("`**` stands at the end only"),
        "*" | TENANT => Ok(()),
        "" if is_last => Ok(()),
        "" | "." | ".." => Err("no part may be empty, `.` or `..`"),
        _ if part.contains(['{', '}']) => Err("`{tenant}` stands for one whole part, and nothing else is filled in"),
        _ if part.contains('*') => Err("`*` stands for one whole part"),
        _ if part.contains(['%', '\\', ';', '?', '#']) => {
            Err("it is written decoded, without `%`, `\\`, `;`, `?` and `#`; query names go into `query`")
        }
        _ if part.chars().any(|c| c.is_control() || invisible(c)) => Err("it has invisible characters"),
        _ => Ok(()),
    }
}

fn query(words: &[Word]) -> Result<BTreeSet<String>, Fault> {
    for word in words {
        let text = word.as_ref();
        if text.is_empty() || text.contains(['*', '=', '&', '%']) || text.chars().any(|c| c.is_control()) {
            let message = format!("`{text}` is not a query name; expected one name in full, decoded");
            return Err(Fault::at(word, message));
        }
    }
    distinct(words.to_vec())
}

pub(super) fn read_reach(typed: &low::Reach) -> Result<Reach, Fault> {
    match typed {
        low::Reach::Public => Ok(Reach::Public),
        low::Reach::Networks(words) => words.iter().map(network).collect::<Result<_, _>>().map(Reach::Networks),
    }
}

pub(super) fn network(word: &Word) -> Result<Network, Fault> {
    let text = word.as_ref();
    let network = Network::parse(text).ok_or_else(|| {
        Fault::at(
            word,
            format!("`{text}` is not a network; expected its first address and its bits, such as 10.20.0.0/16"),
        )
    })?;
    let least = if network.address.is_ipv4() { LEAST_BITS_V4 } else { LEAST_BITS_V6 };
    if network.bits < least {
        return Err(Fault::at(word, format!("`{text}` is too wide to name anything; expected at least {least} bits")));
    }
    if network.translates() {
        return Err(Fault::at(
            word,
            format!("addresses in `{text}` stand for IPv4 addresses; name the network of those"),
        ));
    }
    Ok(network)
}

fn read_headers(words: &[Word]) -> Result<BTreeSet<String>, Fault> {
    for word in words {
        if !is_grantable(word.as_ref()) {
            let message = format!(
                "`{}` is not a header that a guest can be given; expected a name in lower case, and none of those that \
                 frame or route a request or say who asks",
                word.as_ref()
            );
            return Err(Fault::at(word, message));
        }
    }
    distinct(words.to_vec())
}

fn read_redirects(typed: &Spanned<u8>) -> Result<u8, Fault> {
    match *typed.as_ref() {
        count if count <= MAX_REDIRECTS => Ok(count),
        count => Err(Fault::at(typed, format!("{count} redirects are too many; expected 0 to {MAX_REDIRECTS}"))),
    }
}
