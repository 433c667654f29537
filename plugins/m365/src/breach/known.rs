//! What several checks read, put together once: sign-ins with what is wrong with them, the audit trail, fresh rules.

use std::collections::BTreeSet;

use claudetools_graph::envelope::{Finding, Severity};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::case::Case;
use super::source::Source;
use super::trail::{Event, Record};
use crate::network::Network;
use crate::rows::{list, rows};
use crate::signin::{self, Around, Sign, SignIn};

/// A change this close to a sign-in of an attacker is likely theirs.
const CLOSE: SignedDuration = SignedDuration::from_hours(72);

/// What several checks read.
pub struct Known {
    pub location: Vec<Finding>,
    pub legacy: Vec<Finding>,
    pub travel: Vec<Finding>,
    pub guessing: Vec<Finding>,
    pub tools: Vec<Finding>,
    /// When and from where something medium or worse was seen.
    pub suspects: Vec<(Timestamp, Option<String>)>,
    /// Addresses of successes in the window that are not the client's own, with the last success of each.
    pub visitors: Vec<(String, Timestamp)>,
    /// The directory's trail about the user and by the user, each event once.
    pub events: Vec<Event>,
    /// The mailbox's trail.
    pub records: Vec<Record>,
    /// Names of inbox rules that were made or changed in the window.
    pub fresh: BTreeSet<String>,
    incident: Option<Timestamp>,
}

impl Known {
    /// Puts together what came so far.
    pub fn of(case: &Case) -> Self {
        let around = around(case);
        let read = |source| case.rows::<SignIn>(source).read;
        let (plain, beta, programs) =
            (read(Source::SignIns), read(Source::BetaSignIns), read(Source::BetaProgramSignIns));
        // Beta says the same and more, where it was asked.
        let all = if beta.is_empty() { plain } else { beta };
        let window: Vec<SignIn> =
            all.iter().filter(|signin| signin.created_date_time >= case.span.from).cloned().collect();
        let both: Vec<SignIn> = window.iter().chain(&programs).cloned().collect();
        let mut tools = signin::tools::judge(&both);
        tools.extend(signin::relay::judge(&window, &programs));
        let mut suspects = Vec::new();
        let mut take = |signs: Vec<Sign<'_>>| findings(signs, &mut suspects);
        Self {
            location: if around.home.is_empty() {
                Vec::new()
            } else {
                take(signin::location::judge(&all, &around, case.span.from))
            },
            legacy: take(signin::legacy::judge(&window, &around)),
            travel: take(signin::travel::judge(&both, &around)),
            guessing: take(signin::guessing::judge(&window)),
            tools: take(tools),
            suspects,
            visitors: visitors(&window, &around),
            events: events(case),
            fresh: case
                .rows::<Record>(Source::MailboxAudit)
                .read
                .iter()
                .filter_map(|record| record.rule().map(str::to_owned))
                .collect(),
            records: case.rows(Source::MailboxAudit).read,
            incident: case.span.incident,
        }
    }

    /// Whether something happened within three days of a suspicious sign-in or of the incident.
    pub fn is_close(&self, at: Timestamp) -> bool {
        let moments = self.suspects.iter().map(|(at, _)| *at).chain(self.incident);
        moments.into_iter().any(|moment| at.duration_since(moment).abs() <= CLOSE)
    }

    /// Whether somebody suspicious signed in from an address.
    pub fn suspects_address(&self, address: &str) -> bool {
        self.suspects.iter().any(|(_, known)| known.as_deref() == Some(address))
    }
}

fn findings(signs: Vec<Sign<'_>>, suspects: &mut Vec<(Timestamp, Option<String>)>) -> Vec<Finding> {
    for sign in signs.iter().filter(|sign| sign.finding.severity >= Severity::Medium) {
        let successes = sign.of.iter().filter(|signin| signin.succeeded());
        suspects.extend(successes.map(|signin| (signin.created_date_time, signin.ip_address.clone())));
    }
    signs.into_iter().map(|sign| sign.finding).collect()
}

/// What is known beside the sign-ins: the client's countries and networks, and the tenant's named locations that it trusts.
fn around(case: &Case) -> Around {
    let named = rows::<NamedLocation>(case.items(Source::NamedLocations)).read;
    let trusted =
        named.into_iter().filter(|location| location.is_trusted == Some(true)).flat_map(|location| location.ip_ranges);
    let trusted = trusted.filter_map(|range| Network::parse(range.cidr_address.as_deref()?));
    Around {
        home: case.home_countries.clone(),
        trusted: case.client.trusted.iter().copied().chain(trusted).collect(),
        scanner: case.client.is_scanner(&case.user.user_principal_name),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NamedLocation {
    is_trusted: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    ip_ranges: Vec<Range>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    cidr_address: Option<String>,
}

fn visitors(signins: &[SignIn], around: &Around) -> Vec<(String, Timestamp)> {
    let mut visitors: Vec<(String, Timestamp)> = Vec::new();
    for signin in signins.iter().filter(|signin| signin.succeeded() && !around.trusts(signin)) {
        let Some(address) = &signin.ip_address else { continue };
        match visitors.iter_mut().find(|(known, _)| known == address) {
            Some((_, last)) => *last = signin.created_date_time.max(*last),
            None => visitors.push((address.clone(), signin.created_date_time)),
        }
    }
    visitors
}

/// Both trails, each event once: what a user does to itself is in both.
fn events(case: &Case) -> Vec<Event> {
    let (about, by) = (case.items(Source::AuditsAbout), case.items(Source::AuditsBy));
    let fresh =
        by.iter().filter(|event| !about.iter().any(|known| known["id"] == event["id"] && !event["id"].is_null()));
    let all: Vec<_> = about.iter().chain(fresh).cloned().collect();
    let mut events = rows::<Event>(&all).read;
    events.sort_by_key(|event| event.activity_date_time);
    events
}
