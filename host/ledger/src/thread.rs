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

    /// The threads of a front with whoever spoke in them, the one with the newest activity first, at most `most`; of one
    /// member or of everybody.
    pub async fn spoke(
        &self,
        front: &str,
        member: Option<&str>,
        most: u32,
    ) -> Result<Vec<(String, ThreadRow)>, LedgerError> {
        let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
            "SELECT spoke.member, t.id, t.title, t.created, t.last_activity FROM thread t \
             JOIN (SELECT DISTINCT thread, member FROM inbox WHERE front = ?1 AND (?2 IS NULL OR member = ?2)) spoke \
             ON spoke.thread = t.id ORDER BY t.last_activity DESC, t.id DESC LIMIT ?3",
        )
        .bind(front)
        .bind(member)
        .bind(i64::from(most))
        .fetch_all(self.read())
        .await?;
        let row =
            |(member, id, title, created, last_activity)| (member, thread_row((id, title, created, last_activity)));
        Ok(rows.into_iter().map(row).collect())
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
