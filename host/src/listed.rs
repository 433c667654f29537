//! A plugin as `claudetools plugin list` and `/plugins` show it.

use std::path::Path;

use claudetools_policy::{Found, Policy, Refusal};

use crate::catalog::Catalog;

/// A plugin, whatever became of it.
pub struct Listed<'a> {
    /// Its manifest's name, or its file's where that can't be read.
    pub name: &'a str,
    /// Where it lies; `None` for a built-in one.
    pub file: Option<&'a Path>,
    /// What is in it, where it can be read.
    pub found: Option<&'a Found>,
    /// Why it does not run, every reason; empty where it does.
    pub reasons: &'a [Refusal],
}

impl<'a> Listed<'a> {
    /// Every plugin of a catalog, the built-in ones first.
    pub fn all(catalog: &'a Catalog) -> Vec<Self> {
        let loaded = catalog.loaded.iter().map(|loaded| Self {
            name: &loaded.admitted.found.manifest.name,
            file: loaded.file.as_deref(),
            found: Some(&loaded.admitted.found),
            reasons: &[],
        });
        let waiting = catalog.quarantine.iter().map(|waiting| Self {
            name: &waiting.name,
            file: waiting.file.as_deref(),
            found: waiting.found.as_deref(),
            reasons: &waiting.reasons,
        });
        let mut all: Vec<Self> = loaded.chain(waiting).collect();
        all.sort_by(|one, other| (one.file, one.name).cmp(&(other.file, other.name)));
        all
    }

    /// One line on what it is, and one for each thing that keeps it from being called.
    pub fn text(&self, policy: &Policy) -> String {
        let version = self.found.map_or("?", |found| &found.manifest.version);
        let name = self.name.escape_debug();
        let place = self.file.map(|file| file.display().to_string()).unwrap_or_default();
        let mut parts = vec![format!("{name} {version}"), self.state().to_owned(), place, self.tools().join(", ")];
        parts.retain(|part| !part.is_empty());
        let mut text = parts.join(" · ") + "\n";
        for reason in self.reasons {
            text.push_str(&format!("  {reason}\n"));
        }
        if self.reasons.is_empty() && self.by_nobody(policy) {
            text.push_str("  callable by nobody: no `callers` in plugins.toml\n");
        }
        text
    }

    /// Where it stands.
    pub fn state(&self) -> &'static str {
        match self.file {
            _ if !self.reasons.is_empty() => "quarantine",
            None => "built in",
            Some(_) => "approved",
        }
    }

    /// The names of its tools.
    pub fn tools(&self) -> Vec<&'a str> {
        let tools = self.found.map(|found| found.manifest.tools.as_slice()).unwrap_or_default();
        tools.iter().map(|tool| tool.name.as_str()).collect()
    }

    /// Whether its table names nobody who may call it.
    pub fn by_nobody(&self, policy: &Policy) -> bool {
        policy.plugins.get(self.name).is_none_or(|table| table.roles.is_empty() || table.origins.is_empty())
    }
}
