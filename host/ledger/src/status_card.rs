//! The status card of each thread: which message of the front shows it, and what.

use claudetools_agent::ThreadId;

use crate::{Ledger, LedgerError};

/// A thread's status card.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StatusCard {
    /// The front's id of its message; `None` where somebody deleted it: it stays deleted.
    pub message: Option<String>,
    /// What it shows.
    pub shown: String,
    /// Whether it says that something goes on, which a program that died makes untrue.
    pub busy: bool,
}

impl Ledger {
    /// A thread's status card; `None` before it is posted.
    pub async fn status_card(&self, thread: &ThreadId) -> Result<Option<StatusCard>, LedgerError> {
        let query = sqlx::query_as("SELECT message, shown, busy FROM status_card WHERE thread = ?");
        Ok(query.bind(thread.as_str()).fetch_optional(self.read()).await?)
    }

    /// The threads of a front whose card says that something goes on.
    pub async fn busy_cards(&self, front: &str) -> Result<Vec<ThreadId>, LedgerError> {
        let threads: Vec<String> =
            sqlx::query_scalar("SELECT thread FROM status_card WHERE busy AND message IS NOT NULL ORDER BY thread")
                .fetch_all(self.read())
                .await?;
        let threads = threads.into_iter().map(ThreadId::from_stored);
        Ok(threads.filter(|thread| thread.front() == front).collect())
    }

    /// Notes what the front shows.
    pub async fn note_status_card(&self, thread: &ThreadId, card: &StatusCard) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO status_card (thread, message, shown, busy) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (thread) DO UPDATE SET message = ?2, shown = ?3, busy = ?4",
        )
        .bind(thread.as_str())
        .bind(&card.message)
        .bind(&card.shown)
        .bind(card.busy)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}
