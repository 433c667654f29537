//! Lenient reading of Discord's JSON: a compatible server may send nulls for absent keys and numbers for ids.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// An id, from a string or a number.
pub(crate) fn id(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).filter(|id| *id != 0)
}

/// A list; empty where there is none.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text; empty where there is none.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The first millisecond of Discord's ids.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}

/// The smallest id of a moment, given in milliseconds since 1970.
pub(crate) fn id_at(unix_ms: u64) -> u64 {
    unix_ms.saturating_sub(EPOCH_MS) << 22
}

/// An id's moment, in milliseconds since 1970.
pub(crate) fn moment_of(id: u64) -> u64 {
    (id >> 22) + EPOCH_MS
}

/// An id's moment as a clock shows it, in UTC: `09:12`.
pub(crate) fn clock(id: u64) -> String {
    clock_at(moment_of(id))
}

/// The same of a moment in milliseconds since 1970.
pub(crate) fn clock_at(unix_ms: u64) -> String {
    let minutes = unix_ms / 60_000 % (24 * 60);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
