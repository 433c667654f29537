//! BC-20 and BC-21: what the mailbox sent.

use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

const TRACES: &str = "GET /v1.0/admin/exchange/tracing/messageTraces";

/// A message for each recipient, `minutes` after a full hour of the 20th.
fn sent(count: usize, minutes: impl Fn(usize) -> i64, recipient: impl Fn(usize) -> String, status: &str) -> Vec<Value> {
    let begin: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap_or_default();
    let one = |number: usize| {
        json!({
            "id": format!("t{number}"), "senderAddress": "ann@contoso.example", "recipientAddress": recipient(number), "subject": format!("s{number}"),
            "receivedDateTime": (begin + SignedDuration::from_mins(minutes(number))).to_string(), "status": status, "messageId": format!("m{number}"),
        })
    };
    (0..count).map(one).collect()
}

fn traced(traces: Vec<Value>) -> String {
    // Three slices of ten days are asked for; the newest has them.
    let wire = harmless().without(TRACES).answering(TRACES, 200, &[], json!({ "value": traces }).to_string());
    checked(wire.with_list(TRACES, json!([]))).found("BC-20")
}

fn colleague(_: usize) -> String {
    "bob@contoso.example".into()
}

#[test]
fn a_burst_is_more_than_thirty_in_an_hour() {
    assert_eq!(traced(sent(31, |_| 5, colleague, "delivered")), "R1 high");
    assert_eq!(traced(sent(30, |_| 5, colleague, "delivered")), "");
    assert_eq!(traced(sent(40, |number| if number < 20 { 59 } else { 60 }, colleague, "delivered")), "");
}

#[test]
fn a_burst_is_more_than_five_times_the_usual() {
    let usual = |per_day: usize, burst: usize| {
        let mut all = Vec::new();
        for day in 1..=3_i64 {
            all.extend(sent(per_day, |_| -1440 * day, colleague, "delivered").into_iter().enumerate().map(
                |(number, mut trace)| {
                    trace["messageId"] = json!(format!("d{day}-{number}"));
                    trace["id"] = trace["messageId"].clone();
                    trace
                },
            ));
        }
        all.extend(sent(burst, |_| 5, colleague, "delivered"));
        traced(all)
    };
    assert_eq!((usual(10, 50).as_str(), usual(10, 51).as_str()), ("", "R1 high"));
}

#[test]
fn very_many_recipients_outside_are_more_than_fifty() {
    let outside = |count: usize| {
        traced(
            (0..count)
                .map(|number| {
                    let mut one = sent(1, |_| 5, |_| format!("x{number}@fabrikam.example"), "delivered").remove(0);
                    one["id"] = json!(format!("o{number}"));
                    one["subject"] = json!(format!("s{}", number % 2));
                    one
                })
                .collect(),
        )
    };
    assert_eq!((outside(51).as_str(), outside(50).as_str()), ("R2 high", ""));
}

#[test]
fn one_subject_to_very_many_is_more_than_thirty() {
    let same = |count: usize, subjects: bool| {
        let traces: Vec<Value> = (0..count)
            .map(|number| {
                let mut one = sent(1, |_| 5, |_| format!("x{number}@contoso.example"), "delivered").remove(0);
                one["id"] = json!(format!("o{number}"));
                one["subject"] = json!("Invoice @everyone");
                one
            })
            .collect();
        let mut wire = harmless()
            .without(TRACES)
            .answering(TRACES, 200, &[], json!({ "value": traces }).to_string())
            .with_list(TRACES, json!([]));
        ran(
            &mut wire,
            json!({ "user": "ann@contoso.example", "include_subjects": subjects }),
            Memory::default(),
            Reach::default(),
        )
    };
    assert_eq!((same(31, false).found("BC-20").as_str(), same(30, false).found("BC-20").as_str()), ("R3 high", ""));
    assert!(!same(31, false).text.contains("Invoice") && same(31, true).text.contains("Invoice (at)everyone"));
}

#[test]
fn bounces_are_more_than_thirty_of_a_hundred_of_at_least_twenty() {
    let bounced = |all: usize, failed: usize| {
        let mut traces = sent(all, |number| i64::try_from(number).unwrap_or_default() * 60, colleague, "delivered");
        traces.iter_mut().take(failed).for_each(|trace| trace["status"] = json!("failed"));
        traced(traces)
    };
    assert_eq!((bounced(20, 7).as_str(), bounced(20, 6).as_str()), ("R4 medium", ""));
    assert_eq!(bounced(19, 19), "");
}

#[test]
fn a_blocked_sender_is_high() {
    assert_eq!(
        with_list(
            "Get-BlockedSenderAddress",
            json!([{ "SenderAddress": "ann@contoso.example", "Reason": "OutboundSpamLast24Hours" }])
        )
        .found("BC-21"),
        "R1 high"
    );
    assert_eq!(with_list("Get-BlockedSenderAddress", json!([])).found("BC-21"), "");
}

#[test]
fn traces_are_asked_for_in_slices_of_ten_days() {
    let asked = |days: i64| {
        let mut wire = harmless();
        let input = json!({ "user": "ann@contoso.example", "window_days": days });
        let ran = ran(&mut wire, input, Memory::default(), Reach::default());
        (wire.count(TRACES), ran.note("BC-20").to_owned())
    };
    assert_eq!((asked(10).0, asked(11).0), (1, 2));
    assert_eq!(asked(30), (3, String::new()));
    assert_eq!(asked(31), (3, "the last 30 days only".to_owned()));
}
