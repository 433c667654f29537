//! `plugin list`, and files that are no plugins.

use claudetools_tests::bot::Setup;
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::run;

#[test]
fn the_built_in_plugins_are_listed_with_what_they_may() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "list"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"
    files 1.0.0 · built in · sha256:[digest]
      Read (reads)
      Write (reads, writes)
      Edit (reads, writes)
      LS (reads)
      granted at plugins.toml:63: read — answer questions about the repository
      granted at plugins.toml:75: edit — change the repository for a technician, who sees every change
      granted at plugins.toml:87: seen — remember which files were read in a thread, so that none is changed unseen
    search 1.0.0 · built in · sha256:[digest]
      Glob (reads)
      Grep (reads)
      granted at plugins.toml:97: search — find files and text in the repository
    skills 1.0.0 · built in · sha256:[digest]
      Skill (reads)
      granted at plugins.toml:112: load — load the repository's own skills and commands, and nothing else of it
    ");
}

#[test]
fn a_dropped_plugin_waits_in_quarantine() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/echo.wasm"), guest("echo")).unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "list"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (_, quarantine) = ended.stdout.split_once("\necho ").unwrap();
    assert_snapshot!(quarantine, @r#"
    1.0.0 · quarantine
      file ./plugins/echo.wasm
      supply.unapproved: Nobody has approved it yet.
        review it, then write into plugins.toml:
        [plugin.echo.approved]
        component = "sha256:[digest]"
        request   = "sha256:[digest]"
        imports   = "sha256:[digest]"
        strings   = "sha256:[digest]"
        version   = "1.0.0"
        by        = "YOUR NAME"
        at        = 2026-01-01T00:00:00Z
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
    ? · quarantine
      file ./plugins/notes.wasm
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
    ? · quarantine
      file ./plugins/tickets.wasm
      supply.size: The file `tickets.wasm` cannot be opened: No such file or directory (os error 2).
    ");
}
