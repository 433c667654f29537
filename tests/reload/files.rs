//! Components that come, change and go.

use std::io::Write as _;
use std::time::Duration;

use claudetools::catalog::{Catalog, Draft};
use claudetools::reload::State;
use claudetools_policy::Policy;
use claudetools_tests::built::guest;

use crate::house::{ECHO, House, START, approval, changed, quarantined, with_echo};

const HELLO: &str = r#"{"text":"hello"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_that_nobody_approved_is_called_by_nobody_and_not_shown_to_the_model() {
    let mut house = House::open(START, &[]).await;
    house.drop_in("echo.wasm", &guest("echo"));
    let change = house.plugin_change().await;
    assert!(quarantined(&change, "supply.unapproved"), "{change:?}");
    assert_eq!((change.name.as_str(), change.version.as_deref()), ("echo", Some("1.0.0")));
    assert!(change.found.is_some() && change.before.is_none(), "a card needs what was found");
    assert!(!house.offers("echo"));
    assert_eq!(house.call("tech", "echo", HELLO).await, "caller.origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_file_that_is_approved_is_callable_at_once() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[]).await;
    assert_eq!(house.call("tech", "echo", HELLO).await, "caller.origin");
    house.drop_in("echo.wasm", &bytes);
    house.admitted("echo").await;
    assert!(house.offers("echo"));
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
    assert_eq!(house.plugin_change().await.state, State::Admitted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_quarantined_and_a_file_that_is_put_back_is_admitted() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
    house.drop_in("echo.wasm", &changed(&bytes));
    let change = house.plugin_change().await;
    assert!(quarantined(&change, "supply.digest"), "{change:?}");
    let (before, found) = (change.before.unwrap(), change.found.unwrap());
    assert_ne!(before.component, found.component);
    assert_eq!(house.call("tech", "echo", HELLO).await, "caller.origin");
    house.drop_in("echo.wasm", &bytes);
    assert_eq!(house.plugin_change().await.state, State::Admitted);
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_taken_away_takes_its_tools_along() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    std::fs::remove_file(house.plugin("echo.wasm")).unwrap();
    let change = house.plugin_change().await;
    assert_eq!((change.name.as_str(), &change.state), ("echo", &State::Gone));
    assert!(!house.offers("echo"));
    assert_eq!(house.call("tech", "echo", HELLO).await, "caller.origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_update_takes_the_place_of_the_old_version() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    let update = changed(&bytes);
    let base = format!("{START}{ECHO}");
    house.drop_in("echo.wasm", &update);
    assert!(quarantined(&house.plugin_change().await, "supply.digest"));
    house.write_policy(&format!("{base}{}", approval(&update, &base)));
    let change = house.plugin_change().await;
    assert_eq!(change.state, State::Admitted);
    assert_eq!(change.found.unwrap().component, claudetools_policy::Digest::of(&update));
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_becomes_what_it_is_once_it_is_complete() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[]).await;
    let mut file = std::fs::File::create(house.plugin("echo.wasm")).unwrap();
    file.write_all(&bytes[..bytes.len() / 2]).unwrap();
    let change = house.plugin_change().await;
    assert!(quarantined(&change, "proto.export"), "{change:?}");
    file.write_all(&bytes[bytes.len() / 2..]).unwrap();
    assert_eq!(house.plugin_change().await.state, State::Admitted);
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_grows_for_a_while_is_judged_once() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[]).await;
    let mut file = std::fs::File::create(house.plugin("echo.wasm")).unwrap();
    for part in bytes.chunks(bytes.len() / 6 + 1) {
        file.write_all(part).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.plugin_change().await.state, State::Admitted, "it was judged before it was complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compiled_is_not_compiled_again_whatever_its_table_says() {
    let (policy, bytes) = with_echo();
    let house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    let (base, now) = (house.places.path("base"), house.now());
    let other = Policy::parse(&policy.replace("roles = [\"tech\"]", "roles = []")).unwrap();
    let other = now.policy.adopt(other, &[]).policy;
    assert!(!Draft::new(&other, &base, &Catalog::default()).is_complete(), "nothing was compiled before");
    let draft = Draft::new(&other, &base, &now.catalog);
    assert!(draft.is_complete());
    let catalog = draft.catalog();
    let echo = catalog.with_tool("echo").unwrap();
    assert!(echo.admitted.policy.roles.is_empty() && echo.plugin.admitted().policy.roles.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_has_its_row_in_the_audit() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[]).await;
    house.drop_in("echo.wasm", &changed(&bytes));
    house.plugin_change().await;
    house.drop_in("echo.wasm", &bytes);
    house.plugin_change().await;
    std::fs::remove_file(house.plugin("echo.wasm")).unwrap();
    house.plugin_change().await;
    let rows = house.audited().await.into_iter().filter(|(kind, _)| kind == "plugin.admission");
    let rows: Vec<String> =
        rows.map(|(_, row)| format!("{} {} {}", row["plugin"], row["state"], row["codes"])).collect();
    assert_eq!(rows, [r#""echo" "in quarantine" ["supply.digest"]"#, r#""echo" "admitted" []"#, r#""echo" "gone" []"#]);
    house.ledger.verify_audit().await.unwrap();
}

mod running {
    //! Calls that run while their plugin changes.

    use super::*;

    const MEM: &str =
        "[plugin.evil-mem]\ncallers = { roles = [\"tech\"], origin = [\"model\"] }\nlimit = { wall = \"3s\" }\n";

    fn with_mem() -> (String, Vec<u8>) {
        let bytes = guest("evil-mem");
        let policy = format!("{START}{MEM}");
        (format!("{policy}{}", approval(&bytes, &policy)), bytes)
    }

    /// A call that runs until its time is up, once it has begun.
    async fn spinning(house: &House) -> tokio::task::JoinHandle<String> {
        let call = house.start("tech", "spin", "{}");
        while !house.ledger.newest_audit(1).await.unwrap().iter().any(|row| row.kind == "tool.intent") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        call
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_changed_file_does_not_end_a_call_that_runs() {
        let (policy, bytes) = with_mem();
        let mut house = House::open(&policy, &[("mem.wasm", &bytes)]).await;
        let call = spinning(&house).await;
        house.drop_in("mem.wasm", &changed(&bytes));
        assert!(quarantined(&house.plugin_change().await, "supply.digest"));
        assert!(!call.is_finished(), "it ended before the change; nothing was tried");
        assert_eq!(call.await.unwrap(), "limit.time", "it was to end as if nothing had happened");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_approval_that_is_taken_back_ends_the_calls_that_run() {
        let (policy, bytes) = with_mem();
        let mut house = House::open(&policy, &[("mem.wasm", &bytes)]).await;
        let call = spinning(&house).await;
        house.write_policy(&format!("{START}{MEM}"));
        assert!(quarantined(&house.plugin_change().await, "supply.unapproved"));
        assert_eq!(call.await.unwrap(), "supply.unapproved");
        assert_eq!(house.call("tech", "spin", "{}").await, "caller.origin");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_approval_that_is_taken_back_ends_calls_of_a_version_that_was_replaced() {
        let (policy, bytes) = with_mem();
        let mut house = House::open(&policy, &[("mem.wasm", &bytes)]).await;
        let call = spinning(&house).await;
        house.drop_in("mem.wasm", &changed(&bytes));
        house.plugin_change().await;
        house.write_policy(START);
        assert_eq!(call.await.unwrap(), "supply.unapproved");
    }
}
