use std::collections::{BTreeMap, BTreeSet};

use claudetools_policy::{Access, Admitted, Flow, Grant, GrantKind, Policy, Target, decide_net};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{breadth, narrower};
use crate::GrantUse;
use crate::fixture::{Case, ask_net, give_fs, give_net, grant};

/// The first grant of a plugin.
fn first(grants: &str) -> Grant {
    let policy = Policy::parse(&Case::new("", grants).text).unwrap_or_else(|error| panic!("{error}\n{grants}"));
    policy.plugins["tickets"].grants[0].clone()
}

/// The plugin that asks for any host and has these grants.
fn plugin(grants: &str) -> Admitted {
    let case = Case::new(&ask_net(r#"["*"]"#, r#"["GET"]"#), grants);
    let policy = Policy::parse(&case.text).unwrap_or_else(|error| panic!("{error}\n{grants}"));
    Admitted { found: case.found, policy: policy.plugins["tickets"].clone(), built_in: true }
}

fn files(paths: &[&str]) -> GrantUse {
    let files: BTreeMap<String, BTreeSet<Access>> =
        paths.iter().map(|path| (path.to_string(), [Access::Read].into())).collect();
    GrantUse { count: 1, files, ..GrantUse::default() }
}

fn requests(requests: &[&str]) -> GrantUse {
    let requests = requests.iter().map(ToString::to_string).collect();
    GrantUse { count: 1, requests, ..GrantUse::default() }
}

fn fs(allow: &str, paths: &[&str]) -> String {
    narrower(&first(&give_fs("read", r#"["read"]"#, allow)), &files(paths)).unwrap_or_default()
}

fn net(rule: &str, asked: &[&str]) -> String {
    narrower(&first(&give_net("look", rule, "")), &requests(asked)).unwrap_or_default()
}

#[test]
fn few_paths_are_written_out_and_many_become_a_glob() {
    assert_snapshot!(fs(r#"["**"]"#, &["docs/b.md", "docs/a.md"]), @r#"allow = ["docs/a.md", "docs/b.md"]"#);
    let many: Vec<String> = (0..40).map(|number| format!("docs/{number}.md")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_snapshot!(fs(r#"["**"]"#, &many), @r#"allow = ["docs/*.md"]"#);
    let with_one: Vec<&str> = many.iter().copied().chain(["src/main.rs"]).collect();
    assert_snapshot!(fs(r#"["**"]"#, &with_one), @r#"allow = ["docs/*.md", "src/main.rs"]"#);
}

#[test]
fn many_directories_become_one_tree() {
    let paths: Vec<String> = (0..90).map(|number| format!("docs/{}/{number}.md", number % 9)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_snapshot!(fs(r#"["**"]"#, &paths), @r#"allow = ["docs/**/*.md"]"#);
    let kinds: Vec<String> = (0..90).map(|number| format!("docs/{number}.{}", number % 9)).collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    assert_snapshot!(fs(r#"["**"]"#, &kinds), @r#"allow = ["docs/**"]"#);
}

#[test]
fn nothing_wider_than_the_grant_is_proposed() {
    let four = ["docs/a.md", "docs/b.md", "docs/c.md", "docs/d.md"];
    assert_eq!(fs(r#"["docs/{a,b,c,d}.md"]"#, &four), "");
    assert_eq!(fs(r#"["docs/?.md", "notes/**"]"#, &four), r#"allow = ["docs/?.md"]"#);
    assert_eq!(fs(r#"["docs/**/*.md"]"#, &four), r#"allow = ["docs/*.md"]"#);
}

#[test]
fn names_that_look_like_patterns_are_escaped() {
    assert_eq!(fs(r#"["**"]"#, &["a/[x]*.md"]), r#"allow = ["a/[[]x[]][*].md"]"#);
}

#[test]
fn a_directory_that_was_listed_stays_listable() {
    let list = first(&give_fs("read", r#"["read", "list"]"#, r#"["docs/**"]"#));
    assert_eq!(
        narrower(&list, &files(&["docs", "docs/a.md"])).unwrap(),
        "access = [\"read\"]\nallow = [\"docs\", \"docs/a.md\"]"
    );
    assert_eq!(fs(r#"["**"]"#, &["", "a.md"]), "", "the root itself is in no pattern but `**`");
}

#[test]
fn ways_of_access_that_were_not_used_go() {
    let all = first(&give_fs("edit", r#"["read", "list", "delete"]"#, r#"["docs/a.md"]"#));
    assert_eq!(narrower(&all, &files(&["docs/a.md"])).unwrap(), r#"access = ["read"]"#);
}

#[test]
fn nothing_is_proposed_where_the_use_is_not_known_whole() {
    let all = first(&give_fs("read", r#"["read"]"#, r#"["**"]"#));
    assert_eq!(narrower(&all, &GrantUse { more: true, ..files(&["a.md"]) }), None);
    assert_eq!(narrower(&all, &GrantUse { count: 0, ..files(&["a.md"]) }), None);
    let docs = first(&give_fs("read", r#"["read"]"#, r#"["docs/**"]"#));
    assert_eq!(narrower(&docs, &files(&["elsewhere/a.md"])), None, "it was another grant then");
    assert_eq!(narrower(&first(&grant("keep", "state", "")), &GrantUse { count: 3, ..GrantUse::default() }), None);
}

#[test]
fn hosts_methods_paths_and_query_names_become_those_used() {
    let wide = "host = \"*.example.com\", method = [\"GET\", \"POST\"], path = \"/**\", query = [\"page\", \"name\"]";
    let asked = ["GET https://api.example.com/v1/assets/1?page=…", "GET https://api.example.com/v1/assets/2"];
    assert_snapshot!(net(wide, &asked), @r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/assets/*", query = ["page"] }]"#);
    let deeper = ["GET https://api.example.com/v1/assets/1/tags", "GET https://api.example.com/v1/assets/2"];
    assert_snapshot!(net(wide, &deeper), @r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/assets/**" }]"#);
    let hosts = ["GET https://a.example.com/", "POST https://b.example.com/x"];
    assert_snapshot!(net(wide, &hosts), @r#"allow = [{ host = "a.example.com", method = ["GET"], path = "/" }, { host = "b.example.com", method = ["POST"], path = "/x" }]"#);
}

#[test]
fn a_literal_of_the_rule_stays_and_odd_segments_become_a_star() {
    let rule = "host = \"a.example\", method = [\"GET\"], path = \"/v1/*/x\", port = 8443";
    assert_snapshot!(net(rule, &["GET https://a.example:8443/v1/a%20b/x"]), @"");
    assert_snapshot!(net(rule, &["GET https://a.example:8443/v1/7/x"]), @r#"allow = [{ host = "a.example", port = 8443, method = ["GET"], path = "/v1/7/x" }]"#);
}

#[test]
fn a_request_that_no_rule_gives_stops_the_proposal() {
    let rule = "host = \"a.example\", method = [\"GET\"], path = \"/v1/**\"";
    assert_eq!(net(rule, &["GET https://a.example/v1/x", "GET https://a.example/v2/x"]), "");
    assert_eq!(net(rule, &["not a request"]), "");
}

#[test]
fn the_column_shows_the_use_in_few_words() {
    let read = first(&give_fs("read", r#"["read"]"#, r#"["**"]"#));
    assert_eq!(breadth(&read, &files(&["a.md", "b.md"])), ["repo/a.md", "repo/b.md"]);
    let more = GrantUse { more: true, ..files(&["a.md"]) };
    assert_eq!(breadth(&read, &more), ["repo/a.md", "more that was not kept"]);
    let look = first(&give_net("look", "host = \"a.example\", method = [\"GET\"], path = \"/**\"", ""));
    assert_eq!(breadth(&look, &requests(&["GET https://a.example/v1"])), ["GET https://a.example/v1"]);
    assert_eq!(breadth(&look, &requests(&["odd"])), ["odd"]);
}

fn path() -> impl Strategy<Value = String> {
    let part = prop_oneof!["[a-c]", "[a-c]\\.(md|rs)", "[ab]\\[x\\]", "\\*"];
    proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("/"))
}

fn pattern() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("**"),
        Just("a/**"),
        Just("**/*.md"),
        Just("a/**/*.md"),
        Just("*"),
        Just("a/*"),
        Just("{a,b}/**"),
        Just("*/b/**"),
        Just("a"),
        Just("a/b.md"),
        Just("b/*.rs"),
        Just("?/*"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// What is proposed covers every use, and nothing that the grant does not cover.
    #[test]
    fn a_narrower_grant_of_files_is_between_the_use_and_the_grant(
        patterns in proptest::collection::btree_set(pattern(), 1..4),
        used in proptest::collection::btree_set(path(), 1..24),
        others in proptest::collection::vec(path(), 24),
    ) {
        let give = |allow: &str| first(&give_fs("read", r#"["read"]"#, allow));
        let wide = give(&format!("{patterns:?}").replace('{', "[").replace('}', "]").replace("[a,b]", "{a,b}"));
        let matches = |grant: &Grant, path: &str| matches!(&grant.kind, GrantKind::Fs(fs) if fs.allow.is_match(path));
        let used: Vec<&str> = used.iter().map(String::as_str).filter(|path| matches(&wide, path)).collect();
        prop_assume!(!used.is_empty());
        if let Some(keys) = narrower(&wide, &files(&used)) {
            let narrow = give(keys.strip_prefix("allow = ").unwrap());
            for path in &used {
                prop_assert!(matches(&narrow, path), "{path} is not in {keys}");
            }
            for path in others.iter().filter(|path| matches(&narrow, path)) {
                prop_assert!(matches(&wide, path), "{path} is in {keys} and was not granted");
            }
        }
    }

    #[test]
    fn a_narrower_grant_of_requests_is_between_the_use_and_the_grant(
        rule in prop_oneof![Just("/**"), Just("/a/**"), Just("/a/*/**"), Just("/*/b"), Just("/a"), Just("/*")],
        used in proptest::collection::btree_set("(/[ab]){1,3}/?", 1..8),
        others in proptest::collection::vec("(/[ab]){1,3}/?", 24),
    ) {
        let target = |path: &String| Target::from_url("GET", &format!("https://x.example{path}")).unwrap();
        let give = |allow: &str| plugin(&grant("look", "net", &format!("allow = {allow}")));
        let gives = |plugin: &Admitted, path: &String| decide_net(&(&target(path)).into(), plugin, "find", Flow::default()).is_ok();
        let wide = give(&format!("[{{ host = \"x.example\", method = [\"GET\"], path = \"{rule}\" }}]"));
        let used: Vec<&String> = used.iter().filter(|path| gives(&wide, path)).collect();
        prop_assume!(!used.is_empty());
        let shown: Vec<String> = used.iter().map(|path| target(path).to_string()).collect();
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        if let Some(keys) = narrower(&wide.policy.grants[0], &requests(&shown)) {
            let narrow = give(keys.strip_prefix("allow = ").unwrap());
            for path in used {
                prop_assert!(gives(&narrow, path), "{path} is not in {keys}");
            }
            for path in others.iter().filter(|path| gives(&narrow, path)) {
                prop_assert!(gives(&wide, path), "{path} is in {keys} and was not granted");
            }
        }
    }
}

#[test]
fn what_rules_say_of_bodies_stays() {
    let url = "POST https://api.example.com/v1/a";
    let rule = |more: &str| format!(r#"{{ host = "api.example.com", method = ["POST"], path = "/v1/*"{more} }}"#);
    let (get, set) = (r#", json = { "/name" = ["Get"] }, reads = true"#, r#", json = { "/name" = ["Set"] }"#);
    let grant = first(&grant("look", "net", &format!("allow = [{}, {}]", rule(get), rule(set))));
    let used = requests(&[url]);
    assert_snapshot!(narrower(&grant, &used).unwrap(), @r#"allow = [{ host = "api.example.com", method = ["POST"], path = "/v1/a", json = { "/name" = ["Get"] }, reads = true }, { host = "api.example.com", method = ["POST"], path = "/v1/a", json = { "/name" = ["Set"] } }]"#);
    let batch =
        first(&give_net("batch", r#"host = "api.example.com", method = ["POST"], path = "/v1/a", batch = true"#, ""));
    assert_eq!(narrower(&batch, &used), None);
}
