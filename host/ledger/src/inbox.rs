//! The inbox: every message of a person, once.

use std::collections::BTreeSet;

use claudetools_agent::{ThreadId, TurnId};

use crate::write::Write;
use crate::{Ledger, LedgerError, now};

/// A person's message, as it comes in.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The front's id of it; unique in the front.
    pub message: &'a str,
    /// Where it was said.
    pub thread: &'a ThreadId,
    /// The front's id of the channel that the thread belongs to, chosen with its first message.
    pub channel: Option<&'a str>,
    /// The client that the thread is about, chosen with its first message, and not changed by later ones.
    pub client: Option<&'a str>,
    /// Who said it.
    pub member: &'a str,
    /// The role ids they had when they said it.
    pub role_ids: &'a BTreeSet<String>,
    /// The thread's title, where this is its first message.
    pub title: &'a str,
    /// The message itself, in the chat crate's form.
    pub body: &'a str,
}

/// What became of a message that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// It is stored.
    New,
    /// It was stored before; nothing was done.
    Duplicate,
}

/// How a message waits for a turn, and in the end what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "lowercase")]
pub enum Mode {
    /// It joins the running turn at the next tool boundary, or begins a turn where none runs.
    Steer,
    /// It begins a turn of its own, after what was said before it.
    Queue,
    /// It begins a turn of its own before everything else; the running one is stopped for it.
    Interrupt,
    /// It began a turn.
    Began,
    /// It joined a running turn.
    Joined,
    /// It was taken back before any turn took it.
    Removed,
}

/// A message of the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inboxed {
    /// The front's id of it.
    pub message: String,
    /// Where it was said.
    pub thread: ThreadId,
    /// Who said it.
    pub member: String,
    /// How it waits, or what became of it.
    pub mode: Mode,
    /// The message itself; empty once it is settled.
    pub body: String,
}

/// Selects messages.
macro_rules! messages {
    ($rest:literal) => {
        concat!("SELECT message, thread, member, mode, body FROM inbox ", $rest)
    };
}

/// A message as it is stored.
type Stored = (String, String, String, Mode, String);

impl From<Stored> for Inboxed {
    fn from((message, thread, member, mode, body): Stored) -> Self {
        Self { message, thread: ThreadId::from_stored(thread), member, mode, body }
    }
}

/// Somebody whose words are in a thread's transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Who.
    pub member: String,
    /// The role ids they had when they last spoke.
    pub role_ids: BTreeSet<String>,
}

impl Ledger {
    /// Stores a message, and its thread where it is new, before anything else is done with it.
    pub async fn receive(&self, received: &Received<'_>) -> Result<Receipt, LedgerError> {
        let mut tx = self.write().await?;
        let at = now();
        crate::thread::touch(&mut tx, received.thread, received.title, &at).await?;
        let roles = serde_json::to_string(received.role_ids)
            .map_err(|source| LedgerError::Unreadable { what: "role ids".to_owned(), source })?;
        let rows = sqlx::query(
            "INSERT INTO inbox (front, message, thread, member, role_ids, body, received, state) \
             VALUES (?, ?, ?, ?, ?, ?, ?, 'received') ON CONFLICT (front, message) DO NOTHING",
        )
        .bind(received.thread.front())
        .bind(received.message)
        .bind(received.thread.as_str())
        .bind(received.member)
        .bind(roles)
        .bind(received.body)
        .bind(at)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if rows == 0 {
            return Ok(Receipt::Duplicate);
        }
        if let Some(channel) = received.channel {
            sqlx::query("INSERT INTO choice (thread, key, value) VALUES (?, 'channel', ?) ON CONFLICT DO NOTHING")
                .bind(received.thread.as_str())
                .bind(channel)
                .execute(&mut *tx)
                .await?;
        }
        if let Some(client) = received.client {
            bind_client(&mut tx, received.thread, client).await?;
        }
        tx.commit().await?;
        Ok(Receipt::New)
    }

    /// Whether a message was stored, whatever became of it.
    pub async fn has_received(&self, front: &str, message: &str) -> Result<bool, LedgerError> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM inbox WHERE front = ? AND message = ?)");
        Ok(query.bind(front).bind(message).fetch_one(self.read()).await?)
    }

    /// Messages that no turn has taken, in the order in which they are taken: what interrupts first, then the oldest; of
    /// one thread, or of all.
    pub async fn unsettled(&self, thread: Option<&ThreadId>) -> Result<Vec<Inboxed>, LedgerError> {
        let rows: Vec<Stored> = sqlx::query_as(messages!(
            "WHERE state = 'received' AND (?1 IS NULL OR thread = ?1) ORDER BY mode <> 'interrupt', seq"
        ))
        .bind(thread.map(ThreadId::as_str))
        .fetch_all(self.read())
        .await?;
        Ok(rows.into_iter().map(Inboxed::from).collect())
    }

    /// One message, whatever became of it.
    pub async fn inboxed(&self, front: &str, message: &str) -> Result<Option<Inboxed>, LedgerError> {
        let query = sqlx::query_as::<_, Stored>(messages!("WHERE front = ? AND message = ?"));
        let row = query.bind(front).bind(message).fetch_optional(self.read()).await?;
        Ok(row.map(Inboxed::from))
    }

    /// Changes how a message waits; false where a turn has taken it, or it was taken back. [`Mode::Removed`] takes it back:
    /// no turn will ever take it.
    pub async fn change_mode(&self, front: &str, message: &str, mode: Mode) -> Result<bool, LedgerError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE inbox SET mode = ?1, state = iif(?1 = 'removed', 'settled', state), \
             body = iif(?1 = 'removed', '', body) WHERE front = ?2 AND message = ?3 AND state = 'received'",
        )
        .bind(mode)
        .bind(front)
        .bind(message)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Threads with a turn that has not ended, with that turn. None while nothing runs but after a crash.
    pub async fn unfinished(&self) -> Result<Vec<(ThreadId, TurnId)>, LedgerError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT DISTINCT thread, turn FROM inbox WHERE state = 'claimed' AND turn IS NOT NULL ORDER BY seq",
        )
        .fetch_all(self.read())
        .await?;
        Ok(rows.into_iter().map(|(thread, turn)| (ThreadId::from_stored(thread), TurnId(turn))).collect())
    }

    /// The stored form of a message whose turn has not ended; `None` for one that is settled or was never received.
    pub async fn open_message(&self, front: &str, message: &str) -> Result<Option<String>, LedgerError> {
        let body = sqlx::query_scalar("SELECT body FROM inbox WHERE front = ? AND message = ? AND state <> 'settled'")
            .bind(front)
            .bind(message)
            .fetch_optional(self.read())
            .await?;
        Ok(body)
    }

    /// Counts one more resumption of a turn, and says how many there were with this one.
    pub async fn resuming(&self, turn: &TurnId) -> Result<u32, LedgerError> {
        let mut tx = self.write().await?;
        let times: Option<i64> = sqlx::query_scalar(
            "UPDATE inbox SET resumed = resumed + 1 WHERE turn = ? AND state = 'claimed' RETURNING resumed",
        )
        .bind(&turn.0)
        .fetch_all(&mut *tx)
        .await?
        .into_iter()
        .max();
        tx.commit().await?;
        Ok(times.unwrap_or_default().try_into().unwrap_or(u32::MAX))
    }

    /// Everybody whose words are in the thread's journal, each with their latest role ids: also those whose words the
    /// model does not see any more, because a summary may repeat them.
    pub async fn voices(&self, thread: &ThreadId) -> Result<Vec<Voice>, LedgerError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT member, role_ids, max(seq) FROM ( \
               SELECT member, role_ids, seq FROM inbox WHERE thread = ?1 AND state <> 'received' AND mode <> 'removed' \
               UNION ALL SELECT member, role_ids, 0 FROM voice WHERE thread = ?1) GROUP BY member",
        )
        .bind(thread.as_str())
        .fetch_all(self.read())
        .await?;
        rows.into_iter().map(|(member, roles, _)| voice(member, &roles)).collect()
    }
}

fn voice(member: String, roles: &str) -> Result<Voice, LedgerError> {
    let unreadable = |source| LedgerError::Unreadable { what: format!("role ids of {member}"), source };
    let role_ids = serde_json::from_str(roles).map_err(unreadable)?;
    Ok(Voice { member, role_ids })
}

/// Says what client a thread is about, where its first message was stored in this transaction.
async fn bind_client(tx: &mut Write, thread: &ThreadId, client: &str) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO choice (thread, key, value) SELECT ?1, 'client', ?2 \
         WHERE (SELECT count(*) FROM inbox WHERE thread = ?1) = 1 ON CONFLICT DO NOTHING",
    )
    .bind(thread.as_str())
    .bind(client)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A turn took the message: it began the turn, or joined it.
pub(crate) async fn claim(
    tx: &mut Write,
    thread: &ThreadId,
    message: &str,
    turn: &TurnId,
    mode: Mode,
) -> Result<(), LedgerError> {
    sqlx::query(
        "UPDATE inbox SET state = 'claimed', turn = ?, mode = ? WHERE front = ? AND message = ? AND state = 'received'",
    )
    .bind(&turn.0)
    .bind(mode)
    .bind(thread.front())
    .bind(message)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The turn ended: its messages are answered.
pub(crate) async fn settle(tx: &mut Write, thread: &ThreadId, turn: &TurnId) -> Result<(), LedgerError> {
    sqlx::query("UPDATE inbox SET state = 'settled', body = '' WHERE thread = ? AND turn = ? AND state = 'claimed'")
        .bind(thread.as_str())
        .bind(&turn.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
