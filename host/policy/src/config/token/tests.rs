use insta::assert_snapshot;

use super::*;
use crate::fixture::policy_error;
use crate::{Policy, Secret};

const AUDIENCE: &str = "audience = [{ host = \"graph.microsoft.com\" }]";
const URL: &str = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token";

fn secret(line: &str) -> Secret {
    let text = format!("schema = 1\n[secrets.m365]\n{line}\n{AUDIENCE}");
    Policy::parse(&text).unwrap().secrets.remove("m365").unwrap()
}

fn token(line: &str) -> TokenSource {
    match secret(line).source {
        SecretSource::Token(token) => *token,
        source => panic!("{source:?}"),
    }
}

fn error(line: &str) -> String {
    policy_error(&format!("[secrets.m365]\n{line}\n{AUDIENCE}"))
}

fn oauth(rest: &str) -> String {
    format!("oauth = {{ token = \"{URL}\", client_id = \"app\", scope = \"s/.default\"{rest} }}")
}

#[test]
fn a_token_is_for_the_tenant_of_the_call_and_for_nobody_without_one() {
    let source = token(&oauth(", secret = { env = \"KEY\" }"));
    let tenant = Tenant::parse("11111111-2222-3333-4444-555555555555").unwrap();
    let target = source.target(Some(&tenant)).unwrap();
    assert_snapshot!(target, @"POST https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token");
    let refusal = source.target(None).unwrap_err();
    assert_snapshot!(refusal, @"client.none: The request needs a token for a client's tenant, and the call has chosen no client that has one.");
    assert_eq!(source.kept, SecretSource::Env("KEY".to_owned()));
}

#[test]
fn a_certificate_signs_with_pss_unless_it_says_otherwise() {
    let proof = |rest: &str| match token(&oauth(rest)).way {
        TokenWay::Client { proof, .. } => proof,
        way => panic!("{way:?}"),
    };
    assert_eq!(proof(", certificate = { file = \"a.pem\" }"), TokenProof::Certificate(Signature::Ps256));
    assert_eq!(
        proof(", certificate = { file = \"a.pem\" }, signature = \"RS256\""),
        TokenProof::Certificate(Signature::Rs256)
    );
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    assert_snapshot!(error(""), @"plugins.toml:2:10: a secret has one of `source`, `oauth` and `login`");
    assert_snapshot!(error(&format!("source = {{ env = \"A\" }}\n{}", oauth(", secret = { env = \"B\" }"))), @"plugins.toml:2:10: a secret has one of `source`, `oauth` and `login`");
    assert_snapshot!(error(&oauth("")), @"plugins.toml:3:9: expected `secret = { … }`, or `certificate = { … }` and perhaps its `signature`: PS256 or RS256");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }, certificate = { env = \"B\" }")), @"plugins.toml:3:9: expected `secret = { … }`, or `certificate = { … }` and perhaps its `signature`: PS256 or RS256");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }, signature = \"PS256\"")), @"plugins.toml:3:9: expected `secret = { … }`, or `certificate = { … }` and perhaps its `signature`: PS256 or RS256");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }, tenant = \"x\"")), @"plugins.toml:3:148: unknown key `tenant`, expected one of `token`, `client_id`, `scope`, `secret`, `certificate`, `signature`, `reach`");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }").replace("https", "http")), @"plugins.toml:3:19: a secret would go over the Internet for all to read; use https, or name the networks in `reach`");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }").replace("https://login", "https://{tenant}.login")), @"plugins.toml:3:19: `{tenant}` stands in the path or the query, not in the host");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }").replace("https", "ftp")), @"plugins.toml:3:19: it can't be asked for a token: The scheme `ftp` is neither https nor http.");
    assert_snapshot!(error(&oauth(", secret = { env = \"A\" }").replace("\"app\"", "\"\"")), @"plugins.toml:3:95: it is empty, or has a control character in it");
    assert_snapshot!(error("login = { url = \"https://api.example/{tenant}\", user = \"bot\", password = { env = \"A\" } }"), @"plugins.toml:3:17: a login is not per tenant; take `{tenant}` out");
    assert_snapshot!(error("login = { url = \"https://api.example/login\", user = \"bot\" }"), @"plugins.toml:3:9: missing key `password`");
    assert_snapshot!(error(&format!("{}\nscripts = [\"Check\"]", oauth(", secret = { env = \"A\" }"))), @"plugins.toml:4:12: a token goes into requests only; give the script a secret of its own");
}

#[test]
fn a_login_says_how_and_where_it_is_renewed() {
    let source = token(
        "login = { url = \"http://127.0.0.1:8001/api/v1/auth/token\", refresh = \"http://127.0.0.1:8001/api/v1/auth/refresh\", \
         user = \"bot\", password = { file = \"pw\" }, form = \"form\", reach = [\"127.0.0.1/32\"] }",
    );
    let way = TokenWay::Login {
        user: "bot".to_owned(),
        form: LoginForm::Form,
        refresh: Some("http://127.0.0.1:8001/api/v1/auth/refresh".to_owned()),
    };
    assert_eq!((source.way.clone(), source.is_per_tenant()), (way, false));
    assert_snapshot!(source.target(None).unwrap(), @"POST http://127.0.0.1:8001/api/v1/auth/token");
}
