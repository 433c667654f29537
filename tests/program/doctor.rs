//! What the program says of what it stands on.

use std::path::Path;

use claudetools_jail::layers;
use claudetools_support::anthropic::{FakeAnthropic, KEY, Script, Step};
use claudetools_support::discord::{
    FORUM, FakeDiscord, GENERAL, GUILD, Overwrite, Permission, RANDOM, ROLE_BOT, TOKEN,
};
use claudetools_tests::bot::Setup;
use claudetools_tests::built::program;
use claudetools_tests::company::Places;
use insta::assert_snapshot;

use crate::{Ended, run};

/// The lines that are not about the jail, which another machine may have other ones of.
fn lines(ended: &Ended) -> String {
    told(&ended.stdout).lines().filter(|line| !line.contains("jail: ")).collect::<Vec<_>>().join("\n")
}

/// What every machine and every update says otherwise.
const OTHERWISE: [&str; 5] = ["wasmtime: ", "disk: ", "open files: ", "processes: ", "kernel: "];

/// Without that.
fn told(stdout: &str) -> String {
    let line = |line: &str| match OTHERWISE.iter().find_map(|what| Some((line.get(6..)?.strip_prefix(what)?, what))) {
        Some((_, what)) => format!("      {what}…\n"),
        None => format!("{line}\n"),
    };
    stdout.lines().map(line).collect()
}

/// A machine for these tests has every layer, or the tests of the jail itself fail.
fn all_layers() -> bool {
    layers().into_iter().all(|state| state.missing.is_none() || !state.layer.is_promised())
}

#[test]
fn a_fresh_place_is_well() {
    let places = Places::new().unwrap();
    let ended = run(&places, &Setup::new(&places), &["doctor"]);
    assert!(all_layers());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_snapshot!(told(&ended.stdout), @r"
    ok    jail: user namespace: works
    ok    jail: process namespace: works
    ok    jail: file system: works
    ok    jail: network namespace: works
    ok    jail: IPC and host name namespaces: works
    ok    jail: dropping of privileges: works
    ok    jail: Landlock rule set: works
    ok    jail: system call filter: works
    ok    jail: resource limits: works
    ok    jail: counting of processes: works
    ok    jail: own /proc: works
    note  data directory: …/data is not there; the first start makes it
    note  ledger: there is none yet; the first start makes it
    ok    policy: the built-in one
    ok    roots: repo at …/repo, vault at …/vault
    ok    plugins: 9 admitted
          wasmtime: …
          disk: …
          open files: …
          processes: …
          kernel: …
    note  discord: DISCORD_TOKEN is not set; the bot opens the console instead
    note  model: ANTHROPIC_API_KEY is not set; the rehearsal model answers, which is not Claude
    ");
    assert!(!places.path("data").exists(), "something was made");
}

#[test]
fn a_place_that_was_used_is_looked_into() {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places);
    assert_eq!(run(&places, &setup, &["ask", "read docs/a.md"]).code, Some(0));
    let ended = run(&places, &setup, &["doctor"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert_snapshot!(lines(&ended).lines().take(3).collect::<Vec<_>>().join("\n"), @"
    ok    data directory: …/data can be written
    ok    ledger: the audit is whole: 2 rows
    note  backup: there is none; `claudetools backup` makes one, also while the bot runs
    ");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let places = Places::new().unwrap();
    std::fs::write(places.path("data"), "").unwrap();
    std::fs::write(places.path("base/plugins.toml"), "schema = 2\n").unwrap();
    let setup = Setup::new(&places).with("DISCORD_TOKEN", "wrong").with("DISCORD_API_BASE", "http://127.0.0.1:1");
    let setup = setup.with("ANTHROPIC_API_KEY", "wrong").with("ANTHROPIC_BASE_URL", "http://127.0.0.1:1");
    let ended = run(&places, &setup, &["doctor"]);
    assert_eq!(ended.code, Some(1));
    assert_snapshot!(lines(&ended), @r"
    BAD   data directory: …/data is no directory; set CLAUDETOOLS_DATA_DIR to one
    note  ledger: there is none yet; the first start makes it
    BAD   policy: plugins.toml:1:10: this program reads `schema = 1` only
          wasmtime: …
          disk: …
          open files: …
          processes: …
          kernel: …
    BAD   discord: Discord cannot be reached at http://127.0.0.1:1/api/v10: error sending request; check the network, or DISCORD_API_BASE where it is set
    BAD   model: The model's server 127.0.0.1 cannot be reached: Connection refused (os error 111)
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_answers_is_well_and_a_key_that_is_wrong_is_not() {
    let places = Places::new().unwrap();
    let model = FakeAnthropic::start(Script::steps(Vec::<Step>::new()).expecting("x-api-key")).await;
    let with = |key: &str| {
        let setup = Setup::new(&places).with("ANTHROPIC_BASE_URL", &model.base_url).with("ANTHROPIC_API_KEY", key);
        let ended = run(&places, &setup, &["doctor"]);
        let line = ended.stdout.lines().last().unwrap().replace(&model.base_url, "…").replace("sk-ant", "LEAK");
        (ended.code, line.split(", request").next().unwrap().to_owned())
    };
    let (code, line) = with(KEY);
    assert_eq!(code, Some(0));
    assert_snapshot!(line, @"ok    model: … answers");
    let (code, line) = with("sk-ant-wrong");
    assert_eq!(code, Some(1));
    assert_snapshot!(line, @"BAD   model: The model's server does not accept the API key: invalid x-api-key (401");
}

#[test]
fn programs_read_it_as_json() {
    let places = Places::new().unwrap();
    let ended = run(&places, &Setup::new(&places), &["doctor", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&told["schema"], &told["well"]), (&1.into(), &true.into()));
    let of =
        |name: &str| told["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone();
    assert_eq!(
        of("jail: user namespace"),
        serde_json::json!({ "name": "jail: user namespace", "state": "ok", "says": "works" })
    );
    assert_eq!(of("model")["state"], "note");
}

/// What a container is that allows no user namespace.
const WITHOUT: &str = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";

#[test]
fn a_machine_without_user_namespaces_is_told_what_to_do() {
    let places = Places::new().unwrap();
    let program = program();
    let arguments = ["-Ur", "/bin/sh", "-c", WITHOUT, program.to_str().unwrap(), "doctor"];
    let output =
        Setup::new(&places).with("PATH", "/usr/bin:/bin").run_program(Path::new("/usr/bin/unshare"), &arguments);
    let ended = Ended::new(&places, output.unwrap());
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let bad: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("BAD")).collect();
    assert_snapshot!(bad.join("\n"), @"
    BAD   jail: user namespace: The user namespace can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    BAD   jail: process namespace: The process namespace can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    BAD   jail: file system: The file system can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    BAD   jail: network namespace: The network namespace can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    BAD   jail: IPC and host name namespaces: The IPC and host name namespaces can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    BAD   jail: dropping of privileges: The dropping of privileges can't be had: No space left on device (os error 28). Raise the limits user.max_*_namespaces with sysctl. Until then no native program is started (exec.jail).
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bot_lacks_in_discord_is_said_with_where_and_how() {
    let places = Places::new().unwrap();
    let discord = FakeDiscord::start().await.unwrap();
    let setup = Setup::new(&places).with("DISCORD_TOKEN", TOKEN).with("DISCORD_API_BASE", &discord.api_base);
    let doctor = |setup: &Setup| {
        let ended = tokio::task::block_in_place(|| run(&places, setup, &["doctor"]));
        let lines = ended.stdout.lines().skip_while(|line| !line.contains("discord: "));
        let lines: Vec<&str> = lines.filter(|line| !line.contains("model: ")).collect();
        (ended.code, lines.join("\n").replace(&discord.api_base, "…"))
    };
    let (code, well) = doctor(&setup);
    assert_eq!(code, Some(0), "{well}");
    assert_snapshot!(well, @r"
    ok    discord: claude is known at …
    ok    sessions: 1000 of 1000 may be begun today
    ok    clock: agrees with Discord's
    ok    permissions: the bot has what it needs in every channel
    ");
    discord.revoke(Permission::React);
    discord.deny(RANDOM, Permission::View);
    discord.overwrite(GENERAL, Overwrite { whom: GUILD, deny: 1 << 15, allow: 0 });
    discord.overwrite(FORUM, Overwrite { whom: ROLE_BOT, deny: 0, allow: 1 << 6 });
    let (code, lacking) = doctor(&setup);
    assert_eq!(code, Some(0), "it may be meant so");
    assert_snapshot!(lacking, @r"
    ok    discord: claude is known at …
    ok    sessions: 1000 of 1000 may be begun today
    ok    clock: agrees with Discord's
    note  permissions: in #general the bot lacks Add Reactions: no role of the bot has it; switch it on in Server Settings, Roles, claude
    note  permissions: in #general the bot lacks Attach Files: it is denied there for @everyone; in Edit Channel, Permissions, allow it for claude
    ");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins.toml")).unwrap();
    let channel = format!("[channel.\"{GENERAL}\"]\nverbosity = \"quiet\"\n");
    std::fs::write(places.path("base/plugins.toml"), format!("{text}\n{channel}")).unwrap();
    discord.sessions_left(0, std::time::Duration::from_secs(60));
    let (code, bad) = doctor(&setup.with("DISCORD_GUILD_ID", GUILD));
    assert_eq!(code, Some(1), "{bad}");
    assert_snapshot!(bad.lines().filter(|line| line.starts_with("BAD")).collect::<Vec<_>>().join("\n"), @r"
    BAD   sessions: 0 of 1000 may be begun today: something ends them; look in the bot's log
    BAD   permissions: in #general the bot lacks Add Reactions: no role of the bot has it; switch it on in Server Settings, Roles, claude
    BAD   permissions: in #general the bot lacks Attach Files: it is denied there for @everyone; in Edit Channel, Permissions, allow it for claude
    ");
}
