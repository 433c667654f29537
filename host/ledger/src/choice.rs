//! What people chose in a thread: its model, its client, how much they want to see.

use std::collections::BTreeMap;

use claudetools_agent::ThreadId;

use crate::audit::append;
use crate::{Ledger, LedgerError, Record, now};

impl Ledger {
    /// Everything that was chosen in a thread, by key.
    pub async fn choices(&self, thread: &ThreadId) -> Result<BTreeMap<String, String>, LedgerError> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT key, value FROM choice WHERE thread = ?")
            .bind(thread.as_str())
            .fetch_all(self.read())
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// The front's id of the channel that a thread belongs to, from its first message; `None` where it has none.
    pub async fn channel(&self, thread: &ThreadId) -> Result<Option<String>, LedgerError> {
        let query = sqlx::query_scalar("SELECT value FROM choice WHERE thread = ? AND key = 'channel'");
        Ok(query.bind(thread.as_str()).fetch_optional(self.read()).await?)
    }

    /// The channels that threads of a front belong to.
    pub async fn channels(&self, front: &str) -> Result<Vec<String>, LedgerError> {
        let query =
            sqlx::query_scalar("SELECT DISTINCT value FROM choice WHERE key = 'channel' AND thread GLOB ? || ':*'");
        Ok(query.bind(front).fetch_all(self.read()).await?)
    }

    /// Chooses where `was` is what is chosen, and writes the row that says who did; false, and nothing is written, where it
    /// is not. The change is its key, what was, and the new value.
    pub async fn choose_from(
        &self,
        thread: &ThreadId,
        (key, was, value): (&str, Option<&str>, String),
        record: &Record,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.write().await?;
        let query = sqlx::query_scalar("SELECT value FROM choice WHERE thread = ? AND key = ?");
        let now: Option<String> = query.bind(thread.as_str()).bind(key).fetch_optional(&mut *tx).await?;
        if now.as_deref() != was {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO choice (thread, key, value) VALUES (?1, ?2, ?3) \
             ON CONFLICT (thread, key) DO UPDATE SET value = ?3",
        )
        .bind(thread.as_str())
        .bind(key)
        .bind(value)
        .execute(&mut *tx)
        .await?;
        append(&mut tx, record).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Chooses; `None` goes back to the default. Makes the thread where it is new.
    pub async fn choose(&self, thread: &ThreadId, key: &str, value: Option<&str>) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        crate::thread::touch(&mut tx, thread, "", &now()).await?;
        let query = match value {
            Some(value) => sqlx::query(
                "INSERT INTO choice (thread, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (thread, key) DO UPDATE SET value = ?3",
            )
            .bind(thread.as_str())
            .bind(key)
            .bind(value),
            None => sqlx::query("DELETE FROM choice WHERE thread = ? AND key = ?").bind(thread.as_str()).bind(key),
        };
        query.execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}
