//! `breach_check`: was this user's account broken into?
//!
//! - `input`: what is asked; `gather`, `follow`: the questions to the services, those of [`source`]; `search`: the one that takes minutes.
//! - `case` and `known`: what came; `checks`: the rules; `evaluate`: from answers to checks; `verdict`: what they come to.
//! - `telling`: how it is told.

mod case;
mod checks;
mod evaluate;
mod follow;
mod gather;
mod input;
mod known;
mod origins;
mod search;
mod source;
mod telling;
mod trail;
mod verdict;

#[cfg(test)]
mod tests;

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
    let mut watch = Watch::new(&case);
    gather(tenant, &mut case, &whom, &preflight.reach, &mut |case| watch.look(case, &whom, outside));
    if case.depth == Depth::Deep {
        let may = Source::MailboxAudit.may(&preflight.reach);
        let outcome = may.and_then(|()| search::search(tenant, &case, begin + call.budget, outside));
        case.answers.insert(Source::MailboxAudit, outcome);
    }
    let visitors = Known::of(&case);
    let database = outside.addresses();
    case.origins = Some(database.and_then(|bytes| origins::look_up(&bytes, checks::addresses(&visitors))));
    watch.look(&case, &whom, outside);
    let known = Known::of(&case);
    let checks = evaluate::checks(&case, &known, &whom, &watch.durations);
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

/// Tells of every check as soon as all that it reads is there.
struct Watch {
    begin: Instant,
    durations: Durations,
    told: BTreeSet<&'static str>,
    of: usize,
}

impl Watch {
    fn new(case: &Case) -> Self {
        let of = ROWS.iter().filter(|row| row.depth <= case.depth).count();
        Self { begin: Instant::now(), durations: Durations::new(), told: BTreeSet::new(), of }
    }

    fn look(&mut self, case: &Case, whom: &Whom, outside: &mut dyn Outside) {
        let passed = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        for source in case.answers.keys() {
            self.durations.entry(*source).or_insert(passed);
        }
        let is_fresh = |row: &&checks::Row| !self.told.contains(row.id) && evaluate::is_complete(row, case);
        let fresh: Vec<&checks::Row> = ROWS.iter().filter(is_fresh).collect();
        if fresh.is_empty() {
            return;
        }
        let known = Known::of(case);
        for row in fresh {
            self.told.insert(row.id);
            let check = evaluate::check(row, case, &known, whom, &self.durations);
            outside.tell(self.told.len(), self.of, &telling::progress(&check));
        }
    }
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
