//! Small things: plugin state, checklists, cursors, settings.

use std::collections::BTreeMap;

use claudetools_agent::ThreadId;

use crate::{Ledger, LedgerError};

impl Ledger {
    /// What a plugin keeps in a thread.
    pub async fn plugin_state(
        &self,
        plugin: &str,
        thread: &ThreadId,
    ) -> Result<BTreeMap<String, Vec<u8>>, LedgerError> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT key, value FROM plugin_state WHERE plugin = ? AND thread = ?")
                .bind(plugin)
                .bind(thread.as_str())
                .fetch_all(self.read())
                .await?;
        Ok(rows.into_iter().collect())
    }

    /// Changes what a plugin keeps in a thread, all of it or nothing: a value replaces, `None` removes.
    pub async fn change_plugin_state(
        &self,
        plugin: &str,
        thread: &ThreadId,
        changes: &BTreeMap<String, Option<Vec<u8>>>,
    ) -> Result<(), LedgerError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for (key, value) in changes {
            let query = match value {
                Some(value) => sqlx::query(
                    "INSERT INTO plugin_state (plugin, thread, key, value) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (plugin, thread, key) DO UPDATE SET value = ?4",
                )
                .bind(plugin)
                .bind(thread.as_str())
                .bind(key)
                .bind(value.as_slice()),
                None => sqlx::query("DELETE FROM plugin_state WHERE plugin = ? AND thread = ? AND key = ?")
                    .bind(plugin)
                    .bind(thread.as_str())
                    .bind(key),
            };
            query.execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The checklist of a thread, in the agent's form; none before [`Ledger::set_todos`].
    pub async fn todos(&self, thread: &ThreadId) -> Result<Option<String>, LedgerError> {
        let query = sqlx::query_scalar("SELECT list FROM todo WHERE thread = ?").bind(thread.as_str());
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Replaces the checklist of a thread.
    pub async fn set_todos(&self, thread: &ThreadId, list: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO todo (thread, list) VALUES (?1, ?2) ON CONFLICT (thread) DO UPDATE SET list = ?2")
            .bind(thread.as_str())
            .bind(list)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The last message of a channel that was seen.
    pub async fn cursor(&self, channel: &str) -> Result<Option<String>, LedgerError> {
        let query = sqlx::query_scalar("SELECT message FROM cursor WHERE channel = ?").bind(channel);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Every channel with the last message of it that was seen.
    pub async fn cursors(&self) -> Result<BTreeMap<String, String>, LedgerError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT channel, message FROM cursor").fetch_all(self.read()).await?;
        Ok(rows.into_iter().collect())
    }

    /// Notes the last message of a channel that was seen.
    pub async fn set_cursor(&self, channel: &str, message: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO cursor (channel, message) VALUES (?1, ?2) ON CONFLICT (channel) DO UPDATE SET message = ?2",
        )
        .bind(channel)
        .bind(message)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// A setting that outlives the process.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, LedgerError> {
        let query = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?").bind(key);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Changes a setting.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")
            .bind(key)
            .bind(value)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}
