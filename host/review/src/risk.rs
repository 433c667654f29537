//! The score.

use serde::Serialize;

/// How risky a plugin is, for ordering and for comparing with before; not for truth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Risk {
    /// The sum of the lines.
    pub total: u32,
    /// Its band.
    pub band: Band,
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

/// One line of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskLine {
    /// What it adds.
    pub points: u32,
    /// For what, such as `fs.delete on repo/docs/**`.
    pub what: String,
    /// What would take points away, such as `drop `delete``, and how many.
    pub save: Option<(String, u32)>,
}
