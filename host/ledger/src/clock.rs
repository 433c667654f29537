//! The one clock of the ledger.

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// RFC 3339 with a fixed number of digits, so that times sort as text.
const FORMAT: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The time, as every row of the ledger has it: RFC 3339, UTC, milliseconds.
pub fn now() -> String {
    OffsetDateTime::now_utc().format(FORMAT).unwrap_or_default()
}
