//! What an operator could write in `plugins.toml` to allow what was refused. Never shown to the model.

use std::collections::BTreeSet;

use crate::{Admitted, Caller, ExecEffect, FsEffect, Target};

/// Text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A grant for exactly this effect.
pub(crate) fn fs(plugin: &Admitted, tool: &str, effect: &FsEffect<'_>) -> String {
    let path = effect.path.as_str();
    let pattern = if path.is_empty() { "**".to_owned() } else { globset::escape(path) };
    format!(
        "[[plugin.{}.grant]]\nid = \"…\"\nwhy = \"…\"\nkind = \"fs\"\ntools = [{}]\nroot = {}\naccess = [{}]\nallow = [{}]",
        plugin.found.manifest.name,
        quoted(tool),
        quoted(effect.root),
        quoted(effect.access.as_str()),
        quoted(&pattern),
    )
}

/// A grant for exactly this request.
pub(crate) fn net(plugin: &Admitted, tool: &str, target: &Target) -> String {
    let names: BTreeSet<_> = target.query.iter().map(|(name, _)| quoted(name)).collect();
    format!(
        "[[plugin.{}.grant]]\nid = \"…\"\nwhy = \"…\"\nkind = \"net\"\ntools = [{}]\nallow = [{{ scheme = {}, host = {}, \
         port = {}, method = [{}], path = {}, query = [{}] }}]",
        plugin.found.manifest.name,
        quoted(tool),
        quoted(target.scheme.as_str()),
        quoted(&target.host.to_string()),
        target.port,
        quoted(&target.method),
        quoted(&format!("/{}", target.segments.join("/"))),
        Vec::from_iter(names).join(", "),
    )
}

/// A grant for exactly this start; the program's path and digest are the operator's to fill in.
pub(crate) fn exec(plugin: &Admitted, tool: &str, effect: &ExecEffect<'_>) -> String {
    let args: Vec<_> = effect.args.iter().map(|arg| quoted(arg)).collect();
    format!(
        "[[plugin.{}.grant]]\nid = \"…\"\nwhy = \"…\"\nkind = \"exec\"\ntools = [{}]\nprogram = {{ path = \"/usr/bin/…\", \
         sha256 = \"…\" }}\nargv = [{}]\njail = \"…\"",
        plugin.found.manifest.name,
        quoted(tool),
        args.join(", "),
    )
}

/// A grant of a kind that has nothing to choose, unless the manifest does not ask for it.
pub(crate) fn plain(plugin: &Admitted, tool: &str, kind: &str, asked: bool) -> String {
    let name = &plugin.found.manifest.name;
    if !asked {
        return format!("a grant cannot give it: the manifest of `{name}` has to ask first");
    }
    let tool = quoted(tool);
    format!("[[plugin.{name}.grant]]\nid = \"…\"\nwhy = \"…\"\nkind = \"{kind}\"\ntools = [{tool}]")
}

/// The roles that would allow the call.
pub(crate) fn roles(plugin: &Admitted, caller: &Caller) -> String {
    let name = &plugin.found.manifest.name;
    let held: Vec<_> = caller.roles.iter().map(|role| quoted(role)).collect();
    format!("under [plugin.{name}], `roles` of `callers` has none of the caller's: [{}]", held.join(", "))
}

/// The origin that would allow the call.
pub(crate) fn origins(plugin: &Admitted, caller: &Caller) -> String {
    let name = &plugin.found.manifest.name;
    format!("under [plugin.{name}], add {} to `origin` of `callers`", quoted(caller.origin.as_str()))
}
