use crate::fixture::*;
use crate::*;

/// What a person reads whose grant of git has these lines.
fn wrong(lines: &str) -> String {
    let grant = format!("[[plugin.notes.grant]]\nid = \"a\"\nwhy = \"a test\"\n{lines}");
    policy_error(&format!("[roots.repo]\n{JAIL}{grant}"))
}

fn program() -> String {
    format!(
        "program = {{ path = \"/usr/bin/git\", sha256 = \"{}\" }}\njail = \"offline\"\nkind = \"exec\"\n",
        Digest::of("git")
    )
}

#[test]
fn mistakes_in_an_argument_list_are_named() {
    let mistakes = [
        "[{ match = \"(\" }]",
        "[{ match = \"a)|(?:b\" }]",
        "[{ int = { min = 2, max = 1 } }]",
        "[{ int = { min = 2 } }]",
        "[{ one_of = [] }]",
        "[{ one_of = [\"a\", \"a\"] }]",
        "[{ rest = { match = \"a\" } }, \"b\"]",
        "[{ rest = { rest = { match = \"a\" } } }]",
        "[{ hostname = false }]",
        "[{ hostname = true, uuid = true }]",
        "[{ path = { root = \"vault\" } }]",
        "[{ max = 3 }]",
        "[{ glob = \"*\" }]",
        "[7]",
    ];
    let said: Vec<String> = mistakes.iter().map(|argv| wrong(&format!("{}argv = {argv}\n", program()))).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    plugins.toml:14:19: `match` is not a regular expression for a word: error: unclosed group
    plugins.toml:14:19: `match` is not a regular expression for a word: error: unopened group
    plugins.toml:14:17: `min` is above `max`
    plugins.toml:14:17: missing key `max`
    plugins.toml:14:9: `one_of` names no word, so nothing fits it
    plugins.toml:14:26: it is in the list twice; write it once
    plugins.toml:14:8: `rest` stands at the end only
    plugins.toml:14:18: `rest` of `rest` says nothing more
    plugins.toml:14:9: expected exactly one of `one_of`, `int`, `match`, `path`, `hostname = true`, `uuid = true` or `rest` with `max`
    plugins.toml:14:9: expected exactly one of `one_of`, `int`, `match`, `path`, `hostname = true`, `uuid = true` or `rest` with `max`
    plugins.toml:14:27: the jail `offline` does not have the root `vault`; name it in the jail's `fs`
    plugins.toml:14:9: expected exactly one of `one_of`, `int`, `match`, `path`, `hostname = true`, `uuid = true` or `rest` with `max`
    plugins.toml:14:11: unknown key `glob`, expected one of `one_of`, `int`, `match`, `path`, `hostname`, `uuid`, `rest`, `max`, `name`, `description`, `default`
    plugins.toml:14:9: invalid type: integer `7`, expected a word such as "log", or a table such as { one_of = ["nginx"] }
    "#);
}

#[test]
fn mistakes_in_a_grant_of_a_program_are_named() {
    let sha = Digest::of("git");
    let mistakes = [
        "kind = \"exec\"\n".to_owned(),
        format!("kind = \"exec\"\nargv = []\njail = \"offline\"\nprogram = {{ path = \"git\", sha256 = \"{sha}\" }}\n"),
        "kind = \"exec\"\nargv = []\njail = \"offline\"\nprogram = { path = \"/usr/bin/git\" }\n".to_owned(),
        format!(
            "kind = \"exec\"\nargv = []\njail = \"none\"\nprogram = {{ path = \"/usr/bin/git\", sha256 = \"{sha}\" }}\n"
        ),
        format!("kind = \"exec\"\nargv = []\nprogram = {{ path = \"/usr/bin/git\", sha256 = \"{sha}\" }}\n"),
        format!("{}argv = []\ncommand = \"-x\"\n", program()),
        format!("{}argv = []\nallow = [\"**\"]\n", program()),
        format!(
            "kind = \"shell\"\nargv = []\njail = \"offline\"\ninterpreter = {{ path = \"/bin/sh\", sha256 = \"{sha}\" }}\n"
        ),
        "kind = \"shell\"\njail = \"offline\"\n".to_owned(),
        "kind = \"process\"\n".to_owned(),
    ];
    let said: Vec<String> = mistakes.iter().map(|lines| wrong(lines)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    plugins.toml:11:8: an `exec` grant needs `program`
    plugins.toml:14:20: `git` is not an absolute path; programs are not searched for
    plugins.toml:14:11: missing key `sha256`
    plugins.toml:13:8: unknown jail `none`; the jails are: `offline`
    plugins.toml:11:8: an `exec` grant needs `jail`
    plugins.toml:15:11: `-x` is not the name of a program; give it one with `command = "…"`
    plugins.toml:13:8: a grant of the kind `exec` has no `allow`
    plugins.toml:11:8: a grant of the kind `shell` has no `argv`
    plugins.toml:11:8: a `shell` grant needs `interpreter`
    plugins.toml:11:8: unknown kind of grant `process`; the kinds are `fs`, `net`, `exec`, `shell`, `script`, `env`, `state` and `client`
    "#);
}

#[test]
fn examples_of_argument_lists_are_tried() {
    let with = |examples: &str| wrong(&format!("{}argv = [\"log\"]\nexamples.{examples}\n", program()));
    let said = [with("allow = [[\"log\", \"-p\"]]"), with("refuse = [[\"log\"]]"), with("refuse = [\"log\"]")];
    insta::assert_snapshot!(said.join("\n"), @r#"
    plugins.toml:15:19: the grant `a` does not allow its example `log -p`: exec.argv: its `argv` does not fit it
    plugins.toml:15:20: the grant `a` allows `log`, which its examples refuse
    plugins.toml:15:20: `log` is not an argument list; expected such as ["log", "--oneline"]
    "#);
}

#[test]
fn the_digest_of_the_grants_holds_every_part_of_a_program() {
    let digest = |grant: &str, jail: &str| policy(&format!("{jail}{grant}")).plugins["notes"].grants_digest();
    let usual = exec_grant("a", "[\"log\"]");
    let others = [
        digest(&usual.replace("/usr/bin/git", "/bin/git"), JAIL),
        digest(&usual.replace(&Digest::of("git").to_string(), &Digest::of("other").to_string()), JAIL),
        digest(&exec_grant("a", "[\"log\", \"-p\"]"), JAIL),
        digest(&exec_grant("a", "[{ match = \"log\" }]"), JAIL),
        digest(&(usual.clone() + "command = \"git2\"\n"), JAIL),
        digest(&usual, &JAIL.replace("/usr/bin:/bin", "/bin")),
        digest(&usual, &(JAIL.to_owned() + "net = [\"example.com:443\"]\n")),
        digest(&usual, &(JAIL.to_owned() + "limit = { pids = 65 }\n")),
    ];
    let distinct: std::collections::BTreeSet<String> = others.iter().map(ToString::to_string).collect();
    assert_eq!(distinct.len(), others.len());
    assert!(!distinct.contains(&digest(&usual, JAIL).to_string()));
}
