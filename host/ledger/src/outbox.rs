//! The outbox: what must reach a person, until it is there.

use claudetools_agent::ThreadId;

use crate::write::Write;
use crate::{Ledger, LedgerError};

/// A delivery to be made.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Unique, and the same when the same thing is owed again.
    pub id: &'a str,
    /// The delivery, in the chat crate's form.
    pub body: &'a str,
}

/// A delivery that has not been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Its id.
    pub id: String,
    /// Where to.
    pub thread: ThreadId,
    /// The delivery, in the chat crate's form.
    pub body: String,
    /// The front's ids of the parts that are posted, first part first.
    pub posted: Vec<String>,
}

impl Ledger {
    /// The oldest delivery of a thread that has not been made.
    pub async fn next_delivery(&self, thread: &ThreadId) -> Result<Option<Pending>, LedgerError> {
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT id, body FROM outbox WHERE state = 'pending' AND thread = ? ORDER BY seq LIMIT 1")
                .bind(thread.as_str())
                .fetch_optional(self.read())
                .await?;
        let Some((id, body)) = row else {
            return Ok(None);
        };
        let posted = sqlx::query_scalar("SELECT message FROM outbox_part WHERE delivery = ? ORDER BY part")
            .bind(&id)
            .fetch_all(self.read())
            .await?;
        Ok(Some(Pending { id, thread: thread.clone(), body, posted }))
    }

    /// Threads of a front with deliveries that have not been made.
    pub async fn owed(&self, front: &str) -> Result<Vec<ThreadId>, LedgerError> {
        let threads: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT thread FROM outbox WHERE state = 'pending' ORDER BY seq")
                .fetch_all(self.read())
                .await?;
        let threads = threads.into_iter().map(ThreadId::from_stored);
        Ok(threads.filter(|thread| thread.front() == front).collect())
    }

    /// Whether a message of a front is a part of a delivery.
    pub async fn is_part(&self, message: &str) -> Result<bool, LedgerError> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox_part WHERE message = ?)").bind(message);
        Ok(query.fetch_one(self.read()).await?)
    }

    /// Notes the front's id of a part that is posted; a part that is noted already stays as it is.
    pub async fn part_posted(&self, delivery: &str, part: usize, message: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("INSERT INTO outbox_part (delivery, part, message) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(delivery)
            .bind(i64::try_from(part).unwrap_or(i64::MAX))
            .bind(message)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The delivery of a thread that a message of the bot's is a part of.
    pub async fn delivery_of(&self, thread: &ThreadId, message: &str) -> Result<Option<String>, LedgerError> {
        let query = sqlx::query_scalar(
            "SELECT id FROM outbox_part JOIN outbox ON id = delivery WHERE message = ? AND thread = ? LIMIT 1",
        );
        Ok(query.bind(message).bind(thread.as_str()).fetch_optional(self.read()).await?)
    }

    /// The delivery is made.
    pub async fn delivered(&self, delivery: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE outbox SET state = 'delivered', body = '' WHERE id = ? AND state = 'pending'")
            .bind(delivery)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The delivery can never be made; its text and the reason stay.
    pub async fn undeliverable(&self, delivery: &str, why: &str) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE outbox SET state = 'undeliverable', why = ? WHERE id = ? AND state = 'pending'")
            .bind(why)
            .bind(delivery)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Adds a delivery; one that is there already stays as it is.
pub(crate) async fn enqueue(
    tx: &mut Write,
    thread: &ThreadId,
    outgoing: &Outgoing<'_>,
    at: &str,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO outbox (id, thread, body, created, state) VALUES (?, ?, ?, ?, 'pending') \
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(outgoing.id)
    .bind(thread.as_str())
    .bind(outgoing.body)
    .bind(at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
