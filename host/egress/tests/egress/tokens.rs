//! Tokens: who gives them, for whom, and that nobody else ever has one.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claudetools_egress::{Note, Overseer};
use claudetools_policy::{Code, Tenant};
use claudetools_secrets::Scrub;
use serde_json::json;

use crate::server::{Server, answer, ok};
use crate::world::{World, grant, request, rule, said};

const ONE: &str = "11111111-2222-3333-4444-555555555555";
const OTHER: &str = "99999999-2222-3333-4444-555555555555";

/// A call about the client with this tenant.
struct Call(Option<Tenant>, Arc<Mutex<Vec<Note>>>);

impl Overseer for Call {
    fn hear(&self, note: Note) {
        self.1.lock().unwrap().push(note);
    }

    fn tenant(&self) -> Option<Tenant> {
        self.0.clone()
    }
}

/// A JWT for this tenant, which no two are.
fn jwt(tenant: &str, number: usize) -> String {
    let claims = json!({ "tid": tenant, "roles": ["User.Read.All"], "number": number });
    format!("e30.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), URL_SAFE_NO_PAD.encode(format!("{number:048}")))
}

fn given(token: &str, expires_in: u64) -> Vec<u8> {
    ok(json!({ "access_token": token, "expires_in": expires_in, "token_type": "Bearer" }).to_string())
}

/// A server of tokens and of an API: the one answers with `token`, the other with what it was asked.
async fn server(token: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Server {
    let asked = Mutex::new(0);
    Server::start(move |seen| {
        if !seen.starts_with("POST /token") && !seen.starts_with("POST /auth") {
            return ok(seen);
        }
        let mut asked = asked.lock().unwrap();
        *asked += 1;
        token(seen, *asked)
    })
    .await
}

/// A server that gives each tenant its own.
async fn honest() -> Server {
    server(|seen, number| given(&jwt(tenant_of(seen), number), 3_600)).await
}

fn tenant_of(seen: &str) -> &str {
    seen.strip_prefix("POST /token/").and_then(|rest| rest.split(' ').next()).unwrap_or_default()
}

fn world(port: u16, oauth: &str, tenant: Option<&str>) -> World {
    let token = if oauth.contains("token =") { "" } else { "token = \"http://api.test:PORT/token/{tenant}\", " };
    let reach = if oauth.contains("reach =") { "" } else { ", reach = [\"127.0.0.1/32\"]" };
    let oauth = format!("oauth = {{ {token}client_id = \"app\", scope = \"s/.default\", {oauth}{reach} }}");
    of(port, &oauth, tenant)
}

fn of(port: u16, source: &str, tenant: Option<&str>) -> World {
    let source = source.replace("PORT", &port.to_string());
    let policy = format!(
        "[secrets.m365]\n{source}\naudience = [{{ scheme = \"http\", host = \"api.test\", port = {port} }}]\n\
         [secrets.plain]\nsource = {{ env = \"KEY\" }}\naudience = [{{ scheme = \"http\", host = \"api.test\", port = {port} }}]\n\
         [plugin.guest]\n{}",
        grant("g", &rule("api.test", port), "secret = { name = \"m365\", bearer = true }")
    );
    about(World::of(&policy), tenant)
}

/// The same for a call about this tenant.
pub fn about(mut world: World, tenant: Option<&str>) -> World {
    let tenant = tenant.map(|tenant| Tenant::parse(tenant).unwrap());
    world.sender.overseer = Arc::new(Call(tenant, Arc::clone(&world.notes)));
    world
}

const SECRET: &str = "secret = { env = \"KEY\" }";

fn count(server: &Server, prefix: &str) -> usize {
    server.seen().iter().filter(|seen| seen.starts_with(prefix)).count()
}

#[tokio::test]
async fn a_call_about_no_client_gets_no_token_and_asks_nobody() {
    let server = honest().await;
    let world = world(server.port(), SECRET, None);
    let reply = world.get(&format!("http://api.test:{}/v1", server.port())).await;
    assert_eq!((said(&reply), world.decisions()), ("client.none".into(), vec!["client.none".to_owned()]));
    assert!(server.seen().is_empty() && world.names.asked().is_empty());
}

#[tokio::test]
async fn a_token_for_another_tenant_is_never_used() {
    let lying = [jwt(OTHER, 1), jwt("contoso.example", 1), "an-opaque-token".to_owned()];
    for token in lying {
        let server = server(move |_, _| given(&token, 3_600)).await;
        let world = world(server.port(), SECRET, Some(ONE));
        assert_eq!(said(&world.get(&format!("http://api.test:{}/v1", server.port())).await), "secret.tenant");
        assert_eq!((count(&server, "POST /token"), count(&server, "GET ")), (1, 0));
    }
}

#[tokio::test]
async fn each_tenant_has_its_own_token_which_is_asked_for_once() {
    let server = honest().await;
    let world = world(server.port(), SECRET, Some(ONE));
    let url = format!("http://api.test:{}/v1", server.port());
    let (one, two) = tokio::join!(world.get(&url), world.get(&url));
    assert!(one.is_ok() && two.is_ok() && world.get(&url).await.is_ok());
    assert_eq!(count(&server, "POST /token"), 1, "whoever comes meanwhile waits");
    let sent = server.seen();
    let form = "grant_type=client_credentials&client_id=app&scope=s%2F.default&client_secret=CANARY-SECRET%3A7f3a%2F%2B%22%C3%A9";
    assert!(sent[0].starts_with(&format!("POST /token/{ONE} HTTP/1.1\r\n")) && sent[0].ends_with(form), "{}", sent[0]);
    assert!(sent[1].contains(&format!("\r\nauthorization: Bearer {}\r\n", jwt(ONE, 1))), "{}", sent[1]);
    let world = about(world, Some(OTHER));
    assert!(world.get(&url).await.is_ok());
    let last = server.seen().pop().unwrap();
    assert!(last.contains(&jwt(OTHER, 2)) && !last.contains(&jwt(ONE, 1)));
}

#[tokio::test]
async fn a_token_is_asked_for_anew_before_it_ends() {
    let server = server(|seen, number| given(&jwt(tenant_of(seen), number), 120)).await;
    let world = world(server.port(), SECRET, Some(ONE));
    for _ in 0..2 {
        assert!(world.get(&format!("http://api.test:{}/v1", server.port())).await.is_ok());
    }
    assert_eq!(count(&server, "POST /token"), 2);
}

#[tokio::test]
async fn nobody_reads_a_token_or_writes_one_into_a_url() {
    let server = honest().await;
    let everywhere = Scrub::default();
    let mut world = world(server.port(), SECRET, Some(ONE));
    world.egress = world.egress.teaching(everywhere.clone());
    let url = |rest: &str| format!("http://api.test:{}{rest}", server.port());
    let reply = world.get(&url("/v1")).await.unwrap();
    let token = jwt(ONE, 1);
    assert!(reply.body.contains("[secret removed]") && !reply.body.contains(&token), "{}", reply.body);
    assert!(!everywhere.text(&format!("it is {token}.")).contains(&token));
    assert_eq!(said(&world.get(&url(&format!("/v1?q={token}"))).await), "net.path");
    assert!(!format!("{:?}", world.notes.lock().unwrap()).contains(&token));
}

#[tokio::test]
async fn why_there_is_no_token_is_said_in_one_sentence() {
    let server = server(|_, _| {
        let body =
            r#"{"error":"unauthorized_client","error_description":"AADSTS700016: CANARY","error_codes":[700016]}"#;
        answer("400 Bad Request", "", body)
    })
    .await;
    let world = world(server.port(), SECRET, Some(ONE));
    let failure = world.get(&format!("http://api.test:{}/v1", server.port())).await.unwrap_err();
    assert_eq!(failure.to_string(), "secret.token: The application is not known in the client's tenant.");
    assert_eq!((world.decisions(), count(&server, "GET ")), (vec!["g".to_owned(), "secret.token".to_owned()], 0));
}

#[tokio::test]
async fn the_server_of_tokens_is_guarded_as_every_other() {
    let server = server(|_, _| answer("307 Temporary Redirect", "Location: /token/elsewhere\r\n", "")).await;
    let port = server.port();
    let get = async |oauth: &str| {
        let world = world(port, oauth, Some(ONE));
        said(&world.get(&format!("http://api.test:{port}/v1")).await)
    };
    assert_eq!(get(SECRET).await, "secret.token");
    assert_eq!(count(&server, "POST "), 1, "no redirect is followed");
    let elsewhere = "token = \"https://api.test:PORT/token/{tenant}\", secret = { env = \"KEY\" }, reach = \"public\"";
    assert_eq!(get(elsewhere).await, "net.private");
    assert_eq!(count(&server, "POST "), 1);
}

#[tokio::test]
async fn what_a_token_permits_is_told_to_a_tool_that_has_its_secret() {
    let server = honest().await;
    let mut world = world(server.port(), SECRET, Some(ONE));
    let permissions = async |world: &World, secret: &str| {
        world.egress.permissions(secret, &world.sender).await.map(|(grant, roles)| (grant.to_owned(), roles))
    };
    let code = |asked: Result<_, claudetools_policy::Refusal>| {
        asked.map_err(|refusal| refusal.code).map(|_: (String, Vec<String>)| ())
    };
    assert_eq!(code(permissions(&world, "m365-remediate").await), Err(Code::SecretUnknown));
    assert_eq!(code(permissions(&world, "plain").await), Err(Code::SecretUnknown));
    assert!(server.seen().is_empty());
    assert_eq!(permissions(&world, "m365").await, Ok(("g".to_owned(), vec!["User.Read.All".to_owned()])));
    world.sender.tool = "Other".to_owned();
    let mut plugin = claudetools_policy::Admitted::clone(&world.sender.plugin);
    plugin.policy.grants[0].tools = ["Try".to_owned()].into();
    world.sender.plugin = plugin.into();
    assert_eq!(code(permissions(&world, "m365").await), Err(Code::SecretUnknown));
}

#[tokio::test]
async fn a_certificate_signs_for_the_server_that_is_asked() {
    let server = honest().await;
    let world = world(server.port(), "certificate = { env = \"PEM\" }", Some(ONE));
    assert!(world.get(&format!("http://api.test:{}/v1", server.port())).await.is_ok());
    let sent = server.seen().remove(0);
    let form =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";
    let assertion = sent.split(form).nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["aud"], format!("http://api.test:{}/token/{ONE}", server.port()));
    assert!(!sent.contains("client_secret"));
}

#[tokio::test]
async fn a_certificate_that_was_just_registered_is_waited_for() {
    let server = server(|seen, number| match number {
        1 => answer("401 Unauthorized", "", r#"{"error":"invalid_client","error_codes":[700027]}"#),
        _ => given(&jwt(tenant_of(seen), number), 3_600),
    })
    .await;
    let world = world(server.port(), "certificate = { env = \"PEM\" }", Some(ONE));
    assert!(world.get(&format!("http://api.test:{}/v1", server.port())).await.is_ok());
    assert_eq!(count(&server, "POST /token"), 2);
}

/// A server that logs in, renews, and forgets the first token.
async fn forgetful(refreshes: bool) -> Server {
    let number = Mutex::new(0);
    Server::start(move |seen| {
        let mut number = number.lock().unwrap();
        let tokens = |number: usize| {
            ok(json!({ "access_token": format!("access-token-{number}"), "refresh_token": format!("refresh-token-{number}"), "expires_in": 3_600 }).to_string())
        };
        match seen.split(' ').nth(1).unwrap_or_default() {
            "/auth/token" => {
                *number += 1;
                tokens(*number)
            }
            "/auth/refresh" if !refreshes => answer("401 Unauthorized", "", "{}"),
            "/auth/refresh" => {
                *number += 1;
                tokens(*number)
            }
            _ if seen.contains("access-token-1") => answer("401 Unauthorized", "", "forgotten"),
            _ => ok("fine"),
        }
    })
    .await
}

const LOGIN: &str = "login = { url = \"http://api.test:PORT/auth/token\", refresh = \"http://api.test:PORT/auth/refresh\", \
                     user = \"bot\", password = { env = \"KEY\" }, reach = [\"127.0.0.1/32\"] }";

#[tokio::test]
async fn a_login_is_renewed_once_where_it_was_forgotten() {
    let server = forgetful(true).await;
    let world = of(server.port(), LOGIN, None);
    let url = format!("http://api.test:{}/v1", server.port());
    assert_eq!(said(&world.get(&url).await), "200 fine");
    let sent = server.seen();
    assert!(sent[0].ends_with(r#"{"username":"bot","password":"CANARY-SECRET:7f3a/+\"é"}"#), "{}", sent[0]);
    assert!(sent[2].starts_with("POST /auth/refresh") && sent[2].ends_with(r#"{"refresh_token":"refresh-token-1"}"#));
    assert_eq!((count(&server, "GET "), count(&server, "POST ")), (2, 2));
}

#[tokio::test]
async fn what_was_sent_is_not_sent_a_second_time() {
    let server = forgetful(false).await;
    let world = of(server.port(), LOGIN, None);
    let url = format!("http://api.test:{}/v1", server.port());
    assert_eq!(said(&world.send(request("POST", &url, &[], "{}")).await), "401 forgotten");
    assert_eq!(count(&server, "POST /v1"), 1);
    assert_eq!(said(&world.get(&url).await), "200 fine", "and the next one logs in again, where it can't be renewed");
    assert_eq!((count(&server, "POST /auth/refresh"), count(&server, "POST /auth/token")), (1, 2));
}
