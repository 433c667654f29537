//! `plugin call`, `pack` and `new`: what an author of plugins does all day.

use claudetools_tests::bot::Setup;
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::plugins_approve::approved;
use crate::run;

#[test]
fn a_tool_is_called_under_the_same_policy_and_audit_as_in_a_turn() {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places);
    let read = |path: &str, more: &[&str]| {
        let input = format!("{{\"file_path\":\"{path}\"}}");
        let ended = run(&places, &setup, &[&["plugin", "call", "Read", &input], more].concat());
        (ended.code, if ended.stdout.is_empty() { ended.sentence().to_owned() } else { ended.stdout })
    };
    assert_eq!(read("/repo/docs/a.md", &[]), (Some(0), "     1\talpha\n\n".to_owned()));
    assert_snapshot!(read("/repo/.env", &[]).1, @"fs.protected: `/repo/.env` is protected and no grant opens it: such files hold secrets.");
    assert_snapshot!(read("/repo/docs/a.md", &["--as", "viewer"]).1, @"caller.role: Your roles do not allow the tool `Read`.");
    assert_eq!(read("/repo/.env", &[]).0, Some(1));
    assert_eq!(read("/repo/docs/a.md", &["--as", "boss"]).0, Some(2));
    let verified = run(&places, &setup, &["audit", "verify"]).stdout;
    assert!(
        verified.starts_with("The audit is whole: 7 rows"),
        "two rows for each call, one for each refused at the door: {verified}"
    );
}

#[test]
fn an_input_that_is_no_object_never_reaches_a_tool() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "call", "Read", "docs/a.md"]);
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.sentence(), @r#"the input is not a JSON object (expected value at line 1 column 1); expected such as '{"file_path":"/repo/README.md"}'"#);
    assert!(!places.path("data/ledger.sqlite").exists());
}

#[test]
fn without_the_ledger_nothing_is_called() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("data/ledger.sqlite"), "this is not a ledger\n".repeat(1_000)).unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "call", "Read", "{}"]);
    assert_eq!(ended.code, Some(4));
    assert_snapshot!(ended.sentence(), @"the ledger is damaged (file is not a database): nothing was changed; put a backup in its place with `claudetools restore FILE`, or move it away to begin anew");
}

#[test]
fn a_component_elsewhere_is_called_when_it_is_the_approved_one() {
    let (places, setup) = approved();
    let elsewhere = |bytes: &[u8]| {
        std::fs::write(places.path("outside/echo.wasm"), bytes).unwrap();
        run(&places, &setup, &["plugin", "call", "echo", "{\"text\":\"x\"}", "--file", "../outside/echo.wasm"])
    };
    assert_eq!(elsewhere(&guest("echo")).stdout, "x\n");
    let changed = elsewhere(&[guest("echo"), vec![0, 2, 1, b'x']].concat());
    assert_eq!(changed.code, Some(1));
    assert_snapshot!(changed.sentence(), @"`echo` is in quarantine: supply.digest: Its bytes changed since the approval.");
}

#[test]
fn a_component_of_any_language_is_packed_and_is_a_plugin_then() {
    let (places, setup) = approved();
    let name = b"claudetools:manifest";
    let mut bytes = guest("echo");
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at] = b'x';
    std::fs::write(places.path("base/other.wasm"), &bytes).unwrap();
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/guests/echo/manifest.toml")).unwrap();
    std::fs::write(places.path("base/manifest.toml"), manifest.replace("1.0.0", "2.0.0")).unwrap();
    let pack = ["plugin", "pack", "other.wasm", "--manifest", "manifest.toml", "-o", "plugins/echo.wasm"];
    assert_snapshot!(run(&places, &setup, &pack).stdout, @"plugins/echo.wasm: echo 2.0.0 with echo");
    assert_snapshot!(run(&places, &setup, &["plugin", "diff", "echo"]).stdout, @"echo 2.0.0 differs from what ann approved as 1.0.0: its bytes, its manifest.");

    let again =
        run(&places, &setup, &["plugin", "pack", "plugins/echo.wasm", "--manifest", "manifest.toml", "-o", "x.wasm"]);
    assert_eq!(again.code, Some(1));
    assert_snapshot!(again.sentence(), @"plugins/echo.wasm: it has a manifest already; with --replace this one takes its place");
}

#[test]
fn a_new_plugin_stands_in_a_directory_of_its_own_and_nothing_is_written_over() {
    let places = Places::new().unwrap();
    for lang in ["rust", "python", "js"] {
        let name = format!("count-{lang}");
        let made = run(&places, &Setup::new(&places), &["plugin", "new", &name, "--lang", lang]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        assert!(places.path(&format!("base/{name}/manifest.toml")).is_file());
        let again = run(&places, &Setup::new(&places), &["plugin", "new", &name, "--lang", lang]);
        assert_eq!(again.code, Some(1));
        assert_eq!(again.sentence(), format!("{name} can't be made: File exists (os error 17)"));
    }
}
