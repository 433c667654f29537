//! Threads: what a list of them shows.

use claudetools_agent::ThreadId;

use crate::write::Write;
use crate::{Ledger, LedgerError};

/// What is known of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Its name.
    pub id: ThreadId,
    /// A few words of its first message.
    pub title: String,
    /// When it began.
    pub created: String,
    /// When something last happened.
    pub last_activity: String,
}

type Columns = (String, String, String, String);

impl Ledger {
    /// What is known of a thread; `None` for one that never got a message.
    pub async fn thread(&self, id: &ThreadId) -> Result<Option<ThreadRow>, LedgerError> {
        let row: Option<Columns> = sqlx::query_as("SELECT id, title, created, last_activity FROM thread WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(self.read())
            .await?;
        Ok(row.map(thread_row))
    }

    /// Changes a thread's title.
    pub async fn set_title(&self, id: &ThreadId, title: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE thread SET title = ? WHERE id = ?").bind(title).bind(id.as_str()).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Every thread, the one with the newest activity first.
    pub async fn threads(&self) -> Result<Vec<ThreadRow>, LedgerError> {
        let rows: Vec<Columns> =
            sqlx::query_as("SELECT id, title, created, last_activity FROM thread ORDER BY last_activity DESC, id DESC")
                .fetch_all(self.read())
                .await?;
        Ok(rows.into_iter().map(thread_row).collect())
    }
}

fn thread_row((id, title, created, last_activity): Columns) -> ThreadRow {
    ThreadRow { id: ThreadId::from_stored(id), title, created, last_activity }
}

/// Notes activity, and makes the thread where it is new. The first title that is not empty stays.
pub(crate) async fn touch(tx: &mut Write, id: &ThreadId, title: &str, at: &str) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO thread (id, title, created, last_activity) VALUES (?1, ?2, ?3, ?3) \
         ON CONFLICT (id) DO UPDATE SET last_activity = ?3, title = iif(title = '', ?2, title)",
    )
    .bind(id.as_str())
    .bind(title)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
