//! Every rule: what it finds, and what it leaves alone.

mod approval;
mod asked;
mod disk;
mod exec;
mod grants;
mod text;

use crate::Rule;
use crate::fixture::{Case, ask_fs, ask_net, give_fs, give_net};

const API: &str = "host = \"api.example.com\", method = [\"GET\"], path = \"/v1/**\"";
const POST: &str = "host = \"api.example.com\", method = [\"POST\"], path = \"/v1/tickets\"";

/// Asks for one host and is granted it.
fn api() -> Case {
    Case::new(&ask_net(r#"["api.example.com"]"#, r#"["GET"]"#), &give_net("look", API, ""))
}

/// Asks for reading `docs` and is granted it.
fn docs() -> Case {
    Case::new(&ask_fs(r#"["read", "list"]"#), &give_fs("read", r#"["read", "list"]"#, r#"["docs/**"]"#))
}

fn silent(case: &Case, rule: Rule) {
    assert_eq!(case.hits(rule), "", "{}", rule.id());
}

#[test]
fn ids_are_in_order_and_every_rule_says_what_it_means() {
    let ids: Vec<String> = Rule::ALL.iter().map(|rule| rule.id().to_owned()).collect();
    let expected: Vec<String> = (1..=21).map(|number| format!("PLG{number:03}")).collect();
    assert_eq!(ids, expected);
    assert!(Rule::ALL.iter().all(|rule| rule.help().ends_with('.') && !rule.title().is_empty()));
}
