//! `plugin list`, and files that are no plugins.

use claudetools_tests::bot::Setup;
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::run;

#[test]
fn every_plugin_is_listed_in_a_line() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/echo.wasm"), guest("echo")).unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "list"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"
    files 1.0.0 · built in · Read, Write, Edit, LS
    m365 1.0.0 · built in · breach_check, tenant_sweep
      callable by nobody: no `callers` in plugins.toml
    m365-remediate 1.0.0 · built in · revoke_sessions, disable_user, enable_user, reset_password, disable_inbox_rule, remove_inbox_rule, clear_forwarding, remove_delegate, disable_autoreply, remove_oauth_grant, remove_app_role_assignment, disable_service_principal, remove_mfa_method, disable_device, confirm_compromised, dismiss_risk, unblock_sender
      callable by nobody: no `callers` in plugins.toml
    msp 1.0.0 · built in · msp_resources, msp_describe, msp_search, msp_get, msp_write
      callable by nobody: no `callers` in plugins.toml
    scripts 1.0.0 · built in
      callable by nobody: no `callers` in plugins.toml
    search 1.0.0 · built in · Glob, Grep
    shell 1.0.0 · built in · Bash
    skills 1.0.0 · built in · Skill
    vault 1.0.0 · built in · vault_list, vault_describe
      callable by nobody: no `callers` in plugins.toml
    echo 1.0.0 · quarantine · ./plugins/echo.wasm · echo
      supply.unapproved: Nobody has approved it yet.
    ");
}

#[test]
fn programs_get_the_list_as_json() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/echo.wasm"), guest("echo")).unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_snapshot!(format!("{:#}", listed["plugins"][9]), @r#"
    {
      "name": "echo",
      "version": "1.0.0",
      "state": "quarantine",
      "file": "./plugins/echo.wasm",
      "component": "sha256:[digest]",
      "tools": [
        "echo"
      ],
      "callable": false,
      "reasons": [
        {
          "code": "supply.unapproved",
          "message": "Nobody has approved it yet."
        }
      ]
    }
    "#);
}

#[test]
fn a_file_that_is_no_component_is_set_aside_and_the_rest_works() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/notes.wasm"), "not a component").unwrap();
    let listed = run(&places, &Setup::new(&places), &["plugin", "list"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let (_, quarantine) = listed.stdout.split_once("\nnotes.wasm ").unwrap();
    assert_snapshot!(quarantine, @"
    ? · quarantine · ./plugins/notes.wasm
      proto.export: This is not a plugin: it is not WebAssembly.
    ");
    let asked = run(&places, &Setup::new(&places), &["ask", "read docs/a.md"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert!(asked.stdout.contains("alpha"), "{}", asked.stdout);
    assert!(asked.stderr.contains("in quarantine"), "{}", asked.stderr);
}

#[test]
fn a_file_that_the_policy_names_and_nobody_put_there_is_said() {
    let places = Places::compiled().unwrap();
    let policy =
        format!("{}\n[plugin.tickets]\ncomponent = \"plugins/tickets.wasm\"\n", claudetools::builtin::DEFAULT_POLICY);
    std::fs::write(places.path("base/plugins.toml"), policy).unwrap();
    let listed = run(&places, &Setup::new(&places), &["plugin", "list"]);
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let (_, quarantine) = listed.stdout.split_once("\ntickets.wasm ").unwrap();
    assert_snapshot!(quarantine, @"
    ? · quarantine · ./plugins/tickets.wasm
      supply.size: The file `tickets.wasm` cannot be opened: No such file or directory (os error 2).
    ");
}
