//! What a reviewer reads: asked, granted, imported and used on one page, with findings and an explained risk.
//!
//! Pure, like policy: data in, findings and text out. No clock, no files, no colours.
//!
//! - [`Input`]: everything known of one plugin; [`review()`] makes a [`Review`] of it.
//! - [`Rule`]: the table of what is looked for, PLG001 to PLG021; [`Finding`]: one hit.
//! - [`Risk`]: the score, each line with what would lower it.
//! - [`Changes`]: what differs from the approved version; part of a review, or [`diff()`] alone.
//! - [`why()`]: one call against one plugin, each condition with the line that decides.
//! - [`narrower`]: the grant that covers what was used and no more.
//! - [`render`]: a review as text, Markdown, JSON and SARIF; [`Verdict`]: the exit code.
//!
//! Start reading at [`review()`].

#![forbid(unsafe_code)]

mod column;
mod diff;
#[cfg(test)]
mod fixture;
mod input;
mod narrow;
mod place;
mod power;
#[cfg(test)]
mod properties;
pub mod render;
mod review;
mod risk;
mod rule;
mod rules;
mod shown;
mod verdict;
mod why;
mod words;

pub use column::Entry;
pub use diff::{Changes, Rewording, diff};
pub use input::{Baseline, Disk, GrantUse, Input, Subject, Used};
pub use narrow::narrower;
pub use review::{Pair, Review, State, review};
pub use risk::{Band, Basis, Risk, RiskKind, RiskLine, Save};
pub use rule::{Finding, Level, Rule};
pub use rules::old_wasmtime;
pub use verdict::Verdict;
pub use why::{Answer, Call, CallError, Predicate, Why, why};
