//! A plugin, a policy and callers for the tests.

use std::collections::BTreeSet;

use crate::*;

pub const MANIFEST: &str = r#"
name = "notes"
version = "1.2.3"
license = "MIT"
description = "Reads and writes notes."

[[tool]]
name = "Read"
description = "Reads a note."
effects = ["read"]
[tool.input]
type = "object"
additionalProperties = false
[tool.input.properties.path]
type = "string"

[[tool]]
name = "Write"
description = "Writes a note."
effects = ["read", "write"]
[tool.input]
type = "object"
properties = {}
additionalProperties = false

[[request]]
kind = "fs"
root = "repo"
access = ["read", "list", "create", "modify", "rename"]
why = "to keep notes"

[[request]]
kind = "state"
why = "to remember what was read"
"#;

/// What `notes` asks for besides, for the tests of the network and of its configuration.
pub const ASKS_MORE: &str = r#"
[[request]]
kind = "net"
hosts = ["api.example.com", "*.wide.example", "10.0.0.5"]
methods = ["GET", "POST"]
why = "to look things up"

[[request]]
kind = "env"
names = ["REGION", "TIER"]
why = "to know where it is"

[[request]]
kind = "exec"
programs = ["git", "systemctl"]
why = "to look at history"
"#;

/// A jail with the repository, as TOML.
pub const JAIL: &str = r#"[roots.scratch]
kind = "per-call"
[jails.offline]
fs = [{ root = "repo", access = "read" }, { root = "scratch", access = "write" }]
env = { PATH = "/usr/bin:/bin" }
"#;

/// An `exec` grant of the plugin `notes` for git, as TOML.
pub fn exec_grant(id: &str, argv: &str) -> String {
    let program = format!("{{ path = \"/usr/bin/git\", sha256 = \"{}\" }}", Digest::of("git"));
    format!(
        "[[plugin.notes.grant]]\nid = \"{id}\"\nwhy = \"a test\"\nkind = \"exec\"\nprogram = {program}\n\
         argv = {argv}\njail = \"offline\"\n"
    )
}

/// Asks for one start of git by the tool `Read`, at `/repo/docs`.
pub fn start<'p>(plugin: &'p Admitted, command: &str, args: &[&str]) -> Result<&'p str, Refusal> {
    start_in(plugin, command, args, "repo", "docs")
}

/// The same elsewhere.
pub fn start_in<'p>(
    plugin: &'p Admitted,
    command: &str,
    args: &[&str],
    root: &str,
    path: &str,
) -> Result<&'p str, Refusal> {
    let roots = policy(JAIL).roots;
    let args: Vec<String> = args.iter().map(ToString::to_string).collect();
    let (root, path) = (root.to_owned(), RelPath::parse(path)?);
    let effect = ExecEffect { command, args: &args, directory: Directory { root: &root, path: &path } };
    decide_exec(&effect, &|name| roots.get(name), plugin, "Read", Flow::default())?
        .settled(&effect.line())
        .map(|(id, _)| id)
}

/// A secret that may go to two services, as TOML.
pub const SECRET: &str = r#"[secrets.key]
source = { file = "/run/secrets/key" }
audience = [{ host = "api.example.com" }, { host = "a.wide.example" }]
"#;

/// What a person reads whose `plugins.toml` has a mistake in it; the text goes on after its first line.
pub fn policy_error(rest: &str) -> String {
    Policy::parse(&format!("schema = 1\n{rest}")).unwrap_err().to_string()
}

/// Two roots, two roles, and whatever else `plugin` says.
pub fn policy(plugin: &str) -> Policy {
    let roots = "schema = 1\n[roots.repo]\n[roots.vault]\n[roles]\ntech = {}\nviewer = {}\n";
    Policy::parse(&format!("{roots}{plugin}")).unwrap()
}

/// A grant of the plugin `notes` as TOML.
pub fn grant(id: &str, rest: &str) -> String {
    format!("[[plugin.notes.grant]]\nid = \"{id}\"\nwhy = \"a test\"\nkind = \"fs\"\n{rest}\n")
}

/// The plugin as its loader finds it.
pub fn found() -> Found {
    Found {
        component: Digest::of("the bytes"),
        manifest: Manifest::parse(MANIFEST).unwrap(),
        imports: names(&["claudetools:plugin/types@1.0.0", "wasi:io/streams@0.2.6"]),
        exports: names(&["claudetools:plugin/tool@1.0.0"]),
        bytes: 9,
    }
}

/// The plugin `notes`, admitted as a part of the program.
pub fn admitted(plugin: &str) -> Admitted {
    match admit(found(), &policy(plugin), true) {
        Admission::Admitted(admitted) => admitted,
        Admission::Quarantined(reasons) => panic!("{reasons:?}"),
    }
}

/// The plugin `notes`, admitted as a part of the program, asking for more.
pub fn asking(plugin: &str) -> Admitted {
    let mut admitted = admitted(plugin);
    admitted.found.manifest = Manifest::parse(&format!("{MANIFEST}{ASKS_MORE}")).unwrap();
    admitted
}

/// A `net` grant of the plugin `notes` as TOML.
pub fn net_grant(id: &str, rest: &str) -> String {
    format!("[[plugin.notes.grant]]\nid = \"{id}\"\nwhy = \"a test\"\nkind = \"net\"\n{rest}\n")
}

/// Asks for one request of the tool `Read`.
pub fn request<'p>(plugin: &'p Admitted, method: &str, url: &str) -> Result<&'p str, Refusal> {
    let target = Target::from_url(method, url)?;
    decide_net(&(&target).into(), plugin, "Read", Flow::default())?.settled(&target.to_string()).map(|(id, _)| id)
}

pub fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(ToString::to_string).collect()
}

pub fn caller(role: &str, origin: Origin) -> Caller {
    Caller { member: MemberId("cli:local".to_owned()), roles: names(&[role]), origin }
}

/// A grant of everything in `repo`, below its id.
pub const REPO_ALL: &str = r#"root = "repo"
access = ["read", "list", "create", "modify", "delete", "rename"]
allow = ["**"]"#;

/// Asks for one effect of the tool `Write` below `/repo`.
pub fn ask<'p>(plugin: &'p Admitted, access: Access, path: &str) -> Result<&'p str, Refusal> {
    ask_in("", plugin, access, path)
}

/// The same with more lines in `[roots.repo]`.
pub fn ask_in<'p>(root: &str, plugin: &'p Admitted, access: Access, path: &str) -> Result<&'p str, Refusal> {
    let text = format!("schema = 1\n[roots.repo]\n{root}");
    let policy = Policy::parse(&text).unwrap();
    let (path, name) = (RelPath::parse(path)?, "repo".to_owned());
    let effect = FsEffect { root: &name, path: &path, access, links: 1, bytes: None };
    decide(&effect, &policy.roots["repo"], plugin, "Write", Flow::default())?.settled(&effect.line()).map(|(id, _)| id)
}

/// The code of a refusal.
pub fn code(answer: Result<&str, Refusal>) -> Option<Code> {
    answer.err().map(|refusal| refusal.code)
}

/// The plugin with everything in `repo` granted.
pub fn all() -> Admitted {
    admitted(&grant("all", REPO_ALL))
}
