//! One tenant.

use std::time::Instant;

use claudetools_support::microsoft::{Scenario, Service};
use serde_json::json;

use crate::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_was_broken_into_is_told_from_one_that_was_not() {
    let world = World::new().await;
    let (bad, good) = (world.sweep(Scenario::Bec, json!({})).await, world.sweep(Scenario::Clean, json!({})).await);
    assert!(!bad.of_severity("critical").is_empty(), "{}", bad.text);
    assert_eq!(good.of_severity("critical"), Vec::<String>::new(), "{}", good.text);
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_asked_of_a_tenant_is_never_nothing_found() {
    let world = World::new().await;
    for scenario in [Scenario::NoP1, Scenario::NoConsentPartial, Scenario::ExoDown, Scenario::Malformed] {
        let told = world.sweep(scenario, json!({})).await;
        let missing = told.envelope["coverage"]["missing"].as_array().map_or(0, Vec::len);
        assert!(missing > 0, "{scenario:?}: {}", told.text);
    }
    assert_eq!(world.fake.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_mailboxes_are_swept_four_requests_at_a_time() {
    let world = World::new().await;
    let began = Instant::now();
    let told = world.sweep(Scenario::Large, json!({ "deep": true })).await;
    println!("tenant_sweep of 300 mailboxes: {:?}\n{}", began.elapsed(), told.text);
    println!(
        "requests: {} to Graph, {} to Exchange",
        world.fake.count(Service::Graph),
        world.fake.count(Service::Exchange)
    );
    assert!(world.fake.peak(Scenario::Large) <= 4);
    world.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_sweep_says_what_is_new() {
    let world = World::new().await;
    world.sweep(Scenario::Bec, json!({})).await;
    let again = world.sweep(Scenario::Bec, json!({})).await;
    assert!(again.text.contains("unchanged"), "{}", again.text);
    world.is_clean();
}
