//! Gives back more than anybody asked for, and asks for more than anybody needs.

use claudetools_kit::{Failure, Output};

pub fn flood() -> Result<Output, Failure> {
    Ok(Output::text("x".repeat(40 << 20)))
}

/// Asks for this many random bytes at once, through the hash seed of std where the target gives no other way.
pub fn random(bytes: u64) -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    (0..bytes / 16).fold(0, |sum, _| sum ^ RandomState::new().hash_one(sum))
}
