//! A small company: a repository, a vault, a place outside every root, plugins, a ledger, and tools over them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools::catalog::Catalog;
use claudetools::toolbox::Toolbox;
use claudetools_agent::tools::{ToolCall, ToolResult, Tools as _};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_chat::render::Scrub;
use claudetools_ledger::Ledger;
use claudetools_policy::{Caller, MemberId, Origin, Policy};
use claudetools_sandbox::{Compiler, Roots, Sandbox, Settings, inspect};
use tokio_util::sync::CancellationToken;

/// A file outside every root; no test may change it, and none may show it.
pub const CANARY: &str = "CANARY-7f3a\n";

/// The directories of a company, under one temporary directory.
pub struct Places {
    /// Gone with this value.
    pub temp: tempfile::TempDir,
}

impl Places {
    /// A repository with documents, sources, git's files and an environment file; a vault; a place outside.
    pub fn new() -> std::io::Result<Self> {
        let places = Self { temp: tempfile::tempdir()? };
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
    /// The plugins, and what waits in quarantine.
    pub catalog: Arc<Catalog>,
    /// The audit, among others.
    pub ledger: Ledger,
    /// The roots, opened.
    pub roots: Arc<Roots>,
}

impl Company {
    /// Opens everything under this policy, whose components lie in `base/plugins`.
    pub async fn open(places: &Places, policy: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let policy = Policy::parse(policy)?;
        let roots =
            BTreeMap::from([("repo".to_owned(), places.path("repo")), ("vault".to_owned(), places.path("vault"))]);
        let roots = Arc::new(Roots::open(&policy, roots)?);
        let settings = Settings {
            cache_dir: crate::built::target().join("guests-compiled"),
            scratch_dir: places.path("data/scratch"),
            compiler: Compiler::InProcess,
        };
        let sandbox = Arc::new(Sandbox::new(settings, Arc::clone(&roots))?);
        let catalog = Arc::new(Catalog::load(&sandbox, &policy, &places.path("base")).await);
        let ledger = Ledger::open(&places.path("data")).await?;
        let toolbox = Toolbox::new(Arc::clone(&catalog), sandbox, ledger.clone(), Scrub::new(&[]));
        Ok(Self { toolbox, catalog, ledger, roots })
    }

    /// Calls a tool as the model would in the turn of a member with these roles.
    pub async fn call(&self, tool: &str, input: &str, roles: &[&str]) -> ToolResult {
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
            thread: ThreadId::new("test", "1"),
            caller,
        };
        let (events, _unheard) = tokio::sync::mpsc::unbounded_channel();
        self.toolbox.call(call, events, CancellationToken::new()).await
    }
}

/// The `approved` table for these bytes. Empty where they can't be read.
pub fn approval(bytes: &[u8]) -> String {
    inspect(bytes).map(|found| found.approval("the test", None).to_toml(&found.manifest.name)).unwrap_or_default()
}
