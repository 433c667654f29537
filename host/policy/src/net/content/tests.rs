//! Which bodies a grant gives; each refusal first.

use insta::assert_snapshot;

use crate::fixture::{asking, net_grant};
use crate::{Admitted, Body, Code, Flow, NetEffect, NetGrant, Refusal, Target, Yes, decide_net, looks_at_body};

const EXO: &str = r#"allow = [
    { host = "api.example.com", method = ["POST"], path = "/v1/InvokeCommand", json = { "/CmdletInput/CmdletName" = ["Get-Mailbox", "Get-InboxRule"] }, reads = true },
    { host = "api.example.com", method = ["POST"], path = "/v1/InvokeCommand", json = { "/CmdletInput/CmdletName" = ["Set-Mailbox"] } },
]"#;
const BATCH: &str = r#"allow = [
    { host = "api.example.com", method = ["POST"], path = "/v1.0/$batch", batch = true },
    { host = "api.example.com", method = ["GET"], path = "/v1.0/users/**", query = ["$select"] },
    { host = "api.example.com", method = ["POST"], path = "/v1.0/users/*/revokeSignInSessions" },
]
headers = ["consistencylevel"]"#;

fn decided<'p>(plugin: &'p Admitted, url: &str, body: &str) -> Result<Yes<'p, NetGrant>, Refusal> {
    let (target, body) = (Target::from_url("POST", url).unwrap(), Body::read(body.into()));
    decide_net(&NetEffect { target: &target, body: Some(&body) }, plugin, "Read", Flow::default())
}

fn exo(body: &str) -> Result<String, Refusal> {
    let plugin = asking(&net_grant("exo", EXO));
    decided(&plugin, "https://api.example.com/v1/InvokeCommand", body).map(|yes| yes.id.to_owned())
}

fn cmdlet(name: &str) -> String {
    format!(r#"{{"CmdletInput":{{"CmdletName":"{name}"}}}}"#)
}

#[test]
fn a_body_without_a_granted_text_is_refused() {
    assert_snapshot!(exo(&cmdlet("Remove-Mailbox")).unwrap_err(), @"net.body: The body of `POST https://api.example.com/v1/InvokeCommand` is not granted: expected a JSON object, read in one way only, with a granted text at `/CmdletInput/CmdletName`.");
    for name in ["get-mailbox", "GET-MAILBOX", "Get-Mailboxx", "Get-Mailbox ", "Get-", "Get-*", ""] {
        assert_eq!(exo(&cmdlet(name)).unwrap_err().code, Code::NetBody, "{name}");
    }
    let twice = r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","\u0043mdletName":"Remove-Mailbox"}}"#;
    for body in ["", "CmdletName=Get-Mailbox", "[]", "{}", twice] {
        assert_eq!(exo(body).unwrap_err().code, Code::NetBody, "{body}");
    }
    let target = Target::from_url("POST", "https://api.example.com/v1/InvokeCommand").unwrap();
    let plugin = asking(&net_grant("exo", EXO));
    assert_eq!(decide_net(&(&target).into(), &plugin, "Read", Flow::default()).unwrap_err().code, Code::NetBody);
    assert_eq!(exo(&cmdlet("Get-Mailbox")), Ok("exo".to_owned()));
    assert_eq!(exo(&cmdlet("Set-Mailbox")), Ok("exo".to_owned()));
}

#[test]
fn a_body_is_read_only_where_a_rule_looks_at_it() {
    let target = |url: &str| Target::from_url("POST", url).unwrap();
    let plugin = asking(&net_grant("exo", &format!("{EXO}\nbytes = {{ up = \"1KiB\" }}")));
    let at = |url| looks_at_body(&target(url), &plugin, "Read");
    assert_eq!(at("https://api.example.com/v1/InvokeCommand"), Some(1 << 10));
    assert_eq!(at("https://api.example.com/v1/Other"), None);
    let plain = asking(&net_grant("g", r#"allow = [{ host = "api.example.com", method = ["POST"], path = "/**" }]"#));
    assert_eq!(looks_at_body(&target("https://api.example.com/v1"), &plain, "Read"), None);
}

#[test]
fn what_only_looks_is_what_the_operator_says_and_batches_of_it() {
    let plugin = asking(&net_grant("exo", EXO));
    let looks = |plugin: &Admitted, url: &str, body: &str| {
        let (target, read) = (Target::from_url("POST", url).unwrap(), Body::read(body.into()));
        decided(plugin, url, body).unwrap().grant.only_looks(&NetEffect { target: &target, body: Some(&read) })
    };
    let url = "https://api.example.com/v1/InvokeCommand";
    assert!(!looks(&plugin, url, &cmdlet("Set-Mailbox")));
    assert!(looks(&plugin, url, &cmdlet("Get-Mailbox")));
    let plugin = asking(&net_grant("graph", BATCH));
    let revoke = format!("{GET}, {}", one("2", "POST", "/users/a/revokeSignInSessions"));
    assert!(!looks(&plugin, BATCHES, &batch(&revoke)));
    assert!(looks(&plugin, BATCHES, &batch(GET)));
}

const BATCHES: &str = "https://api.example.com/v1.0/$batch";
const GET: &str = r#"{"id":"1","method":"GET","url":"/users/a?$select=id","headers":{"ConsistencyLevel":"eventual"}}"#;

fn batch(requests: &str) -> String {
    format!(r#"{{"requests":[{requests}]}}"#)
}

fn one(id: &str, method: &str, url: &str) -> String {
    format!(r#"{{"id":"{id}","method":"{method}","url":"{url}"}}"#)
}

fn graph(body: &str) -> Result<(), Refusal> {
    decided(&asking(&net_grant("graph", BATCH)), BATCHES, body).map(drop)
}

#[test]
fn each_request_of_a_batch_is_decided_on_by_itself() {
    let refused = |request: &str| graph(&batch(&format!("{GET}, {request}"))).unwrap_err();
    assert_snapshot!(refused(&one("2", "PATCH", "/users/a")), @"net.method: In the batch's request `2`: The batch's grant does not give this method: `PATCH https://api.example.com/v1.0/users/a`.");
    assert_snapshot!(refused(&one("2", "GET", "/groups/a")), @"net.path: In the batch's request `2`: The batch's grant does not give this path and query: `GET https://api.example.com/v1.0/groups/a`.");
    assert_snapshot!(refused(&one("2", "GET", "https://evil.example/users")), @"net.bad-target: In the batch's request `2`: `https://evil.example/users` is not a path that begins with `/`.");
    for (method, url, code) in [
        ("POST", "/users/a", Code::NetPath),
        ("DELETE", "/users/a", Code::NetMethod),
        ("get", "/users/a", Code::NetMethod),
        ("GET", "//evil.example/users", Code::NetPath),
        ("GET", "/../beta/users/a", Code::NetPath),
        ("GET", "/users/%2e%2e/groups", Code::NetPath),
        ("GET", "/users/a?$expand=manager", Code::NetPath),
        ("GET", "users/a", Code::NetBadTarget),
        ("GET", "/users/a#x", Code::NetBadTarget),
        ("POST", "/$batch", Code::NetPath),
    ] {
        assert_eq!(refused(&one("2", method, url)).code, code, "{method} {url}");
    }
    assert_eq!(graph(&batch(GET)), Ok(()));
}

#[test]
fn a_batch_holds_requests_and_nothing_else() {
    assert_snapshot!(graph("{}").unwrap_err(), @r#"net.body: The body of `POST https://api.example.com/v1.0/$batch` is no batch: expected {"requests": […]}, each with `id`, `method`, `url`, and maybe `headers` and an object as `body`."#);
    let many = |count: usize| {
        batch(&(0..count).map(|id| one(&id.to_string(), "GET", "/users/a")).collect::<Vec<_>>().join(","))
    };
    for body in [
        batch(""),
        many(21),
        batch(&format!("{GET},{GET}")),
        batch(r#"{"id":"","method":"GET","url":"/users/a"}"#),
        batch(r#"{"id":1,"method":"GET","url":"/users/a"}"#),
        batch(r#"{"id":"1","method":"GET","url":"/users/a","dependsOn":["2"]}"#),
        batch(r#"{"id":"1","method":"GET","Url":"/users/a"}"#),
        batch(r#"{"id":"1","method":"GET","url":"/users/a","body":"eA=="}"#),
        format!(r#"{{"requests":[{GET}],"more":1}}"#),
        format!(r#"{{"requests":[],"Requests":[{GET}]}}"#),
    ] {
        assert_eq!(graph(&body).unwrap_err().code, Code::NetBody, "{body}");
    }
    for header in [r#""authorization":"x""#, r#""x-other":"x""#, r#""content-type":"text/plain""#, r#""Host":"x""#] {
        let request = format!(r#"{{"id":"1","method":"GET","url":"/users/a","headers":{{{header}}}}}"#);
        assert_eq!(graph(&batch(&request)).unwrap_err().code, Code::NetHeader, "{header}");
    }
    assert_eq!(graph(&many(20)), Ok(()));
}

#[test]
fn the_manifest_has_to_ask_for_what_is_in_a_batch() {
    let rules = r#"allow = [
        { host = "api.example.com", method = ["POST"], path = "/v1.0/$batch", batch = true },
        { host = "api.example.com", method = ["DELETE"], path = "/v1.0/users/*" },
    ]"#;
    let plugin = asking(&net_grant("graph", rules));
    let refusal = decided(&plugin, BATCHES, &batch(&one("1", "DELETE", "/users/a"))).unwrap_err();
    assert_snapshot!(refusal, @"net.method: In the batch's request `1`: The plugin `notes` does not ask for `DELETE https://api.example.com`.");
}

#[test]
fn a_batch_is_sent_as_the_host_writes_it() {
    let plugin = asking(&net_grant("graph", BATCH));
    let written = batch(r#"{ "url":"/users/%61@b?$select=a,b", "id":"1", "method":"GET" }"#);
    let target = Target::from_url("POST", BATCHES).unwrap();
    let yes = decided(&plugin, BATCHES, &written).unwrap();
    let inner = yes.grant.inner(&NetEffect { target: &target, body: Some(&Body::read(written.into())) }).unwrap();
    let sent = Body::batch(&target, &inner);
    assert_snapshot!(String::from_utf8_lossy(sent.bytes()), @r#"{"requests":[{"id":"1","method":"GET","url":"/users/a@b?$select=a,b"}]}"#);
    assert!(decided(&plugin, BATCHES, &String::from_utf8_lossy(sent.bytes())).is_ok());
}

#[test]
fn nobody_but_the_host_makes_what_it_fills_in() {
    let rules = r#"allow = [{ host = "api.example.com", method = ["POST"], path = "/v1/**" }]
        fill = { "/passwordProfile/password" = "password" }
        confirm = { when = "always", by = ["tech"] }"#;
    let plugin = asking(&net_grant("reset", rules));
    let filled = |body: &str| {
        let yes = decided(&plugin, "https://api.example.com/v1/users", body)?;
        Ok(yes.grant.filled(Some(&Body::read(body.into()))).count())
    };
    let code = |body: &str| filled(body).map_err(|refusal: Refusal| refusal.code);
    let made = NetGrant::MADE;
    assert_snapshot!(filled(r#"{"passwordProfile":{"password":"Hunter2!"}}"#).unwrap_err(), @r#"net.body: The body of `POST https://api.example.com/v1/users` is not granted: the host makes what stands at `/passwordProfile/password`; write "made by claudetools after your yes, shown to you alone" there."#);
    for body in [
        r#"{"passwordProfile":{"password":""}}"#.to_owned(),
        r#"{"passwordProfile":{"password":null}}"#.to_owned(),
        format!(r#"{{"PasswordProfile":{{"password":"{made}"}}}}"#),
        format!(r#"{{"passwordProfile":{{"password":"{made}","Password":"Hunter2!"}}}}"#),
        format!(r#"{{"passwordProfile":{{"password":"{made} "}}}}"#),
        r#"[{"passwordProfile":{"password":"Hunter2!"}}]"#.to_owned(),
        "password=Hunter2!".to_owned(),
    ] {
        assert_eq!(code(&body), Err(Code::NetBody), "{body}");
    }
    assert_eq!(code(r#"{"accountEnabled":false}"#), Ok(0));
    assert_eq!(code(""), Ok(0));
    assert_eq!(code(&format!(r#"{{"passwordProfile":{{"password":"{made}"}}}}"#)), Ok(1));
}

#[test]
fn json_stays_json_to_every_server() {
    let check = |headers: &[(&str, &str)]| {
        let pairs: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        crate::decide_json(pairs).map_err(|refusal| refusal.code)
    };
    for headers in [
        [("content-type", "text/plain")].as_slice(),
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &[("content-type", "application/json; charset=utf-16")],
        &[("content-type", "application/json;charset=\"utf-7\"")],
        &[("content-type", "application/json"), ("content-type", "text/plain")],
        &[("content-encoding", "gzip")],
    ] {
        assert_eq!(check(headers), Err(Code::NetHeader), "{headers:?}");
    }
    assert_eq!(
        check(&[("Content-Type", "application/json; charset=UTF-8; odata.metadata=full"), ("accept", "x")]),
        Ok(())
    );
    assert_eq!(check(&[]), Ok(()));
}
