//! What is in force: one value that a reload replaces whole, so that nobody ever sees a half of it.

use std::sync::Arc;

use claudetools_policy::{Held, Policy};
use tokio::sync::watch;

use crate::catalog::Catalog;

/// The plugins and the policy, as they belong together.
#[derive(Clone)]
pub struct InForce {
    /// The plugins.
    pub catalog: Arc<Catalog>,
    /// Who may do what. Its `[roots]` are those that were opened at start.
    pub policy: Arc<Policy>,
    /// What `plugins.toml` says and is not in force, one sentence each, for the person who runs the program.
    pub notices: Vec<String>,
    /// What a reviewer reads and approves.
    pub written: Arc<Written>,
}

/// `plugins.toml` as it was read last, where it could be parsed: what it asks for, whether or not that is in force.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its text.
    pub text: String,
    /// What it says.
    pub policy: Policy,
    /// What of it is not in force.
    pub held: Vec<Held>,
}

impl Written {
    /// A file that is in force whole.
    pub fn whole(text: String, policy: Policy) -> Arc<Self> {
        Arc::new(Self { text, policy, held: Vec::new() })
    }

    /// Whether a plugin runs under an older table than the one that is written.
    pub fn holds_back(&self, plugin: &str) -> bool {
        self.held.iter().any(|held| held.table.strip_prefix("plugin.") == Some(plugin))
    }
}

/// The newest of what is in force.
pub type Newest = watch::Receiver<Arc<InForce>>;

impl InForce {
    /// What never changes: for a command that runs one call, and for tests.
    pub fn fixed(catalog: Catalog, policy: Policy) -> Newest {
        let written = Written::whole(String::new(), policy.clone());
        let (catalog, policy) = (Arc::new(catalog), Arc::new(policy));
        watch::channel(Arc::new(Self { catalog, policy, notices: Vec::new(), written })).1
    }
}
