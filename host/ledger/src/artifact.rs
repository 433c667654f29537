//! Artifacts: files that tools gave to people.

use claudetools_agent::{ThreadId, TurnId};
use sha2::{Digest, Sha256};

use crate::{Ledger, LedgerError, now};

/// A file that a tool gave.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Where.
    pub thread: &'a ThreadId,
    /// In which turn.
    pub turn: &'a TurnId,
    /// By which call.
    pub call: &'a str,
    /// Its name, made safe.
    pub name: &'a str,
    /// Its IANA media type.
    pub media_type: &'a str,
    /// Its bytes.
    pub data: &'a [u8],
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Artifact {
    /// Its number.
    pub id: i64,
    /// When it was given.
    pub at: String,
    /// Where.
    pub thread: String,
    /// Its name.
    pub name: String,
    /// Its IANA media type.
    pub media_type: String,
    /// Its length.
    pub bytes: i64,
    /// The SHA-256 of its bytes (hex).
    pub sha256: String,
}

impl Ledger {
    /// Keeps a file; the answer is its number.
    pub async fn keep_artifact(&self, given: &Given<'_>) -> Result<i64, LedgerError> {
        let sha256 = hex::encode(Sha256::digest(given.data));
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO artifact_data (sha256, data) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(&sha256)
            .bind(given.data)
            .execute(&mut *tx)
            .await?;
        let id = sqlx::query_scalar(
            "INSERT INTO artifact (at, thread, turn, call, name, media_type, bytes, sha256) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        )
        .bind(now())
        .bind(given.thread.as_str())
        .bind(&given.turn.0)
        .bind(given.call)
        .bind(given.name)
        .bind(given.media_type)
        .bind(i64::try_from(given.data.len()).unwrap_or(i64::MAX))
        .bind(&sha256)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The files of a thread, oldest first.
    pub async fn artifacts(&self, thread: &ThreadId) -> Result<Vec<Artifact>, LedgerError> {
        let query = sqlx::query_as(
            "SELECT id, at, thread, name, media_type, bytes, sha256 FROM artifact WHERE thread = ? ORDER BY id",
        );
        Ok(query.bind(thread.as_str()).fetch_all(self.read()).await?)
    }

    /// One file of a thread with its bytes; `None` where the thread has no such file.
    pub async fn artifact(&self, thread: &ThreadId, id: i64) -> Result<Option<(Artifact, Vec<u8>)>, LedgerError> {
        let query = sqlx::query_as(
            "SELECT id, at, thread, name, media_type, bytes, sha256 FROM artifact WHERE thread = ? AND id = ?",
        );
        let Some(artifact) = query.bind(thread.as_str()).bind(id).fetch_optional(self.read()).await? else {
            return Ok(None);
        };
        let artifact: Artifact = artifact;
        let query = sqlx::query_scalar("SELECT data FROM artifact_data WHERE sha256 = ?").bind(&artifact.sha256);
        let data = query.fetch_one(self.read()).await?;
        Ok(Some((artifact, data)))
    }
}
