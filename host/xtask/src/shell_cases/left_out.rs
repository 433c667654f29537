//! The cases that are left out, each group with its reason.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

/// `tests/shell/left_out.toml`.
pub struct LeftOut(BTreeMap<String, String>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    group: Vec<Group>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: String,
    cases: Vec<String>,
}

impl LeftOut {
    /// Reads it.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{} is not there", path.display()))?;
        let document: Document = toml::from_str(&text)?;
        let named = |group: Group| {
            let reason = group.reason;
            group.cases.into_iter().map(move |case| (case, reason.clone()))
        };
        Ok(Self(document.group.into_iter().flat_map(named).collect()))
    }

    /// Why a case is left out.
    pub fn reason(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}
