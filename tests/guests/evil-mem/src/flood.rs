//! Gives back more than anybody asked for.

use claudetools_kit::{Failure, Output};

pub fn flood() -> Result<Output, Failure> {
    Ok(Output::text("x".repeat(40 << 20)))
}
