//! Walks: where a search begins.

use claudetools_kit::tree::{Filter, Walk};
use claudetools_kit::{Failure, path};

/// Opens a walk. A base that is not there is the caller's to mend, not a "no" of the host.
pub fn open(filter: &Filter) -> Result<Walk, Failure> {
    Walk::open(filter).map_err(|refusal| {
        if refusal.message.ends_with("does not exist") {
            let base = path::shown(&filter.base);
            return Failure::Invalid(format!("{base} does not exist. {}", path::ROOTS));
        }
        refusal.into()
    })
}
