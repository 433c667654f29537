//! A review for people and machines.
//!
//! Whatever a plugin wrote is made harmless for the place it goes to: nothing that is invisible, reorders text or
//! drives a terminal gets through anywhere, and no markup where markup means something.

mod json;
mod markdown;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;

use crate::shown::line;
use crate::{Basis, Finding, Review, RiskKind, Rule, State};

/// The verdict in one line: `QUARANTINED · tickets 1.0.0 · risk 63 high · asks for more than it was granted`.
pub fn headline(review: &Review) -> String {
    let version = review.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let name = format!("{}{version}", review.name);
    let state = state(review);
    if review.state == State::Unreadable {
        return line(&format!("{state} · {name}"));
    }
    let of = if review.risk.basis == Basis::Asked { " as asked" } else { "" };
    let risk = format!("risk {} {}{of}", review.risk.total, review.risk.band.as_str());
    line(&format!("{state} · {name} · {risk} · {}", worst(review)))
}

fn state(review: &Review) -> &'static str {
    match review.state {
        State::Unreadable => "CANNOT READ",
        State::Quarantined => "QUARANTINED",
        State::Admitted if review.built_in => "BUILT IN",
        State::Admitted => "APPROVED",
    }
}

/// The worst of it in a few words: of what nobody granted so far, what it asks for; otherwise the first finding. That
/// nobody approved it is said by its state already.
fn worst(review: &Review) -> String {
    let effects = review.risk.lines.iter().filter(|line| line.kind == RiskKind::Effect);
    let heaviest: Vec<&str> = effects.take(2).map(|line| line.what.as_str()).collect();
    if review.risk.basis == Basis::Asked && !heaviest.is_empty() {
        return format!("asks for {}", heaviest.join(", "));
    }
    let other = review.findings.iter().find(|finding| finding.rule != Rule::NotApproved);
    other.or(review.findings.first()).map_or("nothing found", |finding| finding.rule.title()).to_owned()
}

/// ` (plugins.toml:12)`, where there is a line.
fn place(line: Option<usize>) -> String {
    line.map(|line| format!(" (plugins.toml:{line})")).unwrap_or_default()
}

/// A finding on one line.
fn finding(finding: &Finding) -> String {
    format!("{:<7} {} {}{}", finding.level.as_str(), finding.rule.id(), line(&finding.message), place(finding.line))
}
