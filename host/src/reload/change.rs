//! What changed about the plugins while the program runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use claudetools_ledger::{Kind, Record};
use claudetools_policy::{Digest, Found, Held, Refusal};
use serde_json::{Value, json};

use crate::catalog::Catalog;

/// One change.
#[derive(Clone, Debug)]
pub enum Change {
    /// A component came, changed or went.
    Plugin(Box<PluginChange>),
    /// `plugins.toml` changed and was taken, save what is held.
    Taken {
        /// Of its text.
        digest: Digest,
        /// What of it is not in force.
        held: Vec<Held>,
    },
    /// `plugins.toml` changed and can't be used: what was in force before stays, whole.
    Kept {
        /// Why, with file, line and column, and that what was in force stays.
        error: String,
    },
}

/// What became of one file.
#[derive(Clone, Debug)]
pub struct PluginChange {
    /// Its manifest's name, or the file's where the manifest can't be read.
    pub name: String,
    /// Its manifest's version, where it can be read.
    pub version: Option<String>,
    /// Where it lies, or lay.
    pub file: PathBuf,
    /// Whether it may be called.
    pub state: State,
    /// What is in it, where it can be read.
    pub found: Option<Found>,
    /// What was in it before.
    pub before: Option<Found>,
}

/// Whether a component may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// As far as its callers and grants go.
    Admitted,
    /// It waits for a reviewer, or can't be loaded at all.
    Quarantined(Vec<Refusal>),
    /// The file is gone.
    Gone,
}

impl State {
    /// One word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Quarantined(_) => "in quarantine",
            Self::Gone => "gone",
        }
    }

    /// Every reason for a quarantine, in one line.
    pub fn reasons(&self) -> String {
        let Self::Quarantined(reasons) = self else { return String::new() };
        reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    fn codes(&self) -> Vec<&'static str> {
        let Self::Quarantined(reasons) = self else { return Vec::new() };
        reasons.iter().map(|reason| reason.code.as_str()).collect()
    }
}

impl Change {
    /// Tells the log, in one line.
    pub(super) fn log(&self) {
        match self {
            Self::Plugin(change) => change.log(),
            Self::Taken { held, .. } if held.is_empty() => tracing::info!("plugins.toml changed and is in force"),
            // Every sentence about what is not in force is in the log already.
            Self::Taken { .. } | Self::Kept { .. } => {}
        }
    }

    /// The row of the audit.
    pub(super) fn record(&self) -> Record {
        let (kind, detail) = match self {
            Self::Plugin(change) => (Kind::Admission, change.detail()),
            Self::Taken { digest, held } => {
                let held: Vec<String> = held.iter().map(ToString::to_string).collect();
                (Kind::Policy, json!({ "state": "taken", "digest": digest.to_string(), "held": held }))
            }
            Self::Kept { error } => (Kind::Policy, json!({ "state": "kept", "error": error })),
        };
        Record { kind, thread: None, turn: None, member: None, detail }
    }
}

impl PluginChange {
    /// Tells the log, in one line.
    pub(super) fn log(&self) {
        let (plugin, file) = (self.name.escape_debug(), self.file.to_string_lossy());
        let (file, state) = (file.escape_debug(), self.state.as_str());
        match &self.state {
            State::Quarantined(_) => tracing::warn!(%plugin, %file, reasons = self.state.reasons(), "{state}"),
            State::Admitted | State::Gone => tracing::info!(%plugin, %file, "{state}"),
        }
    }

    fn detail(&self) -> Value {
        json!({
            "plugin": self.name,
            "version": self.version,
            "file": self.file.to_string_lossy(),
            "state": self.state.as_str(),
            "component": self.found.as_ref().map(|found| found.component.to_string()),
            "codes": self.state.codes(),
        })
    }
}

/// Every file of a catalog, and what became of it. Built-in plugins are not among them: they can't change.
pub(super) type Files = BTreeMap<PathBuf, PluginChange>;

/// What there is to tell of a catalog.
pub(super) fn files(catalog: &Catalog) -> Files {
    let loaded = catalog.loaded.iter().filter_map(|loaded| {
        let (found, file) = (&loaded.admitted.found, loaded.file.clone()?);
        let (name, version) = (found.manifest.name.clone(), Some(found.manifest.version.clone()));
        Some(PluginChange { name, version, file, state: State::Admitted, found: Some(found.clone()), before: None })
    });
    let waiting = catalog.quarantine.iter().filter_map(|waiting| {
        Some(PluginChange {
            name: waiting.name.clone(),
            version: waiting.version.clone(),
            file: waiting.file.clone()?,
            state: State::Quarantined(waiting.reasons.clone()),
            found: waiting.found.as_deref().cloned(),
            before: None,
        })
    });
    loaded.chain(waiting).map(|change| (change.file.clone(), change)).collect()
}

/// What is in `after` and was not in `before`, and what is gone.
pub(super) fn between(before: &Files, after: &Files) -> Vec<Change> {
    let component = |change: &PluginChange| change.found.as_ref().map(|found| found.component);
    let same = |old: &PluginChange, new: &PluginChange| old.state == new.state && component(old) == component(new);
    let new = after.iter().filter(|(file, new)| before.get(*file).is_none_or(|old| !same(old, new)));
    let new = new.map(|(file, new)| {
        let old = before.get(file).and_then(|old| old.found.clone());
        PluginChange { before: old, ..new.clone() }
    });
    let gone = before.iter().filter(|(file, _)| !after.contains_key(*file)).map(|(_, old)| {
        let (before, state) = (old.found.clone(), State::Gone);
        PluginChange { state, found: None, before, ..old.clone() }
    });
    new.chain(gone).map(|change| Change::Plugin(Box::new(change))).collect()
}
