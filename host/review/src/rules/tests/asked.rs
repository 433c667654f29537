//! PLG001 to PLG006: asked, granted, imported and used, against each other.

use std::collections::BTreeMap;

use claudetools_policy::{Access, Code};
use insta::assert_snapshot;

use super::{API, api, docs, silent};
use crate::fixture::{Case, NOW, ask_fs, ask_net, give_fs, give_net, grant};
use crate::{GrantUse, Rule, Used};

#[test]
fn plg001_an_import_that_is_not_asked_for() {
    let mut case = docs();
    case.found.imports.insert("claudetools:plugin/state@1.0.0".into());
    assert_snapshot!(case.hits(Rule::ImportedNotAsked), @"error It imports `claudetools:plugin/state@1.0.0`, which its manifest does not ask for. → its author has to ask for it in the manifest, or build without it");
    silent(&docs(), Rule::ImportedNotAsked);
}

#[test]
fn plg002_a_request_that_no_grant_gives() {
    let requests = [
        ask_fs(r#"["read", "delete"]"#),
        ask_net(r#"["api.example.com", "b.example.com"]"#, r#"["GET", "POST"]"#),
        "[[request]]\nkind = \"env\"\nnames = [\"A\", \"B\"]\nwhy = \"x\"\n[[request]]\nkind = \"state\"\nwhy = \"x\"\n".into(),
    ];
    let grants = [
        give_fs("read", r#"["read"]"#, r#"["docs/**"]"#),
        give_net("look", API, ""),
        grant("env", "env", "values = { A = \"1\" }"),
    ];
    assert_snapshot!(Case::new(&requests.concat(), &grants.concat()).hits(Rule::AskedNotGranted), @"
    note :12 It asks for `delete` in `repo`, which no grant gives.
    note :12 It asks for `GET, POST` to `api.example.com`, `b.example.com`, which no grant gives.
    note :12 It asks for the variables `B`, which no grant gives.
    note :12 It asks for state between calls, which no grant gives.
    ");
    silent(&docs(), Rule::AskedNotGranted);
    silent(&api(), Rule::AskedNotGranted);
}

#[test]
fn plg003_a_grant_that_nobody_asked_for() {
    let grants = [
        give_fs("read", r#"["read", "delete"]"#, r#"["docs/**"]"#),
        give_net("look", API, ""),
        grant("env", "env", "values = { A = \"1\" }"),
        grant("keep", "state", ""),
    ];
    assert_snapshot!(Case::new(&ask_fs(r#"["read"]"#), &grants.concat()).hits(Rule::GrantedNotAsked), @"
    error :21 The grant `read` gives `delete` in `repo`, which the manifest does not ask for. → take it out of the grant
    error :28 The grant `look` gives `GET https://api.example.com/v1/**`, which the manifest does not ask for. → take it out of the grant
    error :34 The grant `env` gives the variables `A`, which the manifest does not ask for. → take it out of the grant
    error :39 The grant `keep` gives state between calls, which the manifest does not ask for. → take it out of the grant
    ");
    silent(&docs(), Rule::GrantedNotAsked);
    silent(&api(), Rule::GrantedNotAsked);
}

#[test]
fn plg003_a_wildcard_is_more_than_one_host_of_it() {
    let wide = "host = \"*.example.com\", method = [\"GET\"], path = \"/v1/**\"";
    let case = Case::new(&ask_net(r#"["api.example.com"]"#, r#"["GET"]"#), &give_net("look", wide, ""));
    assert_eq!(case.findings(Rule::GrantedNotAsked).len(), 1);
    let case = Case::new(&ask_net(r#"["*.example.com"]"#, r#"["GET"]"#), &give_net("look", API, ""));
    silent(&case, Rule::GrantedNotAsked);
}

#[test]
fn plg004_a_grant_that_the_code_cannot_use() {
    let mut case = docs();
    case.found.imports.clear();
    assert_snapshot!(case.hits(Rule::GrantedNotImported), @"error :16 The grant `read` gives files, and the component imports nothing that could use it. → remove the grant");
    for import in ["claudetools:plugin/tree@1.0.0", "claudetools:plugin/replace@1.0.0", "wasi:filesystem/types@0.2.6"] {
        case.found.imports = [import.to_owned()].into();
        silent(&case, Rule::GrantedNotImported);
    }
    let mut case = api();
    case.found.imports = ["wasi:http/types@0.2.6".to_owned()].into();
    assert_eq!(case.findings(Rule::GrantedNotImported).len(), 1);
}

fn used(days: u32, grants: Vec<(&str, GrantUse)>) -> Used {
    let grants = grants.into_iter().map(|(id, used)| (id.to_owned(), used)).collect();
    Used { days, grants, refused: BTreeMap::new() }
}

fn files(paths: &[&str]) -> GrantUse {
    let files = paths.iter().map(|path| (path.to_string(), [Access::Read].into())).collect();
    GrantUse { count: paths.len() as u64, last: Some(NOW), files, ..GrantUse::default() }
}

#[test]
fn plg005_a_grant_that_is_not_used_or_not_wholly() {
    let mut case = docs();
    case.used = Some(used(30, vec![]));
    assert_snapshot!(case.hits(Rule::GrantedNotUsed), @"warning :16 The grant `read` was not used in 30 days. → remove the grant");
    case.used = Some(used(42, vec![("read", files(&["docs/a.md", "docs/b.md"]))]));
    assert_snapshot!(case.hits(Rule::GrantedNotUsed), @r#"note :16 The grant `read` gives more than was used in 42 days. → access = ["read"] ⏎ allow = ["docs/a.md", "docs/b.md"]"#);
}

#[test]
fn plg005_nothing_is_said_of_a_use_that_is_too_short_to_judge() {
    let mut case = docs();
    case.used = Some(used(29, vec![]));
    silent(&case, Rule::GrantedNotUsed);
    case.used = None;
    silent(&case, Rule::GrantedNotUsed);
}

#[test]
fn plg006_attempts_that_were_refused() {
    let mut case = docs();
    let refused = BTreeMap::from([(Code::FsProtected, 2), (Code::NetNotGranted, 5)]);
    case.used = Some(Used { refused, ..used(3, vec![]) });
    assert_snapshot!(case.hits(Rule::RefusedAttempts), @"warning :12 7 attempts were refused in 3 days: fs.protected 2×, net.not-granted 5×. → look at what it tried: claudetools plugin used tickets");
    case.used = Some(Used { refused: BTreeMap::from([(Code::FsProtected, 0)]), ..used(3, vec![]) });
    silent(&case, Rule::RefusedAttempts);
}
