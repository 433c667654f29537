//! Does the same to one name again and again, while somebody else changes what the name leads to.

use std::collections::BTreeSet;
use std::fs;

use claudetools_kit::{Failure, Output};

/// Reads a file many times, and gives back everything that was ever in it.
pub fn read(path: &str, times: u32) -> Result<Output, Failure> {
    let reads = (0..times).filter_map(|_| fs::read(path).ok());
    let seen: BTreeSet<String> = reads.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
    Ok(Output::text(seen.into_iter().collect::<String>()))
}

/// Creates a file many times, and says how often that worked.
pub fn create(path: &str, text: &str, times: u32) -> Result<Output, Failure> {
    let created = (0..times).filter(|_| fs::write(path, text).is_ok()).count();
    Ok(Output::text(format!("created {created} times")))
}
