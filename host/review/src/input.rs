//! What a review is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use claudetools_policy::{Access, Code, Digest, Found, Manifest, PluginPolicy, Policy, Refusal, RootName};

/// Everything known of one plugin.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Its name: of the manifest, or of its table or file where that cannot be read.
    pub name: &'a str,
    /// What was found in its file.
    pub subject: Subject<'a>,
    /// Where its file is, as `plugins.toml` has it; `None` for a part of the program.
    pub file: Option<&'a str>,
    /// Whether its approval is the program itself.
    pub built_in: bool,
    /// Why the host does not run it, every reason; empty when it runs.
    pub reasons: &'a [Refusal],
    /// The policy as it was read from `text`.
    pub policy: &'a Policy,
    /// The text of `plugins.toml`, for lines and examples.
    pub text: &'a str,
    /// What was approved before, where it was kept.
    pub baseline: Option<Baseline<'a>>,
    /// What the audit says of its use; `None` when nobody looked.
    pub used: Option<&'a Used>,
    /// What its grants are compared with on the disk; `None` when nobody looked.
    pub disk: Option<&'a Disk>,
    /// The manifests of the other plugins, whose names it may not take.
    pub others: &'a [&'a Manifest],
    /// The time of the review in seconds since 1970.
    pub now: i64,
    /// The version of wasmtime in this program, such as `48.0.8`.
    pub wasmtime: &'a str,
}

impl<'a> Input<'a> {
    /// Its table of `plugins.toml`.
    pub fn table(&self) -> Option<&'a PluginPolicy> {
        self.policy.plugins.get(self.name)
    }

    /// The component, where it could be read.
    pub fn found(&self) -> Option<&'a Found> {
        match self.subject {
            Subject::Found(found) => Some(found),
            Subject::Unreadable(_) => None,
        }
    }
}

/// What was found in the file of a plugin.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A component with a manifest.
    Found(&'a Found),
    /// Nothing that can be reviewed, and why.
    Unreadable(&'a Refusal),
}

/// What was approved before: the component and the policy of that time.
#[derive(Clone, Copy, Debug)]
pub struct Baseline<'a> {
    /// The component, looked at again.
    pub found: &'a Found,
    /// The policy it was approved under.
    pub policy: &'a Policy,
}

/// What is on the disk of what a plugin's grants name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// The digest of each native program; one that can't be read is left out.
    pub programs: BTreeMap<PathBuf, Digest>,
    /// Roots with the patterns of `fs` grants that fit nothing in them.
    pub barren: BTreeSet<(RootName, String)>,
}

/// What the audit says of a plugin's use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// How many days of audit were looked at: no more than there are, and than the plugin has been there.
    pub days: u32,
    /// What was allowed, by grant id.
    pub grants: BTreeMap<String, GrantUse>,
    /// What was refused: how often, by code.
    pub refused: BTreeMap<Code, u64>,
}

/// What one grant allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantUse {
    /// How many effects.
    pub count: u64,
    /// When the last one was, in seconds since 1970.
    pub last: Option<i64>,
    /// The files: paths below the grant's root, and what was done to each.
    pub files: BTreeMap<String, BTreeSet<Access>>,
    /// The requests and the starts of programs as the audit shows them: `GET https://host/path?name=…`, `git log`.
    pub requests: BTreeSet<String>,
    /// Whether there was more than is listed here: nothing narrower can then be proposed.
    pub more: bool,
}
