//! `[jails.<name>]`: from what was typed to what it means.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::check::{check_name, check_path};
use super::low::{self, Word};
use super::net::read_reach;
use super::place::{Fault, distinct};
use super::secret::check_variable;
use super::{Root, RootKind, RootName};
use crate::{HostPattern, Jail, JailAccess, JailLimits, Reach};

/// Where programs and their libraries are, on every Linux.
const SYSTEM: &[&str] = &["/bin", "/lib", "/lib64", "/sbin", "/usr"];

pub(super) fn jails(
    typed: BTreeMap<Word, low::Jail>,
    roots: &BTreeMap<RootName, Root>,
) -> Result<BTreeMap<String, Jail>, Fault> {
    let one = |(name, typed): (Word, low::Jail)| {
        check_name(&name, "jail")?;
        Ok((name.as_ref().clone(), jail(name.into_inner(), typed, roots)?))
    };
    typed.into_iter().map(one).collect()
}

fn jail(name: String, typed: low::Jail, roots: &BTreeMap<RootName, Root>) -> Result<Jail, Fault> {
    let system = match typed.system {
        Some(paths) => absolute(paths)?,
        None => SYSTEM.iter().map(PathBuf::from).collect(),
    };
    Ok(Jail {
        name,
        net: typed.net.iter().map(service).collect::<Result<_, _>>()?,
        reach: typed.reach.as_ref().map_or(Ok(Reach::Public), |reach| read_reach(reach.as_ref()))?,
        git: typed.fs.iter().filter(|place| place.git).map(|place| place.root.as_ref().clone()).collect(),
        places: places(typed.fs, roots)?,
        system,
        unix: absolute(typed.unix)?,
        env: typed.env.into_iter().map(variable).collect::<Result<_, _>>()?,
        limits: limits(&typed.limit),
    })
}

/// `host:port`, both exact: the proxy sees no more of what is said than that.
fn service(word: &Word) -> Result<(String, u16), Fault> {
    let text = word.as_ref();
    let parts =
        text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok().filter(|port| *port > 0)?)));
    match parts {
        Some((host, port)) if matches!(HostPattern::parse(host), Some(HostPattern::Name(_))) => {
            Ok((host.to_owned(), port))
        }
        _ => {
            let message =
                format!("`{text}` is not a service; expected a host and a port, such as \"api.example.com:443\"");
            Err(Fault::at(word, message))
        }
    }
}

fn places(typed: Vec<low::Place>, roots: &BTreeMap<RootName, Root>) -> Result<BTreeMap<RootName, JailAccess>, Fault> {
    let mut places = BTreeMap::new();
    for place in typed {
        let name = place.root.as_ref();
        let root = roots.get(name).ok_or_else(|| Fault::at(&place.root, format!("unknown root `{name}`")))?;
        let access = *place.access.as_ref();
        if access == JailAccess::Write && !matches!(root.kind, RootKind::PerCall { .. }) {
            let message = "a native program writes to a root of `kind = \"per-call\"` only: inside a directory that stays, \
                           nobody could hold it to the protected list";
            return Err(Fault::at(&place.access, message));
        }
        if places.insert(name.clone(), access).is_some() {
            return Err(Fault::at(&place.root, format!("the root `{name}` is in the list twice; write it once")));
        }
    }
    Ok(places)
}

fn absolute(paths: Vec<Word>) -> Result<BTreeSet<PathBuf>, Fault> {
    for path in &paths {
        check_path(path)?;
        let text = path.as_ref();
        if !text.starts_with('/') || text == "/" || text.split('/').any(|part| part == "..") {
            let message = format!("`{text}` is not a path from the root of the host to below it; nothing is searched");
            return Err(Fault::at(path, message));
        }
    }
    let list: Vec<String> = distinct(paths)?;
    Ok(list.into_iter().map(PathBuf::from).collect())
}

fn variable((name, value): (Word, Word)) -> Result<(String, String), Fault> {
    check_variable(&name)?;
    if value.as_ref().chars().any(char::is_control) || value.as_ref().contains("${") {
        return Err(Fault::at(&value, "nothing is expanded here, and a value has no control characters; write it out"));
    }
    Ok((name.into_inner(), value.into_inner()))
}

fn limits(said: &low::JailLimit) -> JailLimits {
    let usual = JailLimits::default();
    JailLimits {
        wall: said.wall.map_or(usual.wall, |time| time.0),
        cpu: said.cpu.map_or(usual.cpu, |time| time.0),
        memory: said.memory.map_or(usual.memory, |size| size.0),
        pids: said.pids.map_or(usual.pids, Into::into),
        files: said.files.map_or(usual.files, Into::into),
        output: said.output.map_or(usual.output, |size| size.0),
    }
}
