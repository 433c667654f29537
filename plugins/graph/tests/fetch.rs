//! How a tenant is asked: pages, patience, errors, limits.

use claudetools_graph::{Ask, Class, Counts, Exchange, Gap, Outcome, Places, Recorded, Tenant, Wire};
use claudetools_kit::http::Trouble;
use serde_json::json;

const NOW: &str = "2026-11-22T18:00:00Z";

fn ask(wire: &mut Recorded, ask: Ask) -> (Outcome, Counts) {
    let mut tenant = Tenant::new(wire, Places::default(), "T");
    (tenant.ask(ask), tenant.counts())
}

fn gap(outcome: Outcome) -> Gap {
    outcome.err().unwrap_or_else(|| Gap::new(Class::NotFound, "it is an answer"))
}

fn page(ids: &[&str], next: Option<&str>) -> String {
    let items: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
    let mut page = json!({"value": items});
    if let Some(next) = next {
        page["@odata.nextLink"] = json!(format!("https://graph.microsoft.com/v1.0/users?$skiptoken={next}"));
    }
    page.to_string()
}

fn three_pages() -> Recorded {
    Recorded::at(NOW)
        .answering("GET /v1.0/users?$top", 200, &[], page(&["1", "2"], Some("b")))
        .answering("GET /v1.0/users?$skiptoken=b", 200, &[], page(&["2", "3"], Some("c")))
        .answering("GET /v1.0/users?$skiptoken=c", 200, &[], page(&["4"], None))
}

#[test]
fn pages_are_followed_and_what_comes_twice_counts_once() {
    let mut wire = three_pages();
    let (outcome, counts) = ask(&mut wire, Ask::list("/v1.0/users?$top=2"));
    let reply = outcome.unwrap();
    assert_eq!(reply.items, [json!({"id": "1"}), json!({"id": "2"}), json!({"id": "3"}), json!({"id": "4"})]);
    assert!(!reply.truncated);
    assert_eq!(counts, Counts { graph: 3, ..Counts::default() });
}

#[test]
fn a_list_is_cut_at_its_limit_and_says_so() {
    let (outcome, counts) = ask(&mut three_pages(), Ask::list("/v1.0/users?$top=2").most(3));
    let reply = outcome.unwrap();
    assert_eq!((reply.items.len(), reply.truncated, counts.graph), (3, true, 2));
    let (outcome, _) = ask(&mut three_pages(), Ask::list("/v1.0/users?$top=2").most(4));
    assert!(!outcome.unwrap().truncated);
}

#[test]
fn only_the_fields_that_are_wanted_are_kept() {
    let items = json!([{"id": "1", "large": [1, 2, 3], "name": "a"}, {"id": "2"}]);
    let mut wire = Recorded::at(NOW).with_list("GET /v1.0/users", items);
    let (outcome, _) = ask(&mut wire, Ask::list("/v1.0/users").keeping(&["id", "name"]));
    let reply = outcome.unwrap();
    assert_eq!(reply.items, [json!({"id": "1", "name": "a"}), json!({"id": "2"})]);
    assert!(reply.body.is_null());
}

#[test]
fn a_list_that_goes_in_circles_ends() {
    let mut wire = Recorded::at(NOW).answering("GET /v1.0/users", 200, &[], page(&["1"], Some("a")));
    let (outcome, counts) = ask(&mut wire, Ask::list("/v1.0/users"));
    assert!(outcome.unwrap().truncated);
    assert_eq!(counts.graph, 2);
}

#[test]
fn a_link_to_somewhere_else_is_not_followed() {
    let body = json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/users"}).to_string();
    let mut wire = Recorded::at(NOW).answering("GET /v1.0/users", 200, &[], body);
    let (outcome, _) = ask(&mut wire, Ask::list("/v1.0/users"));
    assert_eq!(gap(outcome).class, Class::Malformed);
    assert_eq!(wire.asked.len(), 1);
}

#[test]
fn throttling_is_waited_for_as_long_as_the_service_says() {
    let mut wire = Recorded::at(NOW)
        .answering("GET /v1.0/users", 429, &[("retry-after", "7")], "")
        .answering("GET /v1.0/users", 503, &[], "")
        .answering("GET /v1.0/users", 200, &[], page(&["1"], None));
    let (outcome, counts) = ask(&mut wire, Ask::list("/v1.0/users"));
    assert_eq!(outcome.unwrap().items.len(), 1);
    assert_eq!((counts.graph, counts.throttled), (3, 2));
    // Seven seconds as said, then two of the second try.
    assert_eq!(wire.now().to_string(), "2026-11-22T18:00:09Z");
}

#[test]
fn after_five_tries_it_is_unavailable() {
    let mut wire = Recorded::at(NOW).answering("GET /v1.0/users", 429, &[], "");
    let (outcome, counts) = ask(&mut wire, Ask::list("/v1.0/users"));
    insta::assert_snapshot!(gap(outcome).detail, @"429 the service asks for patience");
    assert_eq!((counts.graph, counts.throttled), (5, 5));
}

#[test]
fn nobody_waits_longer_than_a_check_may_take() {
    let mut wire = Recorded::at(NOW).answering("GET /v1.0/users", 429, &[("retry-after", "61")], "");
    let (outcome, counts) = ask(&mut wire, Ask::list("/v1.0/users"));
    assert_eq!((gap(outcome).class, counts.graph), (Class::Unavailable, 1));
    let mut wire = Recorded::at(NOW)
        .answering("GET /v1.0/users", 429, &[("retry-after", "60")], "")
        .with_list("GET /v1.0/users", json!([]));
    assert!(ask(&mut wire, Ask::list("/v1.0/users")).0.is_ok());
}

#[test]
fn pages_that_were_read_are_kept_where_the_next_does_not_come() {
    let mut wire =
        three_pages().without("GET /v1.0/users?$skiptoken=c").answering("GET /v1.0/users?$skiptoken=c", 500, &[], "");
    let reply = ask(&mut wire, Ask::list("/v1.0/users?$top=2")).0.unwrap();
    assert_eq!((reply.items.len(), reply.truncated), (3, true));
}

#[test]
fn a_broken_connection_is_tried_once_more_and_a_refusal_is_not() {
    let mut wire =
        Recorded::at(NOW).playing("GET /v1.0/users", Err(Trouble::Broken)).with_list("GET /v1.0/users", json!([]));
    assert!(ask(&mut wire, Ask::list("/v1.0/users")).0.is_ok());
    let mut wire = Recorded::at(NOW).playing("GET /v1.0/users", Err(Trouble::TimedOut));
    assert_eq!(gap(ask(&mut wire, Ask::list("/v1.0/users")).0).class, Class::Unavailable);
    assert_eq!(wire.asked.len(), 2);
    let mut wire = Recorded::at(NOW).playing("GET /v1.0/users", Err(Trouble::Refused));
    assert_eq!(gap(ask(&mut wire, Ask::list("/v1.0/users")).0).class, Class::NotPermitted);
    assert_eq!(wire.asked.len(), 1);
}

#[test]
fn what_changes_something_is_sent_once() {
    let mut wire = Recorded::at(NOW).playing("PATCH /v1.0/users/1", Err(Trouble::Broken));
    assert!(ask(&mut wire, Ask::send("PATCH", "/v1.0/users/1", Some(json!({})))).0.is_err());
    let mut throttled = Recorded::at(NOW).answering("PATCH /v1.0/users/1", 429, &[], "");
    assert!(ask(&mut throttled, Ask::send("PATCH", "/v1.0/users/1", Some(json!({})))).0.is_err());
    assert_eq!((wire.asked.len(), throttled.asked.len()), (1, 1));
}

#[test]
fn answers_that_are_cut_or_of_another_shape_are_malformed() {
    for body in ["{\"value\": [{\"id\"", "[]", "{\"value\": 5}", "{\"value\": [1]}", "{}", "null", ""] {
        let mut wire = Recorded::at(NOW).answering("GET /v1.0/users", 200, &[], body);
        assert_eq!(gap(ask(&mut wire, Ask::list("/v1.0/users")).0).class, Class::Malformed, "{body}");
    }
}

#[test]
fn four_are_asked_at_once_and_each_outcome_is_told_as_it_comes() {
    let mut wire = Recorded::at(NOW).with_list("GET /v1.0/users", json!([])).with_list("Get-Mailbox", json!([{}]));
    let mut asks: Vec<Ask> = (0..9).map(|number| Ask::list(format!("/v1.0/users?n={number}"))).collect();
    asks.push(Exchange::default().about_organization("Get-Mailbox", json!({})));
    let mut told = Vec::new();
    let mut tenant = Tenant::new(&mut wire, Places::default(), "T");
    let outcomes = tenant.fetch(asks, &mut |index, _| told.push(index));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
    assert_eq!(tenant.counts(), Counts { graph: 9, exo: 1, ..Counts::default() });
    assert_eq!(told, (0..10).collect::<Vec<_>>());
    assert_eq!(wire.most_at_once, 4);
}

#[test]
fn one_that_is_throttled_does_not_hold_up_the_others() {
    let mut wire = Recorded::at(NOW)
        .answering("GET /v1.0/a", 429, &[("retry-after", "5")], "")
        .with("GET /v1.0/a", json!({"a": 1}))
        .with("GET /v1.0/b", json!({"b": 1}));
    let mut told = Vec::new();
    let mut tenant = Tenant::new(&mut wire, Places::default(), "T");
    tenant.fetch(vec![Ask::one("/v1.0/a"), Ask::one("/v1.0/b")], &mut |index, _| told.push(index));
    assert_eq!(told, [1, 0]);
}

#[test]
fn dns_and_headers_are_asked_as_they_should() {
    let mut wire = Recorded::at(NOW).with("GET /", json!({"Status": 0}));
    ask(&mut wire, Ask::dns("_dmarc.contoso.example", "TXT")).0.unwrap();
    ask(&mut wire, Ask::one("/v1.0/users?$count=true").eventual()).0.unwrap();
    assert_eq!(wire.asked[0].url, "https://dns.google/resolve?name=_dmarc.contoso.example&type=TXT");
    assert_eq!(wire.asked[1].headers, [("consistencylevel".to_owned(), "eventual".to_owned())]);
}
