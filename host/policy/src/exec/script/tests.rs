use std::collections::BTreeSet;

use super::*;

fn script() -> Script {
    let argument = |name: &str, default: Option<&str>| ScriptWord::Argument {
        name: name.into(),
        default: default.map(str::to_owned),
    };
    Script {
        tool: Tool {
            name: "check".into(),
            description: "Checks.".into(),
            input_schema: Value::Null,
            effects: BTreeSet::new(),
        },
        file: ScriptFile { root: "repo".into(), path: RelPath::parse("check.sh").unwrap(), sha256: Digest::of("x") },
        words: vec![
            ScriptWord::Literal("--user".into()),
            argument("user", None),
            argument("days", Some("30")),
            ScriptWord::Arguments("more".into()),
        ],
        secrets: BTreeMap::new(),
    }
}

fn words(input: Value) -> String {
    match script().arguments(&input) {
        Ok(words) => words.join("|"),
        Err(refusal) => refusal.to_string(),
    }
}

#[test]
fn an_input_makes_the_words_in_their_order() {
    assert_eq!(words(json!({ "user": "ann" })), "--user|ann|30");
    assert_eq!(words(json!({ "days": 7, "user": "ann", "more": ["a b", 1] })), "--user|ann|7|a b|1");
}

#[test]
fn what_is_no_word_is_refused() {
    insta::assert_snapshot!(words(json!({ "days": 7 })), @"proto.shape: The argument `user` is missing.");
    for value in [json!({}), json!(null), json!(1.5), json!(true), json!(["a"])] {
        let said = words(json!({ "user": value }));
        assert_eq!(said, "proto.shape: The argument `user` is neither a text nor a whole number.");
    }
}

#[test]
fn every_slot_has_a_schema() {
    let slots = [
        ("a", Slot::OneOf(["x".to_owned(), "y".to_owned()].into())),
        ("b", Slot::Int(1, 9)),
        ("c", Slot::Path("repo".into())),
        ("d", Slot::Hostname),
        ("e", Slot::Uuid),
        ("f", Slot::Rest(Box::new(Slot::Int(0, 1)), 2)),
    ];
    let schema = input_schema(slots.iter().map(|(name, slot)| (*name, "It.", slot, *name == "f")));
    assert!(jsonschema_accepts(&schema));
    insta::assert_snapshot!(serde_json::to_string_pretty(&schema["properties"]["f"]).unwrap(), @r#"
    {
      "type": "array",
      "items": {
        "type": "integer",
        "minimum": 0,
        "maximum": 1,
        "description": "One of them."
      },
      "maxItems": 2,
      "description": "It."
    }
    "#);
    assert_eq!(schema["required"], json!(["a", "b", "c", "d", "e"]));
}

/// What a manifest's schema has to be, too.
fn jsonschema_accepts(schema: &Value) -> bool {
    schema["type"] == "object" && schema["additionalProperties"] == false && schema["properties"].is_object()
}
