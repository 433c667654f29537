//! Money: nobody spends the same twice, and what was set aside is settled, released or forgotten in time.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use claudetools_agent::models::{MicroUsd, Usage};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Account, Batch, Ledger, Limit, Reserved, Scope, UsageRow, from_now};
use proptest::prelude::*;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::Barrier;

fn account(thread: u64, member: &str) -> Account {
    Account {
        thread: ThreadId::new("discord", thread),
        member: member.to_owned(),
        client: Some("contoso".to_owned()),
        channel: Some("9".to_owned()),
    }
}

fn limit(scope: Scope, most: u64) -> Limit {
    Limit { scope, most: MicroUsd(most) }
}

async fn reserve(ledger: &Ledger, account: &Account, amount: u64, limits: &[Limit]) -> Option<(i64, u64)> {
    match ledger.reserve(account, MicroUsd(amount), MicroUsd(amount), limits).await.unwrap() {
        Reserved::Yes { id, amount } => Some((id, amount.0)),
        Reserved::No(_) => None,
    }
}

/// A reply that cost so much, and settles a reservation.
async fn spend(ledger: &Ledger, account: &Account, cost: u64, reservation: Option<i64>) {
    let row = UsageRow {
        thread: account.thread.clone(),
        turn: TurnId("1".to_owned()),
        member: account.member.clone(),
        client: account.client.clone(),
        channel: account.channel.clone(),
        model: "claude-haiku-5-5".to_owned(),
        request: String::new(),
        usage: Usage::default(),
        cost: Some(MicroUsd(cost)),
        cache_lost: None,
        reservation,
    };
    ledger.commit(&account.thread, Batch { usage: Some(&row), ..Batch::default() }).await.unwrap();
}

/// What counts as gone of a limit.
async fn gone(ledger: &Ledger, account: &Account, scope: Scope) -> (u64, u64) {
    let standing = ledger.standings(account, &[limit(scope, 0)]).await.unwrap()[0];
    (standing.spent.0, standing.reserved.0)
}

/// Changes a ledger that nobody has open.
async fn change(dir: &Path, sql: &'static str, at: &str) {
    let file = format!("sqlite://{}", dir.join("ledger.sqlite").display());
    let mut connection = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query(sql).bind(at).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn threads_of_one_member_cannot_spend_the_same_money() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let barrier = Arc::new(Barrier::new(16));
    let tasks: Vec<_> = (0..16)
        .map(|thread| {
            let (ledger, barrier) = (ledger.clone(), Arc::clone(&barrier));
            tokio::spawn(async move {
                barrier.wait().await;
                reserve(&ledger, &account(thread, "alice"), 300, &[limit(Scope::MemberDay, 1000)]).await.is_some()
            })
        })
        .collect();
    let mut given = 0;
    for task in tasks {
        given += u32::from(task.await.unwrap());
    }
    assert_eq!(given, 3, "of 1000, 300 can be given three times");
    assert_eq!(gone(&ledger, &account(0, "alice"), Scope::MemberDay).await, (0, 900));
    assert!(reserve(&ledger, &account(0, "bob"), 300, &[limit(Scope::MemberDay, 1000)]).await.is_some());
}

#[tokio::test]
async fn a_request_gets_what_the_tightest_limit_leaves_or_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let alice = account(1, "alice");
    spend(&ledger, &alice, 700, None).await;
    let limits = [limit(Scope::Thread, 5000), limit(Scope::ClientMonth, 1000), limit(Scope::Day, 2000)];
    let some = ledger.reserve(&alice, MicroUsd(100), MicroUsd(900), &limits).await.unwrap();
    assert!(matches!(some, Reserved::Yes { amount: MicroUsd(300), .. }), "{some:?}");
    let Reserved::No(standing) = ledger.reserve(&alice, MicroUsd(100), MicroUsd(900), &limits).await.unwrap() else {
        panic!("nothing is left");
    };
    assert_eq!((standing.limit, standing.spent, standing.reserved), (limits[1], MicroUsd(700), MicroUsd(300)));
    let other = Account { client: None, ..account(2, "bob") };
    assert!(reserve(&ledger, &other, 900, &[limit(Scope::Day, 2000)]).await.is_some(), "another client's money");
}

#[tokio::test]
async fn what_is_settled_or_released_is_set_aside_no_longer() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path()).await.unwrap();
    let alice = account(1, "alice");
    let (settled, _) = reserve(&ledger, &alice, 500, &[]).await.unwrap();
    let (released, _) = reserve(&ledger, &alice, 500, &[]).await.unwrap();
    spend(&ledger, &alice, 40, Some(settled)).await;
    assert_eq!(gone(&ledger, &alice, Scope::Thread).await, (40, 500));
    ledger.release(released).await.unwrap();
    for scope in [Scope::Thread, Scope::MemberDay, Scope::ChannelDay, Scope::ClientDay, Scope::ClientMonth, Scope::Day]
    {
        assert_eq!(gone(&ledger, &alice, scope).await, (40, 0), "{scope:?}");
    }
}

#[tokio::test]
async fn what_a_dead_program_had_set_aside_counts_for_an_hour() {
    let dir = tempfile::tempdir().unwrap();
    let alice = account(1, "alice");
    let ledger = Ledger::open(dir.path()).await.unwrap();
    reserve(&ledger, &alice, 500, &[]).await.unwrap();
    drop(ledger);
    let ledger = Ledger::open(dir.path()).await.unwrap();
    assert_eq!(gone(&ledger, &alice, Scope::Thread).await, (0, 500), "its request may have cost that");
    ledger.close().await;
    drop(ledger);
    let hour_ago = from_now(std::time::Duration::from_secs(3601), true);
    change(dir.path(), "UPDATE reservation SET lost = ?", &hour_ago).await;
    let ledger = Ledger::open(dir.path()).await.unwrap();
    assert_eq!(gone(&ledger, &alice, Scope::Thread).await, (0, 0));
}

#[tokio::test]
async fn a_day_and_a_month_end_and_a_thread_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let alice = account(1, "alice");
    let ledger = Ledger::open(dir.path()).await.unwrap();
    spend(&ledger, &alice, 40, None).await;
    ledger.close().await;
    drop(ledger);
    let days = |days: u64| from_now(std::time::Duration::from_secs(days * 86_400), true);
    for (at, expected) in [(days(1), [40, 0, 0]), (days(32), [40, 0, 0])] {
        change(dir.path(), "UPDATE usage SET at = ?", &at).await;
        let ledger = Ledger::open(dir.path()).await.unwrap();
        let mut spent = Vec::new();
        for scope in [Scope::Thread, Scope::MemberDay, Scope::Day] {
            spent.push(gone(&ledger, &alice, scope).await.0);
        }
        assert_eq!(spent, expected, "{at}");
        if at == days(32) {
            assert_eq!(gone(&ledger, &alice, Scope::ClientMonth).await.0, 0);
        }
        ledger.close().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever is asked for, settled for at most what was given, and released: no limit is ever exceeded.
    #[test]
    fn the_sum_of_reservations_never_exceeds_a_limit(steps in prop::collection::vec((0..3_u8, 0..3_u64, 1..600_u64), 1..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let ledger = Ledger::open(dir.path()).await.unwrap();
            let limits = [limit(Scope::Thread, 900), limit(Scope::MemberDay, 1500), limit(Scope::Day, 2000)];
            let mut open: Vec<(Account, i64, u64)> = Vec::new();
            for (what, who, amount) in steps {
                let account = account(who, if who == 0 { "alice" } else { "bob" });
                match (what, open.pop()) {
                    (1, Some((account, id, given))) => spend(&ledger, &account, given.min(amount), Some(id)).await,
                    (2, Some((_, id, _))) => ledger.release(id).await.unwrap(),
                    (_, last) => {
                        open.extend(last);
                        let most = MicroUsd(amount);
                        if let Reserved::Yes { id, amount } = ledger.reserve(&account, MicroUsd(1), most, &limits).await.unwrap() {
                            open.push((account.clone(), id, amount.0));
                        }
                    }
                }
                for standing in ledger.standings(&account, &limits).await.unwrap() {
                    assert!(standing.spent.plus(standing.reserved) <= standing.limit.most, "{standing:?}");
                }
            }
        });
    }
}
