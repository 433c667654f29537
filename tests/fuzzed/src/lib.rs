//! What holds for any bytes from outside, one check for each place where they come in.
//!
//! Each function takes bytes and panics where a promise is broken. libFuzzer calls them with what it makes up
//! (`tests/fuzz`), the test `corpus` with the files that are kept (`tests/corpus`), so that both hold the same promises.
//! No check needs a file or the network; [`abi()`] keeps compiled code in a directory of its own.
//!
//! - [`manifest()`], [`plugins_toml()`], [`target()`], [`path()`]: what authors, operators and guests write.
//! - [`sse()`]: what a model's server sends.
//! - [`abi()`]: components, made up and mangled, from their bytes to the end of a call.
//! - [`scrub()`]: secrets on their way out.
//!
//! Start reading at [`TARGETS`].

#![forbid(unsafe_code)]
#![expect(clippy::expect_used, reason = "a broken promise ends the run")]

mod abi;
mod fixture;
mod manifest;
mod path;
mod plugins_toml;
mod scrub;
mod sse;
mod target;

pub use abi::abi;
pub use manifest::manifest;
pub use path::path;
pub use plugins_toml::plugins_toml;
pub use scrub::scrub;
pub use sse::sse;
pub use target::target;

/// A check: panics where these bytes break a promise.
pub type Check = fn(&[u8]);

/// Every check by the name of its fuzz target and of its directory in `tests/corpus`.
pub const TARGETS: &[(&str, Check)] = &[
    ("abi", abi),
    ("manifest", manifest),
    ("path", path),
    ("plugins_toml", plugins_toml),
    ("scrub", scrub),
    ("sse", sse),
    ("target", target),
];
