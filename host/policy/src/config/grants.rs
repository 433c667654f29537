//! Plugins and their grants: from what was typed to what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::Spanned;

use super::check::{check_name, check_path, check_role};
use super::low::{self, Word};
use super::place::{Fault, distinct, line_of};
use super::{Approval, FsGrant, Grant, GrantKind, Limits, PluginPolicy, Role, Root, RootName, globs};
use crate::decide::try_example;
use crate::{Access, RoleName};

/// The largest file that a grant opens where `max_file` is not given: the default of a call's memory.
const MAX_FILE: u64 = 64 << 20;

/// What is known of the file already.
pub(super) struct Known<'a> {
    pub text: &'a str,
    pub roots: &'a BTreeMap<RootName, Root>,
    pub roles: &'a BTreeMap<RoleName, Role>,
    pub limits: &'a Limits,
}

impl Known<'_> {
    pub fn plugins(&self, typed: BTreeMap<Word, low::Plugin>) -> Result<BTreeMap<String, PluginPolicy>, Fault> {
        typed.into_iter().map(|(name, plugin)| self.plugin(name, plugin)).collect()
    }

    fn plugin(&self, name: Word, typed: low::Plugin) -> Result<(String, PluginPolicy), Fault> {
        check_name(&name, "plugin")?;
        typed.component.iter().try_for_each(check_path)?;
        for role in &typed.callers.roles {
            check_role(role, |role| self.roles.contains_key(role))?;
        }
        let policy = PluginPolicy {
            component: typed.component.map(|path| PathBuf::from(path.into_inner())),
            roles: distinct(typed.callers.roles)?,
            origins: distinct(typed.callers.origin)?,
            output: typed.output,
            limits: self.limits.with(&typed.limit),
            grants: self.grants(typed.grant)?,
            approved: typed.approved.map(approval).transpose()?,
            line: line_of(self.text, name.span().start),
        };
        Ok((name.into_inner(), policy))
    }

    fn grants(&self, typed: Vec<Spanned<low::Grant>>) -> Result<Vec<Grant>, Fault> {
        let mut ids = BTreeSet::new();
        let mut grants = Vec::new();
        for grant in typed {
            let line = line_of(self.text, grant.span().start);
            let grant = grant.into_inner();
            check_name(&grant.id, "grant")?;
            if !ids.insert(grant.id.as_ref().clone()) {
                let message = format!("there is a grant `{}` already; ids are unique in a plugin", grant.id.as_ref());
                return Err(Fault::at(&grant.id, message));
            }
            grants.push(self.grant(grant, line)?);
        }
        Ok(grants)
    }

    fn grant(&self, typed: low::Grant, line: usize) -> Result<Grant, Fault> {
        if typed.why.as_ref().trim().is_empty() {
            return Err(Fault::at(&typed.why, "`why` is empty; say in a few words what the grant is for"));
        }
        let id = typed.id.as_ref().clone();
        let why = typed.why.as_ref().clone();
        let tools = typed.tools.clone().map(tools).transpose()?.unwrap_or_default();
        let confirm = self.confirm(typed.confirm.as_ref())?;
        Ok(Grant { id, why, tools, kind: self.kind(typed)?, confirm, line })
    }

    fn kind(&self, typed: low::Grant) -> Result<GrantKind, Fault> {
        match typed.kind.as_ref().as_str() {
            "fs" => self.fs(typed).map(GrantKind::Fs),
            "state" => only_state(&typed).map(|()| GrantKind::State),
            other => {
                let message = format!("unknown kind of grant `{other}`; the kinds are `fs` and `state`");
                Err(Fault::at(&typed.kind, message))
            }
        }
    }

    fn fs(&self, typed: low::Grant) -> Result<FsGrant, Fault> {
        let needs = |key: &str| Fault::at(&typed.kind, format!("an `fs` grant needs `{key}`"));
        let name = typed.root.as_ref().ok_or_else(|| needs("root"))?;
        let access = typed.access.clone().ok_or_else(|| needs("access"))?;
        let allow = typed.allow.clone().ok_or_else(|| needs("allow"))?;
        let root = self.root(name)?;
        let patterns = globs::patterns(allow)?;
        let folders = patterns.iter().filter_map(|pattern| pattern.strip_suffix("/**"));
        let compiled = |problem| Fault::at(name, problem);
        let grant = FsGrant {
            root: name.as_ref().clone(),
            access: distinct(access)?,
            folders: globs::set(folders).map_err(compiled)?,
            allow: globs::set(patterns.iter().map(String::as_str)).map_err(compiled)?,
            patterns,
            max_file: typed.max_file.as_ref().map_or(MAX_FILE, |size| size.as_ref().0),
        };
        if let Some(examples) = &typed.examples {
            check_examples(examples.as_ref(), root, &grant, typed.id.as_ref())?;
        }
        Ok(grant)
    }

    fn root(&self, name: &Word) -> Result<&Root, Fault> {
        self.roots.get(name.as_ref()).ok_or_else(|| {
            let known: Vec<_> = self.roots.keys().map(|root| format!("`{root}`")).collect();
            let message = format!("unknown root `{}`; the roots are: {}", name.as_ref(), known.join(", "));
            Fault::at(name, message)
        })
    }
}

fn tools(typed: Spanned<Vec<Word>>) -> Result<BTreeSet<String>, Fault> {
    if typed.as_ref().is_empty() {
        return Err(Fault::at(&typed, "no tool is named; name some, or leave `tools` out to mean every one"));
    }
    distinct(typed.into_inner())
}

fn only_state(typed: &low::Grant) -> Result<(), Fault> {
    let more = typed.root.is_some()
        || typed.access.is_some()
        || typed.allow.is_some()
        || typed.max_file.is_some()
        || typed.confirm.is_some()
        || typed.examples.is_some();
    if more {
        return Err(Fault::at(&typed.kind, "a `state` grant has `id`, `why`, `kind` and `tools` only"));
    }
    Ok(())
}

fn approval(typed: low::Approval) -> Result<Approval, Fault> {
    if typed.by.as_ref().trim().is_empty() {
        return Err(Fault::at(&typed.by, "`by` is empty; expected who approved"));
    }
    let at = typed.at.as_ref();
    if at.date.is_none() || at.time.is_none() || at.offset.is_none() {
        let message = "expected date, time and offset, such as 2026-11-22T17:40:00Z";
        return Err(Fault::at(&typed.at, message));
    }
    Ok(Approval {
        component: typed.component,
        request: typed.request,
        imports: typed.imports,
        strings: typed.strings,
        grants: typed.grants,
        version: typed.version,
        by: typed.by.into_inner(),
        at: at.to_string(),
        note: typed.note,
        signature: typed.signature.map(Spanned::into_inner),
    })
}

/// Runs the examples of a grant through the code that decides, so that they cannot lie.
fn check_examples(examples: &low::Examples, root: &Root, grant: &FsGrant, id: &str) -> Result<(), Fault> {
    for example in &examples.allow {
        let (access, path) = read_example(example, grant)?;
        try_example(root, grant, access, path).map_err(|refusal| {
            let message = format!("the grant `{id}` does not allow its example `{}`: {refusal}", example.as_ref());
            Fault::at(example, message)
        })?;
    }
    for example in &examples.refuse {
        let (access, path) = read_example(example, grant)?;
        if try_example(root, grant, access, path).is_ok() {
            let message = format!("the grant `{id}` allows `{}`, which its examples refuse", example.as_ref());
            return Err(Fault::at(example, message));
        }
    }
    Ok(())
}

/// `read docs/a.md`, or the path alone where the grant has one way of access. `.` is the root.
fn read_example<'e>(example: &'e Word, grant: &FsGrant) -> Result<(Access, &'e str), Fault> {
    let text = example.as_ref();
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
