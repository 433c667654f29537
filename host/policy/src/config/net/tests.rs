//! What a `net` grant means, and what a person reads who made a mistake in it.

use insta::assert_snapshot;

use crate::fixture::{names, net_grant, policy_error};
use crate::{GrantKind, HostPattern, NetGrant, Network, Policy, Reach, Scheme, SecretPlace};

const SECRETS: &str = "[secrets.key]\nsource = { env = \"KEY\" }\naudience = [{ host = \"a.example\" }, { scheme = \"http\", host = \"10.20.0.5\" }]\n";
const RULE: &str = "allow = [{ host = \"a.example\", method = [\"GET\"], path = \"/**\" }]\n";

fn parsed(rest: &str) -> NetGrant {
    let policy = Policy::parse(&format!("schema = 1\n{SECRETS}{}", net_grant("g", rest)))
        .unwrap_or_else(|error| panic!("{error}"));
    match policy.plugins["notes"].grants[0].kind.clone() {
        GrantKind::Net(net) => net,
        other => panic!("{other:?}"),
    }
}

/// The error in a grant; its lines begin at line 9.
fn error(rest: &str) -> String {
    policy_error(&format!("{SECRETS}{}", net_grant("g", rest)))
}

/// The error in one rule, which is on line 9.
fn rule_error(rule: &str) -> String {
    error(&format!("allow = [{{ {rule} }}]"))
}

fn host_error(host: &str) -> String {
    rule_error(&format!("host = \"{host}\", method = [\"GET\"], path = \"/\""))
}

#[test]
fn a_whole_grant_means_what_it_says() {
    let grant = parsed(
        "allow = [{ scheme = \"http\", host = \"10.20.0.5\", port = 8080, method = [\"GET\", \"POST\"], path = \"/v1/*/x y/**\", query = [\"name\", \"a b\"] }]\n\
         reach = [\"10.20.0.0/16\"]\nredirects = 3\nbytes = { up = \"8KiB\", down = \"2MiB\" }\nheaders = [\"x-request-id\"]\n",
    );
    let rule = &grant.allow[0];
    assert_eq!(
        (rule.scheme, &rule.host, rule.port),
        (Scheme::Http, &HostPattern::Address([10, 20, 0, 5].into()), 8080)
    );
    assert_eq!((&rule.methods, &rule.query), (&names(&["GET", "POST"]), &names(&["name", "a b"])));
    assert_eq!(rule.path, ["v1", "*", "x y", "**"]);
    assert_eq!(grant.reach, Reach::Networks(vec![Network::parse("10.20.0.0/16").unwrap()]));
    assert_eq!((grant.redirects, grant.up, grant.down), (3, 8 << 10, 2 << 20));
    assert_eq!((grant.headers, grant.secret), (names(&["x-request-id"]), None));
}

#[test]
fn what_is_not_said_is_the_closed_default() {
    let grant = parsed(RULE);
    assert_eq!((grant.allow[0].scheme, grant.allow[0].port), (Scheme::Https, 443));
    assert!(grant.allow[0].query.is_empty() && grant.headers.is_empty());
    assert_eq!((grant.reach, grant.redirects, grant.up, grant.down), (Reach::Public, 0, 1 << 20, 8 << 20));
    let plain = parsed(
        "allow = [{ scheme = \"http\", host = \"*.b.example\", method = [\"GET\"], path = \"/\" }]\nreach = \"public\"\nbytes = {}",
    );
    assert_eq!((plain.allow[0].port, &plain.allow[0].path, plain.up, plain.down), (80, &vec![], 1 << 20, 8 << 20));
    assert!(parsed("allow = []").allow.is_empty());
}

#[test]
fn a_secret_goes_to_one_place() {
    let place = |place: &str| parsed(&format!("{RULE}secret = {{ name = \"key\", {place} }}")).secret.unwrap();
    assert_eq!(place("header = \"x-api-key\"").place, SecretPlace::Header("x-api-key".to_owned()));
    assert_eq!(place("bearer = true").place, SecretPlace::Bearer);
    assert_eq!(place("basic = \"api\"").place, SecretPlace::Basic("api".to_owned()));
    assert_eq!(place("query = \"key\"").place, SecretPlace::Query("key".to_owned()));
    let used = place("bearer = true");
    assert_eq!((used.name.as_str(), used.audience.len()), ("key", 2));
    let error = |place: &str| error(&format!("{RULE}secret = {{ name = \"key\"{place} }}"));
    assert_snapshot!(error(""), @r#"plugins.toml:10:10: expected where the secret goes: one of header = "…", bearer = true, basic = "user" and query = "…""#);
    assert_snapshot!(error(", bearer = false"), @r#"plugins.toml:10:10: expected where the secret goes: one of header = "…", bearer = true, basic = "user" and query = "…""#);
    assert_snapshot!(error(", bearer = true, query = \"key\""), @r#"plugins.toml:10:10: expected where the secret goes: one of header = "…", bearer = true, basic = "user" and query = "…""#);
    assert_snapshot!(error(", header = \"host\""), @"plugins.toml:10:10: a secret cannot go into this header; expected one in lower case that no guest can set");
    assert_snapshot!(error(", basic = \"a:b\""), @"plugins.toml:10:10: `basic` is the user's name, without `:`");
    assert_snapshot!(error(", basic = \"\""), @"plugins.toml:10:10: `basic` is the user's name, without `:`");
    assert_snapshot!(error(", basic = \"a\\u0007\""), @"plugins.toml:10:10: `basic` is the user's name, without `:`");
    assert_snapshot!(error(", query = \"\""), @"plugins.toml:10:10: `query` is a query name");
    assert_snapshot!(error(", query = \"a\\nb\""), @"plugins.toml:10:10: `query` is a query name");
}

#[test]
fn the_guest_never_writes_where_the_secret_goes() {
    let secret = "secret = { name = \"key\", header = \"x-api-key\" }\n";
    assert_snapshot!(error(&format!("{RULE}{secret}headers = [\"x-api-key\"]")), @"plugins.toml:10:10: the secret goes into this header; take it out of `headers`, so that the guest cannot set it");
    let query = |query: &str| {
        error(&format!(
            "allow = [{{ host = \"a.example\", method = [\"GET\"], path = \"/\", query = [\"{query}\"] }}]\nsecret = {{ name = \"key\", query = \"key\" }}"
        ))
    };
    assert_snapshot!(query("key"), @"plugins.toml:10:10: the secret is the value of this query name; take it out of `query` of `allow`, so that the guest cannot set it");
    assert_snapshot!(query("KEY"), @"plugins.toml:10:10: the secret is the value of this query name; take it out of `query` of `allow`, so that the guest cannot set it");
}

#[test]
fn a_secret_has_an_audience_for_every_rule() {
    let with = |rules: &str, more: &str| {
        error(&format!("allow = [{rules}]\nsecret = {{ name = \"key\", bearer = true }}\n{more}"))
    };
    let rule = |rest: &str| format!("{{ {rest}, method = [\"GET\"], path = \"/\" }}");
    assert_snapshot!(with(&rule("host = \"b.example\""), ""), @"plugins.toml:10:19: `key` has no `audience` that fits the rule for `https://b.example:443`");
    assert_snapshot!(with(&format!("{}, {}", rule("host = \"a.example\""), rule("host = \"a.example\", port = 8443")), ""), @"plugins.toml:10:19: `key` has no `audience` that fits the rule for `https://a.example:8443`");
    assert_snapshot!(with(&rule("host = \"a.example\", scheme = \"http\", port = 443"), ""), @"plugins.toml:10:19: `key` has no `audience` that fits the rule for `http://a.example:443`");
    assert_snapshot!(with(&rule("host = \"*.a.example\""), ""), @"plugins.toml:10:19: `key` has no `audience` that fits the rule for `https://*.a.example:443`");
    let unknown = error(&format!("{RULE}secret = {{ name = \"kye\", bearer = true }}"));
    assert_snapshot!(unknown, @"plugins.toml:10:19: unknown secret `kye`; expected one of the names under [secrets]");
    assert!(
        parsed(
            "allow = [{ host = \"*\", method = [\"GET\"], path = \"/\" }]\nsecret = { name = \"key\", bearer = true }"
        )
        .secret
        .is_some()
    );
}

#[test]
fn without_tls_a_secret_stays_in_named_networks() {
    let secrets =
        "[secrets.key]\nsource = { env = \"KEY\" }\naudience = [{ scheme = \"http\", host = \"nas.example\" }]\n";
    let grant = |reach: &str| {
        format!(
            "{secrets}{}",
            net_grant(
                "g",
                &format!(
                    "allow = [{{ scheme = \"http\", host = \"nas.example\", method = [\"GET\"], path = \"/\" }}]\nsecret = {{ name = \"key\", bearer = true }}\n{reach}"
                )
            )
        )
    };
    assert_snapshot!(policy_error(&grant("")), @"plugins.toml:10:19: `key` would go over the Internet for all to read, without TLS and without networks in `reach`, to `http://nas.example:80`");
    assert!(Policy::parse(&format!("schema = 1\n{}", grant("reach = [\"10.20.0.0/16\"]"))).is_ok());
}

#[test]
fn a_bad_host_is_named() {
    assert_snapshot!(host_error("A.example"), @"plugins.toml:9:19: `A.example` is not a host; expected a name in lower case without a port, `*.` and a name of two parts or more, an address, or `*`");
    assert_snapshot!(host_error("*.com"), @"plugins.toml:9:19: `*.com` is not a host; expected a name in lower case without a port, `*.` and a name of two parts or more, an address, or `*`");
    assert_snapshot!(host_error("10.0.0.5"), @"plugins.toml:9:19: `10.0.0.5` is not an address of the public Internet; name its network in `reach`");
    assert_snapshot!(host_error("::1"), @"plugins.toml:9:19: `::1` is not an address of the public Internet; name its network in `reach`");
    let reach = |host: &str| {
        error(&format!(
            "allow = [{{ host = \"{host}\", method = [\"GET\"], path = \"/\" }}]\nreach = [\"10.20.0.0/16\"]"
        ))
    };
    assert_snapshot!(reach("10.21.0.5"), @"plugins.toml:9:19: `10.21.0.5` is in none of the networks of `reach`");
    assert_snapshot!(reach("*"), @"plugins.toml:9:19: `*` with networks in `reach` would open them whole; name each host");
    assert_snapshot!(reach("*.a.example"), @"plugins.toml:9:19: `*.a.example` with networks in `reach` would open them whole; name each host");
    for host in ["1.1.1.1", "*", "*.a.example"] {
        assert_eq!(
            parsed(&format!("allow = [{{ host = \"{host}\", method = [\"GET\"], path = \"/\" }}]")).allow[0]
                .host
                .to_string(),
            host
        );
    }
}

#[test]
fn a_bad_rule_is_named() {
    let rest = |rest: &str| rule_error(&format!("host = \"a.example\", {rest}"));
    assert_snapshot!(error("allow = [\"https://a.example/\"]"), @r#"plugins.toml:9:10: `allow` of a `net` grant is a list of rules; expected a table such as { host = "…", method = ["GET"], path = "/…" }"#);
    assert_snapshot!(error("allow = [1]"), @r#"plugins.toml:9:10: invalid type: integer `1`, expected a pattern such as "docs/**", or in a `net` grant a table such as { host = "…", method = ["GET"], path = "/…" }"#);
    assert_snapshot!(rest("path = \"/\""), @"plugins.toml:9:10: missing key `method`");
    assert_snapshot!(rest("method = [\"GET\"], path = \"/\", paths = []"), @"plugins.toml:9:62: unknown key `paths`, expected one of `scheme`, `host`, `port`, `method`, `path`, `query`, `json`, `batch`, `reads`");
    assert_snapshot!(rest("method = [], path = \"/\""), @r#"plugins.toml:9:41: no method is named; expected such as ["GET"]"#);
    assert_snapshot!(rest("method = [\"get\"], path = \"/\""), @"plugins.toml:9:42: `get` is not a method; expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    assert_snapshot!(rest("method = [\"GET\", \"GET\"], path = \"/\""), @"plugins.toml:9:49: it is in the list twice; write it once");
    assert_snapshot!(rest("scheme = \"ftp\", method = [\"GET\"], path = \"/\""), @"plugins.toml:9:41: unknown value `ftp`, expected `http` or `https`");
    assert_snapshot!(rest("port = 0, method = [\"GET\"], path = \"/\""), @"plugins.toml:9:39: 0 is not a port; expected 1 to 65535");
    assert!(rest("port = 65536, method = [\"GET\"], path = \"/\"").starts_with("plugins.toml:9:39: "));
    assert_snapshot!(error(""), @"plugins.toml:8:8: a `net` grant needs `allow`");
    assert_snapshot!(error(&format!("{RULE}root = \"repo\"")), @"plugins.toml:8:8: a grant of the kind `net` has no `root`");
}

#[test]
fn a_bad_path_or_query_name_is_named() {
    let path = |path: &str| rule_error(&format!("host = \"a.example\", method = [\"GET\"], path = \"{path}\""));
    assert_snapshot!(path("v1"), @"plugins.toml:9:57: `v1` is not a pattern for paths: it begins with `/`");
    assert_snapshot!(path("/**/x"), @"plugins.toml:9:57: `/**/x` is not a pattern for paths: `**` stands at the end only");
    assert_snapshot!(path("/v1//x"), @"plugins.toml:9:57: `/v1//x` is not a pattern for paths: no part may be empty, `.` or `..`");
    assert_snapshot!(path("/v1/../x"), @"plugins.toml:9:57: `/v1/../x` is not a pattern for paths: no part may be empty, `.` or `..`");
    assert_snapshot!(path("/v1/."), @"plugins.toml:9:57: `/v1/.` is not a pattern for paths: no part may be empty, `.` or `..`");
    assert_snapshot!(path("/v1/a*"), @"plugins.toml:9:57: `/v1/a*` is not a pattern for paths: `*` stands for one whole part");
    assert_snapshot!(path("/v1/{id}"), @"plugins.toml:9:57: `/v1/{id}` is not a pattern for paths: `{tenant}` stands for one whole part, and nothing else is filled in");
    assert_snapshot!(path("/v1/x{tenant}"), @"plugins.toml:9:57: `/v1/x{tenant}` is not a pattern for paths: `{tenant}` stands for one whole part, and nothing else is filled in");
    assert_snapshot!(path("/v1/***"), @"plugins.toml:9:57: `/v1/***` is not a pattern for paths: `*` stands for one whole part");
    assert_snapshot!(path("/v1?x=1"), @r"plugins.toml:9:57: `/v1?x=1` is not a pattern for paths: it is written decoded, without `%`, `\`, `;`, `?` and `#`; query names go into `query`");
    assert_snapshot!(path("/a%20b"), @r"plugins.toml:9:57: `/a%20b` is not a pattern for paths: it is written decoded, without `%`, `\`, `;`, `?` and `#`; query names go into `query`");
    assert!(path("/a\u{200b}").ends_with("is not a pattern for paths: it has invisible characters"));
    let query = |name: &str| {
        rule_error(&format!("host = \"a.example\", method = [\"GET\"], path = \"/\", query = [\"{name}\"]"))
    };
    for name in ["", "*", "a=b", "a&b", "a%20b", "a\\u0000"] {
        assert!(query(name).ends_with("is not a query name; expected one name in full, decoded"), "{name}");
    }
}

#[test]
fn a_bad_network_is_named() {
    let reach = |reach: &str| error(&format!("{RULE}reach = {reach}"));
    assert_snapshot!(reach("\"private\""), @r#"plugins.toml:10:9: invalid value: string "private", expected "public", or a list of networks such as ["10.20.0.0/16"]"#);
    assert_snapshot!(reach("[\"10.20.0.1/16\"]"), @"plugins.toml:10:10: `10.20.0.1/16` is not a network; expected its first address and its bits, such as 10.20.0.0/16");
    assert_snapshot!(reach("[\"0.0.0.0/0\"]"), @"plugins.toml:10:10: `0.0.0.0/0` is too wide to name anything; expected at least 8 bits");
    assert_snapshot!(reach("[\"10.0.0.0/7\"]"), @"plugins.toml:10:10: `10.0.0.0/7` is too wide to name anything; expected at least 8 bits");
    assert_snapshot!(reach("[\"fc00::/15\"]"), @"plugins.toml:10:10: `fc00::/15` is too wide to name anything; expected at least 16 bits");
    assert_snapshot!(reach("[\"::ffff:0:0/96\"]"), @"plugins.toml:10:10: addresses in `::ffff:0:0/96` stand for IPv4 addresses; name the network of those");
    for network in ["10.0.0.0/8", "fd00::/16", "127.0.0.0/8", "::1/128"] {
        assert_eq!(
            parsed(&format!("{RULE}reach = [\"{network}\"]")).reach,
            Reach::Networks(vec![Network::parse(network).unwrap()])
        );
    }
    assert_eq!(parsed(&format!("{RULE}reach = []")).reach, Reach::Networks(Vec::new()));
}

#[test]
fn a_bad_header_or_amount_is_named() {
    assert_snapshot!(error(&format!("{RULE}headers = [\"authorization\"]")), @"plugins.toml:10:12: `authorization` is not a header that a guest can be given; expected a name in lower case, and none of those that frame or route a request or say who asks");
    assert_snapshot!(error(&format!("{RULE}headers = [\"X-Id\"]")), @"plugins.toml:10:12: `X-Id` is not a header that a guest can be given; expected a name in lower case, and none of those that frame or route a request or say who asks");
    assert_snapshot!(error(&format!("{RULE}headers = [\"x-id\", \"x-id\"]")), @"plugins.toml:10:20: it is in the list twice; write it once");
    assert_snapshot!(error(&format!("{RULE}redirects = 4")), @"plugins.toml:10:13: 4 redirects are too many; expected 0 to 3");
    assert_snapshot!(error(&format!("{RULE}bytes = {{ up = \"0B\" }}")), @r#"plugins.toml:10:16: `0B` is not a size above 0 such as "64MiB", in B, KiB, MiB or GiB"#);
}

#[test]
fn an_example_that_does_not_hold_is_an_error() {
    let grant = "allow = [{ host = \"a.example\", method = [\"GET\"], path = \"/v1/**\", query = [\"q\"] }, { host = \"*\", port = 8443, method = [\"GET\"], path = \"/\" }]\n";
    let allow = |example: &str| error(&format!("{grant}examples.allow = [\"{example}\"]"));
    assert_snapshot!(allow("GET https://b.example/"), @"plugins.toml:10:19: the grant `g` does not allow its example `GET https://b.example/`: net.not-granted: it does not give this host, scheme and port");
    assert_snapshot!(allow("POST https://a.example/v1"), @"plugins.toml:10:19: the grant `g` does not allow its example `POST https://a.example/v1`: net.method: it does not give this method there");
    assert_snapshot!(allow("GET https://a.example/v2"), @"plugins.toml:10:19: the grant `g` does not allow its example `GET https://a.example/v2`: net.path: it does not give this path and query there");
    assert_snapshot!(allow("GET https://10.0.0.5:8443/"), @"plugins.toml:10:19: the grant `g` does not allow its example `GET https://10.0.0.5:8443/`: net.private: `10.0.0.5` has an address that this plugin may not reach.");
    assert_snapshot!(allow("https://a.example/v1"), @"plugins.toml:10:19: `https://a.example/v1` is not a request; expected a method and a URL, such as `GET https://api.example.com/v1/items`");
    assert_snapshot!(allow("GET /v1"), @"plugins.toml:10:19: `GET /v1` is not a request; expected a method and a URL, such as `GET https://api.example.com/v1/items`");
    let refuse = error(&format!(
        "{grant}examples.refuse = [\"GET https://a.example/v1/../v2\", \"TRACE https://a.example/v1\", \"GET https://a.example/v1?q=1\"]"
    ));
    assert_snapshot!(refuse, @"plugins.toml:10:84: the grant `g` allows `GET https://a.example/v1?q=1`, which its examples refuse");
    let confirmed =
        parsed(&format!("{RULE}confirm = {{ when = \"never\" }}\nexamples.allow = [\"GET https://a.example/x\"]"));
    assert_eq!(confirmed.allow.len(), 1);
    let secret = "allow = [{ host = \"*\", method = [\"GET\"], path = \"/\" }]\nsecret = { name = \"key\", bearer = true }\nexamples.allow = [\"GET https://a.example/\", \"GET https://b.example/\"]";
    assert_snapshot!(error(secret), @"plugins.toml:11:45: the grant `g` does not allow its example `GET https://b.example/`: secret.audience: its secret may not go there");
}

#[test]
fn a_confirmation_names_who_and_how() {
    let error = |confirm: &str| {
        policy_error(&format!("[roles]\ntech = {{}}\n{}", net_grant("g", &format!("{RULE}confirm = {confirm}"))))
    };
    assert_snapshot!(error("{ when = \"always\" }"), @r#"plugins.toml:9:11: `by` names no role; say who may confirm, such as `by = ["tech"]`"#);
    assert_snapshot!(error("{ when = \"always\", by = [\"tehc\"] }"), @"plugins.toml:9:36: unknown role `tehc`; expected one of the names under [roles]");
    assert_snapshot!(error("{ when = \"sometimes\" }"), @"plugins.toml:9:20: unknown value `sometimes`, expected one of `never`, `first`, `tainted`, `always`");
    assert_snapshot!(error("{ by = [\"tech\"] }"), @"plugins.toml:9:11: missing key `when`");
    assert_snapshot!(error("{ when = \"never\", ttl = \"0s\" }"), @r#"plugins.toml:9:35: `0s` is not a time above 0 such as "30s", in ms, s, m or h"#);
}
