//! `tenant_sweep`: what is open in a tenant, and who came in.
//!
//! - [`call`]: what is asked and kept; [`run`]: one sweep; [`answer`]: how it is told.
//! - [`source`]: the questions; [`preflight`]: those that cannot be asked; [`gather`]: asking, with [`dns`] and [`deep`] for what
//!   takes more than one question.
//! - [`rows`]: what answers hold; [`known`]: all of them, or why there are none.
//! - [`checks`]: the table of checks and their rules, pure; [`judge`]: from rules to checks, verdict and score.
//! - [`last`]: the run before, and the difference.
//! - [`lists`], [`spf`], [`distance`]: what rules look things up in and reckon with.

mod answer;
mod call;
mod checks;
mod deep;
mod distance;
mod dns;
mod gather;
mod judge;
mod known;
mod last;
mod lists;
mod preflight;
mod rows;
mod run;
mod source;
mod spf;

#[cfg(test)]
mod tests;

pub use call::{Input, run};
