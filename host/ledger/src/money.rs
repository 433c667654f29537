//! Money: what was spent, what is set aside, and whether a limit leaves enough for one more request.

use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::models::MicroUsd;
use sqlx::SqliteConnection;

use crate::usage::{count, stored};
use crate::write::Write;
use crate::{Ledger, LedgerError, from_now, now};

/// How long the money of a request counts as spent whose outcome nobody learnt, because the program ended: longer than
/// any request runs, and not for ever.
const LOST: Duration = Duration::from_secs(3600);

/// The money of the rows that `$whose` names.
macro_rules! sums {
    ($whose:literal) => {
        concat!(
            "SELECT (SELECT coalesce(sum(micro_usd), 0) FROM usage WHERE ",
            $whose,
            " AND at >= ?2), (SELECT coalesce(sum(micro_usd), 0) FROM reservation WHERE ",
            $whose,
            " AND (lost IS NULL OR lost >= ?3))"
        )
    };
}

/// Whose money a request spends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The thread that it is made in.
    pub thread: ThreadId,
    /// Who began its turn.
    pub member: String,
    /// The client that the thread is about.
    pub client: Option<String>,
    /// The front's id of the channel that the thread belongs to.
    pub channel: Option<String>,
}

/// What a limit of money is about. Days and months are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The thread, from its beginning.
    Thread,
    /// The member, today.
    MemberDay,
    /// The channel, today.
    ChannelDay,
    /// The client, today.
    ClientDay,
    /// The client, this month.
    ClientMonth,
    /// Everybody, today.
    Day,
}

/// A limit of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it is about.
    pub scope: Scope,
    /// The most that may be spent.
    pub most: MicroUsd,
}

/// How a limit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// What was spent.
    pub spent: MicroUsd,
    /// What is set aside for requests that run, or that ended with the program.
    pub reserved: MicroUsd,
}

/// Whether money could be set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It is, so much of it as every limit leaves.
    Yes {
        /// To be settled or released.
        id: i64,
        /// How much.
        amount: MicroUsd,
    },
    /// This limit leaves too little.
    No(Standing),
}

impl Standing {
    /// What the limit leaves.
    pub fn left(&self) -> MicroUsd {
        MicroUsd(self.limit.most.0.saturating_sub(self.spent.plus(self.reserved).0))
    }
}

impl Scope {
    /// When the period began, as the beginning of a time; empty where there is no period.
    pub fn since(self, now: &str) -> &str {
        match self {
            Self::Thread => "",
            Self::MemberDay | Self::ChannelDay | Self::ClientDay | Self::Day => now.get(..10).unwrap_or(now),
            Self::ClientMonth => now.get(..7).unwrap_or(now),
        }
    }

    /// Whom it is about; empty for everybody.
    pub fn subject(self, account: &Account) -> &str {
        match self {
            Self::Thread => account.thread.as_str(),
            Self::MemberDay => &account.member,
            Self::ChannelDay => account.channel.as_deref().unwrap_or_default(),
            Self::ClientDay | Self::ClientMonth => account.client.as_deref().unwrap_or_default(),
            Self::Day => "",
        }
    }

    /// The sums of both tables: `?1` the subject, `?2` the beginning of the period, `?3` since when lost money counts.
    fn sums(self) -> &'static str {
        match self {
            Self::Thread => sums!("thread = ?1"),
            Self::MemberDay => sums!("member = ?1"),
            Self::ChannelDay => sums!("channel = ?1"),
            Self::ClientDay | Self::ClientMonth => sums!("client = ?1"),
            Self::Day => sums!("?1 = ''"),
        }
    }
}

impl Ledger {
    /// Sets money aside for a request, the only one of its thread: at most `most`, at least `least`, as every limit leaves it. Checked and written
    /// in one transaction, so that requests at the same time can't spend the same money.
    pub async fn reserve(
        &self,
        account: &Account,
        least: MicroUsd,
        most: MicroUsd,
        limits: &[Limit],
    ) -> Result<Reserved, LedgerError> {
        let mut tx = self.write().await?;
        lose(&mut tx, Some(&account.thread)).await?;
        let mut amount = most;
        for limit in limits {
            let standing = standing(&mut tx, account, *limit).await?;
            if standing.left() < least {
                return Ok(Reserved::No(standing));
            }
            amount = amount.min(standing.left());
        }
        let id = insert(&mut tx, account, amount).await?;
        tx.commit().await?;
        Ok(Reserved::Yes { id, amount })
    }

    /// Gives money back whose request ended without a reply.
    pub async fn release(&self, reservation: i64) -> Result<(), LedgerError> {
        let mut tx = self.write().await?;
        settle(&mut tx, reservation).await?;
        Ok(tx.commit().await?)
    }

    /// How limits stand, in their order.
    pub async fn standings(&self, account: &Account, limits: &[Limit]) -> Result<Vec<Standing>, LedgerError> {
        let mut connection = self.read().acquire().await?;
        let mut standings = Vec::with_capacity(limits.len());
        for limit in limits {
            standings.push(standing(&mut connection, account, *limit).await?);
        }
        Ok(standings)
    }
}

/// Marks what is set aside in a thread for a request of which nobody will tell any more, because its turn broke; in
/// every thread, where the program has just begun. Forgets what was marked long ago.
pub(crate) async fn lose(tx: &mut Write, thread: Option<&ThreadId>) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM reservation WHERE lost < ?").bind(from_now(LOST, true)).execute(&mut **tx).await?;
    sqlx::query("UPDATE reservation SET lost = ?1 WHERE lost IS NULL AND (?2 IS NULL OR thread = ?2)")
        .bind(now())
        .bind(thread.map(ThreadId::as_str))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes a reservation away: its request has ended.
pub(crate) async fn settle(tx: &mut Write, reservation: i64) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM reservation WHERE id = ?").bind(reservation).execute(&mut **tx).await?;
    Ok(())
}

async fn standing(connection: &mut SqliteConnection, account: &Account, limit: Limit) -> Result<Standing, LedgerError> {
    let now = now();
    let (spent, reserved): (i64, i64) = sqlx::query_as(limit.scope.sums())
        .bind(limit.scope.subject(account))
        .bind(limit.scope.since(&now))
        .bind(from_now(LOST, true))
        .fetch_one(connection)
        .await?;
    Ok(Standing { limit, spent: MicroUsd(count(spent)), reserved: MicroUsd(count(reserved)) })
}

async fn insert(tx: &mut Write, account: &Account, amount: MicroUsd) -> Result<i64, LedgerError> {
    let done = sqlx::query(
        "INSERT INTO reservation (at, thread, member, client, channel, micro_usd) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(now())
    .bind(account.thread.as_str())
    .bind(&account.member)
    .bind(&account.client)
    .bind(&account.channel)
    .bind(stored(amount.0))
    .execute(&mut **tx)
    .await?;
    Ok(done.last_insert_rowid())
}
