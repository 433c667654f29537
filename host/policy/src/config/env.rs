//! `env` grants: variables of a guest's own configuration.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::grants::Known;
use super::low;
use super::place::Fault;
use super::secret::check_variable;
use super::{Grant, GrantKind, SecretSource};

/// The longest value in bytes: it is configuration, not data.
const MAX_VALUE: usize = 4 << 10;

impl Known<'_> {
    pub fn env(&self, typed: &low::Grant) -> Result<BTreeMap<String, String>, Fault> {
        let needs = || Fault::at(&typed.kind, "an `env` grant needs `values`, such as { REGION = \"eu\" }");
        let values = typed.values.as_ref().filter(|values| !values.is_empty()).ok_or_else(needs)?;
        for (name, value) in values {
            check_variable(name)?;
            if self.holds_a_secret(name.as_ref()) {
                let message =
                    format!("`{}` holds a secret of the host; a plugin gets secrets in requests only", name.as_ref());
                return Err(Fault::at(name, message));
            }
            if self.holds_a_secret(value.as_ref()) {
                let message = format!(
                    "`{}` is the name of a variable that holds a secret; nothing is expanded here",
                    value.as_ref()
                );
                return Err(Fault::at(value, message));
            }
            if value.as_ref().len() > MAX_VALUE || value.as_ref().contains(char::is_control) {
                return Err(Fault::at(value, "expected one line of at most 4 KiB"));
            }
        }
        Ok(values.iter().map(|(name, value)| (name.as_ref().clone(), value.as_ref().clone())).collect())
    }

    fn holds_a_secret(&self, variable: &str) -> bool {
        let is_source =
            |source: &SecretSource| matches!(source, SecretSource::Env(name) if name.eq_ignore_ascii_case(variable));
        self.secrets.values().any(|secret| is_source(secret.source.kept()))
    }
}

/// A variable that an earlier grant gives some tool of this one too: nobody could tell which value holds.
pub(super) fn given_twice<'g>(earlier: &[Grant], grant: &'g Grant) -> Option<&'g str> {
    let GrantKind::Env(values) = &grant.kind else { return None };
    let shares_a_tool =
        |other: &&Grant| other.tools.is_empty() || grant.tools.is_empty() || !other.tools.is_disjoint(&grant.tools);
    let has = |other: &Grant, name: &str| matches!(&other.kind, GrantKind::Env(values) if values.contains_key(name));
    values.keys().map(String::as_str).find(|name| earlier.iter().filter(shares_a_tool).any(|other| has(other, name)))
}
