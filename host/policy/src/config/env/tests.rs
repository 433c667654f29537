//! Variables of a guest's own configuration.

use insta::assert_snapshot;

use crate::fixture::{asking, policy_error};

fn grant(id: &str, rest: &str) -> String {
    format!("[[plugin.notes.grant]]\nid = \"{id}\"\nwhy = \"w\"\nkind = \"env\"\n{rest}\n")
}

const SECRET: &str = "[secrets.key]\nsource = { env = \"HUDU_KEY\" }\naudience = [{ host = \"a.example\" }]\n";

#[test]
fn a_guest_gets_what_it_asks_for_and_is_given() {
    let plugin = asking(
        &(grant("a", "tools = [\"Read\"]\nvalues = { REGION = \"eu\", OTHER = \"x\" }")
            + &grant("b", "values = { TIER = \"1\" }")),
    );
    let env = |tool| plugin.env(tool).into_iter().collect::<Vec<_>>();
    assert_eq!(env("Read"), [("REGION", "eu"), ("TIER", "1")]);
    assert_eq!(env("Write"), [("TIER", "1")]);
    assert!(crate::fixture::admitted(&grant("a", "values = { REGION = \"eu\" }")).env("Read").is_empty());
}

#[test]
fn a_variable_that_holds_a_secret_is_not_given() {
    let error = |values: &str| policy_error(&format!("{SECRET}{}", grant("a", &format!("values = {{ {values} }}"))));
    assert_snapshot!(error("HUDU_KEY = \"x\""), @"plugins.toml:9:12: `HUDU_KEY` holds a secret of the host; a plugin gets secrets in requests only");
    assert_snapshot!(error("hudu_key = \"x\""), @"plugins.toml:9:12: `hudu_key` holds a secret of the host; a plugin gets secrets in requests only");
    assert_snapshot!(error("A = \"HUDU_KEY\""), @"plugins.toml:9:16: `HUDU_KEY` is the name of a variable that holds a secret; nothing is expanded here");
}

#[test]
fn a_bad_variable_is_named() {
    let error = |rest: &str| policy_error(&grant("a", rest));
    assert_snapshot!(error(""), @r#"plugins.toml:5:8: an `env` grant needs `values`, such as { REGION = "eu" }"#);
    assert_snapshot!(error("values = {}"), @r#"plugins.toml:5:8: an `env` grant needs `values`, such as { REGION = "eu" }"#);
    assert_snapshot!(error("values = { 1A = \"x\" }"), @"plugins.toml:6:12: `1A` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first");
    assert_snapshot!(error("values = { \"A=B\" = \"x\" }"), @"plugins.toml:6:12: `A=B` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first");
    assert_snapshot!(error("values = { A = \"x\\ny\" }"), @"plugins.toml:6:16: expected one line of at most 4 KiB");
    assert_snapshot!(error(&format!("values = {{ A = \"{}\" }}", "x".repeat(4097))), @"plugins.toml:6:16: expected one line of at most 4 KiB");
    assert!(asking(&grant("a", &format!("values = {{ REGION = \"{}\" }}", "x".repeat(4096)))).env("Read").len() == 1);
    assert_snapshot!(error("values = { A = \"x\" }\nroot = \"repo\""), @"plugins.toml:5:8: a grant of the kind `env` has no `root`");
    assert_snapshot!(error("values = { A = \"x\" }\nconfirm = { when = \"never\" }"), @"plugins.toml:5:8: a grant of the kind `env` has no `confirm`");
}

#[test]
fn no_variable_is_given_twice_to_a_tool() {
    let two = |one: &str, other: &str| {
        grant("a", &format!("{one}values = {{ A = \"x\" }}")) + &grant("b", &format!("{other}values = {{ A = \"y\" }}"))
    };
    for (one, other) in [
        ("", ""),
        ("", "tools = [\"Read\"]\n"),
        ("tools = [\"Read\"]\n", ""),
        ("tools = [\"Read\"]\n", "tools = [\"Write\", \"Read\"]\n"),
    ] {
        let error = policy_error(&two(one, other));
        assert!(error.ends_with("another grant gives the variable `A` already"), "{error}");
    }
    assert!(asking(&two("tools = [\"Read\"]\n", "tools = [\"Write\"]\n")).env("Read").is_empty());
}
