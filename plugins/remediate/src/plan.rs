//! A plan: one change, with what it starts from and how to see that it has happened.

use claudetools_graph::{Ask, Gap, Tenant};
use claudetools_kit::Failure;
use serde_json::Value;

use crate::input::Input;

/// Reads what a plan changes, in the plan's own shape.
pub(crate) type Read = Box<dyn Fn(&mut Tenant<'_>) -> Result<Value, Gap>>;
/// Whether what was read is what the plan wants.
pub(crate) type Done = Box<dyn Fn(&Value) -> bool>;

/// What every cmdlet needs, beside a role of the app in the tenant.
pub(crate) const EXCHANGE: &[&str] = &["Exchange.ManageAsApp"];

/// One tool.
pub(crate) struct Action {
    /// Its name.
    pub(crate) tool: &'static str,
    /// What it does, after "to": `disable the account`.
    pub(crate) does: &'static str,
    /// Application permissions of which one is enough.
    pub(crate) needs: &'static [&'static str],
    /// Reads what is there and makes a plan of it.
    pub(crate) plan: fn(&mut Tenant<'_>, &Input) -> Result<Plan, Failure>,
}

/// One change.
pub(crate) struct Plan {
    /// What is changed, for people; harmless.
    pub(crate) target: String,
    /// What is there now.
    pub(crate) before: Value,
    /// The change: sent once, whatever comes.
    pub(crate) write: Ask,
    pub(crate) read: Read,
    pub(crate) done: Done,
    /// How it is taken back; `None` where it need not or cannot be.
    pub(crate) undo: Option<String>,
    /// What whoever says yes has to know.
    pub(crate) notes: Vec<String>,
}

/// Why there is no plan: what could not be read.
pub(crate) fn unread(what: &str, gap: &Gap) -> Failure {
    use claudetools_graph::Class;
    let sentence = format!("{what} cannot be read: {}. Nothing was changed", gap.detail);
    match gap.class {
        Class::NotFound => Failure::Invalid(format!("{what} is not there: {}. Nothing was changed", gap.detail)),
        Class::NotPermitted | Class::NotLicensed => Failure::Refused(sentence),
        Class::Unavailable | Class::Malformed => Failure::Unavailable(sentence),
    }
}
