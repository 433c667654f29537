use crate::fixture::*;
use crate::*;

const SECRETS: &str = "[secrets.graph]\nsource = { file = \"a\" }\nscripts = [\"check\"]\n\
                       [secrets.other]\nsource = { file = \"b\" }\naudience = [{ host = \"api.example.com\" }]\n";

fn grant(changes: &[(&str, &str)]) -> String {
    let digest = Digest::of("x");
    let mut text = format!(
        "[[plugin.notes.grant]]\nid = \"a\"\nwhy = \"a test\"\nkind = \"script\"\njail = \"offline\"\n\
         interpreter = {{ path = \"/bin/bash\", sha256 = \"{digest}\" }}\n\
         script = {{ root = \"repo\", path = \"scripts/check.sh\", sha256 = \"{digest}\" }}\n\
         tool = {{ name = \"check\", description = \"Checks.\", effects = [\"read\"] }}\n\
         secrets = [{{ name = \"graph\", env = \"KEY\" }}]\n\
         argv = [\"--user\", {{ name = \"user\", description = \"Who.\", match = \"[a-z]+\", default = \"ann\" }}]\n"
    );
    for (line, by) in changes {
        let at = text.find(line).unwrap();
        let end = at + text[at..].find('\n').unwrap();
        text.replace_range(at..end, by);
    }
    text
}

fn wrong(changes: &[(&str, &str)]) -> String {
    policy_error(&format!("[roots.repo]\n{JAIL}{SECRETS}{}", grant(changes)))
}

#[test]
fn a_script_is_a_tool_with_a_schema_of_its_arguments() {
    let mut plugin = asking(&format!("{JAIL}{SECRETS}{}", grant(&[])));
    assert!(plugin.script("check").is_none(), "only a plugin that says so gets tools of grants");
    plugin.found.manifest.granted_tools = true;
    assert!(plugin.tools().any(|tool| tool.name == "check"));
    let script = plugin.script("check").unwrap();
    assert_eq!(script.file.guest_path(), "/repo/scripts/check.sh");
    assert_eq!(script.secrets.get("KEY").map(String::as_str), Some("graph"));
    insta::assert_snapshot!(script.tool.input_schema, @r#"{"type":"object","properties":{"user":{"type":"string","description":"Who. (fits `[a-z]+` as a whole)"}},"required":[],"additionalProperties":false}"#);
}

#[test]
fn a_script_with_the_name_of_another_tool_is_not_admitted() {
    let mut found = asking(&format!("{JAIL}{SECRETS}{}", grant(&[]))).found;
    found.manifest.granted_tools = true;
    found.manifest.tools[0].name = "Check".to_owned();
    let text = format!("schema = 1\n[roots.repo]\n{JAIL}{SECRETS}[plugin.notes]\n{}", grant(&[]));
    let Admission::Quarantined(why) = admit(found, &Policy::parse(&text).unwrap(), true) else { panic!("admitted") };
    assert_eq!(why[0].code, Code::SupplyDuplicate);
}

#[test]
fn mistakes_in_a_script_are_named() {
    let said = [
        wrong(&[("tool =", "")]),
        wrong(&[("script =", "")]),
        wrong(&[("tool =", "tool = { name = \"TaskStop\", description = \"Stops.\", effects = [] }")]),
        wrong(&[("tool =", "tool = { name = \"check\", description = \" \", effects = [] }")]),
        wrong(&[("script =", "script = { root = \"vault\", path = \"a\", sha256 = \"x\" }")]),
        wrong(&[(
            "script =",
            &format!("script = {{ root = \"repo\", path = \"../a.sh\", sha256 = \"{}\" }}", Digest::of("x")),
        )]),
        wrong(&[("secrets =", "secrets = [{ name = \"other\", env = \"KEY\" }]")]),
        wrong(&[("secrets =", "secrets = [{ name = \"nobody\", env = \"KEY\" }]")]),
        wrong(&[("secrets =", "secrets = [{ name = \"graph\", env = \"A-B\" }]")]),
        wrong(&[("secrets =", "secrets = [{ name = \"graph\", env = \"A\" }, { name = \"graph\", env = \"A\" }]")]),
        wrong(&[("argv =", "argv = [{ match = \"[a-z]+\" }]")]),
        wrong(&[(
            "argv =",
            "argv = [{ name = \"user\", description = \"Who.\", match = \"[a-z]+\", default = \"--all\" }]",
        )]),
        wrong(&[("jail =", "jail = \"offline\"\ntools = [\"check\"]")]),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
    plugins.toml:17:8: a `script` grant needs `tool`
    plugins.toml:17:8: a `script` grant needs `script`
    plugins.toml:21:17: `TaskStop` is a tool of the host itself; give it another name
    plugins.toml:21:40: the tool's `description` is empty, or longer than 8192 bytes
    plugins.toml:20:49: `x` is not a digest, which is `sha256:` and 64 hex digits
    plugins.toml:20:34: `../a.sh` is not the path of a script; expected a path below the root, such as scripts/check.sh
    plugins.toml:22:21: `other` is not for the script `check`; its table under [secrets] has to name it in `scripts`
    plugins.toml:22:21: unknown secret `nobody`; expected one of the names under [secrets]
    plugins.toml:22:36: `A-B` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first
    plugins.toml:22:67: there is a variable `A` already
    plugins.toml:23:9: an argument of a script needs `name` and `description`: the model reads them
    plugins.toml:23:76: `--all` does not fit what the argument `user` may be
    plugins.toml:19:9: a `script` grant is for its own tool; leave `tools` out
    ");
}

#[test]
fn a_grant_of_a_program_names_no_arguments() {
    let exec = format!(
        "[[plugin.notes.grant]]\nid = \"a\"\nwhy = \"a test\"\nkind = \"exec\"\njail = \"offline\"\n\
         program = {{ path = \"/usr/bin/git\", sha256 = \"{}\" }}\nargv = [{{ match = \"a\", name = \"user\" }}]\n",
        Digest::of("x")
    );
    insta::assert_snapshot!(policy_error(&format!("[roots.repo]\n{JAIL}{exec}")), @"plugins.toml:14:31: only arguments of a `script` grant have `name`, `description` and `default`");
}

#[test]
fn another_script_or_another_secret_is_wider() {
    let table = |changes: &[(&str, &str)]| {
        let text = format!("schema = 1\n[roots.repo]\n{JAIL}{SECRETS}[plugin.notes]\n{}", grant(changes));
        Policy::parse(&text).unwrap().plugins["notes"].clone()
    };
    let same = table(&[]);
    let fewer = table(&[("secrets =", "")]);
    let worded =
        table(&[("tool =", "tool = { name = \"check\", description = \"Checks all.\", effects = [\"read\"] }")]);
    assert!(same.grants_digest() != fewer.grants_digest() && same.grants_digest() != worded.grants_digest());
}
