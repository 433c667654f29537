//! What replies used and cost.

use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_agent::{ThreadId, TurnId};

use crate::write::Write;
use crate::{Ledger, LedgerError};

/// What one reply used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Where.
    pub thread: ThreadId,
    /// The turn it belongs to.
    pub turn: TurnId,
    /// Whose turn.
    pub member: String,
    /// The client that the thread is about.
    pub client: Option<String>,
    /// The front's id of the channel that the thread belongs to.
    pub channel: Option<String>,
    /// The model that answered.
    pub model: String,
    /// The API's request id; may be empty.
    pub request: String,
    /// Tokens.
    pub usage: Usage,
    /// Its price, where known.
    pub cost: Option<MicroUsd>,
    /// What had changed, where the cache should have served the prompt and did not.
    pub cache_lost: Option<String>,
    /// What was set aside for it, which is settled with it.
    pub reservation: Option<i64>,
}

/// Sums over replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tokens.
    pub usage: Usage,
    /// Money, as far as prices are known.
    pub cost: MicroUsd,
    /// Replies.
    pub replies: u64,
    /// Turns.
    pub turns: u64,
}

type Sums = (i64, i64, i64, i64, i64, i64, i64, i64);

/// The same sums over different rows; `$tail` is the `WHERE` clause.
macro_rules! totals {
    ($tail:literal) => {
        concat!(
            "SELECT coalesce(sum(input), 0), coalesce(sum(cache_write_5m), 0), coalesce(sum(cache_write_1h), 0), ",
            "coalesce(sum(cache_read), 0), coalesce(sum(output), 0), coalesce(sum(micro_usd), 0), ",
            "count(*), count(DISTINCT turn) FROM usage WHERE ",
            $tail
        )
    };
}

impl Ledger {
    /// The sums of a thread.
    pub async fn thread_totals(&self, thread: &ThreadId) -> Result<Totals, LedgerError> {
        let sums = sqlx::query_as(totals!("thread = ?")).bind(thread.as_str()).fetch_one(self.read()).await?;
        Ok(sum(sums))
    }

    /// The sums of a member since a time (RFC 3339, UTC); all of them for an empty text.
    pub async fn member_totals(&self, member: &str, since: &str) -> Result<Totals, LedgerError> {
        let query = sqlx::query_as(totals!("member = ? AND at >= ?")).bind(member).bind(since);
        Ok(sum(query.fetch_one(self.read()).await?))
    }

    /// The sums of everybody on a day (`2026-11-22`, UTC).
    pub async fn day_totals(&self, day: &str) -> Result<Totals, LedgerError> {
        let query = sqlx::query_as(totals!("at >= ?1 AND at < ?1 || 'U'")).bind(day);
        Ok(sum(query.fetch_one(self.read()).await?))
    }

    /// The size of the thread's newest prompt, in tokens; 0 before the first reply.
    pub async fn context(&self, thread: &ThreadId) -> Result<u64, LedgerError> {
        let tokens: Option<i64> = sqlx::query_scalar(
            "SELECT input + cache_write_5m + cache_write_1h + cache_read FROM usage \
             WHERE thread = ? ORDER BY seq DESC LIMIT 1",
        )
        .bind(thread.as_str())
        .fetch_optional(self.read())
        .await?;
        Ok(count(tokens.unwrap_or_default()))
    }
}

fn sum((input, write_5m, write_1h, read, output, money, replies, turns): Sums) -> Totals {
    let usage = Usage {
        input: count(input),
        cache_write_5m: count(write_5m),
        cache_write_1h: count(write_1h),
        cache_read: count(read),
        output: count(output),
    };
    Totals { usage, cost: MicroUsd(count(money)), replies: count(replies), turns: count(turns) }
}

/// Never negative: only [`insert`] writes these columns.
pub(crate) fn count(stored: i64) -> u64 {
    stored.try_into().unwrap_or_default()
}

pub(crate) fn stored(count: u64) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

pub(crate) async fn insert(tx: &mut Write, row: &UsageRow, at: &str) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO usage (at, thread, turn, member, client, channel, model, request, input, cache_write_5m, \
         cache_write_1h, cache_read, output, micro_usd, cache_lost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(at)
    .bind(row.thread.as_str())
    .bind(&row.turn.0)
    .bind(&row.member)
    .bind(&row.client)
    .bind(&row.channel)
    .bind(&row.model)
    .bind(&row.request)
    .bind(stored(row.usage.input))
    .bind(stored(row.usage.cache_write_5m))
    .bind(stored(row.usage.cache_write_1h))
    .bind(stored(row.usage.cache_read))
    .bind(stored(row.usage.output))
    .bind(row.cost.map(|cost| stored(cost.0)))
    .bind(&row.cache_lost)
    .execute(&mut **tx)
    .await?;
    match row.reservation {
        Some(reservation) => crate::money::settle(tx, reservation).await,
        None => Ok(()),
    }
}
