//! Plugins and policy that change while the bot runs: what takes effect, when, and for whom.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "reload/bad_files.rs"]
mod bad_files;
#[path = "reload/files.rs"]
mod files;
#[path = "reload/house.rs"]
mod house;
#[path = "reload/policy.rs"]
mod policy;
#[path = "reload/secrets.rs"]
mod secrets;
