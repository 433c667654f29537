//! The front against the fake Discord, with the real desk, ledger and client behind it.

#![expect(clippy::unwrap_used, reason = "tests")]

mod commands;
mod deliveries;
mod gaps;
mod health;
mod mentions;
mod startup;
mod stops;
mod world;
