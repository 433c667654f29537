//! Headers: which a guest may set.

use super::NetGrant;
use crate::{Code, Refusal};

/// May the guest set this header in a request under this grant? `net.header`.
pub fn decide_header(grant: &NetGrant, name: &str, value: &[u8]) -> Result<(), Refusal> {
    let _ = (grant, name, value);
    Err(Refusal::new(Code::NetHeader, "No header is decided on yet."))
}
