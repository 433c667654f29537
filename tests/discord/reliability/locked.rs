//! A ledger that another program holds while the bot runs.

use std::time::Duration;

use claudetools_support::discord::{GENERAL, Person, RANDOM, State};
use claudetools_tests::bot::PATIENCE;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::company::{orders, world};

/// Discord's time for an acknowledgement.
const ACK: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn rel_06_while_the_ledger_is_locked_clicks_are_acknowledged_and_nothing_is_done_that_cannot_be_written() {
    let (world, service) = world(orders).await;
    service.answers.open();
    let bot = world.start().await;
    let alice = Person::alice();
    let thread = world.discord.says(&alice, GENERAL, "@claude hello");
    world.said(thread, "You said: hello").await;
    world.at_rest().await;
    let file = world.places.path("data/ledger.sqlite");
    let mut other = SqliteConnectOptions::new().filename(file).connect().await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let pressed: Vec<u64> = [("status", &[][..]), ("model", &[("model", "haiku")][..]), ("clear", &[][..])]
        .map(|(command, options)| world.discord.slash(&alice, thread, command, options))
        .to_vec();
    let acknowledged = |state: &State| {
        let all = pressed.iter().map(|id| &state.interactions[id]);
        all.map(|one| one.acknowledged.map(|(at, _)| at - one.at)).collect::<Option<Vec<_>>>()
    };
    let took = world.discord.wait_for("the acknowledgements", PATIENCE, acknowledged).await;
    assert!(took.iter().all(|time| *time < ACK), "{took:?}");
    world.discord.says(&alice, RANDOM, "@claude order one");
    world.said(RANDOM, "I could not write your message down").await;
    assert!(service.orders().is_empty());
    lock.rollback().await.unwrap();
    other.close().await.unwrap();
    let later = world.discord.says(&alice, RANDOM, "@claude order two");
    world.said(later, "It says: ").await;
    assert_eq!(service.orders(), ["two"]);
    world.whole(bot, &service, Vec::new()).await;
}
