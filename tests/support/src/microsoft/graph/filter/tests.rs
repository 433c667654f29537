//! Operators at their edges, and lists.

use serde_json::json;

use super::parse;

#[test]
fn operators_hold_at_their_edges() {
    let entity = json!({
        "at": "2026-11-22T18:00:00Z", "count": 7, "on": true, "name": "O'Hara", "none": null,
        "status": {"errorCode": 0}, "tags": ["a", "b"], "targets": [{"id": "1"}, {"id": "2"}],
    });
    for (filter, fits) in [
        ("at ge 2026-11-22T18:00:00Z", true),
        ("at gt 2026-11-22T18:00:00Z", false),
        ("at le 2026-11-22T18:00:00Z", true),
        ("at lt 2026-11-22T18:00:00Z", false),
        ("at ge 2026-11-22T18:00:01Z", false),
        ("at le 2026-11-22T17:59:59Z", false),
        ("at ge 2026-11-22T19:00:00+01:00", true),
        ("count ge 7 and count le 7", true),
        ("count gt 7 or count lt 7", false),
        ("count ge 10", false),
        ("on eq true and not (on eq false)", true),
        ("name eq 'o''hara'", true),
        ("none eq null and missing eq null", true),
        ("none ge 1", false),
        ("status/errorCode eq 0", true),
        ("status/errorCode ne 0", false),
        ("name in ('x','O''Hara')", true),
        ("startswith(name,'O') and endswith(name,'ra') and contains(name,'Ha')", true),
        ("startswith(name,'Hara')", false),
        ("tags/any(t:t eq 'b')", true),
        ("tags/any(t:t eq 'c')", false),
        ("targets/any(t:t/id eq '2' and t/id ne '1')", true),
        ("targets/any(t:t/id eq '1') and targets/any(t:t/id eq '3')", false),
        ("on eq true or on eq true and on eq false", true),
    ] {
        assert_eq!(parse(filter).unwrap().fits(&entity), fits, "{filter}");
    }
}

#[test]
fn more_values_than_fifteen_are_refused() {
    let list = |count: usize| vec!["'x'"; count].join(",");
    assert!(parse(&format!("appId in ({})", list(15))).is_ok());
    assert!(parse(&format!("appId in ({})", list(16))).unwrap_err().contains("it takes 15"));
}
