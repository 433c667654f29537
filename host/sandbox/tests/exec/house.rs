//! A sandbox in which `evil-exec` has `bash`, `git` and `env`, and what is left of them afterwards.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use claudetools_policy::{Admission, Digest, Policy, admit};
use claudetools_sandbox::{Call, Compiler, Outcome, Part, Plugin, Running, Sandbox, inspect};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::guest;

const GUEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests/evil-exec.wasm");

/// `REPO` is the jail's whole file system but for the system's; `LIMIT` its limits.
const POLICY: &str = r#"schema = 1
[roots.repo]
[roots.scratch]
kind = "per-call"
max_bytes = "8MiB"
[roles.all]
local = true
[jails.offline]
fs = [{ root = "repo", access = "read" }, { root = "scratch", access = "write" }]
env = { LANG = "C.UTF-8", PATH = "/usr/bin:/bin", HOME = "/scratch" }
limit = { LIMIT }
[plugin.evil-exec]
callers = { roles = ["all"], origin = ["model"] }
limit = { wall = "WALL", memory = "32MiB", output = "1MiB" }
[[plugin.evil-exec.grant]]
id = "see"
why = "for tests"
kind = "fs"
root = "repo"
access = ["read", "list"]
allow = ["**"]
[[plugin.evil-exec.grant]]
id = "scratch"
why = "for tests"
kind = "fs"
root = "scratch"
access = ["read", "list"]
allow = ["**"]
[[plugin.evil-exec.grant]]
id = "bash"
why = "for tests"
kind = "shell"
interpreter = { path = "/usr/bin/bash", sha256 = "BASH" }
jail = "offline"
[[plugin.evil-exec.grant]]
id = "git"
why = "for tests"
kind = "shell"
interpreter = { path = "/usr/bin/git", sha256 = "GIT" }
jail = "offline"
[[plugin.evil-exec.grant]]
id = "env"
why = "for tests"
kind = "exec"
program = { path = "/usr/bin/env", sha256 = "ENV" }
argv = []
jail = "offline"
"#;

pub struct House {
    pub sandbox: Sandbox,
    pub plugin: Plugin,
    pub dir: TempDir,
}

impl House {
    pub async fn new() -> Self {
        Self::with("", "").await
    }

    /// With these limits of the jail, and these lines behind the policy.
    pub async fn with(limit: &str, more: &str) -> Self {
        Self::built("30s", limit, more).await
    }

    /// With this much time for each call.
    pub async fn within(wall: &str) -> Self {
        Self::built(wall, "", "").await
    }

    /// With these places of the jail.
    pub async fn looking_into_git(places: &str) -> Self {
        let usual = POLICY.lines().find(|line| line.starts_with("fs = ")).unwrap();
        Self::of(&POLICY.replace(usual, places), "30s", "", "").await
    }

    async fn built(wall: &str, limit: &str, more: &str) -> Self {
        Self::of(POLICY, wall, limit, more).await
    }

    async fn of(policy: &str, wall: &str, limit: &str, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("repo")).unwrap();
        std::fs::write(dir.path().join("repo/a.md"), "alpha\n").unwrap();
        let policy = [("BASH", "/usr/bin/bash"), ("GIT", "/usr/bin/git"), ("ENV", "/usr/bin/env")]
            .into_iter()
            .fold(format!("{policy}{more}"), |text, (name, path)| text.replace(name, &digest(path)))
            .replace("LIMIT", limit)
            .replace("WALL", wall)
            .replace("DIR", dir.path().to_str().unwrap());
        let policy = Policy::parse(&policy).unwrap_or_else(|error| panic!("{error}"));
        let sandbox = guest::sandbox(&policy, dir.path(), Compiler::InProcess);
        let bytes = std::fs::read(Path::new(GUEST))
            .unwrap_or_else(|error| panic!("{GUEST}: {error}; run `cargo xtask guests` first"));
        let plugin = match admit(inspect(&bytes).unwrap(), &policy, true) {
            Admission::Admitted(admitted) => sandbox.load(&bytes, admitted).await.unwrap(),
            Admission::Quarantined(why) => panic!("{why:?}"),
        };
        Self { sandbox, plugin, dir }
    }

    pub fn repo(&self, below: &str) -> PathBuf {
        self.dir.path().join("repo").join(below)
    }

    pub fn start(&self, tool: &str, input: &Value) -> Running {
        let call = Call { id: "call-1".into(), tool: tool.into(), input: input.to_string(), ..Call::default() };
        self.sandbox.call(&self.plugin, call)
    }

    /// Calls a tool and looks at what it left.
    pub async fn call(&self, tool: &str, input: Value) -> Outcome {
        let outcome = self.start(tool, &input).outcome().await;
        self.nothing_is_left();
        outcome
    }

    /// What a script gives back.
    pub async fn script(&self, script: &str) -> Outcome {
        self.call("exec-run", bash(script)).await
    }

    pub async fn said(&self, script: &str) -> String {
        text(&self.script(script).await)
    }

    /// No process of a call that has ended, and no directory. The call's own thread removes them before it answers.
    pub fn nothing_is_left(&self) {
        let left: Vec<_> = std::fs::read_dir(self.dir.path().join("scratch")).unwrap().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(self.processes(), Vec::<String>::new());
    }

    /// The command lines of processes in a jail that has a place in this house.
    pub fn processes(&self) -> Vec<String> {
        let mine = self.dir.path().file_name().unwrap().to_str().unwrap();
        let own = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| {
            // The table of a jail names what its places are.
            let mounts = std::fs::read_to_string(entry.path().join("mountinfo")).ok()?;
            let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            (mounts != own && mounts.contains(mine)).then_some(line)
        })
        .collect()
    }
}

/// The input that has bash run a script.
pub fn bash(script: &str) -> Value {
    json!({ "program": "bash", "args": ["-c", script] })
}

pub fn digest(path: &str) -> String {
    Digest::of(std::fs::read(path).unwrap()).to_string()
}

/// What a call gave back, or why it did not.
pub fn text(outcome: &Outcome) -> String {
    match &outcome.result {
        Ok(output) => match &output.parts[0] {
            Part::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        },
        Err(failure) => failure.to_string(),
    }
}

/// Waits until something is so.
pub async fn until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(10), "it did not come to be");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
