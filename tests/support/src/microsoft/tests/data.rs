//! What stands in the tenants is what Microsoft's own tables know.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::clock;
use crate::microsoft::graph::{ROUTES, needed};
use crate::microsoft::{Scenario, csdl, data};

/// The route that shows what lies at a path, and its type.
fn of(path: &str) -> Option<&'static str> {
    if path.contains("/messages/") {
        return Some("message");
    }
    match path {
        "security/auditLog/records" => return Some("auditLogRecord"),
        "groups" => return Some("group"),
        _ => {}
    }
    let given: Vec<&str> = path.split('/').collect();
    let fits = |route: &str| {
        let wanted: Vec<&str> = route.split('/').collect();
        wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(want, give)| want.starts_with('{') || want == give)
    };
    ROUTES.iter().find(|route| route.method == "GET" && fits(route.path)).map(|route| route.of())
}

#[test]
fn every_property_of_every_tenant_is_one_of_its_type() {
    let mut wrong = BTreeSet::new();
    for scenario in Scenario::ALL.into_iter().chain([Scenario::Fleet(0), Scenario::Fleet(1)]) {
        let tenant = data::tenant(scenario, OffsetDateTime::now_utc());
        for (path, list) in &tenant.graph {
            let kind = of(path).unwrap_or_else(|| panic!("no route shows {path}"));
            for value in list {
                wrong.extend(csdl::check(kind, value).into_iter().map(|why| format!("{path}: {why}")));
            }
        }
        for rule in tenant.rules.values().flatten() {
            wrong.extend(csdl::check("messageRule", &rule.graph(1)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_property_that_no_type_has_is_found() {
    if !csdl::has("user", "id") || csdl::has("user", "nonsense") {
        // The table is not at hand.
        return;
    }
    for (of, value, why) in [
        ("user", r#"{"displayname": "x"}"#, "user has no property `displayname`"),
        ("user", r#"{"accountEnabled": "yes"}"#, "user.accountEnabled: \"yes\" is no Edm.Boolean"),
        ("user", r#"{"createdDateTime": "yesterday"}"#, "is no Edm.DateTimeOffset"),
        ("signIn", r#"{"location": {"town": "x"}}"#, "signInLocation has no property `town`"),
        ("riskyUser", r#"{"riskLevel": "severe"}"#, "\"severe\" is none of riskLevel"),
        ("messageRule", r#"{"actions": {"forwardTo": 7}}"#, "7 is no list"),
    ] {
        let found = csdl::check(of, &serde_json::from_str(value).unwrap()).join("\n");
        assert!(found.contains(why), "{why:?} is not in {found:?}");
    }
}

#[test]
fn every_endpoint_has_a_row_of_the_permissions() {
    if needed("GET", "users").is_none() {
        return;
    }
    let without = ROUTES.iter().filter(|route| needed(route.method, route.path).is_none_or(<[_]>::is_empty));
    let without: Vec<&str> = without.map(|route| route.path).collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn the_same_day_makes_the_same_tenant() {
    let now = clock::parse("2026-11-22T18:00:00Z").unwrap();
    for scenario in Scenario::ALL {
        let (one, other) = (data::tenant(scenario, now), data::tenant(scenario, now));
        assert_eq!(one.graph, other.graph, "{}", scenario.name());
    }
}

#[test]
fn the_large_tenant_has_three_hundred_mailboxes() {
    let tenant = data::tenant(Scenario::Large, OffsetDateTime::now_utc());
    assert_eq!(tenant.exchange["Mailbox"].len(), 300);
    assert_eq!(tenant.rules.len(), 300);
}
