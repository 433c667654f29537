//! The table of `plugins.toml` that a new plugin needs, to begin with.

use std::path::Path;

use claudetools_policy::{Found, Request, RequestKind};

use super::out;
use super::shelf::Shelf;
use crate::exit::{Exit, Fatal};

/// Prints the table of a plugin that has none, and fails with why nothing was approved.
///
/// Without a `plugins.toml` the program's own one is printed before it, so that the output is a whole policy.
pub fn print(shelf: &Shelf, found: &Found, file: &Path) -> Result<(), Fatal> {
    let name = &found.manifest.name;
    let table = table(found, &place(shelf, file), &shelf.file.policy.role_names().collect::<Vec<_>>());
    if shelf.file.path.is_some() {
        out(table)?;
        let message = format!(
            "plugins.toml has no `[plugin.{name}]` yet: put the table above into it, with what you grant, then approve again"
        );
        return Err(Fatal::new(Exit::Config, message));
    }
    out(format_args!("{}{table}", shelf.file.text))?;
    let message = format!(
        "there is no plugins.toml here yet: save what is printed above as one, with what you grant to `{name}` at its end, then approve again"
    );
    Err(Fatal::new(Exit::Config, message))
}

/// The file as `component` has it: relative to `plugins.toml` where it is below it.
fn place(shelf: &Shelf, file: &Path) -> String {
    file.strip_prefix(&shelf.file.base).unwrap_or(file).to_string_lossy().into_owned()
}

/// Grants nothing to nobody: who may call it and what it gets stands there to be filled in.
fn table(found: &Found, component: &str, roles: &[&str]) -> String {
    let manifest = &found.manifest;
    let name = &manifest.name;
    let mut text = format!(
        "\n[plugin.{name}]\ncomponent = {}\ncallers   = {{ roles = [], origin = [\"user\", \"model\"] }}    # roles: {}\n",
        toml_edit::Value::from(component),
        roles.join(", ")
    );
    for (index, request) in manifest.requests.iter().enumerate() {
        text.push_str(&format!("\n# It asks: {}\n", request.why.replace('\n', " ")));
        text.extend(grant(name, index, request).lines().map(|line| format!("# {line}\n")));
    }
    text
}

/// A grant that gives what was asked for, with its breadth left to be decided.
fn grant(plugin: &str, index: usize, request: &Request) -> String {
    let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
    let words = |words: Vec<&str>| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let (kind, rest) = match &request.kind {
        RequestKind::Fs { root, access } => {
            let access = words(access.iter().map(|access| access.as_str()).collect());
            (
                "fs",
                format!(
                    "root = \"{root}\"\naccess = [{access}]\nallow = [\"docs/**\"]\nexamples.allow = []\nexamples.refuse = []"
                ),
            )
        }
        RequestKind::Net { hosts, methods } => {
            let host = hosts.first().map_or("", String::as_str);
            let methods = words(methods.iter().map(String::as_str).collect());
            (
                "net",
                format!(
                    "allow = [{{ host = \"{host}\", method = [{methods}], path = \"/…\" }}]\nexamples.allow = []\nexamples.refuse = []"
                ),
            )
        }
        RequestKind::Env { names } => {
            let values: Vec<String> = names.iter().map(|name| format!("{name} = \"…\"")).collect();
            ("env", format!("values = {{ {} }}", values.join(", ")))
        }
        RequestKind::Exec { programs } => {
            let program = programs.first().map_or("", String::as_str);
            (
                "exec",
                format!(
                    "program = {{ path = \"/usr/bin/{program}\", sha256 = \"…\" }}\nargv = [\"…\"]\njail = \"…\"\nexamples.refuse = []"
                ),
            )
        }
        RequestKind::State => ("state", String::new()),
        RequestKind::Client => ("client", String::new()),
    };
    format!("[[plugin.{plugin}.grant]]\nid = \"{kind}{number}\"\nwhy = \"…\"\nkind = \"{kind}\"\n{rest}")
}
