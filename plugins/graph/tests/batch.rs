//! `$batch`: twenty at a time, each with its own status.

use claudetools_graph::{Ask, Class, Counts, Outcome, Places, Recorded, Tenant};
use serde_json::{Value, json};

const NOW: &str = "2026-11-22T18:00:00Z";
const BATCH: &str = "POST /v1.0/$batch";

fn batch(wire: &mut Recorded, count: usize) -> (Vec<Outcome>, Counts) {
    let asks: Vec<Ask> = (0..count).map(|number| Ask::one(format!("/v1.0/servicePrincipals/{number}"))).collect();
    let mut tenant = Tenant::new(wire, Places::default(), "T");
    (tenant.batch(&asks), tenant.counts())
}

fn answered(responses: Value) -> String {
    json!({"responses": responses}).to_string()
}

fn ok(id: usize) -> Value {
    json!({"id": id.to_string(), "status": 200, "body": {"id": format!("sp{id}")}})
}

#[test]
fn answers_are_matched_by_id_and_each_has_its_own_status() {
    let gone = json!({"id": "1", "status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}});
    let mut wire = Recorded::at(NOW).answering(BATCH, 200, &[], answered(json!([ok(2), gone, ok(0)])));
    let (outcomes, counts) = batch(&mut wire, 4);
    assert_eq!(outcomes[0].as_ref().unwrap().body["id"], "sp0");
    assert_eq!(outcomes[1].as_ref().unwrap_err().class, Class::NotFound);
    assert_eq!(outcomes[2].as_ref().unwrap().body["id"], "sp2");
    assert_eq!(outcomes[3].as_ref().unwrap_err().class, Class::Malformed);
    assert_eq!(counts.graph, 4);
    let sent: Value = serde_json::from_slice(&wire.asked[0].body).unwrap();
    assert_eq!(sent["requests"][1], json!({"id": "1", "method": "GET", "url": "/servicePrincipals/1"}));
}

#[test]
fn more_than_twenty_go_in_several() {
    let all: Vec<Value> = (0..41).map(ok).collect();
    let mut wire = Recorded::at(NOW).answering(BATCH, 200, &[], answered(json!(all)));
    let (outcomes, counts) = batch(&mut wire, 41);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!((wire.count(BATCH), counts.graph), (3, 41));
}

#[test]
fn a_throttled_part_alone_is_asked_again() {
    let throttled = json!({"id": "1", "status": 429, "headers": {"Retry-After": "3"}, "body": {}});
    let mut wire = Recorded::at(NOW).answering(BATCH, 200, &[], answered(json!([ok(0), throttled]))).answering(
        BATCH,
        200,
        &[],
        answered(json!([ok(1)])),
    );
    let (outcomes, counts) = batch(&mut wire, 2);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(counts, Counts { graph: 3, throttled: 1, ..Counts::default() });
    let sent: Value = serde_json::from_slice(&wire.asked[1].body).unwrap();
    assert_eq!(sent["requests"].as_array().unwrap().len(), 1);
}

#[test]
fn a_part_that_stays_throttled_is_unavailable_after_five_tries() {
    let throttled = json!({"id": "0", "status": 429, "body": {}});
    let mut wire = Recorded::at(NOW).answering(BATCH, 200, &[], answered(json!([throttled])));
    let (outcomes, _) = batch(&mut wire, 1);
    assert_eq!(outcomes[0].as_ref().unwrap_err().class, Class::Unavailable);
    assert_eq!(wire.count(BATCH), 5);
}

#[test]
fn the_batch_itself_may_be_throttled() {
    let mut wire =
        Recorded::at(NOW).answering(BATCH, 429, &[], "").answering(BATCH, 200, &[], answered(json!([ok(0)])));
    assert!(batch(&mut wire, 1).0[0].is_ok());
}

#[test]
fn pages_within_a_batch_are_followed() {
    let link = "https://graph.microsoft.com/v1.0/users/1/appRoleAssignments?$skiptoken=b";
    let first = json!({"id": "0", "status": 200, "body": {"value": [{"id": "1"}], "@odata.nextLink": link}});
    let mut wire = Recorded::at(NOW)
        .answering(BATCH, 200, &[], answered(json!([first])))
        .with_list("GET /v1.0/users/1/appRoleAssignments?$skiptoken=b", json!([{"id": "2"}]));
    let mut tenant = Tenant::new(&mut wire, Places::default(), "T");
    let outcomes = tenant.batch(&[Ask::list("/v1.0/users/1/appRoleAssignments")]);
    assert_eq!(outcomes[0].as_ref().unwrap().items.len(), 2);
    assert_eq!(tenant.counts().graph, 2);
}
