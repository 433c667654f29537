//! A `plugins.toml` that changes.

use claudetools::approval::Baseline;
use claudetools::reload::Change;
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::house::{ECHO, House, START, approval, with_echo};

const HELLO: &str = r#"{"text":"hello"}"#;
const READ: &str = r#"{"file_path":"/repo/src/main.rs"}"#;

/// [`START`] whose reading is limited to `docs`.
fn narrow() -> String {
    START.replace("allow = [\"**\"]", "allow = [\"docs/**\"]")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_leaves_everything_as_it_was_and_is_said() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    for broken in ["schema = 1\n[roles]\ntech = { locall = true }\n", "", "\u{feff}schema = 1\n", "roles:\n  tech: 1\n"]
    {
        house.write_policy(broken);
        let Change::Kept { error } = house.change().await else { panic!("{broken:?} was taken") };
        assert!(error.starts_with("plugins.toml:"), "{error}");
        assert!(error.ends_with("; what was in force before stays"), "{error}");
        assert_eq!(house.notices(1).await, [error]);
        assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
    }
    house.write_policy(&policy);
    assert!(matches!(house.change().await, Change::Taken { held, .. } if held.is_empty()));
    assert_eq!(house.notices(0).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_taken_away_leaves_everything_as_it_was() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    let path = house.places.path("base/plugins.toml");
    std::fs::remove_file(&path).unwrap();
    let said = house.notices(1).await[0].replace(house.places.temp.path().to_str().unwrap(), "…");
    assert_snapshot!(said, @"…/base/plugins.toml can't be read (No such file or directory (os error 2)); put it back; what was in force before stays");
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(house.change().await, Change::Kept { .. }));
    assert!(matches!(house.change().await, Change::Kept { error } if error.contains("not a regular file")));
}

#[tokio::test(flavor = "multi_thread")]
async fn narrowing_takes_effect_at_once() {
    let mut house = House::open(START, &[]).await;
    assert!(house.call("tech", "Read", READ).await.contains("fn main"));
    house.write_policy(&narrow());
    assert!(matches!(house.change().await, Change::Taken { held, .. } if held.is_empty()));
    assert_eq!(house.call("tech", "Read", READ).await, "fs.not-granted");
    house.write_policy("schema = 1\n[roots.repo]\n[roles]\ntech = { discord = [\"1\"] }\n");
    assert!(matches!(house.change().await, Change::Taken { held, .. } if held.is_empty()));
    // A part of the program that no table names has no tool.
    assert_eq!(house.call("tech", "Read", READ).await, "caller.origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_plugin_is_not_widened_while_the_program_runs() {
    let mut house = House::open(&narrow(), &[]).await;
    house.write_policy(START);
    let notice = house.notices(1).await.remove(0);
    assert!(
        notice.starts_with("plugins.toml:6: [plugin.files] is not taken, what was in force before stays ("),
        "{notice}"
    );
    assert!(notice.ends_with("); restart the program to take it"), "{notice}");
    assert_eq!(house.call("tech", "Read", READ).await, "fs.not-granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_widened_by_an_approval_of_exactly_that() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    let wider = format!("{START}{}", ECHO.replace("[\"tech\"]", "[\"tech\", \"viewer\"]"));
    let old = approval(&bytes, &format!("{START}{ECHO}"));
    house.write_policy(&format!("{wider}{old}"));
    let notice = house.notices(1).await.remove(0);
    assert!(notice.ends_with("); review it and run `claudetools plugin approve echo`"), "{notice}");
    assert_eq!(house.call("viewer", "echo", HELLO).await, "caller.role");
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"), "the old table stays whole");
    house.write_policy(&format!("{wider}{}", approval(&bytes, &wider)));
    house.notices(0).await;
    assert!(house.call("viewer", "echo", HELLO).await.contains("hello"));
}

/// Starts with `echo` under a table that was changed while nothing ran, after it was approved under another one.
async fn changed_meanwhile(approved: &str, now: &str) -> House {
    let bytes = guest("echo");
    let places = Places::new().unwrap();
    let approval = approval(&bytes, approved);
    Baseline::keep(&places.path("data"), "echo", &bytes, &format!("{approved}{approval}")).unwrap();
    House::open_at(places, &format!("{now}{approval}"), &[("echo.wasm", &bytes)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_widens_no_plugin() {
    let approved = format!("{START}{ECHO}");
    let wider = format!("{START}{}", ECHO.replace("[\"tech\"]", "[\"tech\", \"viewer\"]"));
    let mut house = changed_meanwhile(&approved, &wider).await;
    assert_snapshot!(house.notices(1).await[0], @"plugins.toml:15: [plugin.echo] is not taken, what was in force before stays (callers: the role `viewer`); review it and run `claudetools plugin approve echo`");
    assert_eq!(house.call("viewer", "echo", HELLO).await, "caller.role");
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"), "what was approved runs");
    assert!(house.now().written.holds_back("echo"), "a reviewer is shown what waits");
    house.write_policy(&format!("{wider}{}", approval(&guest("echo"), &wider)));
    house.notices(0).await;
    assert!(house.call("viewer", "echo", HELLO).await.contains("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_narrows_a_plugin() {
    let approved = format!("{START}{}", ECHO.replace("[\"tech\"]", "[\"tech\", \"viewer\"]"));
    let mut house = changed_meanwhile(&approved, &format!("{START}{ECHO}")).await;
    assert_eq!(house.notices(0).await, [""; 0]);
    assert_eq!(house.call("viewer", "echo", HELLO).await, "caller.role");
    assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_that_nobody_can_compare_wait_in_quarantine() {
    let (policy, bytes) = with_echo();
    let wider = policy.replace("[\"tech\"], origin", "[\"tech\", \"viewer\"], origin");
    let house = House::open(&wider, &[("echo.wasm", &bytes)]).await;
    let reasons = house.now().catalog.quarantine[0].reasons.clone();
    assert_snapshot!(reasons[0], @"supply.digest: Its grants are not the approved ones, and what was approved is not kept here to compare them with.");
    assert_eq!((reasons.len(), house.call("tech", "echo", HELLO).await.as_str()), (1, "caller.origin"));
    assert!(!house.offers("echo"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_is_gone_and_one_that_is_given_waits() {
    let mut house = House::open(START, &[]).await;
    let roles =
        |house: &House, id: &str| house.now().policy.roles_of(&[id.to_owned()].into()).into_iter().collect::<Vec<_>>();
    house.write_policy(&START.replace("tech = { discord = [\"1\"] }", "tech = { discord = [\"2\"] }"));
    assert_snapshot!(house.notices(1).await[0], @"plugins.toml: [roles] is not taken, what was in force before stays (the Discord role 2 gets the role `tech`); restart the program to take it");
    assert_eq!((roles(&house, "1"), roles(&house, "2")), (vec![], vec!["viewer".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_stays_where_it_was_opened() {
    let mut house = House::open(START, &[]).await;
    let elsewhere = house.places.path("outside");
    house.write_policy(&START.replace("[roots.repo]", &format!("[roots.repo]\npath = \"{}\"", elsewhere.display())));
    assert_snapshot!(house.notices(1).await[0], @"plugins.toml:2: [roots.repo] is not taken, what was in force before stays (a changed root); restart the program to take it");
    assert!(house.call("tech", "Read", READ).await.contains("fn main"));
    assert_ne!(house.call("tech", "Read", r#"{"file_path":"/repo/canary.txt"}"#).await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_one_person_hold_and_are_audited() {
    let (policy, bytes) = with_echo();
    let limit = "limit = { rate = \"2/h\" }\n";
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    for _ in 0..3 {
        assert!(house.call("tech", "echo", HELLO).await.contains("hello"));
    }
    house.write_policy(&policy.replace(ECHO, &format!("{ECHO}{limit}")));
    assert!(
        matches!(house.change().await, Change::Taken { held, .. } if held.is_empty()),
        "a limit that is lowered is narrower"
    );
    assert_eq!(house.call("tech", "echo", HELLO).await, "limit.rate");
    let last = house.ledger.newest_audit(1).await.unwrap().remove(0);
    assert_eq!(last.kind, "refusal");
    assert!(last.detail.contains("limit.rate"), "{}", last.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_has_its_row_in_the_audit() {
    let mut house = House::open(&narrow(), &[]).await;
    house.write_policy(START);
    house.change().await;
    house.write_policy("schema = 2");
    house.change().await;
    let rows = house.audited().await.into_iter().filter(|(kind, _)| kind == "policy.changed");
    let rows: Vec<_> = rows
        .map(|(_, row)| (row["state"].clone(), row["held"].as_array().map(Vec::len), row["error"].is_string()))
        .collect();
    assert_eq!(rows, [("taken".into(), Some(1), false), ("kept".into(), None, true)]);
}
