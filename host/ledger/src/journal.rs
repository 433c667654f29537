//! The journal of each thread, append-only, and the batch that one step of a turn writes.

use claudetools_agent::ThreadId;
use claudetools_agent::entry::Entry;

use crate::write::Write;
use crate::{Ledger, LedgerError, Mode, Outgoing, UsageRow, inbox, now, outbox, usage};

/// What one step of a turn writes: all of it, or nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Batch<'a> {
    /// Entries, in order. `Asked` and `Steered` claim their message of the inbox; `Ended` settles the turn's messages.
    pub entries: &'a [Entry],
    /// What a reply used.
    pub usage: Option<&'a UsageRow>,
    /// What must reach the person.
    pub outgoing: Option<Outgoing<'a>>,
}

impl Ledger {
    /// Appends entries to a thread's journal.
    pub async fn append(&self, thread: &ThreadId, entries: &[Entry]) -> Result<(), LedgerError> {
        self.commit(thread, Batch { entries, ..Batch::default() }).await
    }

    /// Writes a batch in one transaction. An outgoing delivery whose id is there already is left as it is, so that a
    /// step that is done again owes nothing twice.
    pub async fn commit(&self, thread: &ThreadId, batch: Batch<'_>) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        let at = now();
        crate::thread::touch(&mut tx, thread, "", &at).await?;
        let mut seq: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM journal WHERE thread = ?")
            .bind(thread.as_str())
            .fetch_one(&mut *tx)
            .await?;
        for entry in batch.entries {
            seq += 1;
            insert(&mut tx, thread, seq, &at, entry).await?;
            follow(&mut tx, thread, entry).await?;
        }
        if let Some(row) = batch.usage {
            usage::insert(&mut tx, row, &at).await?;
        }
        if let Some(outgoing) = &batch.outgoing {
            outbox::enqueue(&mut tx, thread, outgoing, &at).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The newest entries of a thread, oldest first, each with when it was written (RFC 3339, UTC).
    pub async fn newest_entries(&self, thread: &ThreadId, most: u32) -> Result<Vec<(String, Entry)>, LedgerError> {
        let mut rows: Vec<(i64, String, String)> =
            sqlx::query_as("SELECT seq, at, entry FROM journal WHERE thread = ? ORDER BY seq DESC LIMIT ?")
                .bind(thread.as_str())
                .bind(most)
                .fetch_all(self.read())
                .await?;
        rows.reverse();
        rows.into_iter().map(|(seq, at, text)| Ok((at, entry(thread, seq, &text)?))).collect()
    }

    /// What the next request needs of a thread's journal, oldest first: the newest compaction with the head before it
    /// and the turn it happened in, and everything behind it. Empty for a thread that is not known.
    pub async fn load(&self, thread: &ThreadId) -> Result<Vec<Entry>, LedgerError> {
        let begins: Option<i64> = sqlx::query_scalar("SELECT begins FROM thread WHERE id = ?")
            .bind(thread.as_str())
            .fetch_optional(self.read())
            .await?;
        self.load_from(thread, begins.unwrap_or_default()).await
    }

    /// A thread's whole journal, oldest first; empty for a thread that is not known.
    pub async fn load_all(&self, thread: &ThreadId) -> Result<Vec<Entry>, LedgerError> {
        self.load_from(thread, 0).await
    }

    /// How often a thread was compacted.
    pub async fn compactions(&self, thread: &ThreadId) -> Result<u64, LedgerError> {
        let query =
            sqlx::query_scalar("SELECT count(*) FROM journal WHERE thread = ? AND entry LIKE '{\"compacted\":%'");
        let count: i64 = query.bind(thread.as_str()).fetch_one(self.read()).await?;
        Ok(count.try_into().unwrap_or_default())
    }

    async fn load_from(&self, thread: &ThreadId, seq: i64) -> Result<Vec<Entry>, LedgerError> {
        let rows: Vec<(i64, String)> =
            sqlx::query_as("SELECT seq, entry FROM journal WHERE thread = ? AND seq >= ? ORDER BY seq")
                .bind(thread.as_str())
                .bind(seq)
                .fetch_all(self.read())
                .await?;
        rows.into_iter().map(|(seq, text)| entry(thread, seq, &text)).collect()
    }
}

fn entry(thread: &ThreadId, seq: i64, text: &str) -> Result<Entry, LedgerError> {
    let unreadable = |source| LedgerError::Unreadable { what: format!("entry {seq} of {thread}"), source };
    serde_json::from_str(text).map_err(unreadable)
}

async fn insert(tx: &mut Write, thread: &ThreadId, seq: i64, at: &str, entry: &Entry) -> Result<(), LedgerError> {
    let text = serde_json::to_string(entry)
        .map_err(|source| LedgerError::Unreadable { what: format!("entry {seq} of {thread}"), source })?;
    sqlx::query("INSERT INTO journal (thread, seq, at, entry) VALUES (?, ?, ?, ?)")
        .bind(thread.as_str())
        .bind(seq)
        .bind(at)
        .bind(text)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Keeps the inbox and the thread's window in step with the journal, in the same transaction: a message is taken when
/// its entry is there.
async fn follow(tx: &mut Write, thread: &ThreadId, entry: &Entry) -> Result<(), LedgerError> {
    match entry {
        Entry::Asked { turn, message, .. } => inbox::claim(tx, thread, message, turn, Mode::Began).await,
        Entry::Steered { turn, message, .. } => inbox::claim(tx, thread, message, turn, Mode::Joined).await,
        Entry::Ended { turn, .. } => inbox::settle(tx, thread, turn).await,
        Entry::Compacted(compacted) => begin_at(tx, thread, compacted.turn.as_ref().map_or(HEAD, |_| ASKED)).await,
        Entry::Cleared { .. } => begin_at(tx, thread, HEAD).await,
        _ => Ok(()),
    }
}

/// How the stored form of these entries begins.
const HEAD: &str = "{\"head\":%";
const ASKED: &str = "{\"asked\":%";

/// The window begins at the newest entry of this kind.
async fn begin_at(tx: &mut Write, thread: &ThreadId, kind: &str) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE thread SET begins = coalesce((SELECT seq FROM journal WHERE thread = ?1 AND entry LIKE ?2 \
         ORDER BY seq DESC LIMIT 1), begins) WHERE id = ?1",
    )
    .bind(thread.as_str())
    .bind(kind)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
