//! `claudetools mcp`, used by a client that is not ours.

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_tests::bot::Setup;
use claudetools_tests::built::{self, guest};
use claudetools_tests::company::{Places, approval, signed};
use claudetools_tests::script;
use serde_json::Value;

/// One session of the SDK's client: what it said, line by line.
fn session(places: &Places, role: &str, calls: &[&str]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/mcp/client.py");
    let program = built::program();
    let words = [&[script, program.to_str().unwrap(), role], calls].concat();
    let ended = Setup::new(places).run_program(&built::python(), &words).unwrap();
    let (out, err) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8_lossy(&ended.stderr).into_owned());
    assert!(ended.status.success(), "{out}\n{err}");
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_client_of_the_sdk_lists_and_calls_the_approved_tools() {
    let places = Places::compiled().unwrap();
    let edit = r#"{"file_path":"/repo/docs/a.md","old_string":"alpha","new_string":"beta"}"#;
    let calls = ["Read", r#"{"file_path":"/repo/docs/a.md"}"#, "Edit", edit, "Grep", r#"{"pattern":"beta"}"#];
    let said = session(&places, "tech", &calls);
    assert_eq!(said[0]["server"], "claudetools");
    let tools = &said[0]["tools"];
    assert_eq!((&tools["Read"], &tools["Edit"]), (&Value::Bool(true), &Value::Bool(false)));
    assert!(said[1]["content"][0]["text"].as_str().unwrap().contains("alpha"), "{}", said[1]);
    assert_eq!(said[2]["is_error"], false, "{}", said[2]);
    assert_eq!(std::fs::read_to_string(places.path("repo/docs/a.md")).unwrap(), "beta\n");
    assert!(said[3]["content"][0]["text"].as_str().unwrap().contains("docs/a.md"), "{}", said[3]);
    let verified = Setup::new(&places).run(&["audit", "verify"]).unwrap();
    assert!(verified.status.success());
}

#[test]
fn a_client_has_its_role_and_no_more() {
    let places = Places::compiled().unwrap();
    let write = r#"{"file_path":"/repo/new.md","content":"x"}"#;
    let outside = r#"{"file_path":"/etc/passwd"}"#;
    let said = session(&places, "viewer", &["Write", write, "Grep", r#"{"pattern":"alpha"}"#]);
    assert_eq!(said[1]["is_error"], true);
    assert!(said[1]["content"][0]["text"].as_str().unwrap().starts_with("caller.role: "), "{}", said[1]);
    assert_eq!(said[2]["is_error"], false, "{}", said[2]);
    assert!(!places.path("repo/new.md").exists());
    let said = session(&places, "tech", &["Read", outside, "NoSuchTool", "{}"]);
    assert!(said[1]["content"][0]["text"].as_str().unwrap().starts_with("fs.outside-root: "), "{}", said[1]);
    assert!(said[2]["content"][0]["text"].as_str().unwrap().starts_with("caller.origin: "), "{}", said[2]);
}

#[test]
fn what_needs_a_click_is_refused_where_nobody_can_click() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins.toml"), DEFAULT_POLICY).unwrap();
    script::lay(&places).unwrap();
    let input = r#"{"user":"ann@acme.example"}"#;
    let said = session(&places, "tech", &["revoke_sessions", input]);
    assert!(said[0]["tools"]["revoke_sessions"] == false, "{}", said[0]);
    assert!(said[1]["content"][0]["text"].as_str().unwrap().starts_with("confirm.needed: "), "{}", said[1]);
    let called = Setup::new(&places).run(&["plugin", "call", "revoke_sessions", input]).unwrap();
    assert_eq!(called.status.code(), Some(1));
    let (out, err) = (String::from_utf8_lossy(&called.stdout), String::from_utf8_lossy(&called.stderr));
    assert!(format!("{out}{err}").contains("confirm.needed: "), "{out}{err}");
}

#[test]
fn a_role_that_is_none_is_named_before_anything_is_served() {
    let places = Places::compiled().unwrap();
    let ended = Setup::new(&places).run(&["mcp", "--as", "boss"]).unwrap();
    assert_eq!(ended.status.code(), Some(2));
    insta::assert_snapshot!(
        String::from_utf8(ended.stderr).unwrap().trim(),
        @"claudetools: there is no role `boss` in plugins.toml; take one of its `[roles]`"
    );
}

/// The policy of this repository and a table for a plugin that says what it is told, as if it worked.
fn with_talk(places: &Places, approved: &str) -> String {
    std::fs::write(places.path("base/plugins/evil-talk.wasm"), guest("evil-talk")).unwrap();
    let table = "[plugin.evil-talk]\ncallers = { roles = [\"tech\"], origin = [\"model\"] }\n";
    signed(&format!("{DEFAULT_POLICY}\n{table}{approved}"))
}

#[test]
fn a_client_is_shown_progress_and_nothing_of_a_plugin_in_quarantine_until_it_is_approved() {
    let places = Places::compiled().unwrap();
    let file = |name: &str| places.path(&format!("base/{name}"));
    std::fs::write(file("plugins.toml"), with_talk(&places, "")).unwrap();
    std::fs::write(file("approved.toml"), with_talk(&places, &approval(&guest("evil-talk")))).unwrap();
    let rename = serde_json::json!({ "src": file("approved.toml"), "dst": file("plugins.toml") }).to_string();
    let say = r#"{"text":"half done"}"#;
    let said = session(&places, "tech", &["say", say, "--rename", &rename, "say", say]);
    assert!(said[0]["tools"]["say"].is_null() && said[0]["tools"]["Read"] == true, "{}", said[0]);
    assert!(said[1]["content"][0]["text"].as_str().unwrap().starts_with("caller.origin: "), "{}", said[1]);
    assert!(said[2]["tools"]["say"].is_boolean(), "{}", said[2]);
    assert_eq!(said[3]["is_error"], false, "{}", said[3]);
    let progress = said[3]["progress"].as_array().unwrap();
    let numbers: Vec<f64> = progress.iter().map(|note| note[0].as_f64().unwrap()).collect();
    assert!(numbers.len() > 1 && numbers.is_sorted_by(|one, next| one < next), "{progress:?}");
    assert_eq!(progress[0][2], "half done");
}

#[test]
fn clients_are_served_beside_a_bot_that_runs_and_the_audit_is_one() {
    let places = Places::compiled().unwrap();
    let mut bot = Setup::new(&places).start(&["run", "--port", "0"]).unwrap();
    bot.console();
    for _ in 0..2 {
        let said = session(&places, "tech", &["Read", r#"{"file_path":"/repo/docs/a.md"}"#]);
        assert_eq!(said[1]["is_error"], false, "{}", said[1]);
    }
    let called = Setup::new(&places).run(&["plugin", "call", "Read", r#"{"file_path":"/repo/docs/a.md"}"#]).unwrap();
    assert!(called.status.success(), "{}", String::from_utf8_lossy(&called.stderr));
    bot.kill();
    let verified = Setup::new(&places).run(&["audit", "verify"]).unwrap();
    assert!(verified.status.success());
    let used = Setup::new(&places).run(&["plugin", "used", "files"]).unwrap();
    assert!(String::from_utf8(used.stdout).unwrap().contains('3'));
    let left = std::fs::read_dir(places.path("data")).unwrap().flatten();
    assert!(left.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with("scratch-")));
}
