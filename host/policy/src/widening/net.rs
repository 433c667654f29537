//! What a `net` grant gives that another did not.

use std::collections::BTreeSet;

use super::grant::{listed, raised};
use crate::{NetGrant, NetRule, Reach, SecretUse};

pub(super) fn net(old: &NetGrant, new: &NetGrant) -> Vec<String> {
    let more = new.allow.iter().filter(|rule| !old.allow.iter().any(|before| is_within(before, rule)));
    let mut words: Vec<_> = more.map(|rule| format!("the rule `{}`", shown(rule))).collect();
    words.extend(listed("the header", new.headers.difference(&old.headers)));
    if new.fill != old.fill {
        words.push("the host fills other places of a body".to_owned());
    }
    words.extend(secret(old.secret.as_ref(), new.secret.as_ref()));
    if !reaches(&old.reach, &new.reach) {
        words.push("it reaches other addresses".to_owned());
    }
    words.extend(raised("redirects", old.redirects.into(), new.redirects.into()));
    words.extend(raised("bytes up", old.up, new.up));
    words.extend(raised("bytes down", old.down, new.down));
    words
}

/// Whether one rule gives no more than another.
fn is_within(old: &NetRule, new: &NetRule) -> bool {
    new.scheme == old.scheme
        && new.port == old.port
        && old.host.covers(&new.host)
        && new.methods.is_subset(&old.methods)
        && new.query.is_subset(&old.query)
        && path_is_within(&old.path, &new.path)
        && content_is_within(old, new)
}

/// Without `batch`, nobody looks at what is in one.
fn content_is_within(old: &NetRule, new: &NetRule) -> bool {
    let is_kept = |(pointer, words): (&String, &BTreeSet<String>)| {
        new.json.get(pointer).is_some_and(|texts| texts.is_subset(words))
    };
    new.batch == old.batch && (old.reads || !new.reads) && old.json.iter().all(is_kept)
}

/// Whether two patterns are the same, or the old one ends in `**` and what is before it begins the new one.
fn path_is_within(old: &[String], new: &[String]) -> bool {
    match old.split_last() {
        Some((last, head)) if last == "**" => new.starts_with(head),
        _ => old == new,
    }
}

fn shown(rule: &NetRule) -> String {
    let methods = rule.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (scheme, host, port, path) = (rule.scheme.as_str(), &rule.host, rule.port, rule.path.join("/"));
    let query = rule.query.iter().map(String::as_str).collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{methods} {scheme}://{host}:{port}/{path}{mark}{query}{}", rule.content())
}

/// A request without the secret that it had says less than it did; any other change does not plainly.
fn secret(old: Option<&SecretUse>, new: Option<&SecretUse>) -> Option<String> {
    match (old, new) {
        (_, None) => None,
        (Some(old), Some(new)) if same_place(old, new) => {
            let more = new.audience.iter().any(|service| !old.audience.contains(service));
            let asked = |used: &SecretUse| {
                used.token.as_ref().map(|token| (token.url.clone(), token.reach.clone(), token.way.clone()))
            };
            match (more, asked(old) != asked(new)) {
                (true, _) => Some(format!("the secret `{}` may go to more services", new.name)),
                (_, true) => Some(format!("the token `{}` is asked for elsewhere, or for something else", new.name)),
                (false, false) => None,
            }
        }
        (_, Some(new)) => Some(format!("the secret `{}`, or another place for it", new.name)),
    }
}

fn same_place(old: &SecretUse, new: &SecretUse) -> bool {
    old.name == new.name && old.place == new.place
}

fn reaches(old: &Reach, new: &Reach) -> bool {
    match (old, new) {
        (Reach::Public, Reach::Public) => true,
        (Reach::Networks(old), Reach::Networks(new)) => {
            new.iter().all(|one| old.iter().any(|before| before.covers(one)))
        }
        (Reach::Public, Reach::Networks(_)) | (Reach::Networks(_), Reach::Public) => false,
    }
}
