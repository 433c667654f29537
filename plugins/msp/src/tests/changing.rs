//! Changes: refusals first, then that each is sent once.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::recorded::Recorded;

fn writable() -> Recorded {
    Recorded::fastapi()
        .with("MODE", "confirm_writes")
        .answer("GET /api/v1/tickets/5", json!({ "id": 5, "client_id": 8, "subject": "theirs" }))
        .answer("GET /api/v1/tickets/9", json!({ "id": 9, "client_id": 7, "status": "open" }))
}

fn note(body: Value) -> Value {
    json!({ "operation_id": "create_note", "params": { "ticket_id": 9 }, "body": body })
}

#[test]
fn nothing_is_changed_where_only_reading_is_set_up() {
    let api = Recorded::fastapi();
    assert_snapshot!(api.call("msp_write", note(json!({ "body": "x" }))), @r#"Failure::Refused("this connection is read-only; an admin may set MODE to confirm_writes")"#);
    assert_snapshot!(api.requests(), @"");
}

#[test]
fn what_does_not_fit_is_refused_before_anybody_is_asked() {
    let api = writable();
    let write = |input: Value| api.call("msp_write", input);
    assert_snapshot!(write(json!({ "operation_id": "list_tickets" })), @r#"Failure::Invalid("there is no change list_tickets; there are: create_note, create_ticket, create_time, delete_ticket, update_ticket")"#);
    assert_snapshot!(write(json!({ "operation_id": "logout" })), @r#"Failure::Invalid("there is no change logout; there are: create_note, create_ticket, create_time, delete_ticket, update_ticket")"#);
    assert_snapshot!(write(note(json!({ "text": "x" }))), @r#"Failure::Invalid("there is no field text; there are: body, internal")"#);
    assert_snapshot!(write(note(json!({ "internal": true }))), @r#"Failure::Invalid("the body lacks: body")"#);
    assert_snapshot!(write(note(json!({ "body": 5 }))), @r#"Failure::Invalid("the field body has to be of the type string")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_note", "body": { "body": "x" } })), @r#"Failure::Invalid("params lacks ticket_id")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_ticket", "body": { "subject": "a", "status": "opne" } })), @r#"Failure::Invalid("status = \"opne\" does not fit; expected one of open, waiting, closed")"#);
    assert_snapshot!(write(json!({ "operation_id": "delete_ticket", "params": { "ticket_id": 9, "force": true } })), @r#"Failure::Invalid("there is no parameter force; there are: ticket_id")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_ticket" })), @r#"Failure::Invalid("the body has to be a JSON object with the fields of one record")"#);
    assert_snapshot!(api.requests(), @"");
}

#[test]
fn what_is_another_clients_is_not_changed() {
    let api = writable();
    let write = |input: Value| api.call("msp_write", input);
    assert_snapshot!(write(json!({ "operation_id": "update_ticket", "params": { "ticket_id": 5 }, "body": { "status": "closed" } })), @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_note", "params": { "ticket_id": 5 }, "body": { "body": "x" } })), @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(write(json!({ "operation_id": "update_ticket", "params": { "ticket_id": 9 }, "body": { "client_id": 8 } })), @r#"Failure::Refused("the body names another client than this call's")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_ticket", "body": { "subject": "a", "client_id": 8 } })), @r#"Failure::Refused("the body names another client than this call's")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_time", "body": { "hours": 1, "ticket_id": 5 } })), @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(write(json!({ "operation_id": "create_time", "body": { "hours": 1 } })), @r#"Failure::Refused("nothing in create_time says which client it is about, so that it can't be sent in a client's name; an admin may list time-entries in the variable SHARED, if it is nobody's")"#);
    assert!(api.requests().lines().all(|line| line.starts_with("GET ")), "{}", api.requests());
}

#[test]
fn a_new_record_gets_the_threads_client_and_is_read_back() {
    let api = writable().with("LINKS", "tickets=https://portal.example/t/{id}").status(
        "POST /api/v1/tickets",
        201,
        &[],
        json!({ "id": 9, "client_id": 7, "subject": "a" }),
    );
    assert_snapshot!(api.call("msp_write", json!({ "operation_id": "create_ticket", "body": { "subject": "a", "status": "open" } })), @r"
    Done: tickets 9 was made
    Read back: it is as sent, as far as it shows.
    link: https://portal.example/t/9
    ");
    assert_snapshot!(api.requests(), @r#"
    POST /api/v1/tickets {"client_id":7,"status":"open","subject":"a"}
    GET /api/v1/tickets/9
    "#);
}

#[test]
fn a_change_carries_the_state_that_it_was_planned_on() {
    let change =
        json!({ "operation_id": "update_ticket", "params": { "ticket_id": 9 }, "body": { "status": "closed" } });
    let done = |before: Value| {
        let key = "GET /api/v1/tickets/9";
        Recorded::fastapi()
            .with("MODE", "confirm_writes")
            .answer(key, before)
            .answer(key, json!({ "id": 9, "client_id": 7, "status": "closed" }))
            .answer("PATCH /api/v1/tickets/9", json!({ "id": 9 }))
    };
    let api = done(json!({ "id": 9, "client_id": 7, "status": "open" }));
    assert_snapshot!(api.call("msp_write", change.clone()), @r"
    Done: the API answered 200
    Read back: it is as sent, as far as it shows.
    ");
    assert_snapshot!(api.requests(), @r#"
    GET /api/v1/tickets/9
    PATCH /api/v1/tickets/9 {"status":"closed"}
    GET /api/v1/tickets/9
    "#);
    let other = done(json!({ "id": 9, "client_id": 7, "status": "waiting" }));
    other.call("msp_write", change);
    assert_snapshot!(api.states.borrow().join(""), @"ebfa6310-998c-08c5-b109-63b41c0690fa");
    assert_ne!(*api.states.borrow(), *other.states.borrow());
}

#[test]
fn a_change_whose_answer_is_lost_is_looked_for_and_never_sent_again() {
    let key = "POST /api/v1/tickets";
    let list = "GET /api/v1/tickets?client_id=7&limit=50&skip=0";
    let create = json!({ "operation_id": "create_ticket", "body": { "subject": "a" } });
    let posts = |api: &Recorded| api.requests().lines().filter(|line| line.starts_with("POST")).count();
    let made = json!({ "items": [{ "id": 3, "client_id": 7, "subject": "a" }, { "id": 4, "client_id": 7, "subject": "b" }], "total": 2 });
    let api = writable().lost(key).answer(list, made);
    assert_snapshot!(api.call("msp_write", create.clone()), @r#"Failure::Unavailable("the service did not answer in time, so that the change may or may not have been made; it was sent once and is not sent again. There are records that have what was sent: 3. Look at it before anything is asked for anew")"#);
    assert_eq!(posts(&api), 1);
    let api =
        writable().status(key, 500, &[], json!({ "detail": "boom" })).answer(list, json!({ "items": [], "total": 0 }));
    assert_snapshot!(api.call("msp_write", create), @r#"Failure::Unavailable("the API failed (500), so that the change may or may not have been made; it was sent once and is not sent again. No record has what was sent. Look at it before anything is asked for anew")"#);
    assert_eq!(posts(&api), 1);
    let api = writable().lost("PATCH /api/v1/tickets/9");
    let change =
        json!({ "operation_id": "update_ticket", "params": { "ticket_id": 9 }, "body": { "status": "closed" } });
    assert_snapshot!(api.call("msp_write", change), @r#"Failure::Unavailable("the service did not answer in time, so that the change may or may not have been made; it was sent once and is not sent again. Read back: the record is as before. Look at it before anything is asked for anew")"#);
}

#[test]
fn a_lost_note_is_looked_for_among_the_notes_of_its_record() {
    let key = "POST /api/v1/tickets/9/notes";
    let list = "GET /api/v1/tickets/9/notes?limit=50&skip=0";
    let api = writable().lost(key).answer(list, json!([{ "id": 4, "body": "y" }, { "id": 5, "body": "x" }]));
    assert_snapshot!(api.call("msp_write", note(json!({ "body": "x" }))), @r#"Failure::Unavailable("the service did not answer in time, so that the change may or may not have been made; it was sent once and is not sent again. There are records that have what was sent: 5. Look at it before anything is asked for anew")"#);
    let api = writable().status(key, 201, &[], json!({ "id": 5, "body": "x" }));
    assert_snapshot!(api.call("msp_write", note(json!({ "body": "x" }))), @"Done: notes 5 was made");
    // A note is no change of what the ticket says, so that it is bound to no state of it.
    assert!(api.states.borrow().is_empty());
    let key = "POST /tickets/9/comment";
    let ticket = |comments: Value| json!({ "ticket": { "id": 9, "customer_id": 7, "comments": comments } });
    let api = Recorded::preset("syncro")
        .with("MODE", "confirm_writes")
        .lost(key)
        .answer("GET /tickets/9", ticket(json!([])))
        .answer("GET /tickets/9", ticket(json!([{ "id": 1 }])));
    let comment = json!({ "operation_id": "create_ticket_comment", "params": { "id": 9 }, "body": { "subject": "s", "body": "b", "hidden": true } });
    assert_snapshot!(api.call("msp_write", comment), @r#"Failure::Unavailable("the service did not answer in time, so that the change may or may not have been made; it was sent once and is not sent again. Read back: the record is not as before, so it seems to have been made. Look at it before anything is asked for anew")"#);
}

#[test]
fn what_is_shared_may_be_changed_but_never_refers_to_another_client() {
    let shared = || writable().with("SHARED", "time-entries");
    let api = shared().status("POST /api/v1/time-entries", 201, &[], json!({ "id": 1 }));
    let create = |body: Value| json!({ "operation_id": "create_time", "body": body });
    assert_snapshot!(api.call("msp_write", create(json!({ "hours": 1, "ticket_id": 5 }))), @r#"Failure::Refused("this record of tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(api.call("msp_write", create(json!({ "hours": 1 }))), @"Done: time-entries 1 was made");
}

#[test]
fn after_a_refusal_of_the_api_nothing_is_sent_again() {
    for (status, headers) in [
        (401, vec![]),
        (429, vec![("retry-after", "2")]),
        (503, vec![("retry-after", "2")]),
        (422, vec![]),
        (302, vec![]),
    ] {
        let api = writable().status("POST /api/v1/tickets/9/notes", status, &headers, Value::Null);
        let text = api.call("msp_write", note(json!({ "body": "x" })));
        assert!(text.contains("Nothing was changed, and it was not sent again."), "{status}: {text}");
        assert_eq!(api.requests().lines().filter(|line| line.starts_with("POST")).count(), 1, "{status}");
        assert!(api.waited.borrow().is_empty(), "{status}");
    }
}
