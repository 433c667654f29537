//! BC-15, the second half: a session that is taken over while it begins. It needs what only Graph beta says.

use claudetools_graph::envelope::Severity::Critical;
use claudetools_graph::jiff::SignedDuration;
use serde_json::json;

use super::{Sign, SignIn};
use crate::rule::Rule;

const RELAYED: Rule = Rule::new(
    "R3",
    Critical,
    "Sign-in through a relay",
    "It came from a hosting provider, and the session was used from another network minutes later.",
)
.mitre(&["T1557", "T1539"]);

/// How soon a stolen session is used.
const SOON: SignedDuration = SignedDuration::from_mins(10);
/// What phishing kits sign in to.
const BAITED_APPS: &[&str] = &["OfficeHome", "Microsoft Office"];
/// Networks of hosting providers, by number.
const HOSTING: &[u32] = &[
    9009, 14061, 14618, 16276, 16509, 20473, 24940, 29802, 36352, 45102, 46606, 51167, 53667, 55286, 60068, 62240,
    63949, 212_238, 396_982,
];

/// Interactive successes from a hosting provider that are followed by others from another network.
pub fn judge<'a>(interactive: &'a [SignIn], others: &'a [SignIn]) -> Vec<Sign<'a>> {
    let baited = |signin: &&SignIn| {
        let hosted = signin.autonomous_system_number.is_some_and(|network| HOSTING.contains(&network));
        signin.succeeded() && hosted && signin.app_display_name.as_deref().is_some_and(|app| BAITED_APPS.contains(&app))
    };
    let relayed = interactive.iter().filter(baited).filter_map(|first| Some((first, taken(first, others)?)));
    relayed.map(|(first, second)| Sign::about(RELAYED.found(json!({})), vec![first, second])).collect()
}

fn taken<'a>(first: &SignIn, others: &'a [SignIn]) -> Option<&'a SignIn> {
    others.iter().find(|other| {
        let later = other.created_date_time.duration_since(first.created_date_time);
        let elsewhere =
            other.autonomous_system_number.is_some_and(|network| first.autonomous_system_number != Some(network));
        other.succeeded() && elsewhere && !later.is_negative() && later <= SOON
    })
}
