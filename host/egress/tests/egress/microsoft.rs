//! Tokens of a Microsoft that refuses what the real one refuses.

use claudetools_support::microsoft::{Failure, FakeMicrosoft, Scenario};
use insta::assert_snapshot;

use crate::tokens::about;
use crate::world::{World, grant, rule, said};

/// A call about a scenario's tenant, with the tier that reads; `proof` is where its secret or certificate is.
fn world(microsoft: &FakeMicrosoft, proof: &str, scenario: Scenario) -> World {
    let (app, base) = (microsoft.app("m365-read"), &microsoft.base_url);
    let port = base.rsplit(':').next().unwrap();
    let policy = format!(
        "[secrets.m365-read]\noauth = {{ token = \"{base}/{{tenant}}/oauth2/v2.0/token\", client_id = \"{}\", \
         scope = \"https://graph.microsoft.com/.default\", {proof}, reach = [\"127.0.0.1/32\"] }}\n\
         audience = [{{ scheme = \"http\", host = \"127.0.0.1\", port = {port} }}]\n[plugin.guest]\n{}",
        app.client_id,
        grant("g", &rule("127.0.0.1", port.parse().unwrap()), "secret = { name = \"m365-read\", bearer = true }")
    );
    about(World::knowing(&policy, &[], &app.secret), Some(&scenario.tenant()))
}

const PROOFS: [&str; 3] = [
    "secret = { env = \"KEY\" }",
    "certificate = { env = \"PEM\" }",
    "certificate = { env = \"PEM\" }, signature = \"RS256\"",
];

async fn licences(world: &World, microsoft: &FakeMicrosoft) -> String {
    said(&world.get(&format!("{}/v1.0/subscribedSkus", microsoft.base_url)).await)
}

#[tokio::test]
async fn graph_takes_the_token_whatever_proves_the_application() {
    let microsoft = FakeMicrosoft::start().await.unwrap();
    for proof in PROOFS {
        let world = world(&microsoft, proof, Scenario::Clean);
        let answer = licences(&world, &microsoft).await;
        assert!(answer.starts_with("200 ") && answer.contains("skuPartNumber"), "{proof}: {answer}");
        let (_, permitted) = world.egress.permissions("m365-read", &world.sender).await.unwrap();
        assert!(permitted.contains(&"User.Read.All".to_owned()), "{permitted:?}");
        let told = format!("{answer}{:?}", world.notes.lock().unwrap());
        assert!(!microsoft.secrets().iter().any(|secret| told.contains(secret)));
    }
}

#[tokio::test]
async fn what_the_consent_lacks_is_not_permitted() {
    let microsoft = FakeMicrosoft::start().await.unwrap();
    microsoft.withhold(Scenario::Clean, "User.Read.All");
    let world = world(&microsoft, PROOFS[0], Scenario::Clean);
    let (_, permitted) = world.egress.permissions("m365-read", &world.sender).await.unwrap();
    assert!(!permitted.contains(&"User.Read.All".to_owned()) && !permitted.is_empty());
}

#[tokio::test]
async fn a_token_for_the_tenant_of_somebody_else_reaches_no_graph() {
    let microsoft = FakeMicrosoft::start().await.unwrap();
    let world = world(&microsoft, PROOFS[0], Scenario::OtherTenant);
    assert_eq!(licences(&world, &microsoft).await, "secret.tenant");
    assert_eq!(microsoft.requests().len(), 1);
}

#[tokio::test]
async fn every_listed_failure_is_one_sentence() {
    let microsoft = FakeMicrosoft::start().await.unwrap();
    let mut told = String::new();
    // The certificate's is asked again for half a minute; `tokens` has it.
    for (case, failure) in Failure::LISTED.into_iter().filter(|(_, failure)| *failure != Failure::UnknownCertificate) {
        microsoft.fail_token(Scenario::Clean, Some(failure));
        let world = world(&microsoft, PROOFS[0], Scenario::Clean);
        let refusal = world.get(&format!("{}/v1.0/subscribedSkus", microsoft.base_url)).await.unwrap_err();
        told += &format!("{case}\n  {refusal}\n");
    }
    assert_snapshot!(told, @r"
    app not consented in tenant
      secret.token: The application is not known in the client's tenant.
    service principal missing
      secret.token: The application has no service principal in the client's tenant.
    bad secret
      secret.token: The application's secret is not the right one.
    expired secret
      secret.token: The application's secret has expired.
    tenant not found
      secret.token: There is no such tenant.
    consent blocked by missing licence/resource
      secret.token: The client's tenant has no subscription to the service that the token is for.
    ");
}
