//! Confirmations: what people were asked, and what became of it. Each is settled once, and used once.

use std::collections::BTreeSet;

use claudetools_agent::{ThreadId, TurnId};

use crate::{Ledger, LedgerError, now};

/// A question to be put to people.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Unique, not to be guessed.
    pub id: &'a str,
    /// Where.
    pub thread: &'a ThreadId,
    /// In which turn.
    pub turn: &'a TurnId,
    /// The call that waits: asked about once.
    pub call: &'a str,
    /// What it is bound to.
    pub hash: &'a str,
    /// The kind of effect.
    pub shape: &'a str,
    /// What was shown, in the host's form.
    pub body: &'a str,
    /// Until when it stands: RFC 3339, UTC, with milliseconds.
    pub expires: &'a str,
}

/// A question as it stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Asked {
    /// Its number: they are counted as they are asked.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Where.
    pub thread: String,
    /// In which turn.
    pub turn: String,
    /// The call that waits.
    pub call: String,
    /// What it is bound to.
    pub hash: String,
    /// What was shown, in the host's form.
    pub body: String,
    /// Until when it stands.
    pub expires: String,
    /// What became of it.
    pub state: State,
    /// Who settled it.
    pub member: Option<String>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "lowercase")]
pub enum State {
    /// Nothing yet.
    Asked,
    /// Somebody said yes.
    Confirmed,
    /// Somebody said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// The turn was stopped, or went on without it.
    Withdrawn,
    /// The effect was let happen: from here on it may have.
    Used,
}

impl State {
    /// The word for it in the ledger and the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Used => "used",
        }
    }

    /// The states that it may follow on. A yes that nobody used in time expires, too.
    fn before(self) -> [Self; 2] {
        match self {
            Self::Used => [Self::Confirmed; 2],
            Self::Expired => [Self::Asked, Self::Confirmed],
            _ => [Self::Asked; 2],
        }
    }
}

/// Selects questions.
macro_rules! questions {
    ($rest:literal) => {
        concat!("SELECT seq, id, thread, turn, call, hash, body, expires, state, member FROM confirmation ", $rest)
    };
}

impl Ledger {
    /// Keeps a question.
    pub async fn ask(&self, asking: &Asking<'_>) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO confirmation (id, thread, turn, call, hash, shape, body, asked, expires, state) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'asked')",
        )
        .bind(asking.id)
        .bind(asking.thread.as_str())
        .bind(&asking.turn.0)
        .bind(asking.call)
        .bind(asking.hash)
        .bind(asking.shape)
        .bind(asking.body)
        .bind(now())
        .bind(asking.expires)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Every question of a thread, in the order in which they were asked.
    pub async fn asked_in(&self, thread: &ThreadId) -> Result<Vec<Asked>, LedgerError> {
        let query = sqlx::query_as(questions!("WHERE thread = ? ORDER BY seq")).bind(thread.as_str());
        Ok(query.fetch_all(self.read()).await?)
    }

    /// One question.
    pub async fn asked(&self, id: &str) -> Result<Option<Asked>, LedgerError> {
        let query = sqlx::query_as(questions!("WHERE id = ?")).bind(id);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// The question about a call.
    pub async fn asked_about(
        &self,
        thread: &ThreadId,
        turn: &TurnId,
        call: &str,
    ) -> Result<Option<Asked>, LedgerError> {
        let query = sqlx::query_as(questions!("WHERE thread = ? AND turn = ? AND call = ?"));
        let query = query.bind(thread.as_str()).bind(&turn.0).bind(call);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Questions that are not settled, oldest first.
    pub async fn open_questions(&self) -> Result<Vec<Asked>, LedgerError> {
        let query = sqlx::query_as(questions!("WHERE state IN ('asked', 'confirmed') ORDER BY seq"));
        Ok(query.fetch_all(self.read()).await?)
    }

    /// Questions that were put in a thread since then.
    pub async fn asked_since(&self, thread: &ThreadId, since: &str) -> Result<u64, LedgerError> {
        let query = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM confirmation WHERE thread = ? AND asked >= ?");
        let count = query.bind(thread.as_str()).bind(since).fetch_one(self.read()).await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Settles a question; false where it was settled before, so that only one click counts, and only one use.
    pub async fn settle(&self, id: &str, state: State, member: Option<&str>) -> Result<bool, LedgerError> {
        let [first, or] = state.before();
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE confirmation SET state = ?, member = coalesce(?, member), settled = ? WHERE id = ? AND state IN (?, ?)",
        )
        .bind(state)
        .bind(member)
        .bind(now())
        .bind(id)
        .bind(first)
        .bind(or)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Replaces what is kept of a question; false where it was settled before.
    pub async fn revise(&self, id: &str, body: &str) -> Result<bool, LedgerError> {
        let mut tx = self.write().await?;
        let done = sqlx::query("UPDATE confirmation SET body = ? WHERE id = ? AND state = 'asked'")
            .bind(body)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Kinds of effect that were confirmed in a thread.
    pub async fn confirmed_shapes(&self, thread: &ThreadId) -> Result<BTreeSet<String>, LedgerError> {
        let query = sqlx::query_scalar(
            "SELECT DISTINCT shape FROM confirmation WHERE thread = ? AND state IN ('confirmed', 'used')",
        );
        let shapes: Vec<String> = query.bind(thread.as_str()).fetch_all(self.read()).await?;
        Ok(shapes.into_iter().collect())
    }

    /// What a thread has taken in: why it counts as having something untrusted, and something sensitive.
    pub async fn flow(&self, thread: &ThreadId) -> Result<(Option<String>, Option<String>), LedgerError> {
        let query = sqlx::query_as("SELECT untrusted, sensitive FROM flow WHERE thread = ?").bind(thread.as_str());
        Ok(query.fetch_optional(self.read()).await?.unwrap_or_default())
    }

    /// Notes what a thread has taken in; what was noted first stays.
    pub async fn take_in(
        &self,
        thread: &ThreadId,
        untrusted: Option<&str>,
        sensitive: Option<&str>,
    ) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO flow (thread, untrusted, sensitive) VALUES (?1, ?2, ?3) ON CONFLICT (thread) \
             DO UPDATE SET untrusted = coalesce(untrusted, ?2), sensitive = coalesce(sensitive, ?3)",
        )
        .bind(thread.as_str())
        .bind(untrusted)
        .bind(sensitive)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}
