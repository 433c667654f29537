//! `claudetools mcp`, used by a client that is not ours.

use claudetools_tests::bot::Setup;
use claudetools_tests::built;
use claudetools_tests::company::Places;
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
fn a_role_that_is_none_is_named_before_anything_is_served() {
    let places = Places::compiled().unwrap();
    let ended = Setup::new(&places).run(&["mcp", "--as", "boss"]).unwrap();
    assert_eq!(ended.status.code(), Some(2));
    insta::assert_snapshot!(
        String::from_utf8(ended.stderr).unwrap().trim(),
        @"claudetools: there is no role `boss` in plugins.toml; take one of its `[roles]`"
    );
}
