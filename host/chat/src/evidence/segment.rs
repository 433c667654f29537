//! The audit from the first row about a thread to the last: the thread's own rows and those of the whole program word for
//! word, those of other threads by their hashes only, which may be another client's.

use claudetools_agent::ThreadId;
use claudetools_ledger::{Ledger, LedgerError, Row};
use serde::{Deserialize, Serialize};

/// Rows read at a time.
const PAGE: u32 = 1000;

/// A line of the segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    /// A row as it was written.
    Row(Row),
    /// A row of another thread.
    Other {
        /// Its number.
        seq: i64,
        /// Its hash.
        hash: String,
    },
}

impl Line {
    pub(super) fn seq(&self) -> i64 {
        match self {
            Self::Row(row) => row.seq,
            Self::Other { seq, .. } => *seq,
        }
    }

    pub(super) fn hash(&self) -> &str {
        match self {
            Self::Row(row) => &row.hash,
            Self::Other { hash, .. } => hash,
        }
    }
}

/// The lines for a thread; none where the audit never heard of it.
pub(super) async fn of(ledger: &Ledger, thread: &ThreadId) -> Result<Vec<Line>, LedgerError> {
    let Some((first, last)) = ledger.audit_span(thread).await? else { return Ok(Vec::new()) };
    let (mut lines, mut after) = (Vec::new(), first - 1);
    while after < last {
        let rows = ledger.audit(after, PAGE).await?;
        let Some(newest) = rows.last() else { break };
        after = newest.seq;
        lines.extend(rows.into_iter().filter(|row| row.seq <= last).map(|row| line(row, thread)));
    }
    Ok(lines)
}

fn line(row: Row, thread: &ThreadId) -> Line {
    match &row.thread {
        Some(other) if other != thread.as_str() => Line::Other { seq: row.seq, hash: row.hash },
        _ => Line::Row(row),
    }
}
