//! What is in force: one value that a reload replaces whole, so that nobody ever sees a half of it.

use std::sync::Arc;

use claudetools_policy::Policy;
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
}

/// The newest of what is in force.
pub type Newest = watch::Receiver<Arc<InForce>>;

impl InForce {
    /// What never changes: for a command that runs one call, and for tests.
    pub fn fixed(catalog: Catalog, policy: Policy) -> Newest {
        let (catalog, policy) = (Arc::new(catalog), Arc::new(policy));
        watch::channel(Arc::new(Self { catalog, policy, notices: Vec::new() })).1
    }
}
