//! Examples of grants: tried with the code that decides, whenever the file is read, so that they cannot lie.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;

use super::low;
use super::place::Fault;
use super::{FsGrant, Root, RootName};
use crate::decide::try_example;
use crate::exec::try_argv;
use crate::net::{Lack, try_grant};
use crate::{Access, Body, Code, ExecGrant, Host, NetEffect, NetGrant, Refusal, Target, decide_address};

pub(super) fn check_fs(examples: &low::Examples, id: &str, root: &Root, grant: &FsGrant) -> Result<(), Fault> {
    check(examples, id, |example| {
        let (access, path) = read_fs(example, grant)?;
        Ok(try_example(root, grant, access, path))
    })
}

pub(super) fn check_net(examples: &low::Examples, id: &str, grant: &NetGrant) -> Result<(), Fault> {
    check(examples, id, |example| {
        let (method, url, body) = read_net(example)?;
        let body = body.map(|body| Body::read(body.into()));
        Ok(Target::from_example(method, url)
            .and_then(|target| try_net(&NetEffect { target: &target, body: body.as_ref() }, grant)))
    })
}

pub(super) fn check_exec(
    examples: &low::Examples,
    id: &str,
    roots: &BTreeMap<RootName, Root>,
    grant: &ExecGrant,
) -> Result<(), Fault> {
    check(examples, id, |example| match example.as_ref() {
        low::Example::Words(words) if try_argv(grant, words, &|name| roots.get(name)) => Ok(Ok(())),
        low::Example::Words(_) => Ok(Err(Refusal::new(Code::ExecArgv, "its `argv` does not fit it"))),
        low::Example::Text(text) => {
            let message = format!("`{text}` is not an argument list; expected such as [\"log\", \"--oneline\"]");
            Err(Fault::at(example, message))
        }
    })
}

/// Runs each example; `run` fails where it cannot be read, and answers what is decided on it.
fn check(
    examples: &low::Examples,
    id: &str,
    run: impl Fn(&Spanned<low::Example>) -> Result<Result<(), Refusal>, Fault>,
) -> Result<(), Fault> {
    for example in &examples.allow {
        run(example)?.map_err(|refusal| {
            let message = format!("the grant `{id}` does not allow its example `{}`: {refusal}", example.as_ref());
            Fault::at(example, message)
        })?;
    }
    for example in &examples.refuse {
        if run(example)?.is_ok() {
            let message = format!("the grant `{id}` allows `{}`, which its examples refuse", example.as_ref());
            return Err(Fault::at(example, message));
        }
    }
    Ok(())
}

/// The text of an example of a kind that has no argument lists.
fn text(example: &Spanned<low::Example>) -> Result<&str, Fault> {
    match example.as_ref() {
        low::Example::Text(text) => Ok(text),
        low::Example::Words(_) => Err(Fault::at(example, "only `exec` grants have argument lists; expected one text")),
    }
}

impl fmt::Display for low::Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Words(words) => f.write_str(&words.join(" ")),
        }
    }
}

/// `read docs/a.md`, or the path alone where the grant has one way of access. `.` is the root.
fn read_fs<'e>(example: &'e Spanned<low::Example>, grant: &FsGrant) -> Result<(Access, &'e str), Fault> {
    let text = text(example)?;
    let place = |path: &'e str| if path == "." { "" } else { path };
    if let Some((word, path)) = text.split_once(' ')
        && let Some(access) = Access::ALL.iter().find(|access| access.as_str() == word)
    {
        return Ok((*access, place(path)));
    }
    let mut ways = grant.access.iter();
    match (ways.next(), ways.next()) {
        (Some(only), None) => Ok((*only, place(text))),
        _ => {
            let message = format!("`{text}` does not say which access; expected such as `read {text}`");
            Err(Fault::at(example, message))
        }
    }
}

/// `GET https://api.example.com/v1/items?page=1`, or with a body behind it: `POST https://api.example.com/v1/items {"a":1}`.
/// `{tenant}` in the URL is the tenant of the call's client.
fn read_net(example: &Spanned<low::Example>) -> Result<(&str, &str, Option<&str>), Fault> {
    let text = text(example)?;
    let (method, rest) = text.split_once(' ').filter(|(_, url)| url.contains("://")).ok_or_else(|| {
        let expected = "expected a method and a URL, such as `GET https://api.example.com/v1/items`";
        Fault::at(example, format!("`{text}` is not a request; {expected}"))
    })?;
    let (url, body) = rest.split_once(' ').map_or((rest, None), |(url, body)| (url, Some(body)));
    Ok((method, url, body))
}

/// What one grant says to a request, and to its address where it has one.
fn try_net(effect: &NetEffect<'_>, grant: &NetGrant) -> Result<(), Refusal> {
    try_grant(effect, grant).map_err(refusal)?;
    match effect.target.host {
        Host::Address(address) => decide_address(&grant.reach, &effect.target.host, address),
        Host::Name(_) => Ok(()),
    }
}

fn refusal(lack: Lack) -> Refusal {
    let (code, what) = match lack {
        Lack::Body(refusal) => return refusal,
        Lack::Place => (Code::NetNotGranted, "it does not give this host, scheme and port"),
        Lack::Method => (Code::NetMethod, "it does not give this method there"),
        Lack::Path => (Code::NetPath, "it does not give this path and query there"),
        Lack::Audience => (Code::SecretAudience, "its secret may not go there"),
    };
    Refusal::new(code, what)
}
