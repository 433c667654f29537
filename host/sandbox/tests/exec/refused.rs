//! What is not started.

use std::os::unix::fs::{PermissionsExt, symlink};

use claudetools_policy::Code;
use claudetools_sandbox::Subject;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::house::{House, digest, text};

/// The sentence, which is what was noted of the program.
async fn refused(house: &House, input: Value) -> String {
    let outcome = house.call("exec-run", input).await;
    let last = outcome.effects.rows.last().unwrap();
    assert!(matches!(last.subject, Subject::Program(_)), "{last:?}");
    assert_eq!(last.decision.as_ref().unwrap_err().to_string(), text(&outcome));
    text(&outcome)
}

#[tokio::test]
async fn what_no_grant_gives_is_not_started() {
    let house = House::new().await;
    assert_snapshot!(refused(&house, json!({ "program": "curl" })).await, @"exec.program: `curl` is a native program; it is not granted to the tool `exec-run`.");
    assert_snapshot!(refused(&house, json!({ "program": "/usr/bin/env" })).await, @"exec.program: `/usr/bin/env` is a native program; it is not granted to the tool `exec-run`.");
    assert_snapshot!(refused(&house, json!({ "program": "./env" })).await, @"exec.program: `./env` is a native program; it is not granted to the tool `exec-run`.");
    assert_snapshot!(refused(&house, json!({ "program": "env", "args": ["id"] })).await, @"exec.argv: No grant gives `env id`.");
    assert_snapshot!(refused(&house, json!({ "program": "env", "args": ["\u{0}"] })).await, @"proto.utf8: An argument has a NUL in it.");
}

#[tokio::test]
async fn a_directory_that_the_call_does_not_have_is_none() {
    let house = House::new().await;
    for directory in ["/", "/etc", "/repo/../..", "repo", "/vault"] {
        let outcome = house.call("exec-run", json!({ "program": "env", "directory": directory })).await;
        assert!(text(&outcome).starts_with("fs.outside-root: "), "{directory}: {}", text(&outcome));
    }
    let outcome = house.call("exec-run", json!({ "program": "env", "directory": "/repo/a.md" })).await;
    assert_snapshot!(text(&outcome), @"`/repo/a.md` is not a directory.");
}

#[tokio::test]
async fn a_directory_that_is_hidden_is_not_one_to_start_in() {
    let house = House::new().await;
    std::fs::create_dir_all(house.repo(".git")).unwrap();
    assert_snapshot!(refused(&house, json!({ "program": "env", "directory": "/repo/.git" })).await, @"exec.jail: The jail of `env` does not have the directory `/repo/.git`.");
}

/// A grant of a copy of `env` that can be changed.
const OWN: &str = r#"
[[plugin.evil-exec.grant]]
id = "own"
why = "for tests"
kind = "exec"
program = { path = "DIR/own", sha256 = "ENV" }
argv = []
jail = "offline"
"#;

#[tokio::test]
async fn a_program_that_was_changed_is_not_started() {
    let house = House::with("", OWN).await;
    let own = house.dir.path().join("own");
    std::fs::copy("/usr/bin/env", &own).unwrap();
    let input = json!({ "program": "own" });
    assert_eq!(
        text(&house.call("exec-run", input.clone()).await),
        text(&house.call("exec-run", json!({ "program": "env" })).await)
    );

    let said = |code: Code, text: &str| assert!(text.starts_with(&format!("{code}: ")), "{text}");
    std::fs::copy("/usr/bin/true", &own).unwrap();
    assert_snapshot!(refused(&house, input.clone()).await, @"exec.changed: `own` was not started: the program on disk is not the granted one.");
    std::fs::remove_file(&own).unwrap();
    said(Code::ExecChanged, &refused(&house, input.clone()).await);
    symlink("/usr/bin/env", &own).unwrap();
    said(Code::ExecChanged, &refused(&house, input.clone()).await);
    std::fs::remove_file(&own).unwrap();
    std::fs::write(&own, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&own, PermissionsExt::from_mode(0o755)).unwrap();
    assert_ne!(digest(own.to_str().unwrap()), digest("/usr/bin/env"));
    said(Code::ExecChanged, &refused(&house, input).await);
}
