//! The decision on a request.

use super::{NetGrant, Target};
use crate::{Admitted, Code, Refusal};

/// Decides one request; the answer is the grant that allows it, with its id.
///
/// Allowed when the manifest asks for the host and the method, and a grant for this tool gives the whole target.
/// The refusal names the first thing that no grant gives: host, scheme or port (`net.not-granted`), method
/// (`net.method`), path or query (`net.path`), or the audience of the grant's secret (`secret.audience`).
pub fn decide_net<'p>(target: &Target, plugin: &'p Admitted, tool: &str) -> Result<(&'p str, &'p NetGrant), Refusal> {
    let _ = (plugin, tool);
    Err(Refusal::new(Code::NetNotGranted, format!("No grant gives {target}.")))
}
