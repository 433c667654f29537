//! One user.

use std::time::Instant;

use claudetools_support::microsoft::{Damage, Scenario, Service};
use serde_json::json;

use crate::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_taken_over_is_found_within_few_requests() {
    let world = World::new().await;
    let began = Instant::now();
    let told = world.check(Scenario::Slow, "victim").await;
    println!("breach_check at 50 ms a request: {:?}\n{}", began.elapsed(), told.text);
    assert_eq!(told.envelope["verdict"], "likely_compromised", "{}", told.text);
    let (graph, exchange) = (world.fake.count(Service::Graph), world.fake.count(Service::Exchange));
    println!("requests: {graph} to Graph, {exchange} to Exchange; at most {} at once", world.fake.peak(Scenario::Slow));
    assert!(graph <= 40 && exchange <= 10, "{graph} to Graph, {exchange} to Exchange");
    assert!(world.fake.peak(Scenario::Slow) <= 4);
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_the_matter_nothing_high_is_found() {
    let world = World::new().await;
    for scenario in [Scenario::Clean, Scenario::Throttled] {
        let told = world.check(scenario, "victim").await;
        assert_eq!(told.envelope["verdict"], "no_findings", "{}", told.text);
        assert!(told.text.starts_with("**No indicators found in what was checked: "), "{}", told.text);
        for severity in ["critical", "high"] {
            assert_eq!(told.of_severity(severity), Vec::<String>::new(), "{}", told.text);
        }
    }
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_asked_is_never_nothing_found() {
    let world = World::new().await;
    for scenario in [Scenario::NoP1, Scenario::NoConsentPartial, Scenario::ExoDown, Scenario::Malformed] {
        let told = world.check(scenario, "helper").await;
        assert_ne!(told.envelope["verdict"], "no_findings", "{scenario:?}: {}", told.text);
        let missing = told.envelope["coverage"]["missing"].as_array().map_or(0, Vec::len);
        assert!(missing > 0, "{scenario:?}: {}", told.text);
    }
    let problems = world.fake.forgive();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(world.fake.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_read_to_their_end_and_no_object_is_counted_twice() {
    let world = World::new().await;
    let (one, paged) = (world.check(Scenario::Bec, "victim").await, world.check(Scenario::Paged, "victim").await);
    let ids = |told: &crate::Told| {
        let mut ids = told.findings();
        ids.sort();
        ids
    };
    assert_eq!(ids(&one), ids(&paged));
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_another_tenant_and_a_user_who_is_not_there_are_said() {
    let world = World::new().await;
    let (other, _) = world.call(Scenario::OtherTenant, "breach_check", json!({ "user": "victim@x" })).await;
    assert!(other.is_error, "{}", crate::text(&other));
    let nobody = world.check(Scenario::Clean, "nobody").await;
    assert_eq!(nobody.envelope["verdict"], "inconclusive", "{}", nobody.text);
    let (client, _) = world.call(Scenario::Clean, "breach_check", json!({ "user": "victim@x", "client": "bec" })).await;
    assert!(client.is_error && crate::text(&client).contains("client.other"), "{}", crate::text(&client));
    assert_eq!(world.fake.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_wrote_mentions_nobody_and_links_nowhere() {
    let world = World::new().await;
    let told = world.check(Scenario::HostileText, "victim").await;
    for bad in ["@everyone", "http://", "https://evil", "<@"] {
        assert!(!told.text.contains(bad), "{bad}: {}", told.text);
    }
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_off_is_a_gap() {
    let world = World::new().await;
    world.fake.damage(Scenario::Bec, "/mailFolders/inbox/messageRules", Damage::Truncated);
    let told = world.check(Scenario::Bec, "victim").await;
    let rules = told.check("BC-01");
    assert!(matches!(rules["status"].as_str(), Some("error" | "unavailable")), "{rules}");
    assert_eq!(world.fake.writes(), Vec::<String>::new());
}
