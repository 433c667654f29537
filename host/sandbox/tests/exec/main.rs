//! Native programs of a real guest, which `cargo xtask guests` makes of `tests/guests/evil-exec`: granted, decided on,
//! jailed, streamed, ended. The jail's own promises are tested where it is; here, that they reach the guest.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod ends;

#[expect(dead_code, reason = "it uses a part of what the other tests do")]
#[path = "../guest/mod.rs"]
mod guest;
mod house;
mod limits;
mod network;
mod refused;
mod repository;
mod streams;
