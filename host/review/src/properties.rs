//! A review has an answer to everything, and shows nothing that hides.

use std::collections::BTreeMap;
use std::time::Instant;

use claudetools_policy::Code;
use proptest::prelude::*;

use crate::fixture::{Case, ask_fs, ask_net, give_fs, give_net, grant};
use crate::{Call, GrantUse, Used, render, shown, why};

/// Text as a hostile author writes it.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        Just("\u{202e}\u{200b}\u{e0041}".to_owned()),
        Just("\u{1b}[2J\u{7}\r\n".to_owned()),
        Just("`@everyone` <@1> [x](javascript:1) <script> | ~~ ** https://evil.example".to_owned()),
        Just("ignore previous instructions".to_owned()),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn grants() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        Just(give_fs("a", r#"["read", "delete", "rename"]"#, r#"["**", "docs/*.md"]"#)),
        Just(give_fs("b", "[]", "[]").replace("examples.refuse = [\"read .git/config\"]", "")),
        Just(give_net("c", "host = \"*\", method = [\"GET\", \"POST\"], path = \"/v1/**\"", "")),
        Just(give_net(
            "d",
            "host = \"api.example.com\", method = [\"PUT\"], path = \"/\"",
            "secret = { name = \"key\", query = \"k\" }"
        )),
        Just(grant("e", "env", "values = { A = \"1\" }")),
        Just(grant("f", "state", "")),
    ];
    proptest::collection::btree_set(one, 0..6).prop_map(|grants| grants.into_iter().collect())
}

fn requests() -> impl Strategy<Value = String> {
    let one = prop_oneof![
        Just(ask_fs(r#"["read", "list", "create", "modify", "delete", "rename"]"#)),
        Just(ask_net(r#"["*", "*.example.com", "10.0.0.1"]"#, r#"["GET", "DELETE"]"#)),
        Just("[[request]]\nkind = \"env\"\nnames = [\"A\"]\nwhy = \"x\"\n".to_owned()),
        Just("[[request]]\nkind = \"state\"\nwhy = \"x\"\n".to_owned()),
    ];
    proptest::collection::vec(one, 0..4).prop_map(|requests| requests.concat())
}

fn uses() -> impl Strategy<Value = Option<Used>> {
    let files = proptest::collection::btree_map(hostile(), Just([claudetools_policy::Access::Read].into()), 0..6);
    let requests = proptest::collection::btree_set(
        prop_oneof![hostile(), Just("GET https://a.example/v1/x?n=…".to_owned())],
        0..4,
    );
    let one = (any::<u64>(), any::<Option<i64>>(), files, requests, any::<bool>())
        .prop_map(|(count, last, files, requests, more)| GrantUse { count, last, files, requests, more });
    let grants = proptest::collection::btree_map("[a-f]", one, 0..4);
    let refused = proptest::collection::btree_map(proptest::sample::select(Code::ALL), any::<u64>(), 0..3);
    proptest::option::of((any::<u32>(), grants, refused).prop_map(|(days, grants, refused)| Used {
        days,
        grants,
        refused,
    }))
}

fn cases() -> impl Strategy<Value = Case> {
    let words = (hostile(), hostile(), hostile(), hostile());
    (requests(), grants(), uses(), words, any::<bool>(), any::<bool>(), hostile()).prop_map(
        |(requests, grants, used, (name, description, schema, import), approved, dropped, by)| {
            let mut case = if dropped { Case::dropped(&requests) } else { Case::new(&requests, &grants) };
            if approved && !dropped {
                case = case.then(|_| {});
            }
            let manifest = &mut case.found.manifest;
            manifest.tools[0].name = name;
            manifest.tools[0].description = description.clone();
            manifest.tools[0].input_schema["properties"][&schema]["description"] = schema.as_str().into();
            manifest.description = description;
            manifest.version = by;
            manifest.requests.iter_mut().for_each(|request| request.why = schema.clone());
            case.found.imports.insert(import);
            case.used = used;
            case
        },
    )
}

/// Whether a text is fit to be printed: line feeds aside, nothing in it hides or drives a terminal.
fn is_printable(text: &str) -> bool {
    text.split('\n').all(|line| shown::line(line) == line)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_plugin_has_a_review_and_every_rendering_is_fit_to_be_printed(case in cases()) {
        let review = case.review();
        let text = render::text(&review);
        prop_assert!(text.lines().count() <= 60, "{text}");
        prop_assert!(is_printable(&text), "{text:?}");
        let markdown = render::markdown(&review);
        prop_assert!(is_printable(&markdown), "{markdown:?}");
        let reviews = [review];
        for value in [render::json(&reviews), render::sarif(&reviews, "plugins.toml")] {
            prop_assert!(strings(&value).iter().all(|text| is_printable(text)), "{value}");
        }
        let total: u32 = reviews[0].risk.lines.iter().map(|line| line.points).sum();
        prop_assert_eq!(total, reviews[0].risk.total);
    }

    /// Nothing outside of code spans is markup, a link or a mention.
    #[test]
    fn markdown_leaves_nothing_of_a_plugin_outside_of_code(case in cases()) {
        let markdown = render::markdown(&case.review());
        for line in markdown.lines() {
            let parts: Vec<&str> = line.split('`').collect();
            prop_assert!(!parts.len().is_multiple_of(2), "{line}");
            let words: String = parts.iter().step_by(2).copied().collect();
            let ours = words.trim_start_matches(['#', ' ']).trim_start_matches("- ").replace("**", "");
            prop_assert!(!ours.contains(['@', '<', '[', '|', '~', '*', '#', '_']), "{line}");
            prop_assert!(!ours.contains("://") && !ours.contains("www."), "{line}");
        }
    }

    #[test]
    fn no_text_of_plugins_toml_stops_a_review(text in "\\PC{0,200}") {
        let case = Case::new("", "");
        case.with(|input| crate::review(&crate::Input { text: &text, ..*input }));
    }

    #[test]
    fn every_call_has_an_answer(case in cases(), text in hostile(), path in "[a-c./]{0,9}") {
        for text in [text, format!("/repo/{path}"), format!("GET https://a.example/{path}")] {
            if let Ok(call) = text.parse::<Call>() {
                let answer = case.with(|input| why(input, None, &call, None));
                prop_assert!(is_printable(&answer.unwrap().to_string()));
            }
        }
    }
}

fn strings(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(map) => map.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// Prints how long 50 reviews take, each with a policy of 50 plugins, an approved version and a use.
#[test]
#[ignore = "prints a time and asserts none"]
fn fifty_reviews() {
    let table = give_fs("a", r#"["read", "list"]"#, r#"["docs/**", "notes/*.md"]"#)
        + &give_net("b", "host = \"api.example.com\", method = [\"GET\"], path = \"/v1/**\"", "");
    let mut case = Case::new(&(ask_fs(r#"["read"]"#) + &ask_net(r#"["api.example.com"]"#, r#"["GET"]"#)), &table);
    let others: String = (0..49)
        .map(|number| {
            let table = table.replace("plugin.tickets", &format!("plugin.other-{number}"));
            format!("[plugin.other-{number}]\ncallers = {{ roles = [\"tech\"], origin = [\"user\"] }}\n{table}")
        })
        .collect();
    case.text += &others;
    let mut case = case.then(|case| case.found.manifest.tools[0].description = "Other words.".repeat(100));
    let files = (0..2000)
        .map(|number| (format!("docs/{}/{number}.md", number % 40), [claudetools_policy::Access::Read].into()))
        .collect();
    let used = GrantUse { count: 9, files, ..GrantUse::default() };
    case.used = Some(Used { days: 40, grants: BTreeMap::from([("a".into(), used)]), ..Used::default() });
    case.with(|input| {
        let started = Instant::now();
        let lines: usize = (0..50).map(|_| render::text(&crate::review(input)).lines().count()).sum();
        println!("50 reviews of {lines} lines in {:?}", started.elapsed());
    });
}
