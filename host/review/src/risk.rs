//! The score.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::place::Places;
use crate::power::{self, Power};
use crate::rules::pairs::{self, Pair};
use crate::{Finding, Input, Level, Rule};

/// An approval older than this is to be looked at again.
const OLD: i64 = 180 * 86_400;

/// How risky a plugin is, for ordering and for comparing with before; not for truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// The sum of the lines.
    pub total: u32,
    /// Its band.
    pub band: Band,
    /// What was scored.
    pub basis: Basis,
    /// What it is the sum of, the heaviest first.
    pub lines: Vec<RiskLine>,
}

/// A range of scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// 0 to 19.
    #[default]
    Low,
    /// 20 to 49.
    Medium,
    /// 50 to 79.
    High,
    /// 80 and more: not to be approved without `--accept-high`.
    Extreme,
}

impl Band {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Extreme => "extreme",
        }
    }

    fn of(total: u32) -> Self {
        match total {
            0..20 => Self::Low,
            20..50 => Self::Medium,
            50..80 => Self::High,
            _ => Self::Extreme,
        }
    }
}

/// What a score is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// What is granted.
    #[default]
    Granted,
    /// What is asked for, as if it were granted whole: nothing is granted so far.
    Asked,
}

/// What a line of a score is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskKind {
    /// Something that it can do.
    Effect,
    /// Two of those together.
    Pair,
    /// How it was approved, and how it is used.
    State,
}

/// One line of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskLine {
    /// What it is for.
    pub kind: RiskKind,
    /// What it adds.
    pub points: u32,
    /// For what, such as `fs.delete on repo/docs/**`.
    pub what: String,
    /// What would take points away.
    pub save: Option<Save>,
}

/// What would take points away from a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Save {
    /// What to do, such as `drop `delete``.
    pub how: String,
    /// How many points that saves.
    pub points: u32,
}

/// As it is printed: `+12 fs.delete on repo/docs/a.md — drop `delete` to save 12`.
impl std::fmt::Display for RiskLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "+{} {}", self.points, self.what)?;
        self.save.as_ref().map_or(Ok(()), |save| write!(f, " — {} to save {}", save.how, save.points))
    }
}

impl RiskLine {
    /// A line that goes away as a whole.
    fn new(kind: RiskKind, points: u32, what: impl Into<String>, how: impl Into<String>) -> Self {
        Self { kind, points, what: what.into(), save: Some(Save { how: how.into(), points }) }
    }
}

/// Adds up what the plugin can do, which of it is dangerous together, and in which state it is. What cannot be read has
/// no score.
pub(crate) fn risk(input: &Input<'_>, places: &Places<'_>, findings: &[Finding]) -> Risk {
    if input.found().is_none() {
        return Risk::default();
    }
    let is_granted = input.table().is_some_and(|table| !table.grants.is_empty());
    let (basis, powers) = match is_granted {
        true => (Basis::Granted, power::granted(input, places)),
        false => (Basis::Asked, power::asked(input)),
    };
    let mut lines: Vec<RiskLine> = powers.iter().map(of_power).collect();
    lines.extend(pairs::pairs(input).into_iter().map(of_pair));
    lines.extend(of_state(input, findings));
    lines.retain(|line| line.points > 0);
    lines.sort_by_key(|line| std::cmp::Reverse(line.points));
    let total = lines.iter().map(|line| line.points).fold(0, u32::saturating_add);
    Risk { total, band: Band::of(total), basis, lines }
}

fn of_power(power: &Power) -> RiskLine {
    let (name, _) = power.effect.named();
    RiskLine::new(RiskKind::Effect, power.points(), format!("{name} on {}", power.place), power.without.clone())
}

fn of_pair(pair: Pair) -> RiskLine {
    RiskLine::new(RiskKind::Pair, pair.points, pair.what, pair.without)
}

/// What an approval and the use add.
fn of_state(input: &Input<'_>, findings: &[Finding]) -> Vec<RiskLine> {
    let unused = |finding: &&Finding| finding.rule == Rule::GrantedNotUsed && finding.level >= Level::Warning;
    let mut lines: Vec<RiskLine> = findings
        .iter()
        .filter(unused)
        .map(|_| RiskLine::new(RiskKind::State, 5, "a grant that is not used", "remove it"))
        .collect();
    if findings.iter().any(|finding| finding.rule == Rule::RefusedAttempts) {
        lines.push(RiskLine {
            kind: RiskKind::State,
            points: 10,
            what: "attempts that were refused".to_owned(),
            save: None,
        });
    }
    if !input.built_in {
        lines.extend(of_approval(input));
    }
    lines
}

fn of_approval(input: &Input<'_>) -> Vec<RiskLine> {
    let approved = input.table().and_then(|table| table.approved.as_ref());
    let mut lines = Vec::new();
    if approved.is_none_or(|approved| approved.signature.is_none()) {
        lines.push(RiskLine::new(RiskKind::State, 10, "an approval without a signature", "sign it"));
    }
    let at = approved.and_then(|approved| seconds(&approved.at));
    if at.is_some_and(|at| input.now.saturating_sub(at) > OLD) {
        lines.push(RiskLine::new(
            RiskKind::State,
            10,
            "an approval older than 180 days",
            "review and approve it again",
        ));
    }
    lines
}

/// Seconds since 1970 of a time in RFC 3339.
fn seconds(at: &str) -> Option<i64> {
    let format = &time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(at, format).ok().map(time::OffsetDateTime::unix_timestamp)
}
