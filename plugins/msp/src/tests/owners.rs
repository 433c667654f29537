//! Whose rows are shown: refusals first.

use insta::assert_snapshot;
use serde_json::json;

use super::recorded::Recorded;

const TICKETS: &str = "GET /api/v1/tickets?client_id=7&limit=20&skip=0";

#[test]
fn another_client_is_refused_however_it_is_asked_for() {
    let api = Recorded::fastapi();
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "filters": { "client_id": 8 } })), @r#"Failure::Refused("client_id says whose rows are wanted, and that is this thread's client; leave it out, or name a client in `client` where the thread has none")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "client": "fabrikam" })), @r#"Failure::Refused("client.other: this thread is about another client")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "machines", "filters": { "client_id": "8" } })), @r#"Failure::Refused("client_id says whose rows are wanted, and that is this thread's client; leave it out, or name a client in `client` where the thread has none")"#);
    assert_snapshot!(api.requests(), @"");
}

#[test]
fn a_thread_without_a_client_has_to_name_one_that_it_may() {
    let api = Recorded::fastapi()
        .internal(&["fabrikam"])
        .answer("GET /api/v1/tickets?client_id=8&limit=20&skip=0", json!({ "items": [], "total": 0 }));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets" })), @r#"Failure::Refused("client.none: no client is named that this thread may name")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "client": "contoso" })), @r#"Failure::Refused("client.none: no client is named that this thread may name")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "client": "fabrikam" })), @r"
    All 0 tickets of Fabrikam Ltd that fit
    []
    ");
}

#[test]
fn rows_that_are_another_clients_or_nobodys_are_dropped_and_their_number_is_not_told() {
    let rows = json!([{ "id": 1, "client_id": 7 }, { "id": 2, "client_id": 8 }, { "id": 3, "client_id": null }]);
    let api = Recorded::fastapi().answer(TICKETS, json!({ "items": rows, "total": 3 }));
    // The API was told whose rows are wanted, so that a row that says nothing is believed to be one of them.
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets" })), @r#"
    All 1 tickets of Contoso Ltd that fit
    [{"id":"1","client_id":"7"}]
    - rows of other clients, or of none, were left out
    "#);
    let rows = json!([{ "id": 1, "client_id": 7, "hours": 1 }, { "id": 2, "client_id": 8 }, { "id": 3 }]);
    let api = Recorded::fastapi().answer("GET /api/v1/sessions?limit=20&skip=0", rows);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "sessions" })), @r#"
    All 1 sessions of Contoso Ltd that fit
    [{"id":"1","hours":"1","client_id":"7"}]
    - rows of other clients, or of none, were left out
    - rows that don't say whose they are were left out
    "#);
}

#[test]
fn a_collection_that_belongs_to_nobody_is_refused_unless_it_is_shared() {
    let api = Recorded::fastapi();
    assert_snapshot!(api.call("msp_search", json!({ "resource": "technicians" })), @r#"Failure::Refused("nothing says which client a row of technicians belongs to, so that none can be shown in a client's name; an admin may list it in the variable SHARED, if it is nobody's")"#);
    assert_snapshot!(api.requests(), @"");
    let api = Recorded::fastapi()
        .with("SHARED", "technicians")
        .answer("GET /api/v1/technicians", json!([{ "id": 1, "name": "Ann" }]));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "technicians" })), @r#"
    All 1 technicians that fit
    [{"id":"1","name":"Ann"}]
    "#);
}

#[test]
fn a_record_of_another_client_and_one_that_does_not_say_are_refused_alike() {
    let api = Recorded::fastapi()
        .answer("GET /api/v1/tickets/5", json!({ "id": 5, "client_id": 8, "subject": "theirs" }))
        .answer("GET /api/v1/tickets/6", json!({ "id": 6, "subject": "whose?" }))
        .answer("GET /api/v1/tickets/9", json!({ "id": 9, "client_id": 7, "subject": "ours" }));
    let refused = api.call("msp_get", json!({ "resource": "tickets", "id": 5 }));
    assert_snapshot!(refused, @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_eq!(refused, api.call("msp_get", json!({ "resource": "tickets", "id": 6 })));
    assert_snapshot!(api.call("msp_get", json!({ "resource": "tickets", "id": 9 })), @r#"
    {
      "client_id": 7,
      "id": 9,
      "subject": "ours"
    }
    "#);
}

#[test]
fn what_is_below_a_record_is_its_clients() {
    let api = Recorded::fastapi()
        .answer("GET /api/v1/tickets/5", json!({ "id": 5, "client_id": 8 }))
        .answer("GET /api/v1/tickets/9", json!({ "id": 9, "client_id": 7 }))
        .answer("GET /api/v1/tickets/9/notes?limit=20&skip=0", json!([{ "id": 1, "body": "called back" }]));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "notes", "filters": { "ticket_id": 5 } })), @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "notes" })), @r#"Failure::Invalid("notes are those of one record; give ticket_id in filters")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "notes", "filters": { "ticket_id": 9 } })), @r#"
    All 1 notes of Contoso Ltd that fit
    [{"id":"1","body":"called back"}]
    "#);
    assert_snapshot!(api.requests(), @r"
    GET /api/v1/tickets/5
    GET /api/v1/tickets/9
    GET /api/v1/tickets/9/notes?limit=20&skip=0
    ");
}

#[test]
fn in_a_clients_thread_the_clients_are_one() {
    let rows = json!([{ "id": 7, "name": "Contoso Ltd" }, { "id": 8, "name": "Fabrikam Ltd" }]);
    let api = Recorded::fastapi().answer("GET /api/v1/clients?limit=20&skip=0", rows.clone());
    assert_snapshot!(api.call("msp_search", json!({ "resource": "clients" })), @r#"
    All 1 clients that fit
    [{"id":"7","name":"Contoso Ltd"}]
    - rows of other clients, or of none, were left out
    "#);
    let api = Recorded::fastapi()
        .internal(&["contoso", "fabrikam"])
        .answer("GET /api/v1/clients?limit=20&skip=0", rows.clone());
    assert_snapshot!(api.call("msp_search", json!({ "resource": "clients" })), @r#"
    All 2 clients that fit
    [{"id":"7","name":"Contoso Ltd"},{"id":"8","name":"Fabrikam Ltd"}]
    "#);
    let api = Recorded::fastapi().internal(&[]).answer("GET /api/v1/clients?limit=20&skip=0", rows);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "clients" })), @r#"Failure::Refused("client.none: no client is named that this thread may name")"#);
}

#[test]
fn of_two_records_with_a_clients_name_none_is_chosen() {
    let key = "GET /api/v1/clients?search=Contoso%20Ltd&limit=50&skip=0";
    let search = json!({ "resource": "tickets" });
    let api = || Recorded::fastapi().with("CLIENTS", "");
    let two = json!([{ "id": 1, "name": "contoso ltd" }, { "id": 2, "name": "Contoso GmbH" }, { "id": 3, "name": "Contoso Hair" }]);
    assert_snapshot!(api().answer(key, two).call("msp_search", search.clone()), @r#"Failure::Invalid("it is not clear which record of the API is the client contoso: there are contoso ltd (id 1), Contoso GmbH (id 2). None was chosen; an admin gives its id in the variable CLIENTS, such as contoso=42")"#);
    let near = json!([{ "id": 3, "name": "Contoso Hair" }]);
    assert_snapshot!(api().answer(key, near).call("msp_search", search.clone()), @r#"Failure::Invalid("it is not clear which record of the API is the client contoso: there are Contoso Hair (id 3). None was chosen; an admin gives its id in the variable CLIENTS, such as contoso=42")"#);
    assert_snapshot!(api().answer(key, json!([])).call("msp_search", search.clone()), @r#"Failure::Invalid("it is not clear which record of the API is the client contoso: none is near. None was chosen; an admin gives its id in the variable CLIENTS, such as contoso=42")"#);
    // The only one of 200, where there are more.
    let rows: Vec<_> =
        (0..50).map(|id| json!({ "id": id, "name": if id == 7 { "Contoso Ltd" } else { "x" } })).collect();
    let more = |from: u64| (from..from + 50).map(|id| json!({ "id": id, "name": "x" })).collect::<Vec<_>>();
    let many = api().answer(key, json!(rows));
    let many = [50, 100, 150].iter().fold(many, |api, skip| {
        api.answer(&format!("GET /api/v1/clients?search=Contoso%20Ltd&limit=50&skip={skip}"), json!(more(*skip)))
    });
    assert!(many.call("msp_search", search.clone()).contains("there are Contoso Ltd (id 7). None was chosen"));
    let one = json!([{ "id": 7, "name": "Contoso GmbH" }, { "id": 3, "name": "Contoso Hair" }]);
    let api = api().answer(key, one).answer(TICKETS, json!({ "items": [], "total": 0 }));
    assert_snapshot!(api.call("msp_search", search), @r"
    All 0 tickets of Contoso Ltd that fit
    []
    ");
}
