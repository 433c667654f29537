//! Whether this machine can prove the rows of native programs.

use claudetools_jail::{LayerState, layers};

use crate::Attack;
use crate::row::Asked;

/// Set to `1` where a machine without the layers of a jail is to run the other rows.
const ALLOW: &str = "ALLOW_NO_JAIL";

type Split = (Vec<(Asked, Attack)>, Option<String>);

/// The rows that can be proven here, and a sentence about the others where there are some; an error where that is not
/// allowed.
#[expect(clippy::disallowed_methods, reason = "a setting of this test")]
pub fn proven(rows: Vec<(Asked, Attack)>) -> Result<Split, String> {
    let allowed = std::env::var_os(ALLOW).is_some_and(|value| value == "1");
    split(rows, missing(layers()), allowed)
}

fn split(rows: Vec<(Asked, Attack)>, missing: Vec<String>, allowed: bool) -> Result<Split, String> {
    let (jailed, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(asked, _)| asked.id.starts_with("EXE-"));
    if missing.is_empty() || jailed.is_empty() {
        return Ok((jailed.into_iter().chain(others).collect(), None));
    }
    let missing = missing.join("\n");
    match allowed {
        true => Ok((others, Some(format!("{} rows were NOT PROVEN: {missing}", jailed.len())))),
        false => Err(format!(
            "{} rows can't be proven here: {missing}\nWith {ALLOW}=1 the other rows are run.",
            jailed.len()
        )),
    }
}

/// What is missing of what is promised.
fn missing(layers: Vec<LayerState>) -> Vec<String> {
    layers.into_iter().filter(|state| state.layer.is_promised()).filter_map(|state| state.missing).collect()
}
