//! Files that are not opened, and what is said about them.

use super::seal::Sealer;
use super::*;

/// Why a file is not opened.
fn why(format: Format, text: &str) -> String {
    open(format, text).map(|_| "opened".to_owned()).unwrap_or_else(|error| error.to_string())
}

/// Why a YAML file with this `sops` part is not opened.
fn why_own(own: &str) -> String {
    why(Format::Yaml, &format!("a: 1\nsops: {{{own}}}\n"))
}

#[test]
fn a_file_that_is_not_for_age_says_what_it_is_for() {
    let rest = "lastmodified: 2026-01-02T00:00:00Z, mac: x";
    let said = [
        why(Format::Yaml, "a: 1\n"),
        why(Format::Dotenv, "A=1\n"),
        why_own(&format!("pgp: [{{fp: AB, enc: x}}], kms: [{{arn: x}}], gcp_kms: [], {rest}")),
        why_own(rest),
        why_own("age: [{recipient: age1x, enc: x}], lastmodified: x"),
        why_own(&format!("key_groups: [{{age: [{{recipient: age1x, enc: x}}]}}], {rest}")),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
        is not encrypted; run `sops encrypt -i` on it
        is not encrypted; run `sops encrypt -i` on it
        is encrypted for kms and pgp only; add an age recipient with `sops rotate -i --add-age age1…`
        has no `age` in its `sops` part; encrypt it again with the sops program
        has no `mac` in its `sops` part; encrypt it again with the sops program
        splits its key among key groups; keep the secrets for claudetools in a file with one group
        ");
}

#[test]
fn a_rule_that_is_not_known_is_refused() {
    let age = "age: [{recipient: age1x, enc: x}], lastmodified: x, mac: x";
    let said = [
        why_own(&format!("encrypted_comment_regex: secret, {age}")),
        why_own(&format!("encrypted_regex: a, unencrypted_suffix: b, {age}")),
        why_own(&format!("encrypted_regex: '(', {age}")),
    ];
    insta::assert_snapshot!(said.join("\n"), @r"
        does not say in a known way what is encrypted: it chooses by comments, which are not read here; have it choose by one regex or one suffix of keys
        does not say in a known way what is encrypted: it has several rules; have it choose by one regex or one suffix of keys
        does not say in a known way what is encrypted: its regex can't be read; have it choose by one regex or one suffix of keys
        ");
}

#[test]
fn a_file_for_others_says_for_whom_and_what_was_passed_over() {
    let mut s = Sealer::new();
    let a = s.seal("a:", "str", "value");
    let file = format!("a: {a}\nsops: {}\n", s.json(""));
    let other = age::x25519::Identity::generate().to_string();
    let key = age::secrecy::ExposeSecret::expose_secret(&other);
    let keys = format!("# a comment\n\n{key}\nAGE-SECRET-KEY-PQ-1QQQ\nAGE-PLUGIN-YUBIKEY-1QQQ\n");
    let said = decrypt(Format::Yaml, file.as_bytes(), &identities(&keys)).unwrap_err();
    insta::assert_snapshot!(said, @"is encrypted for age1se5ghfycr4n8kcwc3qwf234ymvmr2lex2a99wh8gpfx97glwt9hqch4569, and no identity here is theirs (only AGE-SECRET-KEY-1… can be used here, passed over: a post-quantum identity, an identity of an age plugin); put one of theirs into the file that SOPS_AGE_KEY_FILE names");
}

#[test]
fn yaml_that_is_more_than_sops_writes_is_refused() {
    let deep = "[".repeat(100) + &"]".repeat(100);
    let said = [
        "a: &x 1\nb: *x\n",
        "a: 1\na: 2\n",
        "? [a]\n: 1\n",
        "1: a\n",
        "true: a\n",
        "a: !custom b\n",
        "a: !!set {b}\n",
        "- a\n",
        "a\n",
        "a: [\n",
        "a: \"\n",
        &format!("a: {deep}\n"),
    ]
    .map(|text| {
        format!("{:12} {}", text.replace('\n', "␤").chars().take(12).collect::<String>(), why(Format::Yaml, text))
    });
    insta::assert_snapshot!(said.join("\n"), @r#"
        a: &x 1␤b: * has an alias in line 2; write the file with the sops program
        a: 1␤a: 2␤   has a key twice in line 2; write the file with the sops program
        ? [a]␤: 1␤   has a key that is no text in line 1; write the file with the sops program
        1: a␤        has a key that is no text in line 1; write the file with the sops program
        true: a␤     has a key that is no text in line 1; write the file with the sops program
        a: !custom b has an unknown tag in line 1; write the file with the sops program
        a: !!set {b} has an unknown tag in line 1; write the file with the sops program
        - a␤         has a document that is no map in line 2; write the file with the sops program
        a␤           has a document that is no map in line 1; write the file with the sops program
        a: [␤        has something that is not YAML in line 2; write the file with the sops program
        a: "␤        has something that is not YAML in line 1; write the file with the sops program
        a: [[[[[[[[[ has more than 64 levels in line 1; write the file with the sops program
        "#);
}

#[test]
fn other_formats_that_can_be_read_in_two_ways_are_refused() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(1000), "]".repeat(1000));
    let said = [
        (Format::Json, "{\"a\": 1, \"a\": 2}"),
        (Format::Json, "{\"a\": 1"),
        (Format::Json, "[1]"),
        (Format::Json, &deep),
        (Format::Dotenv, "A=1\nA=2"),
        (Format::Dotenv, "A"),
        (Format::Ini, "[a]\nb=1\nb=2"),
        (Format::Ini, "[a]\n[a]"),
        (Format::Ini, "[a"),
        (Format::Ini, "a = b \\\nc"),
        (Format::Ini, "a = \"\"\"b"),
    ]
    .map(|(format, text)| why(format, text));
    insta::assert_snapshot!(said.join("\n"), @r"
        has a key twice in line 1; write the file with the sops program
        has something that is not JSON in line 1; write the file with the sops program
        has no object at the top in line 1; write the file with the sops program
        has something that is not JSON in line 1; write the file with the sops program
        has a name twice in line 2; write the file with the sops program
        has no `=` in line 1; write the file with the sops program
        has a name twice in line 3; write the file with the sops program
        has a section twice in line 2; write the file with the sops program
        has a section without `]` in line 1; write the file with the sops program
        has a value over several lines in line 1; write the file with the sops program
        has a value over several lines in line 1; write the file with the sops program
        ");
    assert_eq!(
        decrypt(Format::Ini, b"\xff", &identities(IDENTITY)).err(),
        Some(Malformed::at(0, "text that is not UTF-8").into())
    );
}

#[test]
fn a_large_and_deep_file_is_refused_at_once() {
    for text in ["[".repeat(1 << 20), "{a: ".repeat(1 << 18), "- ".repeat(1 << 19), "a:\n ".repeat(1 << 18)] {
        assert!(open(Format::Yaml, &text).is_err());
        assert!(open(Format::Json, &text).is_err());
    }
}
