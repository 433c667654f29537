//! The plugins there are: one admission path for the built-in ones and for files, at start and while the bot runs.
//!
//! A catalog is a value that never changes. A reload makes the next one out of it with a [`Draft`]: code that is
//! compiled is kept, and a call that runs keeps what it runs.

mod draft;
mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools_policy::{Admitted, Code, Found, Policy, Refusal};
use claudetools_sandbox::{Plugin, Sandbox};
use tokio_util::sync::CancellationToken;

pub use draft::Draft;
pub use files::places;

/// Every plugin that was found, and what became of it.
#[derive(Clone, Default)]
pub struct Catalog {
    /// Those that may be called, as far as their callers and grants go.
    pub loaded: Vec<Arc<Loaded>>,
    /// Those that wait for a reviewer, or can't be loaded at all.
    pub quarantine: Vec<Quarantined>,
    by_tool: BTreeMap<String, usize>,
    /// What ends the running calls of a plugin whose approval is taken back, by its name.
    revocations: BTreeMap<String, CancellationToken>,
}

/// A plugin that may be called.
pub struct Loaded {
    /// Compiled.
    pub plugin: Plugin,
    /// What every decision about it reads.
    pub admitted: Admitted,
    /// Where it lies; `None` for a built-in one.
    pub file: Option<PathBuf>,
    /// Cancelled when its approval is taken back; calls that run then are to end.
    pub revoked: CancellationToken,
}

/// A component that may not be called.
#[derive(Clone, Debug)]
pub struct Quarantined {
    /// Its manifest's name, or the file's name where the manifest can't be read.
    pub name: String,
    /// Its manifest's version, where it can be read.
    pub version: Option<String>,
    /// Where it lies; `None` for a built-in one.
    pub file: Option<PathBuf>,
    /// Every reason.
    pub reasons: Vec<Refusal>,
    /// What a review needs of it, where it can be read.
    pub found: Option<Box<Found>>,
}

impl Catalog {
    /// Finds, judges and compiles every plugin: the built-in ones, those that `plugins.toml` names, and
    /// what lies in `plugins/` beside it.
    pub async fn load(sandbox: &Sandbox, policy: &Policy, base: &Path) -> Self {
        let mut draft = Draft::new(policy, base, &Self::default());
        draft.compile(sandbox).await;
        draft.catalog()
    }

    /// The plugin that has this tool.
    pub fn with_tool(&self, tool: &str) -> Option<&Arc<Loaded>> {
        self.by_tool.get(tool).map(|index| &self.loaded[*index])
    }
}

/// The refusal of a call to a tool that no plugin has.
pub fn unknown_tool(name: &str) -> Refusal {
    Refusal::new(Code::CallerOrigin, format!("there is no tool named `{}` here", name.escape_debug()))
}
