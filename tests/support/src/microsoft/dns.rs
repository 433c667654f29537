//! DNS over HTTPS, in the JSON of Google's public resolver.

use serde_json::{Value, json};

use super::scenario::Scenario;
use super::state::State;
use crate::answer::Answer;
use crate::call::Call;

const TYPES: &[(&str, u16)] = &[("A", 1), ("NS", 2), ("CNAME", 5), ("SOA", 6), ("MX", 15), ("TXT", 16), ("AAAA", 28)];
pub(super) const CNAME: u16 = 5;
pub(super) const MX: u16 = 15;
pub(super) const TXT: u16 = 16;

/// Answers one question.
pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    let name = call.param("name").unwrap_or_default().trim_end_matches('.').to_lowercase();
    let Some(kind) = kind(call.param("type").unwrap_or("1")) else {
        state.problem(format!("dns: `{}`: the type is none", call.raw_query));
        return bad("Invalid type");
    };
    if call.method != "GET" || !is_name(&name) {
        state.problem(format!("dns: {} `{}`: no GET for a name", call.method, call.raw_query));
        return bad("Invalid name");
    }
    open(state, &name);
    let (records, known) = look(state, &name, kind);
    let question = json!([{"name": format!("{name}."), "type": kind}]);
    let status = if known { 0 } else { 3 };
    let mut body = json!({
        "Status": status, "TC": false, "RD": true, "RA": true, "AD": false, "CD": false, "Question": question,
    });
    match records.is_empty() {
        false => body["Answer"] = json!(records),
        true => {
            let zone = name.split_once('.').map_or(name.as_str(), |(_, zone)| zone);
            let soa = format!("ns1.{zone}. hostmaster.{zone}. 1 7200 3600 1209600 300");
            body["Authority"] = json!([{"name": format!("{zone}."), "type": 6, "TTL": 300, "data": soa}]);
        }
    }
    Answer::json(200, body)
}

fn bad(why: &str) -> Answer {
    Answer::json(400, json!({"error": why}))
}

fn kind(text: &str) -> Option<u16> {
    let named = TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number);
    named.or_else(|| text.parse().ok())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

/// Makes the tenants whose name this may be; what is everybody's stands in the first.
fn open(state: &mut State, name: &str) {
    let of = |domain: &str| name == domain || name.ends_with(&format!(".{domain}"));
    state.open(Scenario::Clean);
    for scenario in Scenario::every().filter(|one| of(&one.domain()) || of(&one.initial())) {
        state.open(scenario);
    }
}

/// The records of a name, through its aliases, and whether the name is there at all.
fn look(state: &State, name: &str, kind: u16) -> (Vec<Value>, bool) {
    let all: Vec<_> = state.tenants.values().flat_map(|tenant| &tenant.dns).collect();
    let (mut name, mut found) = (name.to_owned(), Vec::new());
    let known = all.iter().any(|record| record.name == name || record.name.ends_with(&format!(".{name}")));
    for _ in 0..8 {
        let here = all.iter().filter(|record| record.name == name && [kind, CNAME].contains(&record.kind));
        let here: Vec<_> = here.collect();
        found.extend(
            here.iter().map(
                |record| json!({"name": format!("{name}."), "type": record.kind, "TTL": 300, "data": record.data}),
            ),
        );
        let alias = here.iter().find(|record| record.kind == CNAME && kind != CNAME);
        match alias {
            Some(alias) => name = alias.data.trim_end_matches('.').to_owned(),
            None => break,
        }
    }
    (found, known)
}
