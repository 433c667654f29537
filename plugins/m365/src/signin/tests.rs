//! Every rule with sign-ins that are and that are not, and every threshold from both sides.

use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

const W: &str = "2026-11-01T00:00:00Z";

fn at(minutes: i64) -> Timestamp {
    let window: Timestamp = W.parse().unwrap_or_default();
    window + SignedDuration::from_mins(minutes)
}

/// A success from Berlin, `minutes` after the beginning of the window.
fn signin(minutes: i64, changes: Value) -> SignIn {
    let mut row = json!({
        "createdDateTime": at(minutes).to_string(),
        "userPrincipalName": "ann@contoso.example",
        "ipAddress": "203.0.113.1",
        "clientAppUsed": "Browser",
        "appDisplayName": "OfficeHome",
        "userAgent": "Mozilla/5.0",
        "status": {"errorCode": 0},
        "location": {"city": "Berlin", "countryOrRegion": "DE", "geoCoordinates": {"latitude": 52.5, "longitude": 13.4}},
    });
    if let (Some(row), Value::Object(changes)) = (row.as_object_mut(), changes) {
        row.extend(changes);
    }
    serde_json::from_value(row).unwrap_or_else(|error| panic!("{error}"))
}

fn lagos() -> Value {
    json!({"city": "Lagos", "countryOrRegion": "NG", "geoCoordinates": {"latitude": 6.5, "longitude": 3.4}})
}

/// So many km east of a point on the equator, in a country.
fn on_the_equator(km: f64, country: &str) -> Value {
    json!({"countryOrRegion": country, "geoCoordinates": {"latitude": 0.0, "longitude": km / 111.194_926_6}})
}

fn around() -> Around {
    Around {
        home: vec!["DE".into()],
        trusted: vec![Network::parse("203.0.113.64/28").unwrap_or_else(|| panic!("no network"))],
        scanner: false,
    }
}

fn told(signs: &[Sign<'_>]) -> String {
    let told: Vec<String> = signs
        .iter()
        .map(|sign| format!("{} {} of {}", sign.finding.id, sign.finding.severity.word(), sign.of.len()))
        .collect();
    told.join(", ")
}

fn located(signins: &[SignIn]) -> String {
    told(&location::judge(signins, &around(), at(0)))
}

#[test]
fn a_country_is_new_unless_the_user_was_there_before() {
    assert_eq!(located(&[signin(5, json!({}))]), "");
    assert_eq!(
        located(&[signin(5, json!({"location": lagos()})), signin(6, json!({"location": lagos()}))]),
        "R1 high of 2"
    );
    assert_eq!(
        located(&[signin(-5, json!({"location": lagos()})), signin(5, json!({"location": lagos()}))]),
        "R2 low of 1"
    );
    // Who only tried there was not there.
    assert_eq!(
        located(&[
            signin(-5, json!({"location": lagos(), "status": {"errorCode": 50126}})),
            signin(5, json!({"location": lagos()}))
        ]),
        "R1 high of 1"
    );
    assert_eq!(located(&[signin(-1, json!({"location": lagos()}))]), "");
    assert_eq!(located(&[signin(0, json!({"location": lagos()}))]), "R1 high of 1");
}

#[test]
fn an_address_of_the_clients_own_is_at_home_wherever_it_seems_to_be() {
    assert_eq!(located(&[signin(5, json!({"location": lagos(), "ipAddress": "203.0.113.70"}))]), "");
    assert_eq!(located(&[signin(5, json!({"location": lagos(), "ipAddress": "203.0.113.80"}))]), "R1 high of 1");
}

#[test]
fn a_right_password_abroad_is_known_by_the_code() {
    let failed = |code: i64| located(&[signin(5, json!({"location": lagos(), "status": {"errorCode": code}}))]);
    for code in [50074, 50076, 50079, 50158, 53003, 50140, 65001] {
        assert_eq!(failed(code), "R3 medium of 1", "{code}");
    }
    for code in [50126, 50053, 50034, 1] {
        assert_eq!(failed(code), "", "{code}");
    }
    assert_eq!(located(&[signin(5, json!({"status": {"errorCode": 50074}}))]), "");
}

#[test]
fn no_country_is_not_taken_for_home() {
    assert_eq!(located(&[signin(5, json!({"location": null}))]), "R4 low of 1");
    assert_eq!(located(&[signin(5, json!({"location": {"countryOrRegion": ""}}))]), "R4 low of 1");
}

#[test]
fn legacy_clients_are_known_by_name() {
    let judged =
        |client: &str, around: &Around| told(&legacy::judge(&[signin(5, json!({"clientAppUsed": client}))], around));
    for client in [
        "IMAP4",
        "POP3",
        "Authenticated SMTP",
        "SMTP",
        "Exchange ActiveSync",
        "Exchange Web Services",
        "MAPI Over HTTP",
        "AutoDiscover",
        "Other clients",
        "Other clients; IMAP",
    ] {
        assert_eq!(judged(client, &around()), "R1 high of 1", "{client}");
    }
    for client in ["Browser", "Mobile Apps and Desktop clients", ""] {
        assert_eq!(judged(client, &around()), "", "{client}");
    }
    assert_eq!(judged("Authenticated SMTP", &Around { scanner: true, ..around() }), "R1 low of 1");
    assert_eq!(
        told(&legacy::judge(
            &[signin(5, json!({"clientAppUsed": "IMAP4", "status": {"errorCode": 50126}}))],
            &around()
        )),
        ""
    );
}

/// A success at each of two places on the equator, so many minutes apart.
fn travelled(km: f64, minutes: i64, countries: (&str, &str)) -> String {
    let pair = [
        signin(0, json!({"location": on_the_equator(0.0, countries.0)})),
        signin(minutes, json!({"location": on_the_equator(km, countries.1)})),
    ];
    told(&travel::judge(&pair, &around()))
}

#[test]
fn nobody_travels_faster_than_an_airliner() {
    // 600 km in 40 minutes are 900 km/h.
    assert_eq!(travelled(599.0, 40, ("DE", "NG")), "");
    assert_eq!(travelled(601.0, 40, ("DE", "NG")), "R1 high of 2");
    assert_eq!(travelled(499.0, 1, ("DE", "NG")), "");
    assert_eq!(travelled(501.0, 1, ("DE", "NG")), "R1 high of 2");
}

#[test]
fn travel_within_a_country_or_between_homes_is_less() {
    assert_eq!(travelled(5000.0, 1, ("DE", "DE")), "");
    let homes = Around { home: vec!["DE".into(), "US".into()], ..around() };
    let pair = [
        signin(0, json!({"location": on_the_equator(0.0, "DE")})),
        signin(1, json!({"location": on_the_equator(5000.0, "US")})),
    ];
    assert_eq!(told(&travel::judge(&pair, &homes)), "R1 medium of 2");
    let networks = [
        signin(0, json!({"location": on_the_equator(0.0, "DE"), "autonomousSystemNumber": 1})),
        signin(1, json!({"location": on_the_equator(5000.0, "DE"), "autonomousSystemNumber": 2})),
    ];
    assert_eq!(told(&travel::judge(&networks, &homes)), "R1 medium of 2");
}

#[test]
fn trusted_addresses_and_failures_do_not_travel() {
    let far = |changes: Value| {
        let mut changes = changes;
        changes["location"] = lagos();
        told(&travel::judge(&[signin(0, json!({})), signin(1, changes)], &around()))
    };
    assert_eq!(far(json!({})), "R1 high of 2");
    assert_eq!(far(json!({"ipAddress": "203.0.113.65"})), "");
    assert_eq!(far(json!({"status": {"errorCode": 50126}})), "");
}

#[test]
fn one_session_in_two_countries_is_critical() {
    let session = |id: &str, minutes, location: Value| signin(minutes, json!({"sessionId": id, "location": location}));
    let german = json!({"countryOrRegion": "DE"});
    assert_eq!(
        told(&travel::judge(
            &[session("a", 0, german.clone()), session("a", 900, json!({"countryOrRegion": "NG"}))],
            &around()
        )),
        "R2 critical of 2"
    );
    assert_eq!(
        told(&travel::judge(
            &[session("a", 0, german.clone()), session("b", 900, json!({"countryOrRegion": "NG"}))],
            &around()
        )),
        ""
    );
    assert_eq!(told(&travel::judge(&[session("a", 0, german.clone()), session("a", 900, german)], &around())), "");
}

/// `count` wrong passwords from `addresses` addresses, `minutes` apart.
fn guesses(count: i64, addresses: i64, minutes: i64) -> Vec<SignIn> {
    (0..count)
        .map(|number| {
            signin(
                number * minutes,
                json!({"ipAddress": format!("198.51.100.{}", number % addresses), "status": {"errorCode": 50126}}),
            )
        })
        .collect()
}

#[test]
fn guessing_is_ten_failures_from_three_addresses_in_a_day() {
    let judged = |count, addresses, minutes| told(&guessing::judge(&guesses(count, addresses, minutes)));
    assert_eq!(judged(10, 3, 1), "R1 medium of 10");
    assert_eq!(judged(9, 3, 1), "");
    assert_eq!(judged(10, 2, 1), "");
    // Nine pauses of 160 minutes are exactly a day.
    assert_eq!(judged(10, 3, 160), "R1 medium of 10");
    assert_eq!(judged(10, 3, 161), "");
}

#[test]
fn a_success_of_one_who_guessed_is_critical() {
    let with = |minutes, address: &str| {
        let mut signins = guesses(10, 3, 1);
        signins.push(signin(minutes, json!({"ipAddress": address})));
        told(&guessing::judge(&signins))
    };
    assert_eq!(with(30, "198.51.100.1"), "R1 medium of 10, R2 critical of 1");
    assert_eq!(with(30, "198.51.100.9"), "R1 medium of 10");
    assert_eq!(with(-30, "198.51.100.1"), "R1 medium of 10");
}

#[test]
fn only_wrong_passwords_are_guesses() {
    let other: Vec<SignIn> = (0..20)
        .map(|number| {
            signin(number, json!({"ipAddress": format!("198.51.100.{number}"), "status": {"errorCode": 50076}}))
        })
        .collect();
    assert_eq!(told(&guessing::judge(&other)), "");
    let locked: Vec<SignIn> = (0..10)
        .map(|number| {
            signin(number, json!({"ipAddress": format!("198.51.100.{number}"), "status": {"errorCode": 50053}}))
        })
        .collect();
    assert_eq!(told(&guessing::judge(&locked)), "R1 medium of 10");
}

#[test]
fn tools_are_known_by_what_they_call_themselves() {
    let judged = |agent: &str, code: i64| {
        told(&tools::judge(&[signin(5, json!({"userAgent": agent, "status": {"errorCode": code}}))]))
    };
    for agent in
        ["axios/1.7.2", "python-requests/2.32", "Go-http-client/2.0", "node-fetch", "AzureAD ROADtools", "AADInternals"]
    {
        assert_eq!(judged(agent, 0), "R1 critical of 1", "{agent}");
        assert_eq!(judged(agent, 50126), "", "{agent}");
    }
    assert_eq!(judged("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", 0), "");
}

#[test]
fn device_codes_are_high_where_they_worked() {
    let judged = |protocol: &str, code: i64| {
        told(&tools::judge(&[signin(5, json!({"authenticationProtocol": protocol, "status": {"errorCode": code}}))]))
    };
    assert_eq!(judged("deviceCode", 0), "R2 high of 1");
    assert_eq!((judged("none", 0).as_str(), judged("deviceCode", 50126).as_str()), ("", ""));
}

#[test]
fn a_relay_hands_the_session_on_within_ten_minutes() {
    let judged = |hosted: u32, app: &str, other: u32, minutes: i64| {
        let first = [signin(0, json!({"autonomousSystemNumber": hosted, "appDisplayName": app}))];
        let second = [signin(minutes, json!({"autonomousSystemNumber": other}))];
        told(&relay::judge(&first, &second))
    };
    assert_eq!(judged(14061, "OfficeHome", 3320, 10), "R3 critical of 2");
    assert_eq!(judged(14061, "Microsoft Office", 3320, 0), "R3 critical of 2");
    assert_eq!(judged(14061, "OfficeHome", 3320, 11), "");
    assert_eq!(judged(14061, "OfficeHome", 3320, -1), "");
    assert_eq!(judged(14061, "OfficeHome", 14061, 5), "");
    assert_eq!(judged(3320, "OfficeHome", 14061, 5), "");
    assert_eq!(judged(14061, "SharePoint", 3320, 5), "");
}

#[test]
fn a_sign_in_without_a_status_is_not_read() {
    assert_eq!(
        crate::rows::rows::<SignIn>(&[
            json!({"createdDateTime": W}),
            json!({"createdDateTime": W, "status": {"errorCode": "0"}})
        ])
        .unread,
        2
    );
}
