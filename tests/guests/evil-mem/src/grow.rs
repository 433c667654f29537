//! Asks for memory without end, and dies when it gets none.

use claudetools_kit::{Failure, Output};

pub fn grow() -> Result<Output, Failure> {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(std::hint::black_box(vec![1; 1 << 20]));
    }
}
