//! `--help` and `ask`.

use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use insta::assert_snapshot;
use serde_json::Value;

use crate::run;

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["--help"]);
    assert_eq!(ended.code, Some(0));
    assert_snapshot!(ended.stdout, @r"
    Claude, with a company's own repository and sandboxed tools, in its Discord

    Usage: claudetools [OPTIONS] [COMMAND]

    Commands:
      run       Start the bot: in Discord where DISCORD_TOKEN is set, else as a local web page
      ask       Ask one question: the answer goes to stdout, progress to stderr
      export    Print a thread's transcript: who said what, tool calls, confirmations, costs; works while the bot runs
      evidence  Pack a thread as evidence, with its files and its part of the audit; works while the bot runs
      audit     The record of every tool call and refusal
      costs     What requests to the model cost in a month
      backup    Copy the ledger to a file, also while the bot runs; the copy is checked before it counts
      restore   Put a copy of the ledger in its place; the one from before is kept beside it
      doctor    Look at everything that the program stands on, and say what to do about what is missing
      plugin    The plugins
      mcp       Serve the approved tools to an MCP client, such as Claude Code, over stdin and stdout
      help      Print this message or the help of the given subcommand(s)

    Options:
          --policy <FILE>  The policy file [default: plugins.toml of the working directory, else the built-in one]
      -h, --help           Print help
      -V, --version        Print version

    Exit codes: 0 done, 1 not answered or a check failed, 2 usage, 3 configuration, 4 ledger, 5 Discord, 6 rehearsal model.
    Settings come from the environment and from .env; see .env.example.
    ");
}

#[test]
fn a_command_that_does_not_exist_is_a_usage_error() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["asc"]);
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"
    error: unrecognized subcommand 'asc'

      tip: a similar subcommand exists: 'ask'

    Usage: claudetools [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
}

#[test]
fn the_answer_goes_to_stdout_and_progress_to_stderr() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["ask", "read docs/a.md"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"
    **Rehearsal model**: Read `docs/a.md` gave:
    ```
         1	alpha
    ```
    ");
    assert_snapshot!(ended.told(), @r#"
    ⏺ Read {"file_path":"docs/a.md"}
      ✔ Read 1 lines
    (thread [id]; go on with --thread [id])
    "#);
}

#[test]
fn json_is_one_object_and_thread_goes_on_in_the_same_thread() {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places);
    let ask = |question: &str, more: &[&str]| -> Value {
        let output = setup.run(&[&["ask", "--json", question], more].concat()).unwrap();
        assert_eq!(output.status.code(), Some(0));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = ask("read docs/a.md", &[]);
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["thread", "ok", "text", "model", "cost_micro_usd", "context_tokens", "files"]);
    assert_eq!((&first["ok"], &first["model"]), (&true.into(), &"rehearsal".into()));
    let thread = first["thread"].as_str().unwrap();
    let second = ask("list docs", &["--thread", thread]);
    assert_eq!(second["thread"], thread);
    let elsewhere = ask("list docs", &[]);
    assert_ne!(elsewhere["thread"], thread);
    // The model is sent what was said before.
    assert!(second["context_tokens"].as_u64() > elsewhere["context_tokens"].as_u64(), "{second} {elsewhere}");
}

#[test]
fn what_no_grant_covers_is_refused_and_the_file_stays_unread() {
    let places = Places::compiled().unwrap();
    let ended = run(&places, &Setup::new(&places), &["ask", "read .env"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stdout.contains("CANARY") && !ended.stderr.contains("CANARY"));
    assert_snapshot!(ended.stdout, @"
    **Rehearsal model**: Read `.env` failed:
    ```
    fs.protected: `/repo/.env` is protected and no grant opens it: such files hold secrets.
    ```
    ");
}

#[test]
fn a_question_is_about_a_described_client() {
    let places = Places::compiled().unwrap();
    let clients = "schema = 1\n[roots.repo]\n[roles]\nadmin = { local = true }\n[client.contoso]\n[client.fabrikam]\n";
    std::fs::write(places.path("plugins.toml"), clients).unwrap();
    let policy = places.path("plugins.toml").display().to_string();
    let ask = |client: &str, thread: &str| {
        run(
            &places,
            &Setup::new(&places),
            &["--policy", &policy, "ask", "Hello", "--thread", thread, "--client", client],
        )
    };
    let ended = ask("adatum", "one");
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"claudetools: there is no client `adatum`; expected one of contoso, fabrikam");
    assert_eq!(ask("contoso", "one").code, Some(0));
    let ended = ask("fabrikam", "one");
    assert_eq!(ended.code, Some(2));
    assert_snapshot!(ended.stderr, @"claudetools: the thread is about the client `contoso` already");
    assert_eq!(ask("contoso", "one").code, Some(0));
}
