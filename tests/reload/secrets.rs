//! Secrets that come into force while the bot runs.

use std::os::unix::fs::PermissionsExt as _;

use claudetools::reload::Change;
use insta::assert_snapshot;

use crate::house::{House, with_echo};

/// A secret under this source.
fn secret(source: &str) -> String {
    format!("[secrets.notes]\nsource = {{ {source} }}\naudience = [{{ host = \"api.example.com\" }}]\n")
}

async fn echoed(house: &House, text: &str) -> String {
    house.call("tech", "echo", &format!("{{\"text\":\"{text}\"}}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_taken_out_of_answers_from_the_moment_it_is_in_force_and_after_it_is_gone() {
    let (policy, bytes) = with_echo();
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    assert!(echoed(&house, "value-of-notes").await.contains("value-of-notes"), "it is no secret yet");
    house.write_policy(&format!("{policy}{}", secret("env = \"NOTES_KEY\"")));
    assert!(matches!(house.change().await, Change::Taken { held, .. } if held.is_empty()));
    let answer = echoed(&house, "value-of-notes").await;
    assert!(answer.contains("[secret removed]") && !answer.contains("value-of-notes"), "{answer}");
    house.write_policy(&policy);
    house.change().await;
    assert!(!echoed(&house, "value-of-notes").await.contains("value-of-notes"), "it may still be on its way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_can_not_be_read_is_said_and_stops_nothing_else() {
    let (policy, bytes) = with_echo();
    let policy = format!("{policy}{}", secret("file = \"key\""));
    let mut house = House::open(&policy, &[("echo.wasm", &bytes)]).await;
    let said = house.notices(1).await.remove(0).replace(house.places.temp.path().to_str().unwrap(), "…");
    assert_snapshot!(said, @"plugins.toml:27: secret `notes`: the file …/base/key is not there; create it or correct the path; calls that need it are refused");
    assert!(echoed(&house, "hello").await.contains("hello"));
    let key = house.places.path("base/key");
    std::fs::write(&key, "written-later").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    while !house.now().notices.concat().contains("chmod 600") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    house.notices(0).await;
    assert!(!echoed(&house, "written-later").await.contains("written-later"));
    std::fs::write(&key, "written-anew").unwrap();
    while echoed(&house, "written-anew").await.contains("written-anew") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
