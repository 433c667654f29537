//! Where the values of `[secrets]` come from, and where they go: to the way out and to what takes them out of texts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use claudetools_egress::Egress;
use claudetools_policy::{Policy, SecretSource};
use claudetools_secrets::{Places, Scrub, Secrets};

/// The places of secrets. `Debug` is not implemented: it holds some.
#[derive(Clone)]
pub struct Sources {
    /// The directory of `plugins.toml`.
    pub base: PathBuf,
    /// The vault's directory, where there is one.
    pub vault: Option<PathBuf>,
    /// The settings, as the program was started with them.
    pub environment: Arc<BTreeMap<String, String>>,
    /// The way out, which puts values into requests.
    pub egress: Arc<Egress>,
    /// Learns every value before anybody else gets it.
    pub scrub: Scrub,
}

impl Sources {
    /// Reads the value of every secret of a policy: requests have these from here on, and none of those before. Answers
    /// one sentence for each that has no value, with what to do. Blocks.
    ///
    /// A call that needs one of those is refused; nothing else is kept from working.
    pub fn load(&self, policy: &Policy) -> Vec<String> {
        let env = |name: &str| self.environment.get(name).cloned();
        let places = Places { base: &self.base, vault: self.vault.as_deref(), env: &env };
        let (secrets, errors) = Secrets::load(policy, &places);
        secrets.teach(&self.scrub);
        self.egress.renew(Arc::new(secrets));
        errors.iter().map(|error| format!("{error}; calls that need it are refused")).collect()
    }

    /// The files that are read for a policy.
    pub fn files(&self, policy: &Policy) -> Vec<PathBuf> {
        let file = |source: &SecretSource| match source {
            SecretSource::File(path) => Some(self.base.join(path)),
            SecretSource::Vault { path, .. } => self.vault.as_ref().map(|vault| vault.join(path)),
            SecretSource::Env(_) | SecretSource::Token(_) => None,
        };
        policy.secrets.values().filter_map(|secret| file(secret.source.kept())).collect()
    }
}
