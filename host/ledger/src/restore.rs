//! Putting a copy of a ledger in the place of the ledger.
//!
//! What the copy does not know is lost, and nothing of it may happen twice: messages that were received since are taken
//! over as received, and what was going on when the copy was made is not gone on with.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use claudetools_agent::entry::{End, Entry};
use claudetools_agent::window::repair;

use crate::backup::copy;
use crate::open::{FILE, known, lock, place, private_dir, schema};
use crate::{Kind, Ledger, LedgerError, Record, now};

/// A copy that is ready to be the ledger: whole, checked, closed.
const READY: &str = "ledger.restored.sqlite";
const WHY: &str =
    "The ledger was restored from a backup, so I don't go on with this. Ask again where it still matters.";

/// What became of a restoration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the newest message of the copy was received; `None` where it has none.
    pub until: Option<String>,
    /// Where the ledger from before lies now; `None` where there was none.
    pub kept: Option<PathBuf>,
    /// What the copy does not know.
    pub lost: Lost,
}

/// What was in the ledger from before and is not in the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// So many messages, in so many threads. They count as received, so that none is answered a second time.
    Messages {
        /// Messages of people.
        messages: u64,
        /// Threads.
        threads: u64,
    },
    /// The ledger from before can't be read, or there is none: reading begins anew, here and now.
    Unknown,
}

impl Ledger {
    /// Puts a copy in the place of a data directory's ledger, and keeps that beside it.
    ///
    /// Refused, with nothing touched: a directory in use, a file that is no whole ledger, one of a newer version.
    pub async fn restore(dir: &Path, from: &Path) -> Result<Restored, LedgerError> {
        let unsound = |why: String| LedgerError::Unsound { path: from.to_owned(), why };
        if !from.is_file() {
            return Err(unsound("there is no such file".to_owned()));
        }
        let of_copy = |error| match error {
            LedgerError::Damaged(why) | LedgerError::Unsound { why, .. } => unsound(why),
            error => error,
        };
        private_dir(dir)?;
        let _lock = lock(dir)?;
        if let Some(found) = schema(from).await.map_err(of_copy)?.filter(|found| *found > known()) {
            return Err(LedgerError::Newer { path: from.to_owned(), found, known: known() });
        }
        let temp = tempfile::tempdir_in(dir).map_err(|source| place(dir.to_owned(), source))?;
        let part = temp.path().join(FILE);
        let verified = copy(from, &part).await.map_err(of_copy)?;
        let ledger = Self::writing(&part, None).await?;
        let until = sqlx::query_scalar("SELECT max(received) FROM inbox").fetch_one(ledger.read()).await?;
        ledger.end_what_was_open().await?;
        let lost = ledger.take_over(&dir.join(FILE)).await?;
        ledger.note_restored(from, &verified.head, lost).await?;
        ledger.close().await;
        let kept = swap(dir, &part).map_err(|source| place(dir.join(FILE), source))?;
        Ok(Restored { until, kept, lost })
    }

    /// Whatever waits in a copy was answered, delivered or decided since, or nobody waits for it any more.
    async fn end_what_was_open(&self) -> Result<(), LedgerError> {
        for (thread, turn) in self.unfinished().await? {
            let mut entries = repair(&self.load(&thread).await?);
            entries.push(Entry::Ended { turn, end: End::Failed { message: WHY.to_owned() } });
            self.append(&thread, &entries).await?;
        }
        let mut tx = self.write().await?;
        for statement in [
            "UPDATE inbox SET state = 'settled', body = '' WHERE state <> 'settled'",
            "UPDATE outbox SET state = 'undeliverable', why = 'the ledger was restored' WHERE state = 'pending'",
            "UPDATE confirmation SET state = 'withdrawn' WHERE state IN ('asked', 'confirmed')",
        ] {
            sqlx::query(statement).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes over which messages were received, and how far fronts have read. Where that can't be read, they begin anew.
    async fn take_over(&self, old: &Path) -> Result<Lost, LedgerError> {
        if old.exists()
            && let Ok(lost) = self.take_over_from(old).await
        {
            return Ok(lost);
        }
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM cursor").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Lost::Unknown)
    }

    async fn take_over_from(&self, old: &Path) -> Result<Lost, LedgerError> {
        let old = Self::reading(old);
        let threads: Vec<(String, String, String, String)> =
            sqlx::query_as("SELECT id, title, created, last_activity FROM thread").fetch_all(old.read()).await?;
        let inbox: Vec<(String, String, String, String, String)> =
            sqlx::query_as("SELECT front, message, thread, member, received FROM inbox").fetch_all(old.read()).await?;
        let cursors = old.cursors().await?;
        let mut tx = self.write().await?;
        for (id, title, created, last) in threads {
            sqlx::query(
                "INSERT INTO thread (id, title, created, last_activity) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(title)
            .bind(created)
            .bind(last)
            .execute(&mut *tx)
            .await?;
        }
        let (mut messages, mut lost) = (0, std::collections::BTreeSet::new());
        for (front, message, thread, member, received) in inbox {
            let rows = sqlx::query(
                "INSERT INTO inbox (front, message, thread, member, role_ids, body, received, state) \
                 VALUES (?, ?, ?, ?, '[]', '', ?, 'settled') ON CONFLICT DO NOTHING",
            )
            .bind(front)
            .bind(message)
            .bind(&thread)
            .bind(member)
            .bind(received)
            .execute(&mut *tx)
            .await?
            .rows_affected();
            if rows == 1 {
                messages += 1;
                lost.insert(thread);
            }
        }
        for (channel, message) in cursors {
            sqlx::query("INSERT INTO cursor VALUES (?1, ?2) ON CONFLICT (channel) DO UPDATE SET message = ?2")
                .bind(channel)
                .bind(message)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Lost::Messages { messages, threads: lost.len().try_into().unwrap_or(u64::MAX) })
    }

    async fn note_restored(&self, from: &Path, head: &str, lost: Lost) -> Result<(), LedgerError> {
        let lost = match lost {
            Lost::Messages { messages, threads } => serde_json::json!({ "messages": messages, "threads": threads }),
            Lost::Unknown => serde_json::Value::Null,
        };
        let detail = serde_json::json!({ "file": from.display().to_string(), "head": head, "lost": lost });
        let record = Record { kind: Kind::Restore, thread: None, turn: None, member: None, detail };
        self.append_audit(&record).await.map(drop)
    }
}

/// Moves the ledger away and the copy to its place. Ended in between, [`finish`] does the rest at the next start.
fn swap(dir: &Path, part: &Path) -> io::Result<Option<PathBuf>> {
    File::open(part)?.sync_all()?;
    fs::rename(part, dir.join(READY))?;
    let file = dir.join(FILE);
    let kept = dir.join(format!("ledger-before-{}.sqlite", now().replace(':', "-")));
    let was = file.exists();
    // The log goes first: beside the copy, SQLite would take it for the copy's.
    for end in ["-wal", "-shm", ""] {
        let beside = |file: &Path| PathBuf::from(format!("{}{end}", file.display()));
        match fs::rename(beside(&file), beside(&kept)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    finish(dir)?;
    Ok(was.then_some(kept))
}

/// Puts a copy that is ready to its place, where nothing is.
pub(crate) fn finish(dir: &Path) -> io::Result<()> {
    let (ready, file) = (dir.join(READY), dir.join(FILE));
    if ready.exists() && !file.exists() {
        fs::rename(ready, file)?;
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}
