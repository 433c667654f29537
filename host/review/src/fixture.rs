//! A plugin and everything known of it, for the tests.

use claudetools_policy::{Digest, Found, Manifest, Policy, Refusal};

use crate::{Baseline, Disk, Finding, Input, Review, Rule, Subject, Used, review};

const MANIFEST: &str = r#"name = "tickets"
version = "1.0.0"
license = "MIT"
description = "Looks up tickets."

[[tool]]
name = "find"
description = "Finds a ticket by its number."
effects = ["read"]
[tool.input]
type = "object"
additionalProperties = false
[tool.input.properties.number]
type = "integer"
description = "The number."

"#;

const POLICY: &str = r#"schema = 1
[roots.repo]
[roots.vault]
sensitive = true
[roots.scratch]
kind = "per-call"
[roles]
tech = { local = true }
[secrets.key]
source = { file = "/run/secrets/key" }
audience = [{ host = "api.example.com" }, { host = "b.example.com" }]
"#;

const TABLE: &str = r#"[plugin.tickets]
component = "plugins/tickets.wasm"
callers = { roles = ["tech"], origin = ["user", "model"] }
output = "trusted"
"#;

/// 2026-11-23, in seconds.
pub const NOW: i64 = 1_795_392_000;

/// Everything that an [`Input`] borrows.
#[derive(Clone, Debug)]
pub struct Case {
    pub text: String,
    pub found: Found,
    pub reasons: Vec<Refusal>,
    pub built_in: bool,
    pub baseline: Option<(Found, String)>,
    pub used: Option<Used>,
    pub others: Vec<Manifest>,
    pub disk: Option<Disk>,
    pub wasmtime: &'static str,
}

impl Case {
    /// The plugin `tickets` with these requests and, below its table, these keys and grants.
    pub fn new(requests: &str, grants: &str) -> Self {
        Self {
            text: format!("{POLICY}{TABLE}{grants}"),
            found: found(&manifest(requests)),
            reasons: Vec::new(),
            built_in: false,
            baseline: None,
            used: None,
            disk: None,
            others: Vec::new(),
            wasmtime: "48.0.8",
        }
    }

    /// Without a table in `plugins.toml`.
    pub fn dropped(requests: &str) -> Self {
        Self { text: POLICY.to_owned(), ..Self::new(requests, "") }
    }

    /// Approved as it stands.
    pub fn approved(self) -> Self {
        let policy = Policy::parse(&self.text).unwrap();
        let approval = self.found.approval("j.doe", policy.plugins.get("tickets"));
        Self { text: format!("{}{}", self.text, approval.to_toml("tickets")), ..self }
    }

    /// Approved as it stands, and that kept; then everything is as `change` makes it.
    pub fn then(self, change: impl FnOnce(&mut Self)) -> Self {
        let mut case = self.approved();
        case.baseline = Some((case.found.clone(), case.text.clone()));
        change(&mut case);
        case
    }

    pub fn with<T>(&self, ask: impl FnOnce(&Input<'_>) -> T) -> T {
        let policy = Policy::parse(&self.text).unwrap_or_else(|error| panic!("{error}\n{}", self.text));
        let before = self.baseline.as_ref().map(|(found, text)| (found, Policy::parse(text).unwrap()));
        let others: Vec<&Manifest> = self.others.iter().collect();
        ask(&Input {
            name: "tickets",
            subject: Subject::Found(&self.found),
            file: Some("plugins/tickets.wasm"),
            built_in: self.built_in,
            reasons: &self.reasons,
            policy: &policy,
            text: &self.text,
            baseline: before.as_ref().map(|(found, policy)| Baseline { found, policy }),
            used: self.used.as_ref(),
            disk: self.disk.as_ref(),
            others: &others,
            now: NOW,
            wasmtime: self.wasmtime,
        })
    }

    pub fn review(&self) -> Review {
        self.with(review)
    }

    /// The findings of one rule.
    pub fn findings(&self, rule: Rule) -> Vec<Finding> {
        self.review().findings.into_iter().filter(|finding| finding.rule == rule).collect()
    }

    /// The findings of one rule as they read.
    pub fn hits(&self, rule: Rule) -> String {
        let line = |finding: Finding| {
            let place = finding.line.map(|line| format!(" :{line}")).unwrap_or_default();
            let fix = finding.fix.map(|fix| format!(" → {}", fix.replace('\n', " ⏎ "))).unwrap_or_default();
            format!("{}{place} {}{fix}", finding.level.as_str(), finding.message)
        };
        self.findings(rule).into_iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The manifest of `tickets` with these requests.
pub fn manifest(requests: &str) -> String {
    format!("{MANIFEST}{requests}")
}

/// A component with this manifest that imports what every kind of grant needs.
pub fn found(manifest: &str) -> Found {
    let manifest = Manifest::parse(manifest).unwrap_or_else(|error| panic!("{error}\n{manifest}"));
    let imports = ["wasi:filesystem/types@0.2.6", "wasi:http/outgoing-handler@0.2.6", "wasi:cli/environment@0.2.6"];
    Found {
        component: Digest::of("the bytes"),
        manifest,
        imports: imports.map(str::to_owned).into(),
        exports: ["claudetools:plugin/tool@1.0.0".to_owned()].into(),
        bytes: 9,
    }
}

/// A request for files of `repo`.
pub fn ask_fs(access: &str) -> String {
    format!("[[request]]\nkind = \"fs\"\nroot = \"repo\"\naccess = {access}\nwhy = \"to read notes\"\n")
}

/// A request for the network.
pub fn ask_net(hosts: &str, methods: &str) -> String {
    format!("[[request]]\nkind = \"net\"\nhosts = {hosts}\nmethods = {methods}\nwhy = \"to look up tickets\"\n")
}

/// A grant of one kind with its other keys.
pub fn grant(id: &str, kind: &str, rest: &str) -> String {
    format!("[[plugin.tickets.grant]]\nid = \"{id}\"\nwhy = \"a test\"\nkind = \"{kind}\"\n{rest}\n")
}

/// A grant of files of `repo`, with an example of what it refuses.
pub fn give_fs(id: &str, access: &str, allow: &str) -> String {
    let keys = format!("root = \"repo\"\naccess = {access}\nallow = {allow}\nexamples.refuse = [\"read .git/config\"]");
    grant(id, "fs", &keys)
}

/// A grant of one rule, with an example of what it refuses.
pub fn give_net(id: &str, rule: &str, rest: &str) -> String {
    let refuse = "examples.refuse = [\"GET https://elsewhere.example/\"]";
    grant(id, "net", &format!("allow = [{{ {rule} }}]\n{refuse}\n{rest}"))
}

/// A request for native programs.
pub fn ask_exec(programs: &str) -> String {
    format!("[[request]]\nkind = \"exec\"\nprograms = {programs}\nwhy = \"to look at history\"\n")
}

/// Two jails, for the top of the file: one without a network, one with.
pub const JAILS: &str = r#"[jails.offline]
fs = [{ root = "repo", access = "read" }, { root = "scratch", access = "write" }]
[jails.online]
fs = [{ root = "repo", access = "read" }]
net = ["api.example.com:443"]
"#;

/// A grant of git with these arguments, in one of the [`JAILS`].
pub fn give_exec(id: &str, argv: &str, jail: &str) -> String {
    let program = format!("program = {{ path = \"/usr/bin/git\", sha256 = \"{}\" }}", Digest::of("git"));
    grant(id, "exec", &format!("{program}\nargv = {argv}\njail = \"{jail}\""))
}

/// A grant of a shell that may be told anything.
pub fn give_shell(id: &str, jail: &str) -> String {
    let program = format!("interpreter = {{ path = \"/bin/bash\", sha256 = \"{}\" }}", Digest::of("bash"));
    grant(id, "shell", &format!("{program}\njail = \"{jail}\""))
}
