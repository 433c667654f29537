//! The presets, with answers of the shape that each API gives.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::recorded::Recorded;

#[test]
fn every_preset_has_resources_that_can_be_scoped() {
    for name in ["syncro", "halopsa", "connectwise", "autotask", "netbox"] {
        let text = Recorded::preset(name).call("msp_resources", json!({}));
        assert!(text.lines().count() > 6, "{name}: {text}");
        assert!(Recorded::preset(name).call("msp_describe", json!({ "resource": "nothing" })).contains("there are:"));
    }
}

#[test]
fn syncro_pages_by_its_meta_and_wraps_records() {
    let page = |page: u64, ids: &[u64]| {
        let rows: Vec<Value> =
            ids.iter().map(|id| json!({ "id": id, "number": 100 + id, "subject": "s", "customer_id": 7 })).collect();
        json!({ "tickets": rows, "meta": { "total_pages": 2, "total_entries": 3, "per_page": 2, "page": page } })
    };
    let api = Recorded::preset("syncro")
        .answer("GET /tickets?customer_id=7&query=vpn&page=1", page(1, &[1, 2]))
        .answer("GET /tickets?customer_id=7&query=vpn&page=2", page(2, &[3]))
        .answer("GET /tickets/3", json!({ "ticket": { "id": 3, "customer_id": 7, "subject": "s" } }));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "text": "vpn", "fields": ["number", "subject"] })), @r#"
    All 3 tickets of Contoso Ltd that fit
    [{"number":"101","subject":"s"},{"number":"102","subject":"s"},{"number":"103","subject":"s"}]
    - fields that are not shown (name them in `fields`): id, customer_id
    "#);
    assert_eq!(*api.waited.borrow(), [350]);
    assert!(api.call("msp_get", json!({ "resource": "tickets", "id": 3 })).contains(r#""subject": "s""#));
}

#[test]
fn halopsa_is_asked_for_pages_and_takes_lists() {
    let api = Recorded::preset("halopsa")
        .with("MODE", "confirm_writes")
        .answer(
            "GET /Tickets?pageinate=true&client_id=7&open_only=true&page_size=20&page_no=1",
            json!({ "record_count": 1, "tickets": [{ "id": 9, "summary": "VPN", "client_id": 7 }] }),
        )
        .answer("GET /Tickets/9", json!({ "id": 9, "client_id": 7 }))
        .answer("GET /Tickets/8", json!({ "id": 8, "client_id": 8 }))
        .answer("POST /Actions", json!({ "id": 1, "ticket_id": 9 }));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "filters": { "open_only": true } })), @r#"
    All 1 Tickets of Contoso Ltd that fit
    [{"id":"9","summary":"VPN","client_id":"7"}]
    "#);
    let note = |ticket: u64| json!({ "operation_id": "save_actions", "body": { "ticket_id": ticket, "note": "x", "hiddenfromuser": true } });
    assert_snapshot!(api.call("msp_write", note(8)), @r#"Failure::Refused("this record of Tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(api.call("msp_write", json!({ "operation_id": "save_tickets", "body": { "id": 8, "summary": "x" } })), @r#"Failure::Refused("this record of Tickets is not one of Contoso Ltd, or does not say whose it is")"#);
    assert_snapshot!(api.call("msp_write", note(9)), @"Done: Actions 1 was made");
    assert_snapshot!(api.requests(), @r#"
    GET /Tickets?pageinate=true&client_id=7&open_only=true&page_size=20&page_no=1
    GET /Tickets/8
    GET /Tickets/8
    GET /Tickets/9
    POST /Actions [{"hiddenfromuser":true,"note":"x","ticket_id":9}]
    "#);
}

#[test]
fn connectwise_gets_conditions_and_links_to_pages() {
    let base = "/service/tickets?conditions=company%2Fid%3D7%20and%20status%2Fname%3D%22New%22%20and%20dateEntered%3E%3D%5B2026-11-01T00%3A00%3A00Z%5D&orderBy=id%20desc&pageSize=2&page=";
    let row = |id: u64| json!({ "id": id, "summary": "s", "company": { "id": 7, "name": "Contoso" } });
    let link = format!("<https://msp.example{base}2>; rel=\"next\", <https://msp.example{base}2>; rel=\"last\"");
    let api = Recorded::preset("connectwise")
        .status(&format!("GET {base}1"), 200, &[("link", &link)], json!([row(1)]))
        .answer(&format!("GET {base}2"), json!([row(2)]));
    let search = |status: &str| json!({ "resource": "tickets", "filters": { "status/name": status }, "since": "2026-11-01", "sort": "-id", "limit": 2 });
    assert_snapshot!(api.call("msp_search", search("New\" or company/id=8 or summary=\"")), @r#"Failure::Invalid("the value of status/name has a quote, a backslash or a bracket in it, which can't be searched for")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "tickets", "filters": { "status/name\" or id>0": 1 } })), @r#"Failure::Invalid("there is no filter status/name\" or id>0; there are: actualHours, board, closedDate, closedFlag, company, contact, contactName, dateEntered, id, owner, priority, recordType, requiredDate, site, status, summary, type")"#);
    assert_snapshot!(api.call("msp_search", search("New")), @r#"
    All 2 tickets of Contoso Ltd that fit
    [{"id":"1","summary":"s","company":"Contoso"},{"id":"2","summary":"s","company":"Contoso"}]
    - dates were filtered by the API with dateEntered
    "#);
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    let page = "GET /service/tickets?conditions=company%2Fid%3D7&pageSize=20&page=1";
    let next = "GET /service/tickets?conditions=company%2Fid%3D7&pageSize=20&page=2";
    let row = |id: u64| json!([{ "id": id, "company": { "id": 7 } }]);
    for url in [
        "https://evil.example/service/tickets?page=2",
        "https://msp.example.evil.example/service/tickets?page=2",
        "//evil.example/service/tickets?page=2",
        "https://msp.example/service/ticketsAndMore?page=2",
        "https://msp.example/service/tickets/../../credentials?page=2",
        "https://msp.example/system/credentials",
        "",
    ] {
        let link = format!("<{url}>; rel=\"next\"");
        // It is counted on instead.
        let api = Recorded::preset("connectwise").status(page, 200, &[("link", &link)], row(1)).answer(next, json!([]));
        api.call("msp_search", json!({ "resource": "tickets" }));
        assert_eq!(api.requests(), format!("{page}\n{next}"), "{url}");
    }
}

#[test]
fn autotask_gets_a_filter_and_is_followed_to_its_next_page() {
    let row = |id: u64, company: u64| json!({ "id": id, "title": "VPN", "companyID": company });
    let search = "%7B%22MaxRecords%22%3A20%2C%22filter%22%3A%5B%7B%22field%22%3A%22companyID%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A7%7D%2C%7B%22field%22%3A%22title%22%2C%22op%22%3A%22contains%22%2C%22value%22%3A%22VPN%20%5C%22x%22%7D%5D%7D";
    let next = "https://msp.example/V1.0/Tickets/query/next?paging=abc";
    let api = Recorded::preset("autotask")
        .answer(
            &format!("GET /V1.0/Tickets/query?search={search}"),
            json!({ "items": [row(1, 7), row(2, 8)], "pageDetails": { "count": 2, "nextPageUrl": next } }),
        )
        .answer(
            "GET /V1.0/Tickets/query/next?paging=abc",
            json!({ "items": [row(3, 7)], "pageDetails": { "nextPageUrl": "https://msp.example/v1.0/tickets/query/next?paging=def" } }),
        )
        .answer(
            "GET /V1.0/Tickets/query/next?paging=def",
            json!({ "items": [row(4, 7)], "pageDetails": { "count": 1, "nextPageUrl": null } }),
        )
        .answer("GET /V1.0/Tickets/3", json!({ "item": row(3, 7) }));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "Tickets", "text": "VPN \"x" })), @r#"
    All 3 Tickets of Contoso Ltd that fit
    [{"id":"1","title":"VPN","companyID":"7"},{"id":"3","title":"VPN","companyID":"7"},{"id":"4","title":"VPN","companyID":"7"}]
    - rows of other clients, or of none, were left out
    "#);
    assert!(api.call("msp_get", json!({ "resource": "tickets", "id": 3 })).contains("VPN"));
    let elsewhere = "https://evil.example/V1.0/Tickets/query/next?paging=abc";
    let api = Recorded::preset("autotask")
        .otherwise(json!({ "items": [row(1, 7)], "pageDetails": { "nextPageUrl": elsewhere } }));
    assert!(api.call("msp_search", json!({ "resource": "Tickets" })).contains("names another host"));
    assert_eq!(api.sent.borrow().len(), 1);
}

#[test]
fn netbox_names_its_next_page_and_nests_its_tenant() {
    let row = |id: u64, tenant: u64| json!({ "id": id, "name": format!("srv-{id}"), "tenant": { "id": tenant, "display": "Contoso" }, "status": { "value": "active", "label": "Active" }, "primary_ip": { "id": 1, "display": "10.0.0.1/24" } });
    let first = "GET /api/dcim/devices/?tenant_id=7&limit=20&offset=0";
    let api = Recorded::preset("netbox")
        // Behind a proxy NetBox gives addresses of its own, which are not followed.
        .answer(first, json!({ "count": 2, "next": "http://netbox:8001/api/dcim/devices/?limit=1&offset=1&tenant_id=7", "results": [row(1, 7)] }))
        .answer("GET /api/dcim/devices/?tenant_id=7&limit=20&offset=1", json!({ "count": 2, "next": null, "results": [row(2, 8)] }))
        .answer("GET /api/dcim/devices/2/", row(2, 8));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "devices" })), @r#"
    All 1 devices of Contoso Ltd that fit
    [{"id":"1","name":"srv-1","status":"Active","tenant":"Contoso","primary_ip":"10.0.0.1/24"}]
    - rows of other clients, or of none, were left out
    "#);
    assert_snapshot!(api.call("msp_get", json!({ "resource": "devices", "id": 2 })), @r#"Failure::Refused("this record of devices is not one of Contoso Ltd, or does not say whose it is")"#);
}

#[test]
fn swagger_2_says_the_same_in_its_own_way() {
    let document = json!({ "swagger": "2.0", "host": "evil.example", "basePath": "/elsewhere", "paths": { "/assets": {
        "get": { "operationId": "assets", "parameters": [{ "name": "client_id", "in": "query", "type": "integer" }, { "name": "kind", "in": "query", "type": "string", "enum": ["pc", "server"] }],
            "responses": { "200": { "schema": { "type": "array", "items": { "$ref": "#/definitions/Asset" } } } } },
        "post": { "operationId": "add", "parameters": [{ "name": "body", "in": "body", "schema": { "$ref": "#/definitions/Asset" } }], "responses": {} },
    } }, "definitions": { "Asset": { "type": "object", "required": ["name"], "properties": { "id": { "type": "integer" }, "name": { "type": "string" }, "client_id": { "type": "integer" } } } } });
    let api = Recorded::of(&[("OPENAPI", "/swagger.json"), ("CLIENTS", "contoso=7"), ("MODE", "confirm_writes")])
        .thread("contoso")
        .answer("GET /swagger.json", document)
        .answer("GET /assets?client_id=7&kind=pc", json!([{ "id": 1, "name": "a", "client_id": 7 }]));
    assert_snapshot!(api.call("msp_search", json!({ "resource": "assets", "filters": { "kind": "laptop" } })), @r#"Failure::Invalid("kind = \"laptop\" does not fit; expected one of pc, server")"#);
    assert_snapshot!(api.call("msp_search", json!({ "resource": "assets", "filters": { "kind": "pc" } })), @r#"
    All 1 assets of Contoso Ltd that fit
    [{"id":"1","name":"a","client_id":"7"}]
    "#);
    assert_snapshot!(api.call("msp_write", json!({ "operation_id": "add", "body": {} })), @r#"Failure::Invalid("the body lacks: name")"#);
}
