//! Opens a file again and again and never closes it.

use claudetools_kit::{Failure, Output};

pub fn hoard(path: &str) -> Result<Output, Failure> {
    let mut held = 0u64;
    loop {
        match std::fs::File::open(path) {
            Ok(file) => std::mem::forget(file),
            Err(error) => return Err(Failure::Internal(format!("held {held}: {error}"))),
        }
        held += 1;
    }
}
