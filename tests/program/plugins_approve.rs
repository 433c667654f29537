//! `plugin approve`, `diff`, `revoke`: who may say yes, and to what exactly.

use claudetools_ledger::Ledger;
use claudetools_tests::bot::{PATIENCE, Setup};
use claudetools_tests::built::guest;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::{Ended, run, typed};

/// The table of the plugin `echo`, for everybody at this machine.
pub const ECHO: &str = "\n[plugin.echo]    # for measuring\ncomponent = \"plugins/echo.wasm\"\n\
                        callers = { roles = [\"viewer\"], origin = [\"user\", \"model\"] }\n";

/// A company into which somebody dropped `echo`, with this behind the usual policy.
pub fn dropped(table: &str) -> (Places, Setup) {
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/echo.wasm"), guest("echo")).unwrap();
    let policy = format!("{}{table}", claudetools::builtin::DEFAULT_POLICY);
    std::fs::write(places.path("base/plugins.toml"), policy).unwrap();
    let setup = Setup::new(&places).with("USER", "ann");
    (places, setup)
}

/// The same, approved.
pub fn approved() -> (Places, Setup) {
    let (places, setup) = dropped(ECHO);
    let ended = approve(&places, &setup, "echo");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    (places, setup)
}

fn approve(places: &Places, setup: &Setup, line: &str) -> Ended {
    typed(places, setup, &["plugin", "approve", "echo", "--note", "read it"], line)
}

fn policy(places: &Places) -> String {
    std::fs::read_to_string(places.path("base/plugins.toml")).unwrap()
}

/// What `plugin list` says of `echo`.
fn listed(places: &Places, setup: &Setup) -> String {
    let listed = run(places, setup, &["plugin", "list"]).stdout;
    listed.split_once("\necho ").unwrap().1.to_owned()
}

/// The component with one more section, which changes nothing that it does.
fn change(places: &Places) {
    let mut bytes = guest("echo");
    bytes.extend([0, 2, 1, b'x']);
    std::fs::write(places.path("base/plugins/echo.wasm"), bytes).unwrap();
}

#[test]
fn without_a_terminal_nothing_is_approved() {
    let (places, setup) = dropped(ECHO);
    let before = policy(&places);
    for arguments in [&["plugin", "approve", "echo"][..], &["plugin", "approve", "echo", "--yes-i-typed", "echo"]] {
        let ended = run(&places, &setup, arguments);
        let wanted = "an approval needs a person at a terminal, and stdin is none; or sign it, see --help";
        assert_eq!((ended.code, ended.sentence()), (Some(1), wanted));
    }
    assert_eq!(policy(&places), before);
}

#[test]
fn another_name_than_the_plugins_approves_nothing() {
    let (places, setup) = dropped(ECHO);
    let before = policy(&places);
    let ended = approve(&places, &setup, "ecko");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.ends_with("claudetools: `ecko` is not `echo`; nothing was approved\n"), "{}", ended.stderr);
    assert_eq!(policy(&places), before);
}

#[test]
fn a_plugin_without_a_table_gets_one_that_grants_nothing() {
    let (places, setup) = dropped("");
    let ended = run(&places, &setup, &["plugin", "approve", "echo"]);
    assert_eq!(ended.code, Some(3));
    assert_snapshot!(ended.sentence(), @"plugins.toml has no `[plugin.echo]` yet: put the table above into it, with what you grant, then approve again");
    assert_snapshot!(ended.stdout, @r#"

    [plugin.echo]
    component = "plugins/echo.wasm"
    callers   = { roles = [], origin = ["user", "model"] }    # roles: admin, lead, reviewer, tech, viewer
    "#);
}

#[test]
fn a_person_at_a_terminal_sees_the_review_and_approves_exactly_what_is_there() {
    let (places, setup) = dropped(ECHO);
    let before = policy(&places);
    let ended = approve(&places, &setup, "echo");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"echo 1.0.0 is approved by ann.");
    assert!(ended.stderr.starts_with("QUARANTINED · echo 1.0.0"), "{}", ended.stderr);
    let after = policy(&places);
    let added = after.strip_prefix(&before).expect("what was there stays as it was");
    let keys: Vec<&str> = added.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(
        keys,
        [
            "",
            "[plugin.echo.approved]",
            "component",
            "request",
            "imports",
            "strings",
            "grants",
            "version",
            "by",
            "at",
            "note"
        ]
    );
    assert_snapshot!(listed(&places, &setup), @"1.0.0 · approved · ./plugins/echo.wasm · echo");
    assert_eq!(run(&places, &setup, &["plugin", "call", "echo", r#"{"text":"hello"}"#]).stdout, "hello\n");
    let again = run(&places, &setup, &["plugin", "approve", "echo"]);
    assert_snapshot!(again.stdout, @"echo 1.0.0 is approved already, as it is.");
}

#[test]
fn a_name_given_beforehand_is_enough_at_a_terminal() {
    let (places, setup) = dropped(ECHO);
    let ended = typed(&places, &setup, &["plugin", "approve", "echo", "--yes-i-typed", "echo"], "");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn changed_bytes_wait_again_and_the_change_is_shown() {
    let (places, setup) = approved();
    change(&places);
    assert_snapshot!(listed(&places, &setup), @"
    1.0.0 · quarantine · ./plugins/echo.wasm · echo
      supply.digest: Its bytes changed since the approval.
    ");
    assert_snapshot!(run(&places, &setup, &["plugin", "diff", "echo"]).stdout, @"echo 1.0.0 differs from what ann approved as 1.0.0: its bytes.");
    assert_eq!(approve(&places, &setup, "echo").code, Some(0));
    assert_snapshot!(listed(&places, &setup), @"1.0.0 · approved · ./plugins/echo.wasm · echo");
}

#[test]
fn widened_grants_are_shown_before_they_are_approved() {
    let (places, setup) = approved();
    let wider = policy(&places).replace("for measuring\n", "for measuring\nlimit = { wall = \"50s\" }\n");
    let wider = wider.replace("callers = { roles = [\"viewer\"]", "callers = { roles = [\"viewer\", \"tech\"]");
    std::fs::write(places.path("base/plugins.toml"), wider).unwrap();
    assert_snapshot!(run(&places, &setup, &["plugin", "diff", "echo"]).stdout, @"
    echo 1.0.0 differs from what ann approved as 1.0.0: its callers, limits or grants.
      ! callers: the role `tech`
      ! limit: wall from 30s to 50s
    ");
    let ended = approve(&places, &setup, "echo");
    assert!(ended.stderr.starts_with("echo 1.0.0 differs from what ann approved"), "{}", ended.stderr);
    assert_snapshot!(run(&places, &setup, &["plugin", "diff", "echo"]).stdout, @"echo 1.0.0 is what ann approved as 1.0.0: nothing changed.");
}

#[test]
fn what_was_approved_elsewhere_can_not_be_compared() {
    let (places, setup) = approved();
    std::fs::remove_dir_all(places.path("data/approved")).unwrap();
    change(&places);
    assert_snapshot!(run(&places, &setup, &["plugin", "diff", "echo"]).stdout, @"echo 1.0.0 differs from what ann approved as 1.0.0: its bytes. What it was is not kept here.");
}

#[test]
fn a_revoked_plugin_is_called_by_nobody() {
    let (places, setup) = approved();
    let ended = run(&places, &setup, &["plugin", "revoke", "echo"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"echo is no longer approved.");
    assert_eq!(policy(&places), format!("{}{ECHO}", claudetools::builtin::DEFAULT_POLICY));
    let called = run(&places, &setup, &["plugin", "call", "echo", r#"{"text":"hello"}"#]);
    assert_eq!(called.code, Some(1));
    assert_snapshot!(called.sentence(), @"`echo` is in quarantine: supply.unapproved: Nobody has approved it yet.");
    let again = run(&places, &setup, &["plugin", "revoke", "echo"]);
    assert_eq!(again.code, Some(1));
}

#[test]
fn parts_of_the_program_and_unknown_plugins_can_not_be_approved() {
    let (places, setup) = dropped(ECHO);
    let refused = |name: &str| {
        let ended = typed(&places, &setup, &["plugin", "approve", name], name);
        format!("{} {}", ended.code.unwrap(), ended.sentence())
    };
    assert_snapshot!(refused("files"), @"1 `files` is part of the program, which is its approval; there is nothing to approve");
    assert_snapshot!(refused("tickets"), @"2 there is no plugin `tickets`; the plugins are: files, m365, m365-remediate, msp, scripts, search, shell, skills, vault, echo");
}

#[test]
fn a_plugin_that_would_not_run_anyway_is_not_approved() {
    let (places, setup) = dropped("\n[plugin.evil-import]\ncomponent = \"plugins/evil-import.wasm\"\n");
    std::fs::write(places.path("base/plugins/evil-import.wasm"), guest("evil-import")).unwrap();
    let ended = typed(&places, &setup, &["plugin", "approve", "evil-import"], "evil-import");
    assert_eq!(ended.code, Some(1));
    assert_snapshot!(ended.sentence(), @"evil-import can't be approved, because it would not run: supply.import: It imports `claudetools:plugin/tree@1.0.0`, which its manifest does not ask for.");
}

#[test]
fn a_risk_of_eighty_and_more_is_approved_only_when_it_is_accepted() {
    let grant = |root: &str| {
        format!(
            "[[plugin.evil-fs.grant]]\nid = \"{root}\"\nwhy = \"everything\"\nkind = \"fs\"\nroot = \"{root}\"\n\
             access = [\"read\", \"list\", \"create\", \"modify\", \"delete\", \"rename\"]\nallow = [\"**\"]\n"
        )
    };
    let table =
        "\n[plugin.evil-fs]\ncomponent = \"plugins/evil-fs.wasm\"\n".to_owned() + &grant("repo") + &grant("vault");
    let (places, setup) = dropped(&table);
    std::fs::write(places.path("base/plugins/evil-fs.wasm"), guest("evil-fs")).unwrap();
    let approve = |more: &[&str]| {
        let ended = typed(&places, &setup, &[&["plugin", "approve", "evil-fs"], more].concat(), "evil-fs");
        (ended.code, ended.stderr.lines().last().unwrap_or_default().to_owned())
    };
    let (code, sentence) = approve(&[]);
    assert_eq!(code, Some(1));
    assert_snapshot!(sentence, @"claudetools: the risk of `evil-fs` is 155; narrow its grants as the review above says, or approve with --accept-high");
    assert_eq!(approve(&["--accept-high"]).0, Some(0));
}

#[test]
fn a_linked_policy_is_not_written_through() {
    let (places, setup) = dropped(ECHO);
    std::fs::rename(places.path("base/plugins.toml"), places.path("base/real.toml")).unwrap();
    std::os::unix::fs::symlink(places.path("base/real.toml"), places.path("base/plugins.toml")).unwrap();
    let ended = approve(&places, &setup, "echo");
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.ends_with("claudetools: plugins.toml is a link; name the file itself with --policy\n"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn approvals_are_in_the_audit_with_and_without_a_running_bot() {
    let (places, setup) = dropped(ECHO);
    let mut bot = setup.start(&["run", "--port", "0"]).unwrap();
    bot.console();
    let ended = approve(&places, &setup, "echo");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("The bot that runs takes it up and records it.\n"), "{}", ended.stderr);
    let ledger = Ledger::open_read_only(&places.path("data")).await.unwrap();
    recorded(&ledger, 1).await;
    bot.kill();
    assert_eq!(run(&places, &setup, &["plugin", "revoke", "echo"]).code, Some(0));
    recorded(&ledger, 2).await;
    assert_eq!(run(&places, &setup, &["audit", "verify"]).code, Some(0));
}

/// Waits until the audit has so many rows on approvals.
async fn recorded(ledger: &Ledger, rows: usize) {
    let enough = async {
        while ledger.audit_of(claudetools_ledger::Kind::Approval, i64::MAX, 9).await.unwrap().len() != rows {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, enough).await.unwrap();
}

#[test]
fn an_approval_that_a_trusted_key_signed_needs_no_terminal() {
    let (places, setup) = dropped(ECHO);
    let keys = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    sign(&places, &setup, &keys);
    let signed = || run(&places, &setup, &["plugin", "approve", "echo", "--signed", "echo.txt"]);
    assert_snapshot!(signed().sentence(), @"`[review]` of plugins.toml names no `keys`, so no signature counts; approve at a terminal, or name the key there");

    trust(&places, &keys);
    assert_snapshot!(approve(&places, &setup, "echo").sentence(), @"`[review] keys` of plugins.toml wants every approval signed: `claudetools plugin approve echo --print`, then --signed");
    let ended = signed();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"echo 1.0.0 is approved by bea.");
    assert_snapshot!(listed(&places, &setup), @"1.0.0 · approved · ./plugins/echo.wasm · echo");

    change(&places);
    assert_snapshot!(signed().sentence(), @"echo.txt was signed for something else: its component is not that of the plugin and its table as they are; print and sign it again");
}

#[test]
fn a_signature_of_a_stranger_approves_nothing() {
    let (places, setup) = dropped(ECHO);
    let pair = || minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    sign(&places, &setup, &pair());
    trust(&places, &pair());
    let before = policy(&places);
    let ended = run(&places, &setup, &["plugin", "approve", "echo", "--signed", "echo.txt"]);
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.ends_with(
            "nothing was approved: supply.signature: Its approval is not signed by a key that the operator trusts.\n"
        ),
        "{}",
        ended.stderr
    );
    assert_eq!(policy(&places), before);
}

/// Writes down what is to be signed of `echo`, and a signature of it.
fn sign(places: &Places, setup: &Setup, keys: &minisign::KeyPair) {
    let printed = setup.run(&["plugin", "approve", "echo", "--print", "--by", "bea"]).unwrap();
    assert!(printed.status.success());
    let signature = minisign::sign(Some(&keys.pk), &keys.sk, printed.stdout.as_slice(), None, None).unwrap();
    std::fs::write(places.path("base/echo.txt"), &printed.stdout).unwrap();
    std::fs::write(places.path("base/echo.txt.minisig"), signature.into_string()).unwrap();
}

/// Lets the operator trust this key.
fn trust(places: &Places, keys: &minisign::KeyPair) {
    let review = format!("schema = 1\n[review]\nkeys = [\"{}\"]\n", keys.pk.to_base64());
    std::fs::write(places.path("base/plugins.toml"), policy(places).replace("schema = 1\n", &review)).unwrap();
}
