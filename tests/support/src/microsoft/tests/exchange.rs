//! Exchange's envelope, its pages, and the Admin API.

use serde_json::{Value, json};

use super::{Answer, EXCHANGE, exchange_call, fake, invoke, token};
use crate::microsoft::{FakeMicrosoft, Scenario, Service};

const DOCUMENTED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/synthetic/exo_invokecommand.json");

async fn reader(fake: &FakeMicrosoft, scenario: Scenario) -> String {
    token(fake, scenario, "m365-exo-read", EXCHANGE).await
}

#[tokio::test]
async fn objects_have_the_documented_fields() {
    let Ok(bytes) = std::fs::read(DOCUMENTED) else {
        return;
    };
    let pairs: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    for pair in pairs.iter().filter(|pair| pair["status"] == 200) {
        let input = pair["request"]["CmdletInput"].to_string().replace("victim@contoso", "victim@bec.contoso");
        let input: Value = serde_json::from_str(&input).unwrap();
        let cmdlet = input["CmdletName"].as_str().unwrap();
        let answer = invoke(&fake, &token, Scenario::Bec, cmdlet, input["Parameters"].clone()).await;
        let fields = |body: &Value| -> Vec<String> {
            let all = body["value"].as_array().unwrap().iter().filter_map(Value::as_object);
            all.flat_map(|one| one.keys().cloned()).collect()
        };
        let (wanted, given) = (fields(&pair["body"]), fields(&answer.body));
        for field in wanted {
            assert!(given.contains(&field), "{cmdlet} has no `{field}`: {given:?}");
        }
    }
}

#[tokio::test]
async fn a_request_is_anchored_and_wrapped() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let path = format!("/adminapi/beta/{}/InvokeCommand", Scenario::Clean.tenant());
    let good = json!({"CmdletInput": {"CmdletName": "Get-OrganizationConfig", "Parameters": {}}});
    let url = format!("{}{path}", fake.base_url);
    let adrift = Answer::of(reqwest::Client::new().post(url).bearer_auth(&token).json(&good)).await.unwrap();
    assert_eq!(adrift.status, 400);
    assert!(fake.forgive().join("\n").contains("X-AnchorMailbox"));
    for (body, problem) in [
        (json!({"CmdletName": "Get-OrganizationConfig"}), "the body is no `CmdletInput`"),
        (json!({"CmdletInput": {"CmdletName": "Get-Everything", "Parameters": {}}}), "is no cmdlet of the fake"),
        (json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Nosuch": 1}}}), "parameter name 'Nosuch'"),
        (json!({"CmdletInput": {"CmdletName": "Get-InboxRule", "Parameters": {}}}), "needs `Mailbox`"),
        (
            json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Filter": "Name -like 'x'"}}}),
            "the filter is not understood",
        ),
    ] {
        let answer = exchange_call(&fake, &token, Scenario::Clean, &path, &body).await;
        let found = fake.forgive().join("\n");
        assert!(answer.status == 400 && found.contains(problem), "{problem:?} is not in {found:?}");
    }
    assert_eq!(exchange_call(&fake, &token, Scenario::Clean, &path, &good).await.status, 200);
    assert_eq!(fake.count(Service::Exchange), 7);
}

#[tokio::test]
async fn another_tenants_mailboxes_are_not_opened() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let answer = invoke(&fake, &token, Scenario::Bec, "Get-OrganizationConfig", json!({})).await;
    assert_eq!(answer.status, 401);
    assert_eq!(fake.forgive().len(), 1);
}

#[tokio::test]
async fn pages_take_the_same_body_again() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Paged).await;
    let body = json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {}}});
    let mut path = format!("/adminapi/beta/{}/InvokeCommand", Scenario::Paged.tenant());
    let mut found = Vec::new();
    loop {
        let answer = exchange_call(&fake, &token, Scenario::Paged, &path, &body).await;
        found.push(answer.list().len());
        match answer.body["@odata.nextLink"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, [2, 3]);
}

#[tokio::test]
async fn the_admin_api_has_mailboxes_and_no_rules() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let path = format!("/adminapi/v2.0/{}/Mailbox", Scenario::Clean.tenant());
    let mailbox = json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {}}});
    assert_eq!(exchange_call(&fake, &token, Scenario::Clean, &path, &mailbox).await.list().len(), 4);
    let rules = json!({"CmdletInput": {"CmdletName": "Get-TransportRule", "Parameters": {}}});
    assert_eq!(exchange_call(&fake, &token, Scenario::Clean, &path, &rules).await.status, 400);
    assert!(fake.forgive().join("\n").contains("is not of the Admin API"));
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_says_so_in_its_third_way() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Clean).await;
    let answer =
        invoke(&fake, &token, Scenario::Clean, "Get-Mailbox", json!({"Identity": "nobody@clean.contoso.example"}))
            .await;
    assert_eq!(answer.status, 404);
    let text = answer.body["error"]["innererror"]["internalException"]["message"].as_str().unwrap();
    assert!(text.contains("nobody@clean.contoso.example"), "{text}");
}

#[tokio::test]
async fn a_rule_names_who_is_inside_otherwise_than_who_is_outside() {
    let fake = fake().await;
    let token = reader(&fake, Scenario::Bec).await;
    let rules =
        invoke(&fake, &token, Scenario::Bec, "Get-InboxRule", json!({"Mailbox": Scenario::Bec.upn("helper")})).await;
    let targets: Vec<&str> = rules.list().iter().filter_map(|rule| rule["ForwardTo"][0].as_str()).collect();
    assert_eq!(targets[0], "\"drop@attacker.example\" [SMTP:drop@attacker.example]");
    assert!(targets[1].starts_with("\"cfo\" [EX:/o=ExchangeLabs/") && targets[1].ends_with("/cn=cfo]"), "{targets:?}");
}
