//! What came of a change: read back, and told as it is. A change is never sent twice.

use claudetools_kit::{Failure, Output, path};
use serde_json::Value;

use crate::api::{checked, refused, retry_after};
use crate::call::At;
use crate::envelope::unwrapped;
use crate::owner;
use crate::pages;
use crate::parameter::plain;
use crate::query::{Asked, Question};
use crate::request::{Answer, Lost, Request};
use crate::scope::{Belongs, id};
use crate::write::{Kind, Plan};

/// Rows that are looked through for a record whose answer was lost.
const LOOKED_THROUGH: usize = 100;

/// Says what came of a change.
pub fn told(at: &At, plan: &Plan, sent: Result<Answer, Lost>) -> Result<Output, Failure> {
    match sent {
        Err(Lost::Unsent(failure)) => Err(failure),
        Err(Lost::Unknown(what)) => Err(unknown(at, plan, &what)),
        Ok(answer) if (200..300).contains(&answer.status) => done(at, plan, &answer),
        Ok(answer) if answer.status >= 500 && answer.status != 503 => {
            Err(unknown(at, plan, &format!("the API failed ({})", answer.status)))
        }
        Ok(answer) => Err(not_done(&answer)),
    }
}

/// The API said that it did nothing.
fn not_done(answer: &Answer) -> Failure {
    let again = retry_after(answer)
        .map_or_else(String::new, |seconds| format!(" Ask for it again in {seconds} seconds at the earliest."));
    let say = |why: String| format!("{why}. Nothing was changed, and it was not sent again.{again}");
    match refused(answer) {
        Failure::Invalid(why) => Failure::Invalid(say(why)),
        Failure::Refused(why) => Failure::Refused(say(why)),
        Failure::Unavailable(why) | Failure::Internal(why) => Failure::Unavailable(say(why)),
    }
}

/// The API said that it is done.
fn done(at: &At, plan: &Plan, answer: &Answer) -> Result<Output, Failure> {
    let said = checked(answer).map(unwrapped).unwrap_or_default();
    let made = id(&said).filter(|_| plan.kind == Kind::New);
    let name = path::escape(&plan.resource.name);
    let mut lines = vec![match &made {
        Some(id) if plan.fields.get("id").is_none() => format!("Done: {name} {} was made", path::escape(id)),
        _ => format!("Done: the API answered {}", answer.status),
    }];
    lines.extend(read_back(at, plan, made.as_deref()));
    let changed = plan.record.as_ref().and_then(|(_, record)| id(record));
    let link = made.or(changed).and_then(|id| at.api.connection.link(&plan.resource.name, &id));
    lines.extend(link.map(|link| format!("link: {link}")));
    Ok(Output::text(lines.join("\n")).summary(format!("{} {name}", plan.request.method)))
}

/// The record as it is now, compared with what was sent.
fn read_back(at: &At, plan: &Plan, made: Option<&str>) -> Option<String> {
    let path = match (plan.kind, &plan.record, made) {
        (Kind::Own, Some((path, _)), _) => path.clone(),
        (Kind::New, _, Some(id)) => owner::item_path(plan.resource, id).ok().filter(|path| !path.contains('{'))?,
        _ => return None,
    };
    let read = at.api.read(&Request::get(&at.api.connection.target(&path), &[]));
    Some(match (read, plan.request.method.as_str()) {
        (Err(_), "DELETE") => "It can't be read any more.".to_owned(),
        (Ok(_), "DELETE") => "It can still be read.".to_owned(),
        (Err(_), _) => "It could not be read back.".to_owned(),
        (Ok((value, _)), _) => compared(&unwrapped(value), &plan.fields),
    })
}

fn compared(record: &Value, fields: &Value) -> String {
    let sent = fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array() && !value.is_object());
    let other: Vec<&str> = sent
        .filter(|(name, value)| record.get(name.as_str()).is_some_and(|now| plain(now) != plain(value)))
        .map(|(name, _)| name.as_str())
        .collect();
    match other.is_empty() {
        true => "Read back: it is as sent, as far as it shows.".to_owned(),
        false => format!("Read back: other than sent are {}", path::escape(&other.join(", "))),
    }
}

/// Nobody knows whether it happened. It is looked for, and never sent again.
fn unknown(at: &At, plan: &Plan, what: &str) -> Failure {
    let found = match (&plan.record, plan.kind) {
        (Some((path, before)), Kind::Own | Kind::Other) => changed(at, path, before, plan.kind),
        _ => made(at, plan),
    };
    Failure::Unavailable(format!(
        "{what}, so that the change may or may not have been made; it was sent once and is not sent again. {found} Look at it before anything is asked for anew"
    ))
}

fn changed(at: &At, path: &str, before: &Value, kind: Kind) -> String {
    match at.api.read(&Request::get(&at.api.connection.target(path), &[])) {
        Err(_) => "The record could not be read back.".to_owned(),
        Ok((now, _)) if unwrapped(now.clone()) == *before && kind == Kind::Own => {
            "Read back: the record is as before.".to_owned()
        }
        Ok((now, _)) if unwrapped(now.clone()) == *before => {
            "Read back: the record that it is about is as before, which is no proof.".to_owned()
        }
        Ok(_) => "Read back: the record is not as before, so it seems to have been made.".to_owned(),
    }
}

/// Looks for a new record that has what was sent.
fn made(at: &At, plan: &Plan) -> String {
    let question = Question { limit: LOOKED_THROUGH, ..Question::default() };
    let params = &at.api.connection.client_params;
    let asked = match plan.record {
        Some(_) => Ok(Asked { path: plan.path.clone(), ..Asked::default() }),
        None => at.asking(plan.resource, &plan.scope, &question).asked(),
    };
    let keep = |row: &mut Value| plan.scope.belongs(row, plan.resource, params) != Belongs::Elsewhere;
    let rows = asked.and_then(|asked| pages::read(at.api, plan.resource, &asked, LOOKED_THROUGH, keep));
    let Ok(read) = rows else { return "It could not be looked for.".to_owned() };
    let same: Vec<String> = read.rows.iter().filter(|row| has(row, &plan.fields)).filter_map(id).collect();
    match same.as_slice() {
        [] if read.more => format!("None of the first {LOOKED_THROUGH} records has what was sent, which is no proof."),
        [] => "No record has what was sent.".to_owned(),
        ids => format!("There are records that have what was sent: {}.", path::escape(&ids.join(", "))),
    }
}

/// Whether a row has every plain field that was sent and that it shows, and at least one.
fn has(row: &Value, fields: &Value) -> bool {
    let shown: Vec<(&Value, &Value)> = fields
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, sent)| Some((row.get(name.as_str())?, sent)))
        .collect();
    !shown.is_empty() && shown.iter().all(|(now, sent)| plain(now) == plain(sent))
}
