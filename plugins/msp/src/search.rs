//! `msp_search`: rows of a resource.

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;
use serde_json::Value;

use crate::call::At;
use crate::connection::Connection;
use crate::found::Found;
use crate::operation::Operation;
use crate::owner;
use crate::pages;
use crate::parameter::plain;
use crate::query::{Asked, Question, rows_may_say};
use crate::resource::Resource;
use crate::scope::{Belongs, Scope, id};

/// Rows that one search shows.
pub const MAX_LIMIT: usize = 1_000;
/// Fields of a row that say when it was made, the first that it has.
const DATES: &[&str] = &[
    "created_at",
    "created",
    "date_created",
    "createDate",
    "dateoccurred",
    "date",
    "start_time",
    "started_at",
    "start",
    "updated_at",
    "last_updated",
];

/// The input of `msp_search`, beside the question.
#[derive(Deserialize)]
pub struct Input {
    resource: String,
    client: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
}

/// How many rows went another way than into the table.
#[derive(Default)]
pub struct Dropped {
    /// Those of other clients.
    pub elsewhere: usize,
    /// Those that don't say whose they are.
    pub unsaid: usize,
    /// Those without a date, where dates count.
    pub undated: usize,
    /// Values that were taken out.
    pub redacted: usize,
}

/// Searches, and shows what was found.
pub fn search(at: &At, input: &Input, mut question: Question) -> Result<Output, Failure> {
    question.limit = question.limit.clamp(1, MAX_LIMIT);
    let resource = at.resource(&input.resource)?;
    let scope = Scope::of(at, resource, input.client.as_deref())?;
    let asking = at.asking(resource, &scope, &question);
    let asked = asking.asked()?;
    let owned = asked.scoped || is_below_own(at, resource.list, &asked, &scope)?;
    if scope.client().is_some() && !owned && !rows_may_say(&asking) {
        return Err(nobodys(resource));
    }
    let (connection, mut dropped) = (at.api.connection, Dropped::default());
    let mut read = pages::read(at.api, resource, &asked, question.limit, |row| {
        let keeps =
            keeps(connection, resource, &scope, owned, row, &mut dropped) && is_within(&asked, row, &mut dropped);
        if keeps {
            dropped.redacted += connection.redact.clean(row);
        }
        keeps
    })?;
    sort(&mut read.rows, asked.sort.as_deref(), resource)?;
    link(at, resource, &mut read.rows);
    let found = Found { resource, scope: &scope, asked: &asked, read, dropped };
    found.shown(at, &input.fields)
}

fn nobodys(resource: &Resource) -> Failure {
    Failure::Refused(format!(
        "nothing says which client a row of {} belongs to, so that none can be shown in a client's name; an admin may list \
         it in the variable SHARED, if it is nobody's",
        path::escape(&resource.name)
    ))
}

/// Gives each row its address for people, where there is one.
fn link(at: &At, resource: &Resource, rows: &mut [Value]) {
    for row in rows {
        let link = id(row).and_then(|id| at.api.connection.link(&resource.name, &id));
        if let (Some(link), Some(fields)) = (link, row.as_object_mut()) {
            fields.insert("link".to_owned(), link.into());
        }
    }
}

/// Whether the rows are below one record, which was looked at and is the client's.
fn is_below_own(at: &At, list: &Operation, asked: &Asked, scope: &Scope) -> Result<bool, Failure> {
    Ok(scope.client().is_some() && owner::parent(at.api, &at.resources, list.path, &asked.path, scope)?.is_some())
}

fn keeps(
    connection: &Connection,
    resource: &Resource,
    scope: &Scope,
    owned: bool,
    row: &Value,
    dropped: &mut Dropped,
) -> bool {
    match scope.belongs(row, resource, &connection.client_params) {
        Belongs::Here => true,
        Belongs::Unsaid if owned => true,
        Belongs::Unsaid => {
            dropped.unsaid += 1;
            false
        }
        Belongs::Elsewhere => {
            dropped.elsewhere += 1;
            false
        }
    }
}

/// Whether a row is within the dates that the API was not asked to filter by.
fn is_within(asked: &Asked, row: &Value, dropped: &mut Dropped) -> bool {
    if asked.since.is_none() && asked.until.is_none() {
        return true;
    }
    let day = |text: &str| text.chars().take(10).collect::<String>();
    let Some((_, date)) = dated(row, asked.date.as_deref()) else {
        dropped.undated += 1;
        return false;
    };
    let date = day(&date);
    asked.since.as_deref().is_none_or(|since| date >= day(since))
        && asked.until.as_deref().is_none_or(|until| date <= day(until))
}

/// The date of a row, and the field that it stands in: the named one, or the first that says when the row was made.
pub fn dated<'a>(row: &Value, named: Option<&'a str>) -> Option<(&'a str, String)> {
    let date = |name: &'a str| Some((name, row.get(name)?.as_str()?.to_owned()));
    match named {
        Some(name) => date(name),
        None => DATES.iter().copied().find_map(date),
    }
}

/// Sorts here what the API could not sort.
fn sort(rows: &mut [Value], by: Option<&str>, resource: &Resource) -> Result<(), Failure> {
    let Some(by) = by else { return Ok(()) };
    let (name, down) = by.strip_prefix('-').map_or((by, false), |name| (name, true));
    if !rows.is_empty() && rows.iter().all(|row| row.get(name).is_none()) {
        return Err(Failure::Invalid(format!(
            "rows of {} have no field {} to sort by",
            path::escape(&resource.name),
            path::escape(name)
        )));
    }
    rows.sort_by(|one, other| {
        let (one, other) = (&one[name], &other[name]);
        let order = match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => plain(one).cmp(&plain(other)),
        };
        if down { order.reverse() } else { order }
    });
    Ok(())
}
