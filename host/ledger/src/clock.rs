//! The one clock of the ledger.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// RFC 3339 with a fixed number of digits, so that times sort as text.
const FORMAT: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The time, as every row of the ledger has it: RFC 3339, UTC, milliseconds.
pub fn now() -> String {
    written(OffsetDateTime::now_utc())
}

/// The time a while from now, or before it where `back`.
pub fn from_now(time: Duration, back: bool) -> String {
    let now = OffsetDateTime::now_utc();
    written(if back { now - time } else { now + time })
}

fn written(time: OffsetDateTime) -> String {
    time.format(FORMAT).unwrap_or_default()
}
