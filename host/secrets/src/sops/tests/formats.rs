//! Every format, type and rule, in files made by [`seal`].

use super::seal::Sealer;
use super::*;

/// The places of each file below that hold secrets.
const FIELDS: [&str; 3] = ["client.secret", "client.port", "client.note"];

pub fn json() -> String {
    let mut s = Sealer::new();
    let (secret, port) = (s.seal("client:secret:", "str", "hunter2 \"é\""), s.seal("client:port:", "float", "8443"));
    let note = s.seal("client:note:", "str", "two\nlines");
    s.clear("12.5");
    s.clear("100000000000000000000000");
    s.clear("True");
    let list = s.seal("list:", "bytes", "first");
    let head = format!("\"client\": {{\n\t\t\"secret\": \"{secret}\", \"port\": \"{port}\", \"note\": \"{note}\"}}");
    let clear = r#""a_unencrypted": [12.50, 1e23, true, null], "empty": """#;
    format!("{{\n\t{head},\n\t{clear}, \"list\": [\"{list}\", []],\n\t\"sops\": {}\n}}\n", s.json("\"kms\": null, "))
}

pub fn yaml() -> String {
    let mut s = Sealer::new();
    let mut text = String::from("# ENC[AES256_GCM,data:comment\nclient: # a comment\n");
    for (name, kind, value) in
        [("secret", "str", "hunter2 \"é\""), ("port", "int", "8443"), ("note", "str", "two\nlines")]
    {
        text += &format!("    {name}: {}\n", s.seal(&format!("client:{name}:"), kind, value));
    }
    s.clear("31");
    s.clear("2026-01-02T00:00:00Z");
    s.clear("one\n");
    text += "a_unencrypted: [0x1f, ~, 2026-01-02T00:00:00Z]\nb_unencrypted: |\n    one\nempty: \"\"\n";
    let time = s.seal("when:", "time", "2026-01-02T00:00:00Z");
    let second = s.seal("second:", "bool", "True");
    text + &format!("when: {time}\nsops: {}\n---\nsecond: {second}\n", s.json(""))
}

pub fn dotenv() -> String {
    let mut s = Sealer::only_encrypted();
    let mut text = String::from("#ENC[AES256_GCM,data:comment\n");
    for (name, value) in [("client.secret", "hunter2 \"é\""), ("client.port", "8443"), ("client.note", "two\nlines")] {
        text += &format!("{name}={}\n", s.seal(&format!("{name}:"), "str", value));
    }
    s.clear("not in the MAC");
    text += "A_unencrypted= plain=text \n\n";
    s.own().iter().fold(text, |text, (name, value)| text + &format!("sops_{name}={value}\n"))
}

pub fn ini() -> String {
    let mut s = Sealer::new();
    s.clear("a;b");
    let mut text = String::from("; a comment\ntop_unencrypted = `a;b` \n\n[client]\n");
    for (name, value) in [("secret", "hunter2 \"é\""), ("port", "8443"), ("note", "two\nlines")] {
        text += &format!("{name:<6} = {}\n", s.seal(&format!("client:{name}:"), "str", value));
    }
    s.clear("shown");
    text += "clear_unencrypted: shown # not more\n[sops]\n";
    s.own().iter().fold(text, |text, (name, value)| text + &format!("{name} = {value}\n"))
}

#[test]
fn every_format_is_opened() {
    for (name, file) in [("vault.json", json()), ("a/vault.yaml", yaml()), (".env", dotenv()), ("b.c.ini", ini())] {
        let document = open(Format::of(name), &file).unwrap_or_else(|error| panic!("{name} {error}\n{file}"));
        let values = FIELDS.map(|field_name| field(&document, field_name).unwrap());
        assert_eq!(values, ["hunter2 \"é\"", "8443", "two\nlines"], "{name}");
    }
}

#[test]
fn a_file_of_any_other_name_is_the_field_data() {
    let mut s = Sealer::new();
    let data = s.seal("data:", "str", "-----BEGIN");
    let file = format!("{{\"data\": \"{data}\", \"sops\": {}}}", s.json(""));
    assert_eq!(field(&open(Format::of("keys/server.pem"), &file).unwrap(), "data").unwrap(), "-----BEGIN");
}

#[test]
fn every_document_of_a_file_is_opened() {
    let document = open(Format::Yaml, &yaml()).unwrap();
    assert_eq!(field(&document, "second").unwrap(), "True");
    assert_eq!(field(&document, "when").unwrap(), "2026-01-02T00:00:00Z");
    assert_eq!(field(&document, "empty").unwrap(), "");
}

#[test]
fn a_field_that_gives_no_secret_says_why() {
    let document = open(Format::Json, &json()).unwrap();
    let why = |name: &str| field(&document, name).unwrap_err().to_string();
    insta::assert_snapshot!(["client.nothing", "client.", "client", "list.1", "a_unencrypted.0", "sops.mac"].map(why).join("\n"), @r"
        has no field `client.nothing`; name its keys from the top, joined with dots
        has no field `client.`; name its keys from the top, joined with dots
        has no single value at `client`; name one of the fields below it
        has no single value at `list.1`; name one of the fields below it
        has `a_unencrypted.0` in the clear, so it is no secret; have sops encrypt it
        has no field `sops.mac`; name its keys from the top, joined with dots
        ");
}

#[test]
fn a_name_that_can_mean_two_fields_is_refused() {
    let mut s = Sealer::new();
    let (dotted, nested) = (s.seal("a.b:", "str", "one"), s.seal("a:b:", "str", "two"));
    let file = format!("a.b: {dotted}\na: {{b: \"{nested}\"}}\nsops: {}\n", s.json(""));
    let document = open(Format::Yaml, &file).unwrap();
    assert_eq!(field(&document, "a.b"), Err(FieldError::Ambiguous("a.b".to_owned())));
}

#[test]
fn ivs_of_every_length_in_use_are_taken() {
    for iv in [12, 16, 32] {
        let mut s = Sealer::new();
        s.iv = iv;
        let a = s.seal("a:", "str", "value");
        let file = format!("a: {a}\nsops: {}\n", s.json(""));
        assert_eq!(field(&open(Format::Yaml, &file).unwrap(), "a").unwrap(), "value", "{iv}");
    }
}

#[test]
fn each_rule_chooses_by_any_key_on_the_way() {
    for (rule, pattern, encrypts) in [
        ("encrypted_suffix", "_e", true),
        ("unencrypted_suffix", "_e", false),
        ("encrypted_regex", "^top_|^never", true),
        ("unencrypted_regex", "p_e$", false),
    ] {
        let mut s = Sealer::new();
        let mut value = |place: &str, encrypted: bool| match encrypted {
            true => s.seal(place, "str", "value"),
            false => {
                s.clear("value");
                "value".to_owned()
            }
        };
        let (inside, outside) = (value("top_e:inside:", encrypts), value("other:", !encrypts));
        let file = format!(
            "top_e: {{inside: \"{inside}\"}}\nother: \"{outside}\"\nsops: {}\n",
            s.json(&format!("\"{rule}\": \"{pattern}\", "))
        );
        let document = open(Format::Yaml, &file).unwrap_or_else(|error| panic!("{rule} {error}"));
        assert_eq!(field(&document, "top_e.inside").is_ok(), encrypts, "{rule}");
        assert_eq!(field(&document, "other").is_ok(), !encrypts, "{rule}");
    }
}

#[test]
fn plain_scalars_of_yaml_are_read_as_sops_reads_them() {
    let table = [
        ("0x1F", "31"),
        ("0755", "493"),
        ("0o17", "15"),
        ("-0b101", "-5"),
        ("1_000", "1000"),
        ("+5", "5"),
        ("08", "8"),
        ("1.50", "1.5"),
        ("1e3", "1000"),
        ("-.5", "-0.5"),
        ("1e400", "1e400"),
        (".inf", "+Inf"),
        ("-.INF", "-Inf"),
        (".NaN", "NaN"),
        ("True", "True"),
        ("FALSE", "False"),
        ("yes", "yes"),
        ("_1", "_1"),
        ("1.2.3", "1.2.3"),
        ("2026-01-02", "2026-01-02"),
        ("0x", "0x"),
        ("+-5", "+-5"),
        ("'5'", "5"),
        ("\"0x1F\"", "0x1F"),
        ("!!str 0x1F", "0x1F"),
        ("!!int 0x1F", "31"),
        ("!!binary aGk=", "hi"),
        ("18446744073709551616", "18446744073709552000"),
    ];
    for (text, taken) in table {
        let mut s = Sealer::new();
        s.clear(taken);
        let file = format!("a_unencrypted: {text}\nsops: {}\n", s.json(""));
        assert!(open(Format::Yaml, &file).is_ok(), "{text} is not taken as {taken}");
    }
}
