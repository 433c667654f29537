//! `confirm` of a grant: which effects a person has to confirm first.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::Spanned;

use super::check::check_role;
use super::grants::Known;
use super::low;
use super::place::{Fault, distinct};
use crate::path::shown;
use crate::{Code, Refusal, RoleName};

/// Who has to say yes before an effect of a grant happens, and when. The default asks nobody.
///
/// There are no confirmations yet, so that every effect of a grant that wants one is refused (`confirm.needed`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// Before which effects.
    pub when: ConfirmWhen,
    /// Roles of which one is needed to confirm; never empty unless `when` is `never`.
    pub by: BTreeSet<RoleName>,
    /// Whether somebody else than the person who asked has to confirm.
    pub two_person: bool,
    /// How long the question stands. Default 5 minutes.
    pub ttl: Duration,
    /// What the question shows.
    pub show: ConfirmShow,
}

/// Before which effects a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmWhen {
    /// Before none.
    Never,
    /// Before the first of its shape in a thread.
    First,
    /// Before each in a turn that read something untrusted or sensitive.
    Tainted,
    /// Before each.
    Always,
}

/// What the question shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfirmShow {
    /// The effect in words: what is done, to what.
    Effect,
    /// What changes in a file.
    Diff,
}

impl Default for Confirm {
    fn default() -> Self {
        Self {
            when: ConfirmWhen::Never,
            by: BTreeSet::new(),
            two_person: false,
            ttl: Duration::from_secs(300),
            show: ConfirmShow::Effect,
        }
    }
}

impl Confirm {
    /// Whether some effects have to be confirmed. Which ones is not told apart: nobody can be asked.
    pub(crate) fn is_needed(&self) -> bool {
        self.when != ConfirmWhen::Never
    }

    /// The refusal of an effect that a person would have to confirm.
    pub(crate) fn refusal(effect: &str) -> Refusal {
        let message = format!(
            "A person has to confirm `{}` first; this version cannot ask anybody, so it is refused.",
            shown(effect)
        );
        let hint = "in the grant: confirm = { when = \"never\" }, or leave `confirm` out";
        Refusal::new(Code::ConfirmNeeded, message).hinted(hint)
    }
}

impl Known<'_> {
    /// Checks the `confirm` of a grant; none means that nobody is asked.
    pub fn confirm(&self, typed: Option<&Spanned<low::Confirm>>) -> Result<Confirm, Fault> {
        let Some(place) = typed else { return Ok(Confirm::default()) };
        let typed = place.as_ref();
        for role in &typed.by {
            check_role(role, |role| self.roles.contains_key(role))?;
        }
        if typed.when != ConfirmWhen::Never && typed.by.is_empty() {
            return Err(Fault::at(place, "`by` names no role; say who may confirm, such as `by = [\"tech\"]`"));
        }
        let usual = Confirm::default();
        Ok(Confirm {
            when: typed.when,
            by: distinct(typed.by.clone())?,
            two_person: typed.two_person,
            ttl: typed.ttl.map_or(usual.ttl, |time| time.0),
            show: typed.show.unwrap_or(usual.show),
        })
    }
}
