//! The requests of a manifest: what it asks for.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::check::{is_command, is_name, is_variable, words};
use super::{Request, RequestKind};
use crate::net::METHODS;
use crate::path::shown;
use crate::{Access, HostPattern};

const MAX_REQUESTS: usize = 64;

/// A request as it was typed: a kind, and the keys of all kinds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LowRequest {
    kind: LowKind,
    root: Option<String>,
    access: Option<BTreeSet<Access>>,
    hosts: Option<BTreeSet<String>>,
    methods: Option<BTreeSet<String>>,
    names: Option<BTreeSet<String>>,
    programs: Option<BTreeSet<String>>,
    why: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LowKind {
    Fs,
    Net,
    Env,
    Exec,
    State,
    Client,
}

pub(super) fn checked(low: Vec<LowRequest>) -> Result<Vec<Request>, String> {
    if low.len() > MAX_REQUESTS {
        return Err(format!("it has {} requests; at most {MAX_REQUESTS} are read", low.len()));
    }
    low.into_iter().map(request).collect()
}

fn request(low: LowRequest) -> Result<Request, String> {
    words(&low.why, "the `why` of a request")?;
    let LowRequest { kind, root, access, hosts, methods, names, programs, why } = low;
    let kind = match (kind, root, access, hosts, methods, names, programs) {
        (LowKind::Fs, Some(root), Some(access), None, None, None, None) => fs(root, access)?,
        (LowKind::Net, None, None, Some(hosts), Some(methods), None, None) => net(hosts, methods)?,
        (LowKind::Env, None, None, None, None, Some(names), None) => env(names)?,
        (LowKind::Exec, None, None, None, None, None, Some(programs)) => exec(programs)?,
        (LowKind::State, None, None, None, None, None, None) => RequestKind::State,
        (LowKind::Client, None, None, None, None, None, None) => RequestKind::Client,
        (LowKind::Fs, ..) => return Err(FS.to_owned()),
        (LowKind::Net, ..) => return Err(NET.to_owned()),
        (LowKind::Env, ..) => return Err(ENV.to_owned()),
        (LowKind::Exec, ..) => return Err(EXEC.to_owned()),
        (LowKind::State, ..) => return Err("a `state` request has `kind` and `why` only".to_owned()),
        (LowKind::Client, ..) => return Err("a `client` request has `kind` and `why` only".to_owned()),
    };
    Ok(Request { why, kind })
}

const FS: &str = "an `fs` request needs a `root` by name and at least one `access`, and no other keys";
const NET: &str = "a `net` request needs at least one of `hosts` and of `methods`, and no other keys";
const EXEC: &str = "an `exec` request needs at least one of `programs`, and no other keys";
const ENV: &str = "an `env` request needs at least one of `names`, and no other keys";

fn fs(root: String, access: BTreeSet<Access>) -> Result<RequestKind, String> {
    if !is_name(&root) || access.is_empty() {
        return Err(FS.to_owned());
    }
    Ok(RequestKind::Fs { root, access })
}

fn net(hosts: BTreeSet<String>, methods: BTreeSet<String>) -> Result<RequestKind, String> {
    if hosts.is_empty() || methods.is_empty() {
        return Err(NET.to_owned());
    }
    if let Some(host) = hosts.iter().find(|host| HostPattern::parse(host).is_none()) {
        let expected = "a name in lower case such as `api.example.com`, `*.example.com`, an address, or `*`";
        return Err(format!("`{}` is not a host of a `net` request; expected {expected}", shown(host)));
    }
    if let Some(method) = methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
        let methods = METHODS.join(", ");
        return Err(format!("`{}` is not a method of a `net` request; expected one of {methods}", shown(method)));
    }
    Ok(RequestKind::Net { hosts, methods })
}

fn env(names: BTreeSet<String>) -> Result<RequestKind, String> {
    if names.is_empty() {
        return Err(ENV.to_owned());
    }
    if let Some(name) = names.iter().find(|name| !is_variable(name)) {
        let rule = "up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first";
        return Err(format!("`{}` is not the name of a variable; expected {rule}", shown(name)));
    }
    Ok(RequestKind::Env { names })
}

fn exec(programs: BTreeSet<String>) -> Result<RequestKind, String> {
    if programs.is_empty() {
        return Err(EXEC.to_owned());
    }
    if let Some(name) = programs.iter().find(|name| *name != "*" && !is_command(name)) {
        let rule = "1 to 64 of a-z, A-Z, 0-9, `.`, `_`, `+` and `-`, not `-` or `.` first, or `*`";
        return Err(format!("`{}` is not the name of a program; expected {rule}", shown(name)));
    }
    Ok(RequestKind::Exec { programs })
}
