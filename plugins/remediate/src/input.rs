//! What the tools are given.

use claudetools_kit::Failure;
use serde::Deserialize;

/// The input of any of the tools; the manifest says which fields each one takes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Input {
    /// The client, where the thread may name one.
    pub(crate) client: Option<String>,
    /// UPN, mail address or object id.
    pub(crate) user: String,
    /// Object id of what is changed: a rule, a grant, an assignment, a method, an app, a device.
    pub(crate) id: String,
    /// A rule that only Exchange shows.
    pub(crate) hidden: bool,
    /// Who has access to somebody else's mailbox.
    pub(crate) trustee: String,
    /// `full_access` or `send_as`.
    pub(crate) access: String,
    /// A sender's address.
    pub(crate) address: String,
}

/// The most characters of an id or address: nothing in Microsoft 365 is longer.
const LONGEST: usize = 400;

/// A field that the tool cannot do without, on one line.
pub(crate) fn needed<'a>(name: &str, value: &'a str) -> Result<&'a str, Failure> {
    let value = value.trim();
    if value.is_empty() || value.len() > LONGEST || value.chars().any(char::is_control) {
        return Err(Failure::Invalid(format!("`{name}` is needed, on one line of at most {LONGEST} characters")));
    }
    Ok(value)
}
