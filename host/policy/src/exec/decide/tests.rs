use crate::fixture::*;
use crate::*;

fn git(argv: &str) -> Admitted {
    asking(&format!("{JAIL}{}", exec_grant("history", argv)))
}

/// What a person reads of a refused start.
fn refused(plugin: &Admitted, command: &str, args: &[&str]) -> String {
    start(plugin, command, args).unwrap_err().to_string()
}

#[test]
fn a_program_that_is_not_granted_is_refused_with_its_name() {
    let plugin = git("[\"log\"]");
    insta::assert_snapshot!(refused(&plugin, "systemctl", &[]), @"exec.program: `systemctl` is a native program; it is not granted to the tool `Read`.");
    for command in ["./git", "/usr/bin/git", "git ", "Git", "../git", ""] {
        assert_eq!(code(start(&plugin, command, &["log"])), Some(Code::ExecProgram), "{command:?}");
    }
}

#[test]
fn what_the_manifest_does_not_ask_for_no_grant_gives() {
    let plugin = admitted(&format!("{JAIL}{}", exec_grant("history", "[\"log\"]")));
    insta::assert_snapshot!(refused(&plugin, "git", &["log"]), @"exec.program: The plugin `notes` does not ask for the program `git`.");
}

#[test]
fn every_argument_is_part_of_the_grammar() {
    let plugin = git("[\"log\", \"--oneline\", \"-n\", { int = { min = 1, max = 50 } }]");
    assert_eq!(start(&plugin, "git", &["log", "--oneline", "-n", "5"]), Ok("history"));
    insta::assert_snapshot!(refused(&plugin, "git", &["log", "--output=/tmp/x", "$(id)"]), @"exec.argv: No grant gives `git log --output=/tmp/x '$(id)'`.");
    let others: &[&[&str]] = &[
        &[],
        &["log"],
        &["log", "--oneline", "-n", "5", "--exec"],
        &["log", "--oneline", "-n", "51"],
        &["-c", "core.pager=!sh", "log"],
        &["log", "--oneline", "-n", "5;id"],
        &["log", "--oneline", "-n", "-1"],
        &["log --oneline -n 5"],
    ];
    for args in others {
        assert_eq!(code(start(&plugin, "git", args)), Some(Code::ExecArgv), "{args:?}");
    }
    assert_eq!(code(start(&plugin, "git", &["log\0", "--oneline", "-n", "5"])), Some(Code::ProtoUtf8));
}

#[test]
fn an_argument_list_without_end_is_refused() {
    let plugin = git("[{ rest = { match = \".*\" }, max = 9999 }]");
    assert_eq!(start(&plugin, "git", &vec!["a"; 256]), Ok("history"));
    assert_eq!(code(start(&plugin, "git", &vec!["a"; 257])), Some(Code::ExecArgv));
}

#[test]
fn arguments_have_a_size_together() {
    let plugin = git("[{ rest = { path = { root = \"repo\" } }, max = 9999 }]");
    let rest = (128 << 10) - "git".len() - 100 * 1305;
    let asked = |more: usize| {
        let mut words = vec![format!("/repo{}", "/aaaaaaaaa".repeat(130)); 100];
        words.push(format!("/repo{}/{}", "/aaaaaaaaa".repeat(56), "a".repeat(rest - 566 + more)));
        code(start(&plugin, "git", &words.iter().map(String::as_str).collect::<Vec<_>>()))
    };
    assert_eq!([asked(0), asked(1), asked(2)], [None, Some(Code::ExecArgv), Some(Code::ExecArgv)]);
}

#[test]
fn a_jail_starts_programs_in_its_own_places_only() {
    let plugin = git("[\"log\"]");
    assert_eq!(start_in(&plugin, "git", &["log"], "repo", ""), Ok("history"));
    assert_eq!(start_in(&plugin, "git", &["log"], "scratch", "tmp"), Ok("history"));
    for (root, path) in [("vault", ""), ("etc", ""), ("repo", ".claude/../.git"), ("repo", ".env")] {
        let code = code(start_in(&plugin, "git", &["log"], root, path));
        assert!(matches!(code, Some(Code::ExecJail | Code::FsOutsideRoot)), "{root}/{path}: {code:?}");
    }
}

#[test]
fn a_path_that_is_hidden_fits_no_slot() {
    let plugin = git("[\"show\", { path = { root = \"repo\" } }]");
    assert_eq!(start(&plugin, "git", &["show", "/repo/docs/a.md"]), Ok("history"));
    for path in ["/repo/.env", "/repo/a/.env.local", "/vault/a", "/etc/passwd", "docs/a.md"] {
        assert_eq!(code(start(&plugin, "git", &["show", path])), Some(Code::ExecArgv), "{path}");
    }
}

#[test]
fn an_interpreter_of_a_shell_grant_may_be_told_anything_where_its_jail_is() {
    let program = format!("{{ path = \"/usr/bin/git\", sha256 = \"{}\" }}", Digest::of("git"));
    let grant = format!(
        "[[plugin.notes.grant]]\nid = \"any\"\nwhy = \"a test\"\nkind = \"shell\"\ninterpreter = {program}\njail = \"offline\"\n"
    );
    let plugin = asking(&format!("{JAIL}{grant}"));
    assert_eq!(start(&plugin, "git", &["-c", "rm -rf /"]), Ok("any"));
    assert_eq!(code(start_in(&plugin, "git", &[], "vault", "")), Some(Code::ExecJail));
}

#[test]
fn what_has_to_be_confirmed_waits_unless_another_grant_gives_it() {
    let asks =
        |id: &str| format!("{}confirm = {{ when = \"always\", by = [\"tech\"] }}\n", exec_grant(id, "[\"log\"]"));
    let plugin = asking(&format!("{JAIL}{}", asks("a")));
    assert_eq!(code(start(&plugin, "git", &["log"])), Some(Code::ConfirmNeeded));
    let plugin = asking(&format!("{JAIL}{}{}", asks("a"), exec_grant("b", "[\"log\"]")));
    assert_eq!(start(&plugin, "git", &["log"]), Ok("b"));
}

#[test]
fn a_grant_for_another_tool_gives_nothing() {
    let grant = exec_grant("history", "[\"log\"]") + "tools = [\"Write\"]\n";
    let plugin = asking(&format!("{JAIL}{grant}"));
    assert_eq!(code(start(&plugin, "git", &["log"])), Some(Code::ExecProgram));
}
