//! Discovery and tokens.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Answer, EXCHANGE, GRAPH, ask_token, fake, get, token};
use crate::microsoft::{Failure, FakeMicrosoft, Scenario, keys};

const ERRORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/synthetic/token_errors.json");
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn discover(fake: &FakeMicrosoft, domain: &str) -> Answer {
    let url = format!("{}/{domain}/v2.0/.well-known/openid-configuration", fake.base_url);
    Answer::of(reqwest::Client::new().get(url)).await.unwrap()
}

#[tokio::test]
async fn a_domain_leads_to_its_tenant_and_another_to_none() {
    let fake = fake().await;
    let found = discover(&fake, "clean.contoso.example").await;
    let tenant = Scenario::Clean.tenant();
    assert_eq!(found.body["token_endpoint"], format!("{}/{tenant}/oauth2/v2.0/token", fake.base_url));
    assert_eq!(discover(&fake, "cleancontoso.onmicrosoft.com").await.body["issuer"], found.body["issuer"]);
    let none = discover(&fake, "nowhere.example").await;
    assert_eq!((none.status, &none.body["error_codes"][0]), (400, &json!(90002)));
}

#[tokio::test]
async fn a_token_says_what_it_opens() {
    let fake = fake().await;
    let text = token(&fake, Scenario::NoConsentPartial, "m365-read", GRAPH).await;
    let parts = keys::parts(&text).unwrap();
    assert!(parts.is_signed());
    assert_eq!(parts.claims["tid"], Scenario::NoConsentPartial.tenant());
    assert_eq!(parts.claims["appid"], fake.app("m365-read").client_id);
    assert_eq!(parts.claims["aud"], "https://graph.microsoft.com");
    let roles: Vec<&str> = parts.claims["roles"].as_array().unwrap().iter().map(|r| r.as_str().unwrap()).collect();
    assert!(roles.contains(&"User.Read.All") && !roles.contains(&"AuditLog.Read.All"), "{roles:?}");
    let other = keys::parts(&token(&fake, Scenario::OtherTenant, "m365-read", GRAPH).await).unwrap();
    assert_eq!(other.claims["tid"], Scenario::Bec.tenant());
    let remediate = keys::parts(&token(&fake, Scenario::Clean, "m365-remediate", GRAPH).await).unwrap();
    assert_eq!(remediate.claims["wids"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_wrong_secret_client_or_scope_gets_no_token() {
    let fake = fake().await;
    let app = fake.app("m365-read");
    for (id, secret, scope, number) in [
        (app.client_id.as_str(), "wrong", GRAPH, 7_000_215),
        ("nobody", app.secret.as_str(), GRAPH, 700_016),
        (app.client_id.as_str(), app.secret.as_str(), "https://elsewhere.example/.default", 500_011),
        (app.client_id.as_str(), app.secret.as_str(), "https://graph.microsoft.com/User.Read", 500_011),
    ] {
        let form =
            [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", scope)];
        let answer = ask_token(&fake, &Scenario::Clean.tenant(), &form).await;
        assert_eq!(answer.body["error_codes"], json!([number]), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_listed_failures_are_the_documented_bodies() {
    let Ok(bytes) = std::fs::read(ERRORS) else {
        return;
    };
    let documented: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(documented.len(), Failure::LISTED.len());
    let fake = fake().await;
    for (case, failure) in Failure::LISTED {
        let wanted = documented.iter().find(|entry| entry["case"] == case).unwrap();
        fake.fail_token(Scenario::Clean, Some(failure));
        let answer = ask_token(&fake, &Scenario::Clean.tenant(), &[("grant_type", "client_credentials")]).await;
        assert_eq!(json!(answer.status), wanted["status"], "{case}");
        for field in ["error", "error_description", "error_codes"] {
            assert_eq!(answer.body[field], wanted["body"][field], "{case}");
        }
    }
}

#[tokio::test]
async fn tokens_of_graph_and_exchange_are_not_each_others() {
    let fake = fake().await;
    let exchange = token(&fake, Scenario::Clean, "m365-exo-read", EXCHANGE).await;
    let answer = get(&fake, &exchange, "/v1.0/organization").await;
    assert_eq!((answer.status, answer.code()), (401, "InvalidAuthenticationToken"));
    let graph = token(&fake, Scenario::Clean, "m365-read", GRAPH).await;
    let answer = super::invoke(&fake, &graph, Scenario::Clean, "Get-OrganizationConfig", json!({})).await;
    assert_eq!(answer.status, 401);
    assert_eq!(fake.forgive().len(), 2);
}

/// What a client signs, with the fields of the header and the claims that a case changes.
fn assertion(fake: &FakeMicrosoft, header: &Value, claims: &Value) -> String {
    let app = fake.app("m365-read");
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let endpoint = format!("{}/{}/oauth2/v2.0/token", fake.base_url, Scenario::Clean.tenant());
    let mut first = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": keys::thumbprint_sha256()});
    let mut second = json!({
        "aud": endpoint, "iss": app.client_id, "sub": app.client_id, "jti": "1", "nbf": now, "exp": now + 300,
    });
    super::super::tenant::merge(&mut first, header);
    super::super::tenant::merge(&mut second, claims);
    keys::sign(&first, &second)
}

async fn prove(fake: &FakeMicrosoft, assertion: &str) -> Answer {
    let app = fake.app("m365-read");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id.as_str()),
        ("scope", GRAPH),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", assertion),
    ];
    ask_token(fake, &Scenario::Clean.tenant(), &form).await
}

#[tokio::test]
async fn a_certificate_proves_who_it_is() {
    let fake = fake().await;
    for header in [json!({}), json!({"alg": "RS256"}), json!({"x5t#S256": null, "x5t": keys::thumbprint_sha1()})] {
        let claims = json!({"jti": header.to_string()});
        let answer = prove(&fake, &assertion(&fake, &header, &claims)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn an_assertion_that_says_what_none_may_say_is_refused() {
    let fake = fake().await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for (header, claims, problem) in [
        (json!({"typ": "at+jwt"}), json!({}), "its `typ` is not JWT"),
        (json!({}), json!({"aud": "https://login.microsoftonline.com"}), "its `aud` is"),
        (json!({}), json!({"sub": "other"}), "its `iss` and `sub` are not the client id"),
        (json!({}), json!({"jti": ""}), "it has no `jti`"),
        (json!({}), json!({"exp": now - 1}), "it is not good now"),
        (json!({}), json!({"exp": now + 3600}), "it is good for more than 600 s"),
    ] {
        let answer = prove(&fake, &assertion(&fake, &header, &claims)).await;
        let found = fake.forgive().join("\n");
        assert!(answer.status == 401 && found.contains(problem), "{problem:?} is not in {found:?}");
    }
}

#[tokio::test]
async fn an_assertion_of_somebody_else_is_not_believed() {
    let fake = fake().await;
    let good = assertion(&fake, &json!({}), &json!({"jti": "good"}));
    let (signed, _) = good.rsplit_once('.').unwrap();
    let (_, other) = assertion(&fake, &json!({}), &json!({"jti": "other"}))
        .rsplit_once('.')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let unknown = assertion(&fake, &json!({"x5t#S256": "unknown"}), &json!({"jti": "unknown"}));
    for bad in [format!("{signed}.{other}"), unknown, "no.jwt".to_owned()] {
        assert_eq!(prove(&fake, &bad).await.body["error_codes"], json!([700_027]));
    }
    assert_eq!(prove(&fake, &good).await.status, 200);
    assert_eq!(prove(&fake, &good).await.status, 401);
    assert!(fake.forgive().join("\n").contains("its `jti` was there before"));
}
