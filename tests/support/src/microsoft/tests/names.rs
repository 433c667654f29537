//! DNS over HTTPS.

use serde_json::{Value, json};

use super::{Answer, fake};
use crate::microsoft::FakeMicrosoft;

async fn resolve(fake: &FakeMicrosoft, query: &str) -> Answer {
    let url = format!("{}/resolve?{query}", fake.base_url);
    Answer::of(reqwest::Client::new().get(url)).await.unwrap()
}

fn data(answer: &Answer) -> Vec<&str> {
    let records = answer.body["Answer"].as_array().into_iter().flatten();
    records.map(|record| record["data"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn records_are_found_by_name_and_type() {
    let fake = fake().await;
    let mail = resolve(&fake, "name=clean.contoso.example&type=MX").await;
    assert_eq!(data(&mail), ["0 clean-contoso-example.mail.protection.outlook.com."]);
    assert_eq!(mail.body["Question"], json!([{"name": "clean.contoso.example.", "type": 15}]));
    let policy = resolve(&fake, "name=_dmarc.bec.contoso.example.&type=16").await;
    assert_eq!(data(&policy), ["v=DMARC1; p=none; pct=50"]);
    assert_eq!(policy.body["Answer"][0]["type"], 16);
    let quoted = resolve(&fake, "name=cleancontoso.onmicrosoft.com&type=TXT").await;
    assert_eq!(data(&quoted)[0], "\"v=spf1 include:spf.protection.outlook.com -all\"");
}

#[tokio::test]
async fn an_alias_leads_to_what_it_is_for() {
    let fake = fake().await;
    let answer = resolve(&fake, "name=selector1._domainkey.clean.contoso.example&type=TXT").await;
    let kinds: Vec<&Value> = answer.body["Answer"].as_array().unwrap().iter().map(|record| &record["type"]).collect();
    assert_eq!(kinds, [5, 16]);
    let alias = resolve(&fake, "name=selector1._domainkey.clean.contoso.example&type=CNAME").await;
    assert_eq!(data(&alias).len(), 1);
}

#[tokio::test]
async fn nothing_is_an_answer_too() {
    let fake = fake().await;
    let none = resolve(&fake, "name=nowhere.example&type=A").await;
    assert_eq!((none.status, &none.body["Status"], none.body.get("Answer")), (200, &json!(3), None));
    let empty = resolve(&fake, "name=clean.contoso.example&type=AAAA").await;
    assert_eq!((&empty.body["Status"], empty.body.get("Answer")), (&json!(0), None));
    for bad in ["type=A", "name=a..example", "name=a.example&type=NOSUCH"] {
        assert_eq!(resolve(&fake, bad).await.status, 400, "{bad}");
    }
    assert_eq!(fake.forgive().len(), 3);
}
