//! The result as files for the people of the thread.

use claudetools_graph::envelope::Envelope;
use claudetools_kit::Failure;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Report, csv, markdown, ticket};
use crate::outside::Outside;

/// Offers a result as JSON, CSV, report and ticket note, all with this name. The JSON is `result`, of which the envelope
/// is a part or the whole. Gives back what the answer is to say of it: nothing, or why there are no files. The answer is
/// worth more than its files.
pub fn offer(
    name: &str,
    report: &Report,
    envelope: &Envelope,
    result: &impl Serialize,
    outside: &mut dyn Outside,
) -> String {
    match all(name, report, envelope, result, outside) {
        Ok(()) => String::new(),
        Err(Failure::Invalid(why) | Failure::Refused(why) | Failure::Unavailable(why) | Failure::Internal(why)) => {
            format!("\n\nThe files could not be attached: {why}")
        }
    }
}

fn all(
    name: &str,
    report: &Report,
    envelope: &Envelope,
    result: &impl Serialize,
    outside: &mut dyn Outside,
) -> Result<(), Failure> {
    let json = serde_json::to_vec_pretty(result).map_err(|error| Failure::Internal(error.to_string()))?;
    let note = ticket(report, envelope, &hex::encode(Sha256::digest(&json)));
    outside.offer(&format!("{name}.json"), "application/json", &json)?;
    outside.offer(&format!("{name}.csv"), "text/csv", &csv(envelope))?;
    outside.offer(&format!("{name}.md"), "text/markdown", markdown(report, envelope).as_bytes())?;
    outside.offer(&format!("{name}_ticket-note.txt"), "text/plain", note.as_bytes())
}
