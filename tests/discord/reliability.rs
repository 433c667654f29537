//! The scenarios of the reliability plan, each through the real program: `tests/RELIABILITY.md` has the whole list.
//!
//! After each, `claudetools_tests::invariants` is held: what must be so whatever happened.

#[path = "reliability/company.rs"]
mod company;
#[path = "reliability/disk.rs"]
mod disk;
#[path = "reliability/kills.rs"]
mod kills;
#[path = "reliability/locked.rs"]
mod locked;
#[path = "reliability/model.rs"]
mod model;
#[path = "reliability/outside.rs"]
mod outside;
#[path = "reliability/plugins.rs"]
mod plugins;
#[path = "reliability/safe_mode.rs"]
mod safe_mode;
#[path = "reliability/stops.rs"]
mod stops;
