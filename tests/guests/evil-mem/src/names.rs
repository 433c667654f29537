//! Makes empty files in scratch until there is room for no more names.

use claudetools_kit::{Failure, Output};

pub fn names() -> Result<Output, Failure> {
    for made in 0_u64.. {
        let path = format!("/scratch/{made}");
        if let Err(error) = std::fs::File::create(&path) {
            return Err(Failure::Refused(format!("{made} files: {error}")));
        }
    }
    Ok(Output::text("no end"))
}
