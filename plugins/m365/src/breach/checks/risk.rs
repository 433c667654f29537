//! BC-17: what Microsoft's Identity Protection thinks.

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::{Rows, moment};
use crate::rule::Rule;

const TITLE: &str = "Microsoft holds the account to be at risk";
const WHY: &str = "Its own signals say so; the detections say which.";
const HIGH: Rule = Rule::new("R1", Critical, TITLE, WHY);
const MIDDLE: Rule = Rule::new("R1", High, TITLE, WHY);
const LOW: Rule = Rule::new("R1", Medium, TITLE, WHY);
const FAINT: Rule = Rule::new("R1", Low, TITLE, WHY);
const DETECTED: Rule =
    Rule::new("R2", Info, "Detection of Identity Protection", "It is one of the signals behind the risk.");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RiskyUser {
    risk_state: String,
    risk_level: Option<String>,
    risk_detail: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    risk_last_updated_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detection {
    risk_event_type: Option<String>,
    risk_level: Option<String>,
    risk_state: Option<String>,
    ip_address: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    activity_date_time: Option<Timestamp>,
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let detections: Rows<Detection> = case.rows(Source::RiskDetections);
    let user = case
        .reply(Source::RiskyUser)
        .filter(|reply| !reply.body.is_null())
        .map(|reply| RiskyUser::deserialize(&reply.body));
    let unread = detections.unread + usize::from(matches!(user, Some(Err(_))));
    let mut findings: Vec<Finding> = user.and_then(Result::ok).iter().filter_map(at_risk).collect();
    findings.extend(detections.read.iter().filter(|detection| case.is_new(detection.activity_date_time)).map(detected));
    Judged::of(findings).unread(unread)
}

fn at_risk(user: &RiskyUser) -> Option<Finding> {
    let is_confirmed = user.risk_state.eq_ignore_ascii_case("confirmedCompromised");
    if !is_confirmed && !user.risk_state.eq_ignore_ascii_case("atRisk") {
        return None;
    }
    let rule = match user.risk_level.as_deref().unwrap_or_default() {
        "high" => &HIGH,
        "medium" => &MIDDLE,
        "low" => &LOW,
        _ => &FAINT,
    };
    let facts = json!({ "state": user.risk_state, "level": user.risk_level, "detail": user.risk_detail });
    Some(rule.found(facts).at(user.risk_last_updated_date_time))
}

fn detected(detection: &Detection) -> Finding {
    let facts = json!({
        "detection": detection.risk_event_type, "level": detection.risk_level, "state": detection.risk_state, "address": detection.ip_address,
    });
    DETECTED.found(facts).at(detection.activity_date_time)
}
