//! A small company: a repository, a vault, a place outside every root, plugins, a ledger, and tools over them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools::catalog::Catalog;
use claudetools::in_force::Newest;
use claudetools::reload::Reload;
use claudetools::sources::Sources;
use claudetools::toolbox::Toolbox;
use claudetools_agent::tools::{ToolCall, ToolEvent, ToolResult, Tools as _};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_chat::render::Scrub;
use claudetools_egress::{Egress, System};
use claudetools_ledger::Ledger;
use claudetools_policy::{Caller, MemberId, Origin, Policy};
use claudetools_sandbox::{Compiler, Roots, Sandbox, Settings, inspect};
use claudetools_support::discord::{ROLE_ADMIN, ROLE_TECH};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What lies in the file outside every root, in git's files and in the vault: no test may change one, and none may
/// show it.
pub const CANARY: &str = "CANARY-SECRET-7f3a\n";

/// The policy of this repository, for the technicians and administrators of the fake Discord.
pub fn policy() -> String {
    let of_role = |text: String, role: &str, id: u64| {
        let (before, after) = text.split_at(text.find(&format!("\n{role} ")).unwrap_or(text.len()));
        before.to_owned() + &after.replacen("discord = []", &format!("discord = [\"{id}\"]"), 1)
    };
    let text = of_role(include_str!("../../plugins.toml").to_owned(), "tech", ROLE_TECH);
    of_role(text, "admin", ROLE_ADMIN)
}

/// The directories of a company, under one temporary directory.
pub struct Places {
    /// Gone with this value.
    pub temp: tempfile::TempDir,
}

impl Places {
    /// A repository with documents, sources, git's files and an environment file; a vault; a place outside.
    pub fn new() -> std::io::Result<Self> {
        Self::below(&std::env::temp_dir())
    }

    /// The same in memory, where the machine has such a place: two hundred thousand files take a minute on some disks.
    pub fn in_memory() -> std::io::Result<Self> {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::below(memory) } else { Self::new() }
    }

    fn below(directory: &Path) -> std::io::Result<Self> {
        let places = Self { temp: tempfile::tempdir_in(directory)? };
        let files = [
            ("repo/docs/a.md", "alpha\n"),
            ("repo/src/main.rs", "fn main() {}\n"),
            ("repo/.git/config", CANARY),
            ("repo/.env", CANARY),
            ("repo/.env.example", "NAME=\n"),
            ("vault/secret.txt", CANARY),
            ("outside/canary.txt", CANARY),
        ];
        for (path, text) in files {
            let path = places.path(path);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            std::fs::write(path, text)?;
        }
        std::fs::create_dir_all(places.path("repo/.git/hooks"))?;
        std::fs::create_dir_all(places.path("base/plugins"))?;
        Ok(places)
    }

    /// The same, whose program finds its built-in plugins compiled: they are compiled once for all tests.
    pub fn compiled() -> std::io::Result<Self> {
        let places = Self::new()?;
        let shared = crate::built::target().join("guests-compiled");
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&shared)?;
        std::fs::create_dir(places.path("data"))?;
        std::os::unix::fs::symlink(std::fs::canonicalize(shared)?, places.path("data/compiled"))?;
        Ok(places)
    }

    /// A path below the temporary directory: `repo`, `vault`, `outside`, `base`, `data`.
    pub fn path(&self, below: &str) -> PathBuf {
        self.temp.path().join(below)
    }
}

/// Tools over the places of a company.
pub struct Company {
    /// The tools, as a turn sees them.
    pub toolbox: Toolbox,
    /// The plugins as they were at the start, and what waited in quarantine.
    pub catalog: Arc<Catalog>,
    /// The plugins and the policy as they are now.
    pub in_force: Newest,
    /// The audit, among others.
    pub ledger: Ledger,
    /// The roots, opened.
    pub roots: Arc<Roots>,
    _reloading: DropGuard,
}

impl Company {
    /// Opens everything under this policy, as the program does: it is written to `base/plugins.toml`, whose components lie
    /// in `base/plugins`, and what changes in there takes effect.
    pub async fn open(places: &Places, policy: &str) -> Result<Self, Box<dyn std::error::Error>> {
        Self::reaching(places, policy, Egress::new(System, &[], Arc::default())?).await
    }

    /// The same with this way out for plugins.
    pub async fn reaching(places: &Places, policy: &str, egress: Egress) -> Result<Self, Box<dyn std::error::Error>> {
        let file = places.path("base/plugins.toml");
        std::fs::write(&file, signed(policy))?;
        let file = claudetools::boot::policy(Some(&file)).map_err(|fatal| fatal.to_string())?;
        let roots =
            BTreeMap::from([("repo".to_owned(), places.path("repo")), ("vault".to_owned(), places.path("vault"))]);
        let roots = Arc::new(Roots::open(&file.policy, roots)?);
        let settings = Settings {
            cache_dir: crate::built::target().join("guests-compiled"),
            scratch_dir: places.path("data/scratch"),
            compiler: Compiler::InProcess,
        };
        let egress = Arc::new(egress);
        let sandbox = Arc::new(Sandbox::new(settings, Arc::clone(&roots), Arc::clone(&egress))?);
        let ledger = Ledger::open(&places.path("data")).await?;
        let sources = Sources {
            base: file.base.clone(),
            vault: Some(places.path("vault")),
            environment: Arc::default(),
            egress,
            scrub: Scrub::new(&[]),
        };
        let scrub = sources.scrub.clone();
        let reload = Reload::start(file, &places.path("data"), Arc::clone(&sandbox), ledger.clone(), sources).await;
        let in_force = reload.newest();
        let stop = CancellationToken::new();
        tokio::spawn(reload.run(stop.clone()));
        let catalog = Arc::clone(&in_force.borrow().catalog);
        let toolbox = Toolbox::new(in_force.clone(), sandbox, ledger.clone(), scrub);
        Ok(Self { toolbox, catalog, in_force, ledger, roots, _reloading: stop.drop_guard() })
    }

    /// Calls a tool as the model would in the turn of a member with these roles.
    pub async fn call(&self, tool: &str, input: &str, roles: &[&str]) -> ToolResult {
        self.call_in("1", tool, input, roles).await.0
    }

    /// The same in a thread of this name, with everything that whoever watches was shown meanwhile.
    pub async fn call_in(&self, thread: &str, tool: &str, input: &str, roles: &[&str]) -> (ToolResult, Vec<ToolEvent>) {
        let caller = Caller {
            member: MemberId("test:1".into()),
            roles: roles.iter().map(|role| (*role).to_owned()).collect::<BTreeSet<_>>(),
            origin: Origin::Model,
        };
        let call = ToolCall {
            id: format!("toolu_{tool}"),
            name: tool.to_owned(),
            input: input.to_owned(),
            turn: TurnId("turn-1".into()),
            thread: ThreadId::new("test", thread),
            own: caller.roles.clone(),
            caller,
        };
        let (events, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let result = self.toolbox.call(call, events, CancellationToken::new()).await;
        (result, std::iter::from_fn(|| heard.try_recv().ok()).collect())
    }
}

/// The text with every approval in it signing the grants that its plugin has there, if it says nothing of grants.
pub fn signed(policy: &str) -> String {
    let plugins = Policy::parse(policy).map(|policy| policy.plugins).unwrap_or_default();
    let unsigned = plugins.iter().filter(|(_, table)| table.approved.as_ref().is_some_and(|it| it.grants.is_none()));
    unsigned.fold(policy.to_owned(), |text, (name, table)| {
        let header = format!("[plugin.{name}.approved]\n");
        text.replacen(&header, &format!("{header}grants = \"{}\"\n", table.grants_digest()), 1)
    })
}

/// The `approved` table for these bytes, without a word on grants. Empty where they can't be read.
pub fn approval(bytes: &[u8]) -> String {
    inspect(bytes).map(|found| found.approval("the test", None).to_toml(&found.manifest.name)).unwrap_or_default()
}
