//! `tests/attacks/sabotage.toml`.

#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// One check, and what is there without it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sabotage {
    /// The switch.
    pub name: String,
    /// What does not hold any more, for readers.
    pub what: String,
    /// The rows that must fail then: of `attacks.toml` and of the two tables in `discord`.
    pub rows: Vec<String>,
    /// Where several checks stand behind each other, each of them.
    pub edits: Vec<Edit>,
}

/// One place of a source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Below the checkout.
    pub file: String,
    /// Text that stands there once: an expression or statement, or the head of a function for `first`.
    pub find: String,
    /// What stands in its place. `@on` in it is the switch; without one, the whole is behind the switch.
    pub put: Option<String>,
    /// What is done first in the function whose head was found.
    pub first: Option<String>,
    /// Without a switch, although it is the host's.
    #[serde(default)]
    pub always: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sabotage: Vec<Sabotage>,
}

impl Sabotage {
    /// Whether it needs a build of its own.
    pub fn is_for_good(&self) -> bool {
        self.edits.iter().any(Edit::is_for_good)
    }
}

impl Edit {
    /// Guests know no switch.
    fn is_for_good(&self) -> bool {
        self.always || self.file.starts_with("plugins/") || self.file.starts_with("tests/guests/")
    }

    /// The source with this change in it, behind the switch `on` where it can be.
    pub fn made_in(&self, source: &str, on: &str) -> Result<String> {
        // Another sabotage of the same place stands around what was there, which is the last of it.
        let at = source.rfind(&self.find).with_context(|| format!("{} has no {:?}", self.file, self.find))?;
        let (before, behind) = (&source[..at], &source[at + self.find.len()..]);
        Ok(format!("{before}{}{behind}", self.changed(on)))
    }

    fn changed(&self, on: &str) -> String {
        let (find, put) = (&self.find, self.put.as_deref().unwrap_or_default());
        match &self.first {
            Some(first) if self.is_for_good() => format!("{find} {first}"),
            None if self.is_for_good() => put.to_owned(),
            Some(first) => format!("{find} if {on} {{ {first} }}"),
            None if put.contains("@on") => put.replace("@on", on),
            None if find.ends_with(';') => format!("if {on} {{ {put} }} else {{ {find} }}"),
            None => format!("(if {on} {{ {put} }} else {{ {find} }})"),
        }
    }
}

/// The table of a checkout.
pub fn read(checkout: &Path) -> Result<Vec<Sabotage>> {
    let text = std::fs::read_to_string(checkout.join("tests/attacks/sabotage.toml"))?;
    let file: File = toml::from_str(&text).context("tests/attacks/sabotage.toml")?;
    Ok(file.sabotage)
}
