//! A thread that begins with the conversation of another.

use claudetools_agent::ThreadId;

use crate::write::Write;
use crate::{Ledger, LedgerError, now};

/// What a fork takes over, from `?1` to `?2`. What the other thread has taken in and whose words are in it goes along:
/// a fork is no way to leave that behind. Costs, files and what plugins keep stay where they are.
const STEPS: [&str; 5] = [
    "INSERT INTO journal (thread, seq, at, entry) SELECT ?2, seq, at, entry FROM journal WHERE thread = ?1",
    "UPDATE thread SET (title, begins) = (SELECT title, begins FROM thread WHERE id = ?1) WHERE id = ?2",
    "INSERT INTO voice (thread, member, role_ids) SELECT ?2, member, role_ids FROM ( \
       SELECT member, role_ids, max(seq) FROM ( \
         SELECT member, role_ids, seq FROM inbox WHERE thread = ?1 AND state <> 'received' AND mode <> 'removed' \
         UNION ALL SELECT member, role_ids, 0 FROM voice WHERE thread = ?1) GROUP BY member) WHERE true \
     ON CONFLICT DO NOTHING",
    "INSERT INTO flow (thread, untrusted, sensitive) SELECT ?2, untrusted, sensitive FROM flow WHERE thread = ?1 \
     ON CONFLICT (thread) DO UPDATE SET untrusted = coalesce(untrusted, excluded.untrusted), \
     sensitive = coalesce(sensitive, excluded.sensitive)",
    "INSERT INTO choice (thread, key, value) SELECT ?2, key, value FROM choice WHERE thread = ?1 \
     AND key <> 'raised' ON CONFLICT DO NOTHING",
];

impl Ledger {
    /// Begins a thread with the conversation of another. False, and nothing is done, where it has begun already.
    pub async fn fork(&self, from: &ThreadId, to: &ThreadId) -> Result<bool, LedgerError> {
        let mut tx = self.write().await?;
        crate::thread::touch(&mut tx, to, "", &now()).await?;
        if has_begun(&mut tx, to).await? {
            return Ok(false);
        }
        for step in STEPS {
            sqlx::query(step).bind(from.as_str()).bind(to.as_str()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

async fn has_begun(tx: &mut Write, thread: &ThreadId) -> Result<bool, LedgerError> {
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM journal WHERE thread = ?)").bind(thread.as_str());
    Ok(query.fetch_one(&mut **tx).await?)
}
