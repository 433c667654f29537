//! One transaction of the connection that writes.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection, SqlitePool};

/// A transaction. Dropped without a commit, it takes its connection along, and the next one gets a fresh connection.
///
/// Where a disk is full, SQLite may have ended the transaction by itself, or may not. A connection that is thought
/// to be in the other state would take later writes into a transaction that nobody ever commits.
pub(crate) struct Write {
    connection: PoolConnection<Sqlite>,
    committed: bool,
}

impl Write {
    /// Begins one, as the only one.
    pub(crate) async fn begin(writer: &SqlitePool) -> Result<Self, sqlx::Error> {
        let mut write = Self { connection: writer.acquire().await?, committed: false };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut *write).await?;
        Ok(write)
    }

    /// Everything is written when this answers; on an error, nothing is.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let number = COMMITS.fetch_add(1, Relaxed) + 1;
        crash("before", number);
        sqlx::query("COMMIT").execute(&mut *self).await?;
        self.committed = true;
        crash("after", number);
        Ok(())
    }
}

/// Commits of this process.
static COMMITS: AtomicU64 = AtomicU64::new(0);

/// Ends the process as `kill -9` would where a test asks for it: whatever is durable changes at a commit, so that a crash
/// at each of them, before and after, is a crash everywhere. Only with the feature `crashes`, which no release has.
#[expect(clippy::disallowed_methods, reason = "what a test wants is no setting of the program")]
fn crash(side: &str, commit: u64) {
    if cfg!(feature = "crashes")
        && std::env::var("CLAUDETOOLS_CRASH_AT").is_ok_and(|at| at == format!("{side} {commit}"))
    {
        std::process::abort();
    }
}

impl Deref for Write {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Write {
    fn drop(&mut self) {
        if !self.committed {
            self.connection.close_on_drop();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Ledger;

    #[tokio::test]
    async fn after_a_transaction_that_sqlite_ended_itself_the_next_ones_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(dir.path()).await.unwrap();
        for name in ["first", "second"] {
            let mut failed = ledger.write().await.unwrap();
            sqlx::query("INSERT INTO setting VALUES (?, 'x')").bind(name).execute(&mut *failed).await.unwrap();
            sqlx::query("ROLLBACK").execute(&mut *failed).await.unwrap();
            drop(failed);
        }
        ledger.set_setting("third", "y").await.unwrap();
        let reader = Ledger::open_read_only(dir.path()).await.unwrap();
        assert_eq!(reader.setting("first").await.unwrap(), None);
        assert_eq!(reader.setting("third").await.unwrap().as_deref(), Some("y"));
    }
}
