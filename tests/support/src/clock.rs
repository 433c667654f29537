//! Times and identifiers that are the same in every run.

use ring::digest::{SHA256, digest};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// A time as Graph writes it: UTC, whole seconds.
pub(super) fn text(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// So many minutes before `now`.
pub(super) fn ago(now: OffsetDateTime, minutes: i64) -> String {
    text(now - Duration::minutes(minutes))
}

/// A time that was written; None where it is none.
pub(super) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// The identifier of a thing by its name, shaped as a UUID.
pub(super) fn id(name: &str) -> String {
    let digest = digest(&SHA256, name.as_bytes());
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
