//! Inbox rules: what they do, whoever they are read from, and what that means.
//!
//! - [`MailRule`] is one rule; [`of_graph`] and [`of_exchange`] read it.
//! - [`judge`] says what is wrong with one.

mod judge;
mod read;
mod words;

#[cfg(test)]
mod tests;

pub use judge::{SHARED_TARGET, hidden, judge};
pub use read::{is_system, of_exchange, of_graph, of_sweep};

/// Where a rule moves mail to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Folder {
    /// Nowhere.
    #[default]
    None,
    /// A folder by its name, without the folders above it.
    Named(String),
    /// A folder whose name is not known, by its id.
    Unknown(String),
}

/// One inbox rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailRule {
    /// What Graph or Exchange knows it by.
    pub id: String,
    /// What its maker called it.
    pub name: String,
    /// Whether it is in force.
    pub enabled: bool,
    /// Where it sends mail: addresses, or names within the organization.
    pub sends_to: Vec<String>,
    /// Where it moves mail.
    pub folder: Folder,
    /// Whether what it handles looks read.
    pub marks_read: bool,
    /// Whether no rule after it runs.
    pub stops: bool,
    /// Whether it deletes.
    pub deletes: bool,
    /// Whether it is for some mail only.
    pub has_condition: bool,
    /// The words that it looks for.
    pub words: Vec<String>,
}
