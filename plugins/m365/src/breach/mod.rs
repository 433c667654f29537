//! `breach_check`: was this user's account broken into?
//!
//! - `input`: what is asked; `gather`: the questions to the services, those of [`source`]; `search`: the one that takes minutes.
//! - `case` and `known`: what came; `checks`: the rules; `evaluate`: from answers to checks; `verdict`: what they come to.
//! - `telling`: how it is told.

mod case;
mod checks;
mod evaluate;
mod gather;
mod input;
mod known;
mod origins;
mod search;
mod source;
mod telling;
mod trail;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use claudetools_graph::envelope::{Check, Coverage, Envelope, Status, Subject, TenantRef, Verdict, Window};
use claudetools_graph::{Class, Gap, Tenant, ids};
use claudetools_kit::{Failure, Output};

pub use input::Input;

use crate::Call;
use crate::client::Client;
use crate::outside::Outside;
use crate::reach::Reach;
use case::Case;
use checks::ROWS;
use evaluate::Durations;
use gather::{Preflight, gather, preflight};
use input::{Depth, Span};
use known::Known;
use source::{Source, Whom};

/// Checks a user.
pub fn run(
    call: &Call<'_>,
    input: Input,
    client: Client,
    reach: Reach,
    tenant: &mut Tenant<'_>,
    outside: &mut dyn Outside,
) -> Result<Output, Failure> {
    let input = input.checked()?;
    let begin = tenant.now();
    let span = input.span(begin)?;
    let preflight = preflight(tenant, &input.user, reach);
    let user = match &preflight.user {
        Ok(user) => user.clone(),
        Err(gap) => {
            return telling::without(
                &nobody(call, &input, &client, span, gap, tenant),
                &client,
                &input.user,
                gap,
                outside,
            );
        }
    };
    let whom = Whom::new(&user.id, &user.user_principal_name, user.mail.as_deref(), preflight.exchange, span);
    let mut case = opened(&input, client, user, span, &preflight);
    let durations = watched(tenant, &mut case, &whom, &preflight.reach, outside);
    if case.depth == Depth::Deep {
        let outcome = Source::MailboxAudit
            .may(&preflight.reach)
            .and_then(|()| search::search(tenant, &case, begin + call.budget, outside));
        case.answers.insert(Source::MailboxAudit, outcome);
    }
    let visitors = Known::of(&case);
    case.origins =
        Some(outside.addresses().and_then(|database| origins::look_up(&database, checks::addresses(&visitors))));
    let known = Known::of(&case);
    let checks = evaluate::checks(&case, &known, &whom, &durations);
    telling::told(&envelope(call, &case, checks, tenant), &case, &known, outside)
}

fn opened(input: &Input, client: Client, user: case::User, span: Span, preflight: &Preflight) -> Case {
    let home_countries = match (&client.home_countries[..], &preflight.country) {
        ([], Some(country)) => vec![country.to_uppercase()],
        (configured, _) => configured.to_vec(),
    };
    Case {
        homes: preflight.homes(&client.domains),
        home_countries,
        client,
        user,
        depth: input.depth,
        span,
        subjects: input.include_subjects,
        answers: BTreeMap::new(),
        folders: BTreeMap::new(),
        apps: BTreeMap::new(),
        origins: None,
    }
}

/// Gathers, and tells of every check as soon as all that it reads is there.
fn watched(
    tenant: &mut Tenant<'_>,
    case: &mut Case,
    whom: &Whom,
    reach: &Reach,
    outside: &mut dyn Outside,
) -> Durations {
    let begin = Instant::now();
    let mut durations = Durations::new();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let of = ROWS.iter().filter(|row| row.depth <= case.depth).count();
    gather(tenant, case, whom, reach, &mut |case| {
        for source in case.answers.keys() {
            durations.entry(*source).or_insert_with(|| u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX));
        }
        let fresh: Vec<_> =
            ROWS.iter().filter(|row| !told.contains(row.id) && evaluate::is_complete(row, case)).collect();
        let Some(_) = fresh.first() else { return };
        let known = Known::of(case);
        for row in fresh {
            told.insert(row.id);
            outside.tell(told.len(), of, &telling::progress(&evaluate::check(row, case, &known, whom, &durations)));
        }
    });
    durations
}

fn envelope(call: &Call<'_>, case: &Case, checks: Vec<Check>, tenant: &Tenant<'_>) -> Envelope {
    let coverage = Coverage::of(&checks);
    Envelope {
        schema: "breach-check/1".into(),
        run_id: ids::of(&["run", call.id]),
        tenant: TenantRef { id: tenant.id().into(), client: case.client.name.clone() },
        subject: Some(Subject { id: case.user.id.clone(), upn: case.user.user_principal_name.clone() }),
        window: Window { from: case.span.from, to: case.span.to },
        verdict: verdict::verdict(&checks, &coverage),
        score: verdict::score(&checks),
        timeline: evaluate::timeline(&checks),
        coverage,
        checks,
        requests: tenant.counts(),
    }
}

/// The result where the user was not found, or could not be looked up: nothing ran.
fn nobody(call: &Call<'_>, input: &Input, client: &Client, span: Span, gap: &Gap, tenant: &Tenant<'_>) -> Envelope {
    let status = if gap.class == Class::NotPermitted { Status::NotPermitted } else { Status::Unavailable };
    let check = |row: &checks::Row| Check {
        id: row.id.into(),
        title: row.title.into(),
        status: if row.depth <= input.depth { status } else { Status::Skipped },
        duration_ms: 0,
        items_seen: 0,
        source: Vec::new(),
        note: Some("the user could not be looked up".into()),
        findings: Vec::new(),
    };
    let checks: Vec<Check> = ROWS.iter().map(check).collect();
    Envelope {
        schema: "breach-check/1".into(),
        run_id: ids::of(&["run", call.id]),
        tenant: TenantRef { id: tenant.id().into(), client: client.name.clone() },
        subject: None,
        window: Window { from: span.from, to: span.to },
        verdict: Verdict::Inconclusive,
        score: 0,
        timeline: Vec::new(),
        coverage: Coverage::of(&checks),
        checks,
        requests: tenant.counts(),
    }
}
