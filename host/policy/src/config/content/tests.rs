//! What a person reads who made a mistake about bodies, and what the keys mean.

use insta::assert_snapshot;

use crate::fixture::{names, net_grant, policy, policy_error};
use crate::{Confirm, GrantKind, NetGrant, Typed};

const ROLES: &str = "[roles]\ntech = {}\n";
const POST: &str = r#"host = "a.example", method = ["POST"], path = "/v1.0/$batch""#;
const ALWAYS: &str = r#"confirm = { when = "always", by = ["tech"] }"#;

fn error(rest: &str) -> String {
    policy_error(&format!("{ROLES}{}", net_grant("g", rest)))
}

fn rule_error(rule: &str) -> String {
    error(&format!("allow = [{{ {rule} }}]"))
}

fn parsed(rest: &str) -> (NetGrant, Confirm) {
    let grant = policy(&net_grant("g", rest)).plugins["notes"].grants[0].clone();
    match grant.kind {
        GrantKind::Net(net) => (net, grant.confirm),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_body_holds_is_named_in_full() {
    let json = |json: &str| rule_error(&format!("{POST}, json = {{ {json} }}"));
    assert_snapshot!(json(r#""a" = ["x"]"#), @r#"plugins.toml:8:83: `a` does not lead to a member of a JSON object; expected such as "/a/b""#);
    assert_snapshot!(json(r#""/a/0" = ["x"]"#), @r#"plugins.toml:8:83: `/a/0` does not lead to a member of a JSON object; expected such as "/a/b""#);
    assert_snapshot!(json(r#""/a" = []"#), @"plugins.toml:8:90: expected 1 to 200 texts, of which one has to stand there");
    assert_snapshot!(json(r#""/a" = ["Get-*"]"#), @"plugins.toml:8:91: `Get-*`: there are no patterns for what a body holds; name each text in full");
    assert_snapshot!(json(r#""/a" = [""]"#), @"plugins.toml:8:91: expected a text that can be seen");
    assert_snapshot!(json(r#""/a" = ["x", "x"]"#), @"plugins.toml:8:96: it is in the list twice; write it once");
    assert_snapshot!(rule_error(r#"host = "a.example", method = ["GET", "POST"], path = "/", json = { "/a" = ["x"] }"#), @r#"plugins.toml:8:79: a rule with `json` is for methods with a body, such as ["POST"]"#);
    let (grant, _) = parsed(&format!("allow = [{{ {POST}, json = {{ \"/a/b\" = [\"x\", \"y z\"] }}, reads = true }}]"));
    assert_eq!(grant.allow[0].json["/a/b"], names(&["x", "y z"]));
    assert!(grant.allow[0].reads && !grant.allow[0].batch);
}

#[test]
fn a_batch_goes_to_one_place_and_says_nothing_of_its_own() {
    let rule = |rest: &str| rule_error(&format!("{rest}, batch = true"));
    assert_snapshot!(rule(r#"host = "a.example", method = ["POST", "PATCH"], path = "/b""#), @r#"plugins.toml:8:81: a batch is sent with `method = ["POST"]`"#);
    assert_snapshot!(rule(r#"host = "a.example", method = ["POST"], path = "/*/b""#), @r#"plugins.toml:8:74: a batch goes to one exact path without a query, such as "/v1.0/$batch""#);
    assert_snapshot!(rule(r#"host = "a.example", method = ["POST"], path = "/b", query = ["a"]"#), @r#"plugins.toml:8:87: a batch goes to one exact path without a query, such as "/v1.0/$batch""#);
    assert_snapshot!(rule(&format!("{POST}, reads = true")), @"plugins.toml:8:96: the requests in a batch are given by other rules of the grant; leave `json` and `reads` to those");
    assert!(parsed(&format!("allow = [{{ {POST}, batch = true }}]")).0.allow[0].batch);
}

#[test]
fn what_the_host_makes_somebody_has_to_be_shown() {
    let fill = |fill: &str, more: &str| error(&format!("allow = [{{ {POST} }}]\nfill = {{ {fill} }}\n{more}"));
    assert_snapshot!(fill(r#""/p" = "password""#, ""), @r#"plugins.toml:9:10: what the host makes is shown to the person who confirms: `when = "always"`"#);
    assert_snapshot!(fill(r#""/p" = "password""#, r#"confirm = { when = "first", by = ["tech"] }"#), @r#"plugins.toml:9:10: what the host makes is shown to the person who confirms: `when = "always"`"#);
    assert_snapshot!(fill(r#""/p" = "key""#, ALWAYS), @r#"plugins.toml:9:17: the host can't make `key`; expected "password""#);
    assert_snapshot!(fill(r#""p" = "password""#, ALWAYS), @r#"plugins.toml:9:10: `p` does not lead to a member of a JSON object; expected such as "/a/b""#);
    assert_snapshot!(error(&format!("allow = [{{ {POST}, batch = true }}]\nfill = {{ \"/p\" = \"password\" }}\n{ALWAYS}")), @"plugins.toml:9:10: nothing is made for requests in a batch; put `fill` into a grant of its own");
    let (grant, _) = parsed(&format!("allow = [{{ {POST} }}]\nfill = {{ \"/p/q\" = \"password\" }}\n{ALWAYS}"));
    assert_eq!(grant.fill, names(&["/p/q"]));
}

#[test]
fn what_is_typed_is_a_part_of_the_request() {
    let typed = |typed: &str| {
        format!("allow = [{{ {POST} }}]\nconfirm = {{ when = \"always\", by = [\"tech\"], typed = {typed} }}")
    };
    assert_snapshot!(error(&typed("1")), @r#"plugins.toml:9:53: invalid type: integer `1`, expected true, or what of the request is typed: { path = 3 } or { body = "/a/b" }"#);
    assert_snapshot!(error(&typed("{ path = 0 }")), @r#"plugins.toml:9:53: expected which part of the path, from 1 on, or a pointer into the body: { path = 3 } or { body = "/a/b" }"#);
    assert_snapshot!(error(&typed("{}")), @r#"plugins.toml:9:53: expected which part of the path, from 1 on, or a pointer into the body: { path = 3 } or { body = "/a/b" }"#);
    assert_snapshot!(error(&typed("{ path = 1, body = \"/a\" }")), @r#"plugins.toml:9:53: expected which part of the path, from 1 on, or a pointer into the body: { path = 3 } or { body = "/a/b" }"#);
    assert_snapshot!(error(&typed("{ body = \"a\" }")), @r#"plugins.toml:9:62: `a` does not lead to a member of a JSON object; expected such as "/a/b""#);
    let env = "[[plugin.notes.grant]]\nid = \"g\"\nwhy = \"w\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\nallow = []\n\
               confirm = { when = \"always\", by = [\"tech\"], typed = { path = 1 } }";
    assert_snapshot!(policy_error(&format!("[roots.repo]\n{ROLES}{env}")), @"plugins.toml:12:53: only requests have parts that can be typed; write `typed = true`");
    for (text, means) in [
        ("true", Typed::Tool),
        ("false", Typed::Nothing),
        ("{ path = 3 }", Typed::Path(3)),
        ("{ body = \"/a/b\" }", Typed::Body("/a/b".to_owned())),
    ] {
        assert_eq!(parsed(&typed(text)).1.typed, means);
    }
}

#[test]
fn examples_may_have_a_body() {
    let examples = |more: &str| format!("allow = [{{ {POST}, json = {{ \"/a\" = [\"x\"] }} }}]\n{more}");
    let url = "POST https://a.example/v1.0/$batch";
    assert_snapshot!(error(&examples(&format!("examples.allow = ['{url}']"))), @"plugins.toml:9:19: the grant `g` does not allow its example `POST https://a.example/v1.0/$batch`: net.body: The body of `POST https://a.example/v1.0/$batch` is not granted: expected a JSON object, read in one way only, with a granted text at `/a`.");
    assert_snapshot!(error(&examples(&format!("examples.allow = ['{url} {{\"a\":\"X\"}}']"))), @r#"plugins.toml:9:19: the grant `g` does not allow its example `POST https://a.example/v1.0/$batch {"a":"X"}`: net.body: The body of `POST https://a.example/v1.0/$batch` is not granted: expected a JSON object, read in one way only, with a granted text at `/a`."#);
    assert_snapshot!(error(&examples(&format!("examples.refuse = ['{url} {{ \"a\": \"x\" }}']"))), @r#"plugins.toml:9:20: the grant `g` allows `POST https://a.example/v1.0/$batch { "a": "x" }`, which its examples refuse"#);
    parsed(&examples(&format!(
        "examples.allow = ['{url} {{\"a\": \"x\"}}']\nexamples.refuse = ['{url}', '{url} {{\"a\":\"y\"}}']"
    )));
}
