//! BC-13: nobody is in two places at once.

use std::collections::BTreeMap;

use claudetools_graph::envelope::Confidence;
use claudetools_graph::envelope::Severity::{Critical, High, Medium};
use serde_json::json;

use super::{Around, Sign, SignIn};
use crate::rule::Rule;

const IMPOSSIBLE: Rule =
    Rule::new("R1", High, "Impossible travel", "Two successes are further apart than an airliner flies in between.")
        .mitre(&["T1078.004"])
        .sure(Confidence::Medium);
const IMPOSSIBLE_AT_HOME: Rule = Rule::new(
    "R1",
    Medium,
    "Impossible travel between home countries",
    "Two successes are further apart than an airliner flies in between; both countries are home.",
)
.mitre(&["T1078.004"])
.sure(Confidence::Low);
const SESSION: Rule =
    Rule::new("R2", Critical, "One session in two countries", "A token was stolen and is used from elsewhere.")
        .mitre(&["T1539", "T1550.004"]);

/// Faster than an airliner, in km/h.
const SPEED: f64 = 900.0;
/// Nearer places may be one place that is located badly, in km.
const NEAR: f64 = 500.0;
/// The earth's mean radius in km.
const RADIUS: f64 = 6371.0;

/// Successes one after the other that are too far apart. Those from the client's own addresses do not count: a network
/// of its own may leave into the internet anywhere.
pub fn judge<'a>(signins: &'a [SignIn], around: &Around) -> Vec<Sign<'a>> {
    let mut successes: Vec<&SignIn> =
        signins.iter().filter(|signin| signin.succeeded() && !around.trusts(signin)).collect();
    successes.sort_by_key(|signin| signin.created_date_time);
    let located: Vec<&SignIn> = successes.iter().copied().filter(|signin| signin.coordinates().is_some()).collect();
    let pairs = located.windows(2).filter_map(|pair| jump(pair.first()?, pair.last()?, around));
    pairs.chain(sessions(&successes)).collect()
}

fn jump<'a>(first: &'a SignIn, second: &'a SignIn, around: &Around) -> Option<Sign<'a>> {
    let distance = apart(first.coordinates()?, second.coordinates()?);
    let hours = second.created_date_time.duration_since(first.created_date_time).as_secs_f64() / 3600.0;
    let networks = (first.autonomous_system_number, second.autonomous_system_number);
    let elsewhere = first.country() != second.country() || matches!(networks, (Some(one), Some(other)) if one != other);
    if distance <= NEAR || distance <= SPEED * hours || !elsewhere {
        return None;
    }
    let rule = if around.is_abroad(first) || around.is_abroad(second) { &IMPOSSIBLE } else { &IMPOSSIBLE_AT_HOME };
    let facts = json!({ "from": first.place(), "to": second.place(), "km": distance.round(), "minutes": (hours * 60.0).round() });
    let mut sign = Sign::about(rule.found(facts), vec![first, second]);
    sign.finding.occurred_at = Some(second.created_date_time);
    Some(sign)
}

fn sessions<'a>(successes: &[&'a SignIn]) -> Vec<Sign<'a>> {
    let mut sessions: BTreeMap<&str, Vec<&'a SignIn>> = BTreeMap::new();
    for signin in successes.iter().filter(|signin| signin.country().is_some()) {
        if let Some(session) = signin.session_id.as_deref().filter(|session| !session.is_empty()) {
            sessions.entry(session).or_default().push(signin);
        }
    }
    let torn = sessions.into_values().filter(|of| of.iter().any(|signin| signin.country() != of[0].country()));
    torn.map(|of| Sign::about(SESSION.found(json!({})), of)).collect()
}

/// The great-circle distance of two points in degrees, in km.
fn apart((lat1, lon1): (f64, f64), (lat2, lon2): (f64, f64)) -> f64 {
    let (half_lat, half_lon) = ((lat2 - lat1).to_radians() / 2.0, (lon2 - lon1).to_radians() / 2.0);
    let a = half_lat.sin().powi(2) + lat1.to_radians().cos() * lat2.to_radians().cos() * half_lon.sin().powi(2);
    2.0 * RADIUS * a.sqrt().min(1.0).asin()
}
