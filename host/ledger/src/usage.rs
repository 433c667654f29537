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
    /// The turn it belongs to; empty for what was asked beside the conversation.
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
    /// Replies of a model without a known price, whose money is missing in `cost`.
    pub unpriced: u64,
}

/// What a bill is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The day (`2026-11-22`, UTC).
    Day,
    /// The member.
    Member,
    /// The client; empty for threads about none.
    Client,
}

type Sums = (i64, i64, i64, i64, i64, i64, i64, i64, i64);
/// [`Sums`] behind their key.
type Billed = (String, i64, i64, i64, i64, i64, i64, i64, i64, i64);

/// The same sums over different rows; `$tail` is the `WHERE` clause, `$key` a column in front of them.
macro_rules! totals {
    ($tail:literal) => {
        totals!("", $tail)
    };
    ($key:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $key,
            "coalesce(sum(input), 0), coalesce(sum(cache_write_5m), 0), coalesce(sum(cache_write_1h), 0), ",
            "coalesce(sum(cache_read), 0), coalesce(sum(output), 0), coalesce(sum(micro_usd), 0), ",
            "count(*), count(DISTINCT nullif(turn, '')), count(*) - count(micro_usd) FROM usage WHERE ",
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

    /// The sums of a thread's newest turn.
    pub async fn turn_totals(&self, thread: &ThreadId) -> Result<Totals, LedgerError> {
        let query = sqlx::query_as(totals!(
            "thread = ?1 AND turn = (SELECT turn FROM usage WHERE thread = ?1 ORDER BY seq DESC LIMIT 1)"
        ));
        Ok(sum(query.bind(thread.as_str()).fetch_one(self.read()).await?))
    }

    /// The sums of a client since a time (RFC 3339, UTC, or its beginning).
    pub async fn client_totals(&self, client: &str, since: &str) -> Result<Totals, LedgerError> {
        let query = sqlx::query_as(totals!("client = ? AND at >= ?")).bind(client).bind(since);
        Ok(sum(query.fetch_one(self.read()).await?))
    }

    /// The sums of a month (`2026-11`, UTC), each kind with its own, by name.
    pub async fn bill(&self, by: By, month: &str) -> Result<Vec<(String, Totals)>, LedgerError> {
        let query = sqlx::query_as(match by {
            By::Day => totals!("substr(at, 1, 10), ", "at >= ?1 AND at < ?1 || 'U' GROUP BY 1 ORDER BY 1"),
            By::Member => totals!("member, ", "at >= ?1 AND at < ?1 || 'U' GROUP BY 1 ORDER BY 1"),
            By::Client => totals!("coalesce(client, ''), ", "at >= ?1 AND at < ?1 || 'U' GROUP BY 1 ORDER BY 1"),
        });
        let rows: Vec<Billed> = query.bind(month).fetch_all(self.read()).await?;
        Ok(rows.into_iter().map(|(key, a, b, c, d, e, f, g, h, i)| (key, sum((a, b, c, d, e, f, g, h, i)))).collect())
    }

    /// How often a thread's cache was lost, and what had changed the last time.
    pub async fn cache_losses(&self, thread: &ThreadId) -> Result<(u64, Option<String>), LedgerError> {
        let (times, last): (i64, Option<String>) = sqlx::query_as(
            "SELECT count(*), (SELECT cache_lost FROM usage WHERE thread = ?1 AND cache_lost IS NOT NULL \
             ORDER BY seq DESC LIMIT 1) FROM usage WHERE thread = ?1 AND cache_lost IS NOT NULL",
        )
        .bind(thread.as_str())
        .fetch_one(self.read())
        .await?;
        Ok((count(times), last))
    }

    /// How often the cache was lost since a time (RFC 3339, UTC), by what had changed; and how many replies there were.
    pub async fn cache_lost_since(&self, since: &str) -> Result<(Vec<(String, u64)>, u64), LedgerError> {
        let lost: Vec<(String, i64)> = sqlx::query_as(
            "SELECT cache_lost, count(*) FROM usage WHERE at >= ? AND cache_lost IS NOT NULL GROUP BY 1 ORDER BY 1",
        )
        .bind(since)
        .fetch_all(self.read())
        .await?;
        let replies: i64 =
            sqlx::query_scalar("SELECT count(*) FROM usage WHERE at >= ?").bind(since).fetch_one(self.read()).await?;
        Ok((lost.into_iter().map(|(what, times)| (what, count(times))).collect(), count(replies)))
    }

    /// The size of the thread's newest prompt, in tokens; 0 before the first reply.
    pub async fn context(&self, thread: &ThreadId) -> Result<u64, LedgerError> {
        let tokens: Option<i64> = sqlx::query_scalar(
            "SELECT input + cache_write_5m + cache_write_1h + cache_read FROM usage \
             WHERE thread = ? AND turn <> '' ORDER BY seq DESC LIMIT 1",
        )
        .bind(thread.as_str())
        .fetch_optional(self.read())
        .await?;
        Ok(count(tokens.unwrap_or_default()))
    }
}

fn sum((input, write_5m, write_1h, read, output, money, replies, turns, unpriced): Sums) -> Totals {
    let usage = Usage {
        input: count(input),
        cache_write_5m: count(write_5m),
        cache_write_1h: count(write_1h),
        cache_read: count(read),
        output: count(output),
    };
    Totals {
        usage,
        cost: MicroUsd(count(money)),
        replies: count(replies),
        turns: count(turns),
        unpriced: count(unpriced),
    }
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
