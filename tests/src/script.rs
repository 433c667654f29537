//! A company with a remediation script that a technician confirms.

use std::io;
use std::os::unix::fs::PermissionsExt as _;

use claudetools_policy::Digest;

use crate::company::{CANARY, Places};

const BASH: &str = "/usr/bin/bash";
/// Where the script lies below the repository.
pub const PATH: &str = ".claude/skills/remediation-tool/scripts/revoke.sh";
const SCRIPT: &str = r#"#!/bin/bash
. "$(dirname "$0")/words.sh"
echo "$LOOKING $1 over $2 days"
sleep 0.4
echo "with the key $GRAPH_KEY"
printf 'user,sessions\n%s,3\n' "$1" > /scratch/sessions.csv
echo "revoked 3 sessions of $1"
exit "${3:-0}"
"#;

/// A policy with the script as a tool that a technician confirms.
fn policy(text: &str) -> io::Result<String> {
    let digest = |bytes: &[u8]| Digest::of(bytes).to_string();
    let (bash, script) = (digest(&std::fs::read(BASH)?), digest(SCRIPT.as_bytes()));
    Ok(format!(
        r#"{text}
[secrets.graph]
source  = {{ file = "secret" }}
scripts = ["revoke_sessions"]

[jails.offline]
fs  = [{{ root = "repo", access = "read" }}, {{ root = "scratch", access = "write" }}]
env = {{ LANG = "C.UTF-8", PATH = "/usr/bin:/bin", HOME = "/scratch" }}

[plugin.scripts]
callers = {{ roles = ["tech"], origin = ["user", "model"] }}

[[plugin.scripts.grant]]
id     = "see"
why    = "a directory to start in"
kind   = "fs"
root   = "repo"
access = ["read", "list"]
allow  = ["**"]

[[plugin.scripts.grant]]
id     = "left"
why    = "hand over what a script leaves"
kind   = "fs"
root   = "scratch"
access = ["read", "list"]
allow  = ["**"]

[[plugin.scripts.grant]]
id          = "revoke"
why         = "end the sessions of an account that was broken into"
kind        = "script"
interpreter = {{ path = "{BASH}", sha256 = "{bash}" }}
script      = {{ root = "repo", path = "{PATH}", sha256 = "{script}" }}
tool        = {{ name = "revoke_sessions", description = "Ends every session of one account.", effects = ["write"] }}
argv        = [
    {{ name = "user", description = "The account.", match = "[a-z0-9.]+@[a-z0-9.]+" }},
    {{ name = "days", description = "How far back to look.", int = {{ min = 1, max = 90 }}, default = "30" }},
    {{ name = "more", description = "More words.", rest = {{ one_of = ["0", "3"] }}, max = 1 }},
]
secrets     = [{{ name = "graph", env = "GRAPH_KEY" }}]
jail        = "offline"
confirm     = {{ when = "always", by = ["tech"], show = "script" }}
examples.allow  = [["ann@acme.example", "30"]]
examples.refuse = [["ann@acme.example", "300"], ["--all", "30"], []]
"#
    ))
}

/// Puts the script, what it reads, its secret and its grant into a company.
pub fn lay(places: &Places) -> io::Result<()> {
    let script = places.path(&format!("repo/{PATH}"));
    std::fs::create_dir_all(script.parent().unwrap_or(&script))?;
    std::fs::write(&script, SCRIPT)?;
    std::fs::write(script.with_file_name("words.sh"), "LOOKING='looking at'\n")?;
    std::fs::write(places.path("base/secret"), CANARY.trim_end())?;
    std::fs::set_permissions(places.path("base/secret"), std::fs::Permissions::from_mode(0o600))?;
    let file = places.path("base/plugins.toml");
    std::fs::write(&file, policy(&std::fs::read_to_string(&file)?)?)
}
