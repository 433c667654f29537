//! Calls the host without end.

use claudetools_kit::{Failure, Output, progress};

pub fn storm() -> Result<Output, Failure> {
    let mut done = 0u32;
    loop {
        done = done.wrapping_add(1);
        progress::steps(done, None);
    }
}
