//! The outcome of a review as an exit code.

#[cfg(test)]
mod tests;

use crate::{Level, Review, State};

/// What a command that reviews ends with. Code 2 is for wrong usage and never comes from a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Approved, and nothing at or above the level asked for.
    Clean,
    /// Approved, with findings at or above the level asked for.
    Findings,
    /// Somebody has to approve it first, or the host does not run it.
    NotApproved,
    /// There is nothing to review.
    CannotRead,
}

impl Verdict {
    /// The verdict on several reviews: the worst of each.
    pub fn of<'a>(reviews: impl IntoIterator<Item = &'a Review>, fail_on: Level) -> Self {
        reviews.into_iter().map(|review| Self::one(review, fail_on)).max().unwrap_or(Self::Clean)
    }

    fn one(review: &Review, fail_on: Level) -> Self {
        match review.state {
            State::Unreadable => Self::CannotRead,
            State::Quarantined => Self::NotApproved,
            State::Admitted if review.findings.iter().any(|finding| finding.level >= fail_on) => Self::Findings,
            State::Admitted => Self::Clean,
        }
    }

    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::NotApproved => 3,
            Self::CannotRead => 4,
        }
    }
}
