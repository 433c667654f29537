//! Loops without end.

use claudetools_kit::{Failure, Output};

pub fn spin() -> Result<Output, Failure> {
    let mut count: u64 = 0;
    loop {
        count = std::hint::black_box(count.wrapping_add(1));
    }
}
