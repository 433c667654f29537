//! Each rule of the decision on a request, its refusal first.

use insta::assert_snapshot;

use crate::fixture::{SECRET, admitted, asking, code, net_grant, request};
use crate::{Code, Flow, Target, Tenant, decide_net};

const ITEMS: &str =
    r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/items/**", query = ["name", "page"] }]"#;

fn items() -> crate::Admitted {
    asking(&net_grant("items", ITEMS))
}

#[test]
fn nothing_is_granted_by_default() {
    let refusal = request(&asking(""), "GET", "https://api.example.com/v1/items/1").unwrap_err();
    assert_snapshot!(refusal, @"net.not-granted: No grant gives the tool `Read` access to `https://api.example.com`.");
}

#[test]
fn an_empty_allow_list_allows_nothing() {
    let plugin = asking(&net_grant("none", "allow = []"));
    assert_eq!(code(request(&plugin, "GET", "https://api.example.com/")), Some(Code::NetNotGranted));
}

#[test]
fn another_host_port_or_scheme_is_not_granted() {
    let plugin = items();
    for url in [
        "https://a.wide.example/v1/items/1",
        "https://api.example.com:8443/v1/items/1",
        "https://api.example.com:22/v1/items/1",
        "http://api.example.com/v1/items/1",
        "http://api.example.com:443/v1/items/1",
        "https://10.0.0.5/v1/items/1",
    ] {
        assert_eq!(code(request(&plugin, "GET", url)), Some(Code::NetNotGranted), "{url}");
    }
    assert_eq!(request(&plugin, "GET", "https://api.example.com:443/v1/items/1"), Ok("items"));
}

#[test]
fn another_method_is_refused() {
    let refusal = request(&items(), "POST", "https://api.example.com/v1/items/1").unwrap_err();
    assert_snapshot!(refusal, @"net.method: No grant gives the tool `Read` the method `POST` at `https://api.example.com`.");
    assert_eq!(code(request(&items(), "get", "https://api.example.com/v1/items/1")), Some(Code::NetMethod));
}

#[test]
fn another_path_or_query_name_is_refused() {
    let plugin = items();
    for rest in [
        "/v1/users",
        "/v1/item",
        "/v1/itemsx",
        "/v1",
        "/",
        "/V1/items/1",
        "/v1/Items/1",
        "/v1/items/../users",
        "/v1/items/%2e%2e/users",
        "/v1/items/1?id=1",
        "/v1/items/1?name=a&id=1",
        "/v1/items/1?Name=a",
        "/v1/items/1?name[]=a",
        "/x/v1/items/1",
    ] {
        assert_eq!(
            code(request(&plugin, "GET", &format!("https://api.example.com{rest}"))),
            Some(Code::NetPath),
            "{rest}"
        );
    }
    for rest in [
        "/v1/items",
        "/v1/items/",
        "/v1/items/1",
        "/v1/items/1/notes",
        "/%761/items/1",
        "/v1/items?page=2&name=a&name=b",
        "/v1/items/1?",
    ] {
        assert_eq!(request(&plugin, "GET", &format!("https://api.example.com{rest}")), Ok("items"), "{rest}");
    }
    let refusal = request(&plugin, "GET", "https://api.example.com/v1/users?name=CANARY").unwrap_err();
    assert_snapshot!(refusal, @"net.path: No grant gives the tool `Read` this path and query: `GET https://api.example.com/v1/users?name=…`.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"
    [[plugin.notes.grant]]
    id = "…"
    why = "…"
    kind = "net"
    tools = ["Read"]
    allow = [{ scheme = "https", host = "api.example.com", port = 443, method = ["GET"], path = "/v1/users", query = ["name"] }]
    "#);
}

#[test]
fn a_star_in_a_path_is_one_whole_segment() {
    let plugin =
        asking(&net_grant("g", r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/*/notes" }]"#));
    let ask = |path: &str| request(&plugin, "GET", &format!("https://api.example.com{path}")).is_ok();
    assert!(ask("/v1/1/notes") && ask("/v1/a%20b/notes") && ask("/v1/*/notes"));
    assert!(
        !ask("/v1/notes") && !ask("/v1/1/2/notes") && !ask("/v1/1/notes/") && !ask("/v1/1/notes/3") && !ask("/v1/1")
    );
    let last = asking(&net_grant("g", r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/*" }]"#));
    assert!(request(&last, "GET", "https://api.example.com/v1/1").is_ok());
    assert_eq!(code(request(&last, "GET", "https://api.example.com/v1/")), Some(Code::NetPath));
}

#[test]
fn a_path_ends_where_its_pattern_does() {
    let plugin = asking(&net_grant(
        "g",
        r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/" }, { host = "api.example.com", method = ["GET"], path = "/a/" }]"#,
    ));
    let ask = |path: &str| request(&plugin, "GET", &format!("https://api.example.com{path}")).is_ok();
    assert!(ask("/") && ask("") && ask("/a/"));
    assert!(!ask("/a") && !ask("/b") && !ask("/a/b"));
}

#[test]
fn one_rule_has_to_give_the_whole_request() {
    let rules = r#"allow = [
        { host = "api.example.com", method = ["GET"], path = "/a", query = ["q"] },
        { host = "api.example.com", method = ["POST"], path = "/b" },
        { host = "a.wide.example", method = ["GET", "POST"], path = "/**" },
    ]"#;
    let plugin = asking(&net_grant("g", rules));
    assert_eq!(code(request(&plugin, "POST", "https://api.example.com/a")), Some(Code::NetPath));
    assert_eq!(code(request(&plugin, "POST", "https://api.example.com/b?q=1")), Some(Code::NetPath));
    assert_eq!(request(&plugin, "POST", "https://api.example.com/b"), Ok("g"));
}

#[test]
fn the_manifest_has_to_ask_for_host_and_method() {
    let rule = r#"allow = [{ host = "*", method = ["GET", "POST", "DELETE"], path = "/**" }]"#;
    let plugin = asking(&net_grant("g", rule));
    let refusal = request(&plugin, "GET", "https://other.example/").unwrap_err();
    assert_snapshot!(refusal, @"net.not-granted: The plugin `notes` does not ask for `GET https://other.example`.");
    assert_snapshot!(refusal.hint.unwrap(), @"a grant cannot give it: the manifest of `notes` has to ask first");
    let refusal = request(&plugin, "DELETE", "https://api.example.com/").unwrap_err();
    assert_snapshot!(refusal, @"net.method: The plugin `notes` does not ask for `DELETE https://api.example.com`.");
    for url in ["https://api.example.com/", "https://a.wide.example/", "https://10.0.0.5/"] {
        assert_eq!(request(&plugin, "POST", url), Ok("g"), "{url}");
    }
    assert_eq!(code(request(&plugin, "GET", "https://b.a.wide.example/")), Some(Code::NetNotGranted));
    let rules = admitted(&net_grant("g", rule));
    assert_eq!(code(request(&rules, "GET", "https://api.example.com/")), Some(Code::NetNotGranted));
}

#[test]
fn a_grant_is_for_its_tools() {
    let plugin = asking(&net_grant("g", &format!("tools = [\"Write\"]\n{ITEMS}")));
    let target = Target::from_url("GET", "https://api.example.com/v1/items").unwrap();
    assert_eq!(decide_net(&(&target).into(), &plugin, "Read", Flow::default()).unwrap_err().code, Code::NetNotGranted);
    assert_eq!(decide_net(&(&target).into(), &plugin, "Write", Flow::default()).unwrap().id, "g");
}

#[test]
fn a_secret_goes_to_its_audience_only() {
    let rule = r#"allow = [{ host = "*.wide.example", method = ["GET"], path = "/**" }]"#;
    let plugin = asking(&format!(
        "{SECRET}{}",
        net_grant("g", &format!("{rule}\nsecret = {{ name = \"key\", bearer = true }}"))
    ));
    assert_eq!(request(&plugin, "GET", "https://a.wide.example/"), Ok("g"));
    let refusal = request(&plugin, "GET", "https://b.wide.example/").unwrap_err();
    assert_snapshot!(refusal, @"secret.audience: The secret of the tool `Read` may not go to `https://b.wide.example`.");
}

#[test]
fn the_audience_of_a_secret_is_a_scheme_a_host_and_a_port() {
    let rules = r#"allow = [
        { host = "*.wide.example", method = ["GET"], path = "/**" },
        { host = "*.wide.example", port = 8443, method = ["GET"], path = "/**" },
    ]"#;
    let secret = "[secrets.key]\nsource = { env = \"KEY\" }\naudience = [{ host = \"a.wide.example\" }, { host = \"b.wide.example\", port = 8443 }]\n";
    let plugin = asking(&format!(
        "{secret}{}",
        net_grant("g", &format!("{rules}\nsecret = {{ name = \"key\", bearer = true }}"))
    ));
    let ask = |url: &str| code(request(&plugin, "GET", url));
    assert_eq!((ask("https://a.wide.example/"), ask("https://b.wide.example:8443/")), (None, None));
    assert_eq!(ask("https://a.wide.example:8443/"), Some(Code::SecretAudience));
    assert_eq!(ask("https://b.wide.example/"), Some(Code::SecretAudience));
}

#[test]
fn what_a_person_has_to_confirm_is_refused() {
    let url = "https://api.example.com/v1/items?name=CANARY";
    for when in ["first", "always"] {
        let confirm = format!("{ITEMS}\nconfirm = {{ when = \"{when}\", by = [\"tech\"] }}");
        let plugin = asking(&net_grant("a", &confirm));
        assert_eq!(code(request(&plugin, "GET", url)), Some(Code::ConfirmNeeded), "{when}");
        assert_eq!(code(request(&plugin, "GET", "https://api.example.com/")), Some(Code::NetPath));
        let both = asking(&(net_grant("a", &confirm) + &net_grant("b", ITEMS)));
        assert_eq!(request(&both, "GET", url), Ok("b"));
    }
    let never = asking(&net_grant("g", &format!("{ITEMS}\nconfirm = {{ when = \"never\" }}")));
    assert_eq!(request(&never, "GET", url), Ok("g"));
}

#[test]
fn a_refused_confirmation_shows_the_effect_without_values() {
    let confirm = format!("{ITEMS}\nconfirm = {{ when = \"always\", by = [\"tech\"] }}");
    let plugin = asking(&net_grant("g", &confirm));
    let refusal = request(&plugin, "GET", "https://api.example.com/v1/items?name=CANARY").unwrap_err();
    assert_snapshot!(refusal, @"confirm.needed: A person has to confirm `GET https://api.example.com/v1/items?name=…` first, and nobody can be asked here.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"in the grant: confirm = { when = "never" }, or leave `confirm` out"#);
}

#[test]
fn the_refusal_names_the_first_thing_that_no_grant_gives() {
    let method = net_grant("method", r#"allow = [{ host = "api.example.com", method = ["POST"], path = "/**" }]"#);
    let other = net_grant("other", r#"allow = [{ host = "a.wide.example", method = ["GET"], path = "/**" }]"#);
    let path = net_grant("path", ITEMS);
    for order in [[&method, &other, &path], [&path, &other, &method], [&other, &path, &method]] {
        let plugin = asking(&order.map(String::as_str).concat());
        assert_eq!(code(request(&plugin, "GET", "https://api.example.com/v1/users")), Some(Code::NetPath));
    }
    let plugin = asking(&(other + &method));
    assert_eq!(code(request(&plugin, "GET", "https://api.example.com/v1/users")), Some(Code::NetMethod));
}

#[test]
fn of_several_grants_the_first_by_id_is_named() {
    let plugin = asking(&(net_grant("b", ITEMS) + &net_grant("a", ITEMS)));
    assert_eq!(request(&plugin, "GET", "https://api.example.com/v1/items"), Ok("a"));
}

#[test]
fn a_path_with_the_tenant_fits_the_tenant_of_the_calls_client_and_no_other() {
    let rule = r#"allow = [{ host = "api.example.com", method = ["POST"], path = "/admin/{tenant}/Invoke" }]"#;
    let plugin = asking(&net_grant("exo", rule));
    let (own, other) = ("11111111-2222-3333-4444-aaaaaaaaaaaa", "99999999-2222-3333-4444-555555555555");
    let given = |tenant: Option<&str>, part: &str| {
        let target = Target::from_url("POST", &format!("https://api.example.com/admin/{part}/Invoke")).unwrap();
        let target = target.about(tenant.map(|tenant| Tenant::parse(tenant).unwrap()));
        decide_net(&(&target).into(), &plugin, "Read", Flow::default())
            .map(|yes| yes.id)
            .map_err(|refusal| refusal.code)
    };
    assert_eq!(given(Some(own), other), Err(Code::NetPath));
    for part in [own, "{tenant}", "*", "11111111-2222-3333-4444-AAAAAAAAAAAA"] {
        assert_eq!(given(None, part), Err(Code::NetPath), "{part}");
        assert_eq!(given(Some(own), part).is_ok(), part == own, "{part}");
    }
}
