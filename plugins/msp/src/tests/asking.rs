//! What can be asked, and what is shown.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::recorded::{FASTAPI, Recorded};

fn tickets(from: u64, count: u64) -> Vec<Value> {
    (from..from + count).map(|id| json!({ "id": id, "number": 1000 + id, "subject": format!("Ticket {id}"), "status": "open", "client_id": 7 })).collect()
}

#[test]
fn what_the_api_does_not_know_is_refused_with_what_it_knows() {
    let api = Recorded::fastapi();
    let search = |filters: Value| api.call("msp_search", json!({ "resource": "tickets", "filters": filters }));
    assert_snapshot!(search(json!({ "state": "open" })), @r#"Failure::Invalid("there is no filter state; there are: created_after, status, tag")"#);
    assert_snapshot!(search(json!({ "status": "opne" })), @r#"Failure::Invalid("status = \"opne\" does not fit; expected one of open, waiting, closed")"#);
    assert_snapshot!(search(json!({ "status": ["open", "closed"] })), @r#"Failure::Invalid("status takes one value")"#);
    assert_snapshot!(search(json!({ "limit": 5 })), @r#"Failure::Invalid("there is no filter limit; there are: created_after, status, tag")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "ticket" })), @r#"Failure::Invalid("there is no resource ticket; there are: clients, machines, notes, sessions, technicians, tickets, time-entries")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "text": "vpn" })), @r#"Failure::Invalid("tickets can't be searched by words; filter by: status, created_after, tag")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "since": "last week" })), @r#"Failure::Invalid("last week is not a date; expected such as 2026-11-29")"#);
    assert_snapshot!(api.call("msp_get", json!({ "resource": "tickets", "id": "../clients" })), @r#"Failure::Invalid("an id has a `/`, `\\` or `;` in it, or more than 200 bytes")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "machines", "filters": { "admin_password": "a" } })), @r#"Failure::Refused("admin_password is not shown, so that nothing can be filtered or sorted by it")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "export" })), @r#"Failure::Invalid("there is no resource export; there are: clients, machines, notes, sessions, technicians, tickets, time-entries")"#);
    assert_snapshot!(api.requests(), @"");
}

#[test]
fn all_pages_are_read_and_the_rest_is_said() {
    let page = |skip: u64, count: u64| json!({ "items": tickets(skip, count), "total": 143 });
    let api = Recorded::fastapi().answer("GET /api/v1/tickets?client_id=7&limit=3&skip=0", page(0, 3));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "Tickets", "limit": 3 })), @r#"
    Showing 3 of 143 tickets of Contoso Ltd
    [{"id":"0","number":"1000","subject":"Ticket 0","status":"open","client_id":"7"},{"id":"1","number":"1001","subject":"Ticket 1","status":"open","client_id":"7"},{"id":"2","number":"1002","subject":"Ticket 2","status":"open","client_id":"7"}]
    - to see more: a higher `limit` (up to 1000), or narrower filters
    (truncated)
    "#);
    // The server gives 50 at most, whatever is asked for.
    let api = Recorded::fastapi()
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=0", page(0, 50))
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=50", page(50, 50))
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=100", page(100, 43));
    let text = api.call("msp_search", json!({ "resource": "tickets", "limit": 1000 }));
    assert!(text.starts_with("All 143 tickets of Contoso Ltd that fit\n"), "{text}");
    assert!(text.contains("all fields of these 143 rows are in tickets.csv") && !text.contains("truncated"), "{text}");
    assert_eq!(api.files.borrow()[0].1.lines().count(), 144);
}

#[test]
fn a_page_that_comes_again_ends_the_reading() {
    let same = json!(tickets(0, 20));
    let api = Recorded::fastapi()
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=0", same.clone())
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=20", same);
    let text = api.call("msp_search", json!({ "resource": "tickets", "limit": 100 }));
    assert!(text.contains("Showing the first 20 tickets of Contoso Ltd; there are more"), "{text}");
    assert!(text.contains("the same page again"), "{text}");
}

#[test]
fn one_search_reads_no_more_than_the_connection_allows() {
    let api = Recorded::fastapi()
        .with("TOTAL_MAX", "40")
        .with("PAGE_MAX", "25")
        .answer(
            "GET /api/v1/sessions?limit=25&skip=0",
            json!((0..25).map(|id| json!({ "id": id, "client_id": 8 })).collect::<Vec<_>>()),
        )
        .answer(
            "GET /api/v1/sessions?limit=25&skip=25",
            json!((25..50).map(|id| json!({ "id": id, "client_id": 8 })).collect::<Vec<_>>()),
        );
    assert_snapshot!(api.call("msp_search", json!({ "resource": "sessions", "limit": 30 })), @r"
    Showing the first 0 sessions of Contoso Ltd; there are more
    []
    - reading ended at 40 rows, which is the most of one search
    - rows of other clients, or of none, were left out
    - nothing fits among the rows that were read; that is no proof that there is nothing
    - to see more: a higher `limit` (up to 40), or narrower filters
    (truncated)
    ");
}

#[test]
fn dates_go_to_the_api_where_it_takes_them_and_are_filtered_here_where_not() {
    let api = Recorded::fastapi().answer(
        "GET /api/v1/tickets?client_id=7&created_after=2026-11-01T00%3A00%3A00Z&limit=20&skip=0",
        json!({ "items": [
            { "id": 1, "client_id": 7, "created_at": "2026-11-02T08:00:00Z" }, { "id": 2, "client_id": 7, "created_at": "2026-11-29T08:00:00Z" },
        ], "total": 2 }),
    );
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "since": "2026-11-01", "until": "2026-11-15" })), @r#"
    All 1 tickets of Contoso Ltd that fit
    [{"id":"1","created_at":"2026-11-02T08:00:00Z","client_id":"7"}]
    - dates were filtered by the API with created_after
    - the API can't filter these dates; rows were filtered here by created_at
    "#);
}

#[test]
fn dates_are_about_the_field_that_is_named() {
    let row = |id: u64, date: &str| json!({ "id": id, "client_id": 7, "started_at": date, "created_at": "2020-01-01" });
    let rows = json!([row(1, "2026-11-02"), row(2, "2026-12-02"), { "id": 3, "client_id": 7 }]);
    let api = Recorded::fastapi().with("PER_SECOND", "4").answer("GET /api/v1/sessions?limit=20&skip=0", rows);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "sessions", "since": "2026-12-01", "date": "started_at" })), @r#"
    All 1 sessions of Contoso Ltd that fit
    [{"id":"2","created_at":"2020-01-01","started_at":"2026-12-02","client_id":"7"}]
    - the API can't filter these dates; rows were filtered here by started_at
    - 1 rows without a date were left out
    "#);
    assert_eq!(*api.waited.borrow(), [250]);
    let key = "GET /api/dcim/devices/?tenant_id=7&last_updated__lte=2026-12-01T23%3A59%3A59Z&limit=20&offset=0";
    let mut document: Value =
        serde_json::from_str(crate::preset::Preset::named("netbox").unwrap().document.unwrap()).unwrap();
    let parameters = document["paths"]["/api/dcim/devices/"]["get"]["parameters"].as_array_mut().unwrap();
    parameters.push(
        json!({ "name": "last_updated__lte", "in": "query", "schema": { "type": "string", "format": "date-time" } }),
    );
    let api = Recorded::preset("netbox")
        .with("OPENAPI", "/schema.json")
        .answer("GET /schema.json", document)
        .answer(key, json!([]));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "devices", "until": "2026-12-01", "date": "last_updated" })), @r"
    All 0 devices of Contoso Ltd that fit
    []
    - dates were filtered by the API with last_updated__lte
    ");
    let api = Recorded::preset("connectwise");
    assert_snapshot!(api.call("msp_search", json!({ "resource": "configurations", "until": "2026-12-01", "date": "warranty" })), @r#"Failure::Invalid("there is no field warranty; there are: company, contact, id, ipAddress, lastLoginName, modelNumber, name, osInfo, osType, serialNumber, site, status, tagNumber, type, warrantyExpirationDate")"#);
    let key = "GET /company/configurations?conditions=company%2Fid%3D7%20and%20warrantyExpirationDate%3C%3D%5B2026-12-31T23%3A59%3A59Z%5D&pageSize=20&page=1";
    let api = api.answer(key, json!([]));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "configurations", "until": "2026-12-31", "date": "warrantyExpirationDate" })), @r"
    All 0 configurations of Contoso Ltd that fit
    []
    - dates were filtered by the API with warrantyExpirationDate
    ");
}

#[test]
fn hours_are_added_up_and_passwords_taken_out() {
    let api = Recorded::fastapi().answer(
        "GET /api/v1/sessions?limit=20&skip=0",
        json!([
            { "id": 1, "client_id": 7, "hours": 1.5, "billable": true, "technician": "Ann" },
            { "id": 2, "client_id": 7, "hours": "2.25", "billable": false, "technician": "Bob" },
        ]),
    );
    assert_snapshot!(api.call("msp_search", json!({ "resource": "sessions", "sort": "-hours" })), @r#"
    All 2 sessions of Contoso Ltd that fit
    [{"id":"2","technician":"Bob","hours":"2.25","billable":"false","client_id":"7"},{"id":"1","technician":"Ann","hours":"1.5","billable":"true","client_id":"7"}]
    - sorted here by -hours, among the rows that were read
    - sums over these 2 rows: hours 3.75 (billable 1.5, not billable 2.25)
    "#);
    let api = Recorded::fastapi().answer(
        "GET /api/v1/clients/7/machines?limit=20&skip=0",
        json!([{ "id": 1, "name": "SRV", "admin_password": "hunter2" }]),
    );
    assert_snapshot!(api.call("msp_search", json!({ "resource": "machines" })), @r#"
    All 1 machines of Contoso Ltd that fit
    [{"id":"1","name":"SRV","admin_password":"[redacted]"}]
    - 1 values were taken out because of the names of their fields
    "#);
}

#[test]
fn a_record_comes_with_what_is_below_it_and_its_link() {
    let api = Recorded::fastapi()
        .with("LINKS", "tickets=https://portal.example/t/{id}")
        .answer("GET /api/v1/tickets/9", json!({ "id": 9, "client_id": 7, "subject": "VPN\u{202e} down" }))
        .answer("GET /api/v1/tickets/9/notes?limit=50&skip=0", json!([{ "id": 1, "body": "called", "token": "abc" }]));
    assert_snapshot!(api.call("msp_get", json!({ "resource": "tickets", "id": 9, "include": ["notes"] })), @r#"
    {
      "client_id": 7,
      "id": 9,
      "notes": [
        {
          "body": "called",
          "id": 1,
          "token": "[redacted]"
        }
      ],
      "subject": "VPN\u{202e} down"
    }
    - 1 values were taken out because of the names of their fields
    - link: https://portal.example/t/9
    "#);
    assert_snapshot!(api.call("msp_get", json!({ "resource": "tickets", "id": 9, "include": ["comments"] })), @r#"Failure::Invalid("there is no collection below this record comments; there are: notes")"#);
}

#[test]
fn what_there_is_is_listed_and_described() {
    let api = Recorded::fastapi();
    assert_snapshot!(api.call("msp_resources", json!({})), @r"
    clients: List Clients; filters: created_after
    machines: List Machines
    notes: List Notes
    sessions: List Sessions
    technicians: List Technicians
    tickets: List Tickets; filters: status, created_after, tag
    time-entries: List Time
    7 of 7 resources. This connection is read-only.
    ");
    assert_snapshot!(api.call("msp_describe", json!({ "resource": "tickets" })), @r"
    tickets: List Tickets
    Filters:
      status string: open, waiting, closed
      created_after string (date-time)
      tag list of string
    Fields:
      client_id integer
      created_at string (date-time)
      id integer
      number integer
      parent anything
      status string: open, waiting, closed
      subject string
    ");
    assert_snapshot!(Recorded::fastapi().with("MODE", "confirm_writes").call("msp_describe", json!({ "resource": "notes" })), @r"
    notes: List Notes
    Filters:
    Fields:
      body string
      id integer
      internal boolean
      ticket_id integer
    Changes (msp_write):
      create_note (POST /api/v1/tickets/{ticket_id}/notes): Create Note; body: body, internal; needs body
    ");
}

#[test]
fn logins_and_what_keeps_secrets_are_not_offered() {
    let mut document: Value = serde_json::from_str(FASTAPI).unwrap();
    let list = document["paths"]["/api/v1/clients"].clone();
    for path in
        ["/api/v1/credentials", "/api/v1/clients/{client_id}/passwords", "/api/v1/auth/sessions", "/api/v1/api-keys"]
    {
        document["paths"][path] = list.clone();
    }
    let names = |allow: &str| {
        let api = Recorded::of(&[("OPENAPI", "/o.json"), ("ALLOW", allow)]).answer("GET /o.json", document.clone());
        api.call("msp_search", json!({ "resource": "credentials" }))
    };
    assert_snapshot!(names(""), @r#"Failure::Invalid("there is no resource credentials; there are: clients, machines, notes, sessions, technicians, tickets, time-entries")"#);
    assert!(names("/api/v1/credentials").contains("client.none"));
}

#[test]
fn a_document_can_be_a_file_and_where_there_is_none_that_is_said() {
    let api = Recorded::of(&[("OPENAPI", "file:/repo/api.json")]);
    assert!(api.call("msp_resources", json!({ "text": "note" })).starts_with("notes: List Notes"));
    let api = Recorded::of(&[("OPENAPI", "/openapi.json file:/repo/none.json")]).status(
        "GET /openapi.json",
        404,
        &[],
        json!({ "detail": "Not Found" }),
    );
    assert_snapshot!(api.call("msp_resources", json!({})), @r#"Failure::Unavailable("the API's description (OpenAPI 3, Swagger 2, as JSON) was not found; the variable OPENAPI says where it is. Tried /openapi.json: the API has no such record (404). It says: Not Found; file:/repo/none.json: /repo/none.json does not exist")"#);
}

#[test]
fn a_wide_table_is_cut_to_what_can_be_read_and_the_file_has_it_all() {
    let rows: Vec<Value> = (0..50).map(|id| json!({ "id": id, "client_id": 7, "subject": "=cmd|' /C calc'!A0", "notes": "x".repeat(3_000), "status": "-5" })).collect();
    let api = Recorded::fastapi()
        .answer("GET /api/v1/tickets?client_id=7&limit=50&skip=0", json!({ "items": rows, "total": 50 }));
    let text = api.call("msp_search", json!({ "resource": "tickets", "limit": 50 }));
    assert!(text.len() < 34 << 10, "{}", text.len());
    let files = api.files.borrow();
    let line = files[0].1.lines().nth(1).unwrap();
    assert!(
        files[0].1.starts_with('\u{feff}')
            && line.contains(",\"'=cmd|' /C calc'!A0\",")
            && line.contains(",\"-5\",")
            && line.len() > 3_000,
        "{line}"
    );
}
