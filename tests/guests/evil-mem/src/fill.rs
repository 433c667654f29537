//! Writes to scratch until there is no room.

use std::io::Write as _;

use claudetools_kit::{Failure, Output};

pub fn fill() -> Result<Output, Failure> {
    let failed = |error: std::io::Error| Failure::Refused(error.to_string());
    let mut file = std::fs::File::create("/scratch/full").map_err(failed)?;
    let block = vec![7; 1 << 20];
    loop {
        file.write_all(&block).map_err(failed)?;
    }
}
