//! `plugin review`, `why` and `used`: what a reviewer reads, and with which codes they end.

use claudetools_tests::bot::Setup;
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::plugins_approve::{ECHO, approved, dropped};
use crate::run;

#[test]
fn the_exit_codes_of_a_review_are_its_verdict() {
    let (places, setup) = approved();
    let code = |arguments: &[&str]| run(&places, &setup, &[&["plugin", "review"], arguments].concat()).code.unwrap();
    assert_eq!(code(&["skills"]), 0);
    assert_eq!(code(&["files"]), 0, "warnings are no errors");
    assert_eq!(code(&["files", "--fail-on", "warning"]), 1);
    assert_eq!(code(&["echo"]), 0);
    assert_eq!(code(&["tickets"]), 2);
    assert_eq!(code(&["--format", "pdf"]), 2);
    std::fs::write(places.path("base/plugins/mem.wasm"), guest("evil-mem")).unwrap();
    assert_eq!(code(&["evil-mem"]), 3);
    std::fs::write(places.path("outside/notes.wasm"), "not a component").unwrap();
    assert_eq!(code(&["../outside/notes.wasm"]), 4);
    assert_eq!(code(&[]), 3, "the worst of all");
    std::fs::write(places.path("base/plugins.toml"), "schema = 2").unwrap();
    assert_eq!(code(&[]), 4);
}

#[test]
fn a_component_elsewhere_is_reviewed_as_if_it_had_been_dropped() {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("outside/echo.wasm"), guest("echo")).unwrap();
    let ended = run(&places, &Setup::new(&places), &["plugin", "review", "../outside/echo.wasm"]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let head: Vec<&str> = ended.stdout.lines().take(3).collect();
    assert_snapshot!(head.join("\n"), @"
    QUARANTINED · echo 1.0.0 · risk 10 low as asked · is not what was approved
                ../outside/echo.wasm
                supply.unapproved: Nobody has approved it yet.
    ");
}

#[test]
fn every_format_is_one_document() {
    let (places, setup) = dropped(ECHO);
    let printed = |format| run(&places, &setup, &["plugin", "review", "--format", format]).stdout;
    let json: serde_json::Value = serde_json::from_str(&printed("json")).unwrap();
    assert_eq!(json["plugins"].as_array().unwrap().len(), 10);
    let sarif: serde_json::Value = serde_json::from_str(&printed("sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif.to_string().contains("plugins.toml"), "{sarif}");
    assert!(printed("markdown").contains("# "), "{}", printed("markdown"));
    assert!(printed("text").contains("\n\nQUARANTINED · echo"), "{}", printed("text"));
}

#[test]
fn why_ends_with_the_answer_and_shows_the_line_that_decides() {
    let places = Places::compiled().unwrap();
    let why = |arguments: &[&str]| {
        let ended = run(&places, &Setup::new(&places), &[&["plugin", "why"], arguments].concat());
        let told = if ended.stdout.is_empty() { ended.stderr } else { ended.stdout };
        format!("{} {}", ended.code.unwrap(), told.lines().take(2).collect::<Vec<_>>().join("\n"))
    };
    assert_snapshot!(why(&["files", "read docs/a.md"]), @r#"
    0 ALLOWED by the grant `read`: files · Read · read /repo/docs/a.md
      plugins.toml:125: allow    = ["**"]
    "#);
    assert_snapshot!(why(&["files", "modify .env", "--as", "tech"]), @"
    1 REFUSED by protected: files · Read · modify /repo/.env
      yes request   The manifest asks for `read, list, create, modify in repo`.
    ");
    assert_snapshot!(why(&["files", "read docs/a.md", "--as", "viewer"]), @r#"
    1 REFUSED by caller: files · Read · read /repo/docs/a.md
      plugins.toml:104: callers = { roles = ["tech"], origin = ["user", "model"] }
    "#);
    assert_snapshot!(why(&["files", "read docs/a.md", "--as", "boss"]), @"2 claudetools: there is no role `boss` in plugins.toml; take one of its `[roles]`");
    assert_snapshot!(why(&["files", "read docs/a.md", "--tool", "Grep"]), @"2 claudetools: files has no tool `Grep`; `claudetools plugin list` names them");
    assert_snapshot!(why(&["files", "GET ftp://a.example/b"]), @"2 claudetools: `GET ftp://a.example/b` is not a call: The scheme `ftp` is neither https nor http; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` or `exec git log`");
}

#[test]
fn what_was_used_is_shown_while_the_bot_runs_with_the_grant_that_would_do() {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places);
    assert_snapshot!(run(&places, &setup, &["plugin", "used"]).sentence(), @"there is no audit in …/data yet: nothing was used so far");
    for path in ["/repo/docs/a.md", "/repo/.env"] {
        run(&places, &setup, &["plugin", "call", "Read", &format!("{{\"file_path\":\"{path}\"}}")]);
    }
    let mut bot = setup.start(&["run", "--port", "0"]).unwrap();
    bot.console();
    let ended = run(&places, &setup, &["plugin", "used", "files"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let day = &claudetools_ledger::now()[..10];
    assert_snapshot!(ended.stdout.replace(day, "[today]"), @r#"
    files · less than a day looked at
      read: 1×, last on [today]: repo/docs/a.md (plugins.toml:118)
      edit: never (plugins.toml:130)
      output: never (plugins.toml:142)
      seen: 1×, last on [today] (plugins.toml:152)
      refused 1×: fs.protected
      enough would be, in the grant `read` at plugins.toml:118:
        access = ["read"]
        allow = ["docs/a.md"]
    "#);
    let json = run(&places, &setup, &["plugin", "used", "files", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["plugins"][0]["refused"]["fs.protected"], 1);
    assert_eq!(json["plugins"][0]["narrower"]["read"], "access = [\"read\"]\nallow = [\"docs/a.md\"]");
}
