//! The audit: what was done and refused, in a chain of hashes that shows every later change.

use claudetools_agent::{ThreadId, TurnId};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::write::Write;
use crate::{Ledger, LedgerError, now};

/// The `prev` of the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Rows read at a time when the chain is checked: bounds memory on an audit of years.
const PAGE: i64 = 1000;

macro_rules! kinds {
    ($($variant:ident $text:literal $doc:literal;)*) => {
        /// What a row of the audit is about. The text is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $(#[doc = $doc] $variant,)* }

        impl Kind {
            /// The stable text, such as `tool.intent`.
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$variant => $text,)* }
            }
        }
    };
}

kinds! {
    StartUp "host.start" "The program started: version, policy digest, plugins.";
    Shutdown "host.stop" "The program stopped in order.";
    Admission "plugin.admission" "A plugin was admitted or put in quarantine.";
    Approval "plugin.approval" "A reviewer approved or revoked a plugin.";
    Policy "policy.changed" "`plugins.toml` changed: what was taken, what is held, or why it can not be used.";
    ToolIntent "tool.intent" "A tool call is about to run.";
    ToolOutcome "tool.outcome" "A tool call ended.";
    Effects "tool.effects" "What a tool call did to the world, by grant.";
    Artifact "artifact" "A tool gave a file to people.";
    Refusal "refusal" "Something was refused.";
    Confirmation "confirmation" "People were asked to confirm an effect, or what became of the question.";
    Neutralised "chat.neutralised" "A link or mention in outgoing text was made harmless.";
    Setting "setting" "A person changed a setting.";
    Evidence "evidence" "A thread was packed as evidence: the digest of the archive, and for whom.";
    Conversation "conversation" "A person compacted, cleared, took back or forked a conversation.";
    Backup "ledger.backup" "A copy of the ledger was made: where, and up to which row.";
    Restore "ledger.restore" "The ledger is a copy that was put in the place of another one: which, and what was lost.";
}

/// What is to be written. Never a secret's value.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it is about.
    pub kind: Kind,
    /// Where, if in a thread.
    pub thread: Option<ThreadId>,
    /// In which turn, if in one.
    pub turn: Option<TurnId>,
    /// By whom or for whom, if for somebody.
    pub member: Option<String>,
    /// The particulars: an object.
    pub detail: Value,
}

/// One row of the audit.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::FromRow)]
pub struct Row {
    /// 1, 2, 3 …
    pub seq: i64,
    /// When.
    pub at: String,
    /// [`Kind::as_str`].
    pub kind: String,
    /// The thread.
    pub thread: Option<String>,
    /// The turn.
    pub turn: Option<String>,
    /// The member.
    pub member: Option<String>,
    /// Canonical JSON.
    pub detail: String,
    /// The hash of the row before.
    pub prev: String,
    /// SHA-256 (hex) of everything above.
    pub hash: String,
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many rows.
    pub rows: u64,
    /// The hash of the last one. Kept elsewhere, it also shows that rows were cut off the end.
    pub head: String,
}

/// A chain that does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A row is not what was written.
    #[error("the audit is broken at row {seq}: {why}")]
    At {
        /// The first row that does not fit.
        seq: i64,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Ledger {
    /// Appends a row and answers its number. It is written when this answers.
    pub async fn append_audit(&self, record: &Record) -> Result<i64, LedgerError> {
        let mut tx = self.write().await?;
        let seq = append(&mut tx, record).await?;
        tx.commit().await?;
        Ok(seq)
    }

    /// Rows after `seq`, oldest first, at most `most`.
    pub async fn audit(&self, after: i64, most: u32) -> Result<Vec<Row>, LedgerError> {
        let query = sqlx::query_as("SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
        Ok(query.bind(after).bind(i64::from(most)).fetch_all(self.read()).await?)
    }

    /// Rows of one kind before `seq`, newest first, at most `most`. `i64::MAX` begins with the newest.
    pub async fn audit_of(&self, kind: Kind, before: i64, most: u32) -> Result<Vec<Row>, LedgerError> {
        let query = sqlx::query_as("SELECT * FROM audit WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
        Ok(query.bind(kind.as_str()).bind(before).bind(i64::from(most)).fetch_all(self.read()).await?)
    }

    /// The newest rows, newest first, at most `most`.
    pub async fn newest_audit(&self, most: u32) -> Result<Vec<Row>, LedgerError> {
        let query = sqlx::query_as("SELECT * FROM audit ORDER BY seq DESC LIMIT ?");
        Ok(query.bind(i64::from(most)).fetch_all(self.read()).await?)
    }

    /// The newest rows of a thread, newest first, at most `most`.
    pub async fn audit_in(&self, thread: &ThreadId, most: u32) -> Result<Vec<Row>, LedgerError> {
        let query = sqlx::query_as("SELECT * FROM audit WHERE thread = ? ORDER BY seq DESC LIMIT ?");
        Ok(query.bind(thread.as_str()).bind(i64::from(most)).fetch_all(self.read()).await?)
    }

    /// The newest rows about a plugin, newest first, at most `most`.
    pub async fn audit_about(&self, plugin: &str, most: u32) -> Result<Vec<Row>, LedgerError> {
        let query =
            sqlx::query_as("SELECT * FROM audit WHERE json_extract(detail, '$.plugin') = ? ORDER BY seq DESC LIMIT ?");
        Ok(query.bind(plugin).bind(i64::from(most)).fetch_all(self.read()).await?)
    }

    /// The numbers of the first and the last row of a thread; `None` where there is none.
    pub async fn audit_span(&self, thread: &ThreadId) -> Result<Option<(i64, i64)>, LedgerError> {
        let query = sqlx::query_as("SELECT min(seq), max(seq) FROM audit WHERE thread = ?").bind(thread.as_str());
        let (first, last): (Option<i64>, Option<i64>) = query.fetch_one(self.read()).await?;
        Ok(first.zip(last))
    }

    /// One row of the audit.
    pub async fn audit_row(&self, seq: i64) -> Result<Option<Row>, LedgerError> {
        let query = sqlx::query_as("SELECT * FROM audit WHERE seq = ?").bind(seq);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Checks the whole chain: every row is what was written, none is missing between the first and the last.
    pub async fn verify_audit(&self) -> Result<Verified, Broken> {
        let mut verified = Verified { rows: 0, head: GENESIS.to_owned() };
        loop {
            let after = i64::try_from(verified.rows).unwrap_or(i64::MAX);
            let rows = self.audit(after, PAGE as u32).await?;
            if rows.is_empty() {
                return Ok(verified);
            }
            for row in rows {
                check(&row, &verified)?;
                verified = Verified { rows: verified.rows + 1, head: row.hash };
            }
        }
    }
}

impl Row {
    /// Whether its hash is that of what it says.
    pub fn is_as_written(&self) -> bool {
        self.hash == hash(self)
    }
}

/// Whether a row fits behind those that were checked.
fn check(row: &Row, before: &Verified) -> Result<(), Broken> {
    let at = |why| Err(Broken::At { seq: row.seq, why });
    if u64::try_from(row.seq).ok() != Some(before.rows + 1) {
        return at("the rows before it are missing");
    }
    if row.prev != before.head {
        return at("it does not follow the row before it");
    }
    if !row.is_as_written() {
        return at("it was changed after it was written");
    }
    Ok(())
}

/// Appends a row within a transaction of something else's, so that both are written or none.
pub(crate) async fn append(tx: &mut Write, record: &Record) -> Result<i64, LedgerError> {
    let last: Option<(i64, String)> =
        sqlx::query_as("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetch_optional(&mut **tx).await?;
    let (last, prev) = last.unwrap_or_else(|| (0, GENESIS.to_owned()));
    let row = row(record, last + 1, prev);
    sqlx::query(
        "INSERT INTO audit (seq, at, kind, thread, turn, member, detail, prev, hash) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(row.seq)
    .bind(&row.at)
    .bind(&row.kind)
    .bind(&row.thread)
    .bind(&row.turn)
    .bind(&row.member)
    .bind(&row.detail)
    .bind(&row.prev)
    .bind(&row.hash)
    .execute(&mut **tx)
    .await?;
    Ok(row.seq)
}

fn row(record: &Record, seq: i64, prev: String) -> Row {
    let mut row = Row {
        seq,
        at: now(),
        kind: record.kind.as_str().to_owned(),
        thread: record.thread.as_ref().map(ToString::to_string),
        turn: record.turn.as_ref().map(ToString::to_string),
        member: record.member.clone(),
        detail: sorted(&record.detail).to_string(),
        prev,
        hash: String::new(),
    };
    row.hash = hash(&row);
    row
}

/// SHA-256 over the canonical JSON of everything but the hash itself; `detail` goes in as the text that is stored.
fn hash(row: &Row) -> String {
    let canonical = serde_json::json!({
        "at": row.at,
        "detail": row.detail,
        "kind": row.kind,
        "member": row.member,
        "prev": row.prev,
        "seq": row.seq,
        "thread": row.thread,
        "turn": row.turn,
    });
    hex::encode(Sha256::digest(canonical.to_string()))
}

/// The same JSON with the keys of every object in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<_> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}
