//! Logs a million lines, one of them of ten megabytes, and then answers.

use claudetools_kit::{Failure, Output, log};

pub fn chatter() -> Result<Output, Failure> {
    log::write(log::Level::Error, &"y".repeat(10 << 20));
    for line in 0..10_000 {
        log::write(log::Level::Info, &format!("line {line}"));
        eprintln!("stderr line {line}");
    }
    Ok(Output::text("logged"))
}
