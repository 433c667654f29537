//! BC-22: how much mail was deleted, by day. Counts only: no mail is read.

use std::collections::BTreeMap;

use claudetools_graph::envelope::Confidence;
use claudetools_graph::envelope::Severity::Medium;
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rows::Rows;
use crate::rule::Rule;

const SPIKE: Rule = Rule::new(
    "R1",
    Medium,
    "Much more mail was deleted on one day than usual",
    "Traces are cleaned up so; people tidy up, too.",
)
.mitre(&["T1070.008"])
.sure(Confidence::Low);

/// More than this on a day …
const MANY: usize = 50;
/// … and than this many times a usual day.
const TIMES: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    last_modified_date_time: Timestamp,
}

pub fn judge(case: &Case, _: &Known) -> Judged {
    let (deleted, recoverable): (Rows<Message>, Rows<Message>) =
        (case.rows(Source::Deleted), case.rows(Source::Recoverable));
    let mut days: BTreeMap<i64, usize> = BTreeMap::new();
    for message in deleted.read.iter().chain(&recoverable.read) {
        *days.entry(message.last_modified_date_time.as_second() / 86400).or_default() += 1;
    }
    let unread = deleted.unread + recoverable.unread;
    let Some((day, most)) = days.iter().map(|(day, count)| (*day, *count)).max_by_key(|(_, count)| *count) else {
        return Judged::default().unread(unread);
    };
    let mut others: Vec<usize> = days.iter().filter(|(other, _)| **other != day).map(|(_, count)| *count).collect();
    others.sort_unstable();
    let usual = others.get(others.len() / 2).copied().unwrap_or_default();
    let spike = (most > MANY.max(TIMES * usual))
        .then(|| SPIKE.found(json!({ "deleted": most, "usual": usual })).at(Timestamp::from_second(day * 86400).ok()));
    Judged::of(spike.into_iter().collect()).unread(unread)
}
