//! The grant that covers what was used and no more.

mod files;
mod requests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use claudetools_policy::{Access, FsGrant, Grant, GrantKind, NetGrant, NetRule};
use toml::Value;

use crate::{GrantUse, words};

/// The keys of a narrower grant as TOML, each to be put in place of the one that is there; `None` where all of the
/// grant was used, or where the use is not known whole.
///
/// What it gives covers every use and nothing that the grant does not give.
pub fn narrower(grant: &Grant, used: &GrantUse) -> Option<String> {
    if used.more || used.count == 0 {
        return None;
    }
    let lines = match &grant.kind {
        GrantKind::Fs(fs) => of_files(fs, used)?,
        GrantKind::Net(net) => of_requests(net, used)?,
        // A grammar is narrowed by a person: what was started does not say what else has to be.
        GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => Vec::new(),
    };
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn of_files(grant: &FsGrant, used: &GrantUse) -> Option<Vec<String>> {
    let patterns = files::patterns(grant, used)?;
    let ways: BTreeSet<Access> = used.files.values().flatten().copied().collect();
    let mut lines = Vec::new();
    if ways != grant.access {
        let names: Vec<_> = ways.iter().map(|way| way.as_str()).collect();
        lines.push(format!("access = {}", Value::from(names)));
    }
    if patterns != grant.patterns {
        lines.push(format!("allow = {}", Value::from(patterns)));
    }
    Some(lines)
}

fn of_requests(grant: &NetGrant, used: &GrantUse) -> Option<Vec<String>> {
    let rules = requests::rules(grant, used)?;
    let written = |rules: &[NetRule]| rules.iter().map(requests::toml).collect::<Vec<_>>();
    let (narrow, wide) = (written(&rules), written(&grant.allow));
    Some(if narrow == wide { Vec::new() } else { vec![format!("allow = [{}]", narrow.join(", "))] })
}

/// What was used, in the fewest words that cover it.
pub(crate) fn breadth(grant: &Grant, used: &GrantUse) -> Vec<String> {
    let mut breadth: Vec<String> = match &grant.kind {
        GrantKind::Fs(fs) => {
            let paths: Vec<&str> = used.files.keys().map(String::as_str).collect();
            files::globs(&paths).into_iter().map(|glob| format!("{}/{}", fs.root, glob.written())).collect()
        }
        GrantKind::Net(net) => match requests::rules(net, used) {
            Some(rules) => rules.iter().map(words::rule).collect(),
            None => used.requests.iter().cloned().collect(),
        },
        GrantKind::Exec(_) => used.requests.iter().cloned().collect(),
        GrantKind::Env(_) | GrantKind::State | GrantKind::Client => Vec::new(),
    };
    if used.more {
        breadth.push("more that was not kept".to_owned());
    }
    breadth
}
