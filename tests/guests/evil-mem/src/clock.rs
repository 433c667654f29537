//! Looks at the clocks again and again, as a guest does that wants to know how long something in a cache takes.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use claudetools_kit::{Failure, Output};

/// What a guest may see of time, in nanoseconds.
const COARSE: u128 = 1_000_000;

pub fn clock() -> Result<Output, Failure> {
    let start = Instant::now();
    let finer = |_: &u32| {
        let (steady, wall) = (start.elapsed().as_nanos(), SystemTime::now().duration_since(UNIX_EPOCH));
        steady % COARSE != 0 || wall.is_ok_and(|wall| wall.as_nanos() % COARSE != 0)
    };
    Ok(Output::text(format!("looks that were finer than a millisecond: {}.", (0..5_000).filter(finer).count())))
}
