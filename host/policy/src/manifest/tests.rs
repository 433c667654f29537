//! What a manifest means, and what its author reads after a mistake.

use insta::assert_snapshot;

use super::{EffectKind, Manifest, RequestKind};
use crate::fixture::{MANIFEST, names};
use crate::{Access, Digest};

/// The error after one replacement in a good manifest.
fn error(from: &str, to: &str) -> String {
    assert!(MANIFEST.contains(from), "{from}");
    Manifest::parse(&MANIFEST.replacen(from, to, 1)).unwrap_err().to_string()
}

#[test]
fn a_manifest_means_what_it_says() {
    let manifest = Manifest::parse(MANIFEST).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("notes", "1.2.3"));
    assert_eq!(manifest.digest, Digest::of(MANIFEST));
    let (read, write) = (&manifest.tools[0], &manifest.tools[1]);
    assert!(read.read_only() && !write.read_only());
    assert!(write.effects.contains(&EffectKind::Read));
    let RequestKind::Fs { root, access } = &manifest.requests[0].kind else { panic!("{manifest:?}") };
    assert!(root == "repo" && access.contains(&Access::Modify) && !access.contains(&Access::Delete));
    assert_eq!(manifest.requests[1].kind, RequestKind::State);
}

#[test]
fn the_keys_of_a_schema_keep_their_order() {
    let input = "type = \"object\"\nadditionalProperties = false\n[tool.input.properties]\nz = {}\na = {}\nm = {}";
    let text = MANIFEST.replacen("type = \"object\"\nproperties = {}\nadditionalProperties = false", input, 1);
    let schema = &Manifest::parse(&text).unwrap().tools[1].input_schema;
    assert_snapshot!(schema, @r#"{"type":"object","additionalProperties":false,"properties":{"z":{},"a":{},"m":{}}}"#);
}

#[test]
fn the_digest_of_strings_changes_with_every_word_the_model_reads() {
    let strings = |text: &str| Manifest::parse(text).unwrap().strings_digest();
    let changed = |from: &str, to: &str| strings(&MANIFEST.replace(from, to)) != strings(MANIFEST);
    assert!(changed("Reads a note.", "Reads a note, then calls Write."));
    assert!(changed("\"Write\"", "\"Write2\""));
    assert!(changed("[tool.input.properties.path]", "[tool.input.properties.file]"));
    assert!(!changed("1.2.3", "1.2.4"));
    assert!(!changed("to keep notes", "to keep other notes"));
}

#[test]
fn the_digest_of_strings_does_not_depend_on_order() {
    let mut manifest = Manifest::parse(MANIFEST).unwrap();
    let before = manifest.strings_digest();
    manifest.tools.reverse();
    assert_eq!(manifest.strings_digest(), before);
    let (type_, closed) = ("type = \"object\"\n", "additionalProperties = false\n");
    let swapped = MANIFEST.replacen(&format!("{type_}{closed}"), &format!("{closed}{type_}"), 1);
    assert_ne!(swapped, MANIFEST);
    assert_eq!(Manifest::parse(&swapped).unwrap().strings_digest(), before);
}

#[test]
fn a_typing_mistake_is_found_and_its_line_named() {
    assert_snapshot!(error("license", "licence"), @"the manifest is not valid: line 4: unknown key `licence`, expected one of `name`, `version`, `license`, `description`, `granted_tools`, `tool`, `request`");
    assert_snapshot!(error("effects = [\"read\"]", "effects = [\"reads\"]"), @"the manifest is not valid: line 10: unknown value `reads`, expected `read` or `write`");
    assert_snapshot!(error("why = \"to keep notes\"", ""), @"the manifest is not valid: line 26: missing key `why`");
    assert_snapshot!(error("kind = \"state\"", "kind = \"process\""), @"the manifest is not valid: line 33: unknown value `process`, expected one of `fs`, `net`, `env`, `exec`, `state`, `client`");
}

#[test]
fn the_errors_of_a_hostile_manifest_are_harmless() {
    let error = Manifest::parse("\"\\u001b[2J\\u202e\" = 1").unwrap_err();
    assert_snapshot!(error, @r#"the manifest is not valid: line 1: unknown key `\u{1b}[2J\u{202e}`, expected one of `name`, `version`, `license`, `description`, `granted_tools`, `tool`, `request`"#);
    let error = Manifest::parse(&format!("{} = 1", "k".repeat(9000))).unwrap_err();
    assert!(error.to_string().len() < 600, "{error}");
}

#[test]
fn bad_names_and_words_are_refused() {
    assert_snapshot!(error("\"notes\"", "\"Notes\""), @"the manifest is not valid: `Notes` is not a plugin's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
    assert_snapshot!(error("1.2.3", "1.2"), @"the manifest is not valid: `version` is not a semantic version such as 1.0.0: unexpected end of input while parsing minor version number");
    assert_snapshot!(error("MIT", "see LICENSE!"), @"the manifest is not valid: `license` is not an SPDX expression such as `MIT OR Apache-2.0`");
    assert_snapshot!(error("\"Read\"", "\"Read me\""), @"the manifest is not valid: `Read me` is not a tool's name; expected 1 to 64 of a-z, A-Z, 0-9, `_` and `-`");
    assert_snapshot!(error("\"Read\"", "\"taskoutput\""), @"the manifest is not valid: `taskoutput` is a tool of the host itself; give it another name");
    assert_snapshot!(error("\"Write\"", "\"read\""), @"the manifest is not valid: it has two tools named `read`; case does not tell them apart");
    assert_snapshot!(error("Reads a note.", " "), @"the manifest is not valid: the description of the tool `Read` is empty, or longer than 8192 bytes");
    assert_snapshot!(error("Reads a note.", &"x".repeat(8193)), @"the manifest is not valid: the description of the tool `Read` is empty, or longer than 8192 bytes");
    assert_snapshot!(error("Reads a note.", "Reads\u{200b} a note."), @"the manifest is not valid: the description of the tool `Read` has U+200B in it, which nobody can see");
    assert_snapshot!(error("to keep notes", "to keep \u{202e} notes"), @"the manifest is not valid: the `why` of a request has U+202E in it, which nobody can see");
}

#[test]
fn a_schema_that_accepts_anything_or_leads_elsewhere_is_refused() {
    let schema = |to: &str| error("type = \"object\"\nproperties = {}\nadditionalProperties = false", to);
    assert_snapshot!(schema("type = \"object\"\nproperties = {}"), @"the manifest is not valid: the input schema of the tool `Write` accepts anything; expected `additionalProperties = false`");
    assert_snapshot!(schema("type = \"object\"\nproperties = {}\nadditionalProperties = true"), @"the manifest is not valid: the input schema of the tool `Write` accepts anything; expected `additionalProperties = false`");
    assert_snapshot!(schema("type = \"object\"\nadditionalProperties = false"), @"the manifest is not valid: the input schema of the tool `Write` has no `properties`; expected a table of them, which may be empty");
    assert_snapshot!(schema("type = \"string\""), @r#"the manifest is not valid: the input schema of the tool `Write` is not that of an object; expected `type = "object"`"#);
    assert_snapshot!(schema("type = \"object\"\nproperties.a = { \"$ref\" = \"#\" }"), @"the manifest is not valid: the input schema of the tool `Write` has a `$ref`; write out what it refers to");
    assert_snapshot!(schema("type = \"object\"\nproperties.a = { default = inf }"), @"the manifest is not valid: the input schema of the tool `Write` has a number that JSON does not have");
    assert_snapshot!(schema("type = \"object\"\nproperties.a = { default = 2026-01-01 }"), @"the manifest is not valid: the input schema of the tool `Write` has a date, which JSON does not have; quote it");
    assert_snapshot!(schema("type = \"object\"\nproperties.\"a\\u200b\" = { }"), @"the manifest is not valid: the input schema of the tool `Write` has U+200B in it, which nobody can see");
}

#[test]
fn a_schema_too_deep_or_too_large_is_refused() {
    let nested =
        |levels: usize| format!("properties = {}{}", "{ a = ".repeat(levels), "1".to_owned() + &" }".repeat(levels));
    assert!(Manifest::parse(&MANIFEST.replace("properties = {}", &nested(31))).is_ok());
    assert_snapshot!(error("properties = {}", &nested(32)), @"the manifest is not valid: the input schema of the tool `Write` is nested deeper than 32 levels");
    let large = format!("description = \"{}\"\nproperties = {{}}", "x".repeat(65 << 10));
    assert_snapshot!(error("properties = {}", &large), @"the manifest is not valid: the input schema of the tool `Write` is larger than 65536 bytes");
}

#[test]
fn a_request_that_asks_for_nothing_in_particular_is_refused() {
    assert_snapshot!(error("root = \"repo\"", ""), @"the manifest is not valid: an `fs` request needs a `root` by name and at least one `access`, and no other keys");
    assert_snapshot!(error("root = \"repo\"", "root = \"/etc\""), @"the manifest is not valid: an `fs` request needs a `root` by name and at least one `access`, and no other keys");
    assert_snapshot!(error("access = [\"read\", \"list\", \"create\", \"modify\", \"rename\"]", "access = []"), @"the manifest is not valid: an `fs` request needs a `root` by name and at least one `access`, and no other keys");
    assert_snapshot!(error("kind = \"state\"", "kind = \"state\"\nroot = \"repo\""), @"the manifest is not valid: a `state` request has `kind` and `why` only");
}

#[test]
fn requests_for_the_network_and_the_environment_name_what_they_are_for() {
    let asks = |lines: &str| Manifest::parse(&format!("{MANIFEST}\n[[request]]\nwhy = \"w\"\n{lines}\n"));
    let kind = |lines: &str| asks(lines).unwrap().requests.pop().unwrap().kind;
    let net = "kind = \"net\"\nhosts = [\"api.example.com\", \"*.a.example\", \"10.0.0.5\", \"*\"]\nmethods = [\"GET\", \"POST\"]";
    let hosts = names(&["*", "*.a.example", "10.0.0.5", "api.example.com"]);
    assert_eq!(kind(net), RequestKind::Net { hosts, methods: names(&["GET", "POST"]) });
    assert_eq!(
        kind("kind = \"env\"\nnames = [\"REGION\", \"_x1\"]"),
        RequestKind::Env { names: names(&["REGION", "_x1"]) }
    );
    let error = |lines: &str| asks(lines).unwrap_err().to_string();
    assert_snapshot!(error("kind = \"net\"\nhosts = [\"a.example\"]"), @"the manifest is not valid: a `net` request needs at least one of `hosts` and of `methods`, and no other keys");
    assert_snapshot!(error("kind = \"net\"\nhosts = []\nmethods = [\"GET\"]"), @"the manifest is not valid: a `net` request needs at least one of `hosts` and of `methods`, and no other keys");
    assert_snapshot!(error("kind = \"net\"\nhosts = [\"*\"]\nmethods = []"), @"the manifest is not valid: a `net` request needs at least one of `hosts` and of `methods`, and no other keys");
    assert_snapshot!(error("kind = \"net\"\nhosts = [\"*\"]\nmethods = [\"GET\"]\nroot = \"repo\""), @"the manifest is not valid: a `net` request needs at least one of `hosts` and of `methods`, and no other keys");
    assert_snapshot!(error("kind = \"net\"\nhosts = [\"https://a.example\"]\nmethods = [\"GET\"]"), @"the manifest is not valid: `https://a.example` is not a host of a `net` request; expected a name in lower case such as `api.example.com`, `*.example.com`, an address, or `*`");
    assert_snapshot!(error("kind = \"net\"\nhosts = [\"*\"]\nmethods = [\"get\"]"), @"the manifest is not valid: `get` is not a method of a `net` request; expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    assert_snapshot!(error("kind = \"env\""), @"the manifest is not valid: an `env` request needs at least one of `names`, and no other keys");
    assert_snapshot!(error("kind = \"env\"\nnames = []"), @"the manifest is not valid: an `env` request needs at least one of `names`, and no other keys");
    assert_snapshot!(error("kind = \"env\"\nnames = [\"1A\"]"), @"the manifest is not valid: `1A` is not the name of a variable; expected up to 64 of a-z, A-Z, 0-9 and `_`, not a digit first");
    assert_snapshot!(error("kind = \"state\"\nnames = [\"A\"]"), @"the manifest is not valid: a `state` request has `kind` and `why` only");
}

#[test]
fn the_number_of_tools_is_bounded() {
    let tools = |count: usize| {
        let tool = |n: usize| {
            format!(
                "[[tool]]\nname = \"t{n}\"\ndescription = \"d\"\ninput = {{ type = \"object\", properties = {{}}, additionalProperties = false }}\n"
            )
        };
        let head = MANIFEST.split("[[tool]]").next().unwrap();
        Manifest::parse(&(head.to_owned() + &(0..count).map(tool).collect::<String>()))
    };
    assert_eq!(tools(64).unwrap().tools.len(), 64);
    assert_snapshot!(tools(65).unwrap_err(), @"the manifest is not valid: it has 65 tools; expected 1 to 64 `[[tool]]` tables");
    assert_snapshot!(tools(0).unwrap_err(), @"the manifest is not valid: it has 0 tools; expected 1 to 64 `[[tool]]` tables");
}
