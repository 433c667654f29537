//! What requests to the model cost, and what the limits leave.

use claudetools_agent::ThreadId;
use claudetools_agent::models::MicroUsd;
use claudetools_ledger::{Standing, Totals, now};
use claudetools_policy::MemberId;

use crate::chat::{Chat, ChatError};
use crate::desk::Desk;
use crate::money::{self, key, limits};

/// What requests to the model cost. Days and months are those of UTC; [`Totals::unpriced`] counts replies whose money
/// is missing because the price of their model is not known.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// The thread's newest turn.
    pub turn: Totals,
    /// The thread, from its beginning.
    pub thread: Totals,
    /// The member, today, in all threads.
    pub member_today: Totals,
    /// The client that the thread is about, where it is about one.
    pub client: Option<ClientCosts>,
    /// Everybody, today.
    pub today: Totals,
    /// Each limit that holds for the member in this thread.
    pub limits: Vec<LimitLeft>,
    /// Requests of the thread whose prompt the cache should have served and did not.
    pub cache_losses: u64,
    /// What had changed the last time that happened.
    pub cache_lost: Option<String>,
}

/// What a client's threads cost.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientCosts {
    /// Its name.
    pub name: String,
    /// Today.
    pub today: Totals,
    /// This month.
    pub month: Totals,
}

/// A limit, and what it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitLeft {
    /// Its key in `plugins.toml`, for people: "`usd_per_thread`".
    pub key: &'static str,
    /// When it starts anew, as a clause.
    pub starts_anew: &'static str,
    /// The most that may be spent.
    pub most: MicroUsd,
    /// What was spent.
    pub spent: MicroUsd,
    /// What is set aside for requests that run.
    pub reserved: MicroUsd,
    /// What is left.
    pub left: MicroUsd,
}

impl From<Standing> for LimitLeft {
    fn from(standing: Standing) -> Self {
        let Standing { limit, spent, reserved } = standing;
        let (key, starts_anew) = (key(limit.scope), money::starts_anew(limit.scope));
        Self { key, starts_anew, most: limit.most, spent, reserved, left: standing.left() }
    }
}

impl Chat {
    /// What a thread and one of its members cost so far, and what every limit leaves them.
    pub async fn costs(&self, thread: &ThreadId, member: &MemberId) -> Result<Costs, ChatError> {
        let desk = self.desk();
        let ledger = &desk.settings.ledger;
        let (now, choices) = (now(), desk.choices(thread).await?);
        let (today, month) = (now.get(..10).unwrap_or_default(), now.get(..7).unwrap_or_default());
        let client = match choices.client.clone() {
            Some(name) => Some(ClientCosts {
                today: ledger.client_totals(&name, today).await?,
                month: ledger.client_totals(&name, month).await?,
                name,
            }),
            None => None,
        };
        let account = Desk::account(thread, &member.0, &choices);
        let limits = limits(&(desk.settings.budget)(), &choices, &account);
        let standings = ledger.standings(&account, &limits).await?;
        let (cache_losses, cache_lost) = ledger.cache_losses(thread).await?;
        Ok(Costs {
            turn: ledger.turn_totals(thread).await?,
            thread: ledger.thread_totals(thread).await?,
            member_today: ledger.member_totals(&member.0, today).await?,
            client,
            today: ledger.day_totals(today).await?,
            limits: standings.into_iter().map(LimitLeft::from).collect(),
            cache_losses,
            cache_lost,
        })
    }
}
