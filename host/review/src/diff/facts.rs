//! What a component and a table of `plugins.toml` say, one fact a line, so that sets of them can be compared.

use std::collections::BTreeSet;

use claudetools_policy::{EffectKind, Found, Grant, GrantKind, PluginPolicy, RequestKind, Tool};

use crate::shown::quoted;
use crate::words;

/// What a component asks for, has and imports.
pub(super) fn of_component(found: &Found) -> BTreeSet<String> {
    let asked = found.manifest.requests.iter().flat_map(|request| single(&request.kind));
    let asked = asked.map(|kind| format!("asks for {}", words::request(&kind)));
    let imports = found.imports.iter().map(|import| format!("imports {}", quoted(import)));
    asked.chain(found.manifest.tools.iter().flat_map(of_tool)).chain(imports).collect()
}

fn of_tool(tool: &Tool) -> Vec<String> {
    let name = quoted(&tool.name);
    let does = |effect: &EffectKind| match effect {
        EffectKind::Read => format!("the tool {name} says that it reads"),
        EffectKind::Write => format!("the tool {name} says that it writes"),
    };
    std::iter::once(format!("has the tool {name}")).chain(tool.effects.iter().map(does)).collect()
}

/// A request as the smallest ones that make it up.
fn single(kind: &RequestKind) -> Vec<RequestKind> {
    let one = |item: &String| BTreeSet::from([item.clone()]);
    match kind {
        RequestKind::Fs { root, access } => {
            access.iter().map(|way| RequestKind::Fs { root: root.clone(), access: BTreeSet::from([*way]) }).collect()
        }
        RequestKind::Net { hosts, methods } => {
            let at =
                |host| methods.iter().map(move |method| RequestKind::Net { hosts: one(host), methods: one(method) });
            hosts.iter().flat_map(at).collect()
        }
        RequestKind::Env { names } => names.iter().map(|name| RequestKind::Env { names: one(name) }).collect(),
        RequestKind::Exec { programs } => {
            programs.iter().map(|name| RequestKind::Exec { programs: one(name) }).collect()
        }
        RequestKind::State => vec![RequestKind::State],
        RequestKind::Client => vec![RequestKind::Client],
    }
}

/// What a table gives.
pub(super) fn of_table(table: &PluginPolicy) -> BTreeSet<String> {
    let roles = table.roles.iter().map(|role| format!("callable by the role {}", quoted(role)));
    let origins = table.origins.iter().map(|origin| format!("callable by origin {}", quoted(origin.as_str())));
    roles.chain(origins).chain(table.grants.iter().flat_map(of_grant)).collect()
}

fn of_grant(grant: &Grant) -> Vec<String> {
    let what: Vec<String> = match &grant.kind {
        GrantKind::Fs(fs) => {
            let access = fs.access.iter().map(|way| format!("the access `{}` in `{}`", way.as_str(), fs.root));
            access.chain(fs.patterns.iter().map(|pattern| format!("the pattern {}", quoted(pattern)))).collect()
        }
        GrantKind::Net(net) => net.allow.iter().map(|rule| quoted(&words::rule(rule))).collect(),
        GrantKind::Exec(exec) => vec![quoted(&words::start(exec))],
        GrantKind::Env(values) => values.keys().map(|name| format!("the variable {}", quoted(name))).collect(),
        GrantKind::State => vec!["state between calls".to_owned()],
        GrantKind::Client => vec![words::CLIENT.to_owned()],
    };
    what.into_iter().map(|what| format!("grant `{}`: {what}", grant.id)).collect()
}
