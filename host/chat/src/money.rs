//! Money: it is set aside before each request, and its limits are said in words.

use std::sync::Arc;

use claudetools_agent::ThreadId;
use claudetools_agent::bound;
use claudetools_agent::client::Request;
use claudetools_agent::entry::Entry;
use claudetools_agent::models::{self, MicroUsd};
use claudetools_ledger::{Account, LedgerError, Limit, Reserved, Scope, Standing, now};
use claudetools_policy::{Budget, Code, Digest, Refusal};

use crate::choices::Choices;
use crate::desk::Desk;
use crate::{Delivery, DeliveryKind};

/// Tokens that a reply must be able to have: with fewer, nothing but a cut-off beginning would be paid for.
const SHORTEST_REPLY: u64 = 2_000;
/// How much of a limit, in hundredths, is used up when people are warned.
const WARNING: u64 = 80;

/// What is set aside for a request.
#[derive(Clone, Debug)]
pub(crate) struct Purse {
    /// Whose money it is.
    pub(crate) account: Account,
    /// What holds in its thread.
    pub(crate) choices: Choices,
    /// The reservation; none where the model's price is not known.
    pub(crate) reservation: Option<i64>,
}

/// Why no money was set aside.
#[derive(Clone, Debug)]
pub(crate) struct Short {
    /// Which limit leaves too little.
    pub(crate) refusal: Refusal,
    /// What the thread may spend, where it is its own limit.
    pub(crate) thread: Option<MicroUsd>,
}

impl Desk {
    /// Sets money aside for a request, and shortens its reply to what is left; a refusal says which limit leaves too
    /// little. `entries` is the thread's journal.
    pub(crate) async fn set_aside(
        &self,
        account: Account,
        choices: Choices,
        request: &mut Request,
        entries: &[Entry],
    ) -> Result<Result<Purse, Short>, LedgerError> {
        let Some(row) = models::find(&request.model) else {
            return Ok(Ok(Purse { account, choices, reservation: None }));
        };
        let prompt = bound::prompt(request, entries);
        let (least, most) = (row.bill(&prompt, SHORTEST_REPLY), row.bill(&prompt, row.max_tokens.into()));
        let limits = limits(&(self.settings.budget)(), &choices, &account);
        Ok(match self.settings.ledger.reserve(&account, least, most, &limits).await? {
            Reserved::No(standing) => Err(Short::new(&standing, least)),
            Reserved::Yes { id, amount } => {
                request.longest_reply = u32::try_from(row.affords(&prompt, amount)).ok();
                Ok(Purse { account, choices, reservation: Some(id) })
            }
        })
    }

    /// Warns in the thread of each limit that is nearly used up: once for each limit and period.
    pub(crate) async fn warn(self: &Arc<Self>, Purse { account, choices, .. }: &Purse) -> Result<(), LedgerError> {
        let limits = limits(&(self.settings.budget)(), choices, account);
        let now = now();
        for standing in self.settings.ledger.standings(account, &limits).await? {
            if is_nearly_used_up(&standing) {
                self.owe(&warning(&standing, account, &now)).await?;
            }
        }
        Ok(())
    }

    /// Whose money a request in a thread spends.
    pub(crate) fn account(thread: &ThreadId, member: &str, choices: &Choices) -> Account {
        Account {
            thread: thread.clone(),
            member: member.to_owned(),
            client: choices.client.clone(),
            channel: choices.channel.clone(),
        }
    }
}

/// The limits that hold for an account, the tightest kind first.
pub(crate) fn limits(budget: &Budget, choices: &Choices, account: &Account) -> Vec<Limit> {
    let client = |most: Option<u64>| most.filter(|_| account.client.is_some());
    let limits = [
        (Scope::Thread, budget.thread.map(|most| MicroUsd(most).plus(choices.raised).0)),
        (Scope::MemberDay, budget.member_day),
        (Scope::ChannelDay, choices.policy.micro_usd_per_day.filter(|_| account.channel.is_some())),
        (Scope::ClientDay, client(budget.client_day)),
        (Scope::ClientMonth, client(budget.client_month)),
        (Scope::Day, budget.day),
    ];
    limits.into_iter().filter_map(|(scope, most)| Some(Limit { scope, most: MicroUsd(most?) })).collect()
}

impl Short {
    fn new(standing: &Standing, least: MicroUsd) -> Self {
        let Limit { scope, most } = standing.limit;
        Self { refusal: refusal(standing, least), thread: (scope == Scope::Thread).then_some(most) }
    }
}

fn is_nearly_used_up(standing: &Standing) -> bool {
    standing.spent.0.saturating_mul(100) >= standing.limit.most.0.saturating_mul(WARNING)
}

/// A notice whose id is the same for the same limit in the same period, so that it is owed once.
fn warning(standing: &Standing, account: &Account, now: &str) -> Delivery {
    let Limit { scope, most } = standing.limit;
    let once = format!("warning {scope:?} {} {} {}", scope.subject(account), scope.since(now), most.0);
    let then = match scope {
        Scope::Thread => "nothing more is asked of the model here",
        _ => "nothing more is asked of the model until then",
    };
    Delivery {
        id: Digest::of(once).hex()[..16].to_owned(),
        thread: account.thread.clone(),
        reply_to: None,
        kind: DeliveryKind::Notice(format!(
            "{}; {}. Once it is used up, {then}.",
            capitalised(&spent(standing)),
            starts_anew(scope)
        )),
        posted: Vec::new(),
    }
}

/// Which limit, how much, when it starts anew, and who can raise it.
fn refusal(standing: &Standing, least: MicroUsd) -> Refusal {
    let Limit { scope, .. } = standing.limit;
    let set_aside = match standing.reserved {
        MicroUsd(0) => String::new(),
        reserved => format!(", {reserved} more is set aside for requests that run"),
    };
    let next = match standing.left() {
        MicroUsd(0) => String::new(),
        _ => format!(", and the next request may cost {least}"),
    };
    let message = format!(
        "{}{set_aside}{next}; {}, and whoever runs the bot can raise {} in plugins.toml",
        spent(standing),
        starts_anew(scope),
        key(scope),
    );
    Refusal::new(Code::LimitMoney, message)
}

/// `this thread has spent $4.00 of its $5.00`.
fn spent(standing: &Standing) -> String {
    let Limit { scope, most } = standing.limit;
    let (who, day) = match scope {
        Scope::Thread => ("this thread has", ""),
        Scope::MemberDay => ("the person who asked has", " of today"),
        Scope::ChannelDay => ("this channel has", " of today"),
        Scope::ClientDay => ("this client has", " of today"),
        Scope::ClientMonth => ("this client has", " of this month"),
        Scope::Day => ("everybody together has", " of today"),
    };
    format!("{who} spent {} of the {most}{day}", standing.spent)
}

pub(crate) fn starts_anew(scope: Scope) -> &'static str {
    match scope {
        Scope::Thread => "it does not start anew, but a new thread does",
        Scope::ClientMonth => "it starts anew on the first of the month (UTC)",
        _ => "it starts anew at midnight (UTC)",
    }
}

/// The key that raises it.
pub(crate) fn key(scope: Scope) -> &'static str {
    match scope {
        Scope::Thread => "`usd_per_thread`",
        Scope::MemberDay => "`usd_per_member_day`",
        Scope::ChannelDay => "`usd_per_day` of the channel",
        Scope::ClientDay => "`usd_per_client_day`",
        Scope::ClientMonth => "`usd_per_client_month`",
        Scope::Day => "`usd_per_day`",
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
