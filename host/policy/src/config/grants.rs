//! Plugins and their grants: from what was typed to what it means.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use toml::Spanned;

use super::check::{check_name, check_path, check_role};
use super::low::{self, Word};
use super::place::{Fault, distinct, line_of};
use super::{
    Confirm, FsGrant, Grant, GrantKind, Limits, PluginPolicy, Role, Root, RootName, Secret, approval, barren, env,
    examples, globs,
};
use crate::{ExecGrant, Jail, NetGrant, RoleName};

/// The largest file that a grant opens where `max_file` is not given: the default of a call's memory.
const MAX_FILE: u64 = 64 << 20;

/// What is known of the file already.
pub(super) struct Known<'a> {
    pub text: &'a str,
    pub roots: &'a BTreeMap<RootName, Root>,
    pub roles: &'a BTreeMap<RoleName, Role>,
    pub secrets: &'a BTreeMap<String, Secret>,
    pub jails: &'a BTreeMap<String, Jail>,
    pub limits: &'a Limits,
}

/// The kinds of grant, with the keys that each may have beside those that all have.
const KEYS: &[(&str, &[&str])] = &[
    ("fs", &["root", "access", "allow", "max_file", "confirm", "examples"]),
    ("net", &["allow", "secret", "reach", "redirects", "bytes", "headers", "fill", "confirm", "examples"]),
    ("exec", &["program", "argv", "command", "jail", "confirm", "examples"]),
    ("shell", &["interpreter", "command", "jail", "confirm"]),
    ("script", &["interpreter", "script", "tool", "argv", "secrets", "jail", "confirm", "examples"]),
    ("env", &["values"]),
    ("state", &[]),
    ("client", &[]),
];

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
            approved: typed.approved.map(approval::approval).transpose()?,
            narrowed: false,
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
            let id = grant.id.clone();
            let grant = self.grant(grant, line)?;
            if let Some(name) = env::given_twice(&grants, &grant) {
                return Err(Fault::at(&id, format!("another grant gives the variable `{name}` already")));
            }
            grants.push(grant);
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
        let confirm = self.confirm(typed.kind.as_ref(), typed.confirm.as_ref())?;
        let kind = self.kind(&typed, &confirm)?;
        let tools = match &kind {
            GrantKind::Exec(ExecGrant { script: Some(script), .. }) => [script.tool.name.clone()].into(),
            _ => tools,
        };
        Ok(Grant { id, why, tools, kind, confirm, line })
    }

    fn kind(&self, typed: &low::Grant, confirm: &Confirm) -> Result<GrantKind, Fault> {
        let kind = typed.kind.as_ref().as_str();
        let Some((_, keys)) = KEYS.iter().find(|(name, _)| *name == kind) else {
            let message = format!(
                "unknown kind of grant `{kind}`; the kinds are `fs`, `net`, `exec`, `shell`, `script`, `env`, `state` and `client`"
            );
            return Err(Fault::at(&typed.kind, message));
        };
        if let Some(key) = typed.keys().into_iter().find(|key| !keys.contains(key)) {
            return Err(Fault::at(&typed.kind, format!("a grant of the kind `{kind}` has no `{key}`")));
        }
        Ok(match kind {
            "fs" => GrantKind::Fs(self.fs(typed)?),
            "net" => GrantKind::Net(self.checked_net(typed, confirm)?),
            "exec" => GrantKind::Exec(self.checked_exec(typed)?),
            "shell" => GrantKind::Exec(self.shell(typed)?),
            "script" => GrantKind::Exec(self.checked_script(typed)?),
            "env" => GrantKind::Env(self.env(typed)?),
            "state" => GrantKind::State,
            _ => GrantKind::Client,
        })
    }

    fn checked_net(&self, typed: &low::Grant, confirm: &Confirm) -> Result<NetGrant, Fault> {
        let grant = self.net(typed, confirm)?;
        if let Some(examples) = &typed.examples {
            examples::check_net(examples.as_ref(), typed.id.as_ref(), &grant)?;
        }
        Ok(grant)
    }

    fn checked_exec(&self, typed: &low::Grant) -> Result<ExecGrant, Fault> {
        self.tried(typed, self.exec(typed)?)
    }

    fn checked_script(&self, typed: &low::Grant) -> Result<ExecGrant, Fault> {
        self.tried(typed, self.script(typed)?)
    }

    fn tried(&self, typed: &low::Grant, grant: ExecGrant) -> Result<ExecGrant, Fault> {
        if let Some(examples) = &typed.examples {
            examples::check_exec(examples.as_ref(), typed.id.as_ref(), self.roots, &grant)?;
        }
        Ok(grant)
    }

    fn fs(&self, typed: &low::Grant) -> Result<FsGrant, Fault> {
        let needs = |key: &str| Fault::at(&typed.kind, format!("an `fs` grant needs `{key}`"));
        let name = typed.root.as_ref().ok_or_else(|| needs("root"))?;
        let access = typed.access.clone().ok_or_else(|| needs("access"))?;
        let allow = typed.allow.clone().ok_or_else(|| needs("allow"))?;
        let root = self.root(name)?;
        let access = distinct(access)?;
        let words: Vec<Word> = allow.into_iter().map(pattern).collect::<Result<_, _>>()?;
        let patterns = globs::patterns(words.clone())?;
        words.iter().try_for_each(|pattern| barren::check(pattern, name, root, &access))?;
        let folders = patterns.iter().filter_map(|pattern| pattern.strip_suffix("/**"));
        let compiled = |problem| Fault::at(name, problem);
        let grant = FsGrant {
            root: name.as_ref().clone(),
            access,
            folders: globs::set(folders).map_err(compiled)?,
            allow: globs::set(patterns.iter().map(String::as_str)).map_err(compiled)?,
            patterns,
            max_file: typed.max_file.as_ref().map_or(MAX_FILE, |size| size.as_ref().0),
        };
        if let Some(examples) = &typed.examples {
            examples::check_fs(examples.as_ref(), typed.id.as_ref(), root, &grant)?;
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

/// An item of `allow` of an `fs` grant.
fn pattern(item: Spanned<low::Allow>) -> Result<Word, Fault> {
    let span = item.span();
    match item.into_inner() {
        low::Allow::Pattern(text) => Ok(Spanned::new(span, text)),
        low::Allow::Rule(_) => {
            let message = "`allow` of an `fs` grant is a list of patterns, such as [\"docs/**\"]".to_owned();
            Err(Fault { span, message })
        }
    }
}
