//! Admission: found bytes against what the operator and the reviewer wrote.

use std::collections::BTreeSet;

use crate::{Digest, Limits, Manifest, Policy, Refusal};

/// What the loader found in a component's bytes, without running any of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// Digest of the bytes.
    pub component: Digest,
    /// The embedded manifest.
    pub manifest: Manifest,
    /// Every imported instance, such as `wasi:io/streams@0.2.6`.
    pub imports: BTreeSet<String>,
    /// Every exported instance.
    pub exports: BTreeSet<String>,
    /// The length of the component.
    pub bytes: u64,
}

impl Found {
    /// The digest of the sorted import names, each followed by a line feed.
    pub fn imports_digest(&self) -> Digest {
        todo!()
    }
}

/// What becomes of a component.
#[derive(Clone, Debug)]
pub enum Admission {
    /// It may be called, as far as its grants and callers go.
    Admitted(Admitted),
    /// It waits for a reviewer: listed, callable by nobody, its strings never shown to the model.
    Quarantined(Vec<Refusal>),
}

/// An admitted plugin: everything that a decision about its calls reads.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What it is.
    pub found: Found,
    /// What it may do: its table of `plugins.toml`.
    pub policy: crate::PluginPolicy,
    /// Whether its approval is the binary itself.
    pub built_in: bool,
}

impl Admitted {
    /// The limits of each of its calls.
    pub fn limits(&self) -> &Limits {
        &self.policy.limits
    }
}

/// Decides whether a component may be loaded.
///
/// Quarantine, with every reason: no table or no approval (`supply.unapproved`), bytes or manifest that
/// are not the approved ones (`supply.digest`), changed imports (`supply.import`), changed strings
/// (`supply.strings`); an import of one of our interfaces that the manifest does not ask for
/// (`supply.import`, built-in or not); a missing `claudetools:plugin/tool` export (`proto.export`).
/// A built-in plugin without a table is admitted with no callers and no grants.
pub fn admit(_found: Found, _policy: &Policy, _built_in: bool) -> Admission {
    todo!()
}

/// Which of these plugins (by index) share a name or a tool's name with another: both are to be refused
/// with `supply.duplicate`, but a built-in one stays when the other is not built in.
pub fn shadowed(_plugins: &[&Admitted]) -> Vec<(usize, Refusal)> {
    todo!()
}
