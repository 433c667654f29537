//! The whole file, its roots and its roles: from what was typed to what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::low::{self, Word};
use super::place::{Fault, distinct, line_of};
use super::{
    Limits, Policy, Role, Root, RootKind, RootName, budget, channel, client, globs, grants, jail, review, secret, turn,
};
use crate::{Patterns, RoleName};

/// A policy is read by people: above this, it is not one.
const MAX_TEXT: usize = 1 << 20;
/// What a directory that is made for a call or a thread may hold where `max_bytes` is not given.
const MADE_BYTES: u64 = 64 << 20;
/// Roots whose place the environment names.
const FROM_ENVIRONMENT: &[&str] = &["repo", "vault"];

pub(super) fn policy(text: &str) -> Result<Policy, Fault> {
    let file = typed(text)?;
    let roots = roots(file.roots, text)?;
    let roles = roles(file.roles)?;
    let secrets = secret::secrets(file.secrets, text)?;
    let jails = jail::jails(file.jails, &roots)?;
    let described = client::clients(file.client, text)?;
    let review = review::review(file.review, |role| roles.contains_key(role))?;
    let turn = turn::turn(file.turn)?;
    let budget = budget::budget(file.budget)?;
    let limits = Limits::default().with(&file.defaults.limit);
    let known = grants::Known { text, roots: &roots, roles: &roles, secrets: &secrets, jails: &jails, limits: &limits };
    let plugins = known.plugins(file.plugin)?;
    let channels = channel::channels(file.channel, |name| plugins.contains_key(name), &described)?;
    Ok(Policy { roots, plugins, secrets, described, jails, review, turn, budget, roles, channels })
}

fn typed(text: &str) -> Result<low::File, Fault> {
    let start = |message: &str| Err(Fault { span: 0..0, message: message.to_owned() });
    if text.len() > MAX_TEXT {
        return start("the file is larger than 1 MiB; a policy that people can review is far smaller");
    }
    if text.starts_with('\u{feff}') {
        return start("the file begins with a byte order mark; save it as UTF-8 without one");
    }
    let file: low::File = toml::from_str(text)?;
    if *file.schema.as_ref() != 1 {
        return Err(Fault::at(&file.schema, "this program reads `schema = 1` only"));
    }
    Ok(file)
}

/// A name of a root, role, plugin or grant: short, and the same in every spelling.
pub(super) fn check_name(word: &Word, what: &str) -> Result<(), Fault> {
    if crate::manifest::is_name(word.as_ref()) {
        return Ok(());
    }
    let rule = "a lower-case letter, then up to 63 of a-z, 0-9 and `-`";
    Err(Fault::at(word, format!("`{}` is not a {what}'s name; expected {rule}", word.as_ref())))
}

fn roots(typed: BTreeMap<Word, low::Root>, text: &str) -> Result<BTreeMap<RootName, Root>, Fault> {
    let mut roots = BTreeMap::new();
    let mut places: Vec<(String, PathBuf)> = Vec::new();
    for (name, root) in typed {
        check_name(&name, "root")?;
        if let Some(path) = &root.path {
            apart(&name, path, &places)?;
            places.push((name.as_ref().clone(), PathBuf::from(path.as_ref())));
        }
        roots.insert(name.as_ref().clone(), one_root(&name, root, text)?);
    }
    Ok(roots)
}

fn one_root(name: &Word, typed: low::Root, text: &str) -> Result<Root, Fault> {
    Ok(Root {
        kind: root_kind(name, &typed)?,
        protect: guarded(name, typed.protect)?,
        hide: guarded(name, typed.hide)?,
        sensitive: typed.sensitive,
        line: line_of(text, name.span().start),
    })
}

fn guarded(name: &Word, words: Vec<Word>) -> Result<Patterns, Fault> {
    Patterns::new(globs::patterns(words)?).map_err(|problem| Fault::at(name, problem))
}

fn root_kind(name: &Word, typed: &low::Root) -> Result<RootKind, Fault> {
    match (&typed.kind, &typed.path) {
        (Some(kind), path) => made(kind, path.as_ref(), typed),
        (None, path) => directory(name, path.as_ref(), typed),
    }
}

/// A directory that is made for each call or thread.
fn made(kind: &Word, path: Option<&Word>, typed: &low::Root) -> Result<RootKind, Fault> {
    let max_bytes = typed.max_bytes.as_ref().map_or(MADE_BYTES, |size| size.as_ref().0);
    let made = match kind.as_ref().as_str() {
        "per-call" => RootKind::PerCall { max_bytes },
        "per-thread" => RootKind::PerThread { max_bytes },
        other => {
            let message = format!("unknown kind of root `{other}`; expected `per-call` or `per-thread`");
            return Err(Fault::at(kind, message));
        }
    };
    match path {
        Some(path) => Err(Fault::at(path, format!("a `{}` root has no `path`; leave one of them out", kind.as_ref()))),
        None => Ok(made),
    }
}

fn directory(name: &Word, path: Option<&Word>, typed: &low::Root) -> Result<RootKind, Fault> {
    if let Some(size) = &typed.max_bytes {
        return Err(Fault::at(size, "`max_bytes` is for a root with `kind = \"per-call\"` or `\"per-thread\"` only"));
    }
    if let Some(path) = path {
        check_path(path)?;
        return Ok(RootKind::Directory(Some(PathBuf::from(path.as_ref()))));
    }
    if FROM_ENVIRONMENT.contains(&name.as_ref().as_str()) {
        return Ok(RootKind::Directory(None));
    }
    let message = format!("the root `{}` needs a `path`, or `kind = \"per-call\"` or `\"per-thread\"`", name.as_ref());
    Err(Fault::at(name, message))
}

/// A path of the host, taken as it stands.
pub(super) fn check_path(path: &Word) -> Result<(), Fault> {
    let text = path.as_ref();
    if text.is_empty() || text.contains("${") || text.starts_with('~') || text.contains('\0') {
        let message = format!("`{text}` is not a path as it stands; nothing is expanded here, so write it out");
        return Err(Fault::at(path, message));
    }
    Ok(())
}

/// No file may be reachable through two roots: what one refuses, the other could allow.
fn apart(name: &Word, path: &Word, places: &[(String, PathBuf)]) -> Result<(), Fault> {
    let here = Path::new(path.as_ref());
    let clash = places.iter().find(|(_, there)| here.starts_with(there) || there.starts_with(here));
    clash.map_or(Ok(()), |(other, _)| {
        let message = format!("the roots `{}` and `{other}` overlap; give them separate directories", name.as_ref());
        Err(Fault::at(path, message))
    })
}

fn roles(typed: BTreeMap<Word, low::Role>) -> Result<BTreeMap<RoleName, Role>, Fault> {
    for (name, role) in &typed {
        check_name(name, "role")?;
        role.discord.iter().try_for_each(|word| check_snowflake(word, "Discord role"))?;
        role.includes.iter().try_for_each(|word| check_role(word, |role| typed.contains_key(role)))?;
    }
    let mut roles = BTreeMap::new();
    for name in typed.keys() {
        let mut gives = BTreeSet::new();
        include(&typed, name, &mut Vec::new(), &mut gives)?;
        roles.insert(name.as_ref().clone(), gives);
    }
    typed.into_iter().map(|(name, role)| one_role(name.into_inner(), role, &mut roles)).collect()
}

fn one_role(
    name: RoleName,
    typed: low::Role,
    gives: &mut BTreeMap<RoleName, BTreeSet<RoleName>>,
) -> Result<(RoleName, Role), Fault> {
    let gives = gives.remove(&name).unwrap_or_default();
    let role = Role { discord: distinct(typed.discord)?, local: typed.local, gives };
    Ok((name, role))
}

/// A role that is there; the message names those that are.
pub(super) fn check_role(word: &Word, known: impl Fn(&str) -> bool) -> Result<(), Fault> {
    if known(word.as_ref()) {
        return Ok(());
    }
    Err(Fault::at(word, format!("unknown role `{}`; expected one of the names under [roles]", word.as_ref())))
}

/// An id that Discord gave, which nobody else can take.
pub(super) fn check_snowflake(word: &Word, what: &str) -> Result<(), Fault> {
    let text = word.as_ref();
    if !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!("`{text}` is not the id of a {what}; expected its digits in quotes, not its name");
    Err(Fault::at(word, message))
}

/// Adds a role and everything it includes; `open` are the roles that are being included.
fn include(
    typed: &BTreeMap<Word, low::Role>,
    name: &Word,
    open: &mut Vec<String>,
    gives: &mut BTreeSet<RoleName>,
) -> Result<(), Fault> {
    if open.contains(name.as_ref()) {
        let circle = format!("`{}` → `{}`", open.join("` → `"), name.as_ref());
        return Err(Fault::at(name, format!("roles include each other in a circle: {circle}")));
    }
    if !gives.insert(name.as_ref().clone()) {
        return Ok(());
    }
    open.push(name.as_ref().clone());
    for included in typed.get(name.as_ref().as_str()).map_or(&[][..], |role| &role.includes) {
        include(typed, included, open, gives)?;
    }
    open.pop();
    Ok(())
}
