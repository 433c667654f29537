//! Pages: reading rows to the end, or as far as is wanted.

use std::collections::BTreeSet;

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::api::Api;
use crate::connection::Connection;
use crate::envelope::{self, Next};
use crate::following::{Following, Progress, Style, first, following};
use crate::names;
use crate::operation::Operation;
use crate::query::Asked;
use crate::request::Request;
use crate::resource::Resource;
use crate::scope::id;

/// Rows that were read.
#[derive(Debug, Default)]
pub struct Read {
    /// Those that were kept.
    pub rows: Vec<Value>,
    /// How many the API says there are.
    pub total: Option<u64>,
    /// How many were looked at.
    pub seen: usize,
    /// Whether there are more than were looked at.
    pub more: bool,
    /// What went another way than asked, for people.
    pub notes: Vec<String>,
}

/// Reads rows, and keeps those that `keep` wants, up to a limit; `keep` may change them.
pub fn read(
    api: &Api,
    resource: &Resource,
    asked: &Asked,
    limit: usize,
    mut keep: impl FnMut(&mut Value) -> bool,
) -> Result<Read, Failure> {
    let style = Style::of(resource.list);
    let size = page_size(api.connection, resource.list, limit);
    let mut read = Read::default();
    let mut known = BTreeSet::new();
    let mut request = first(api.connection, asked, resource.list, &style, size);
    loop {
        let page = Page::read(api, resource, &request)?;
        read.total = page.total.or(read.total);
        let count = page.rows.len();
        let fresh: Vec<Value> = page.rows.into_iter().filter(|row| id(row).is_none_or(|id| known.insert(id))).collect();
        if fresh.is_empty() {
            return Ok(ended(read, count));
        }
        if !read.take(fresh, limit, api.connection.total_max, &mut keep) {
            return Ok(read);
        }
        let progress = Progress { count, size, pages: page.pages, seen: read.seen, total: read.total };
        match following(api.connection, &style, &request, page.next, &progress) {
            Following::Ask(next) if read.rows.len() < limit => request = next,
            Following::End => return Ok(read),
            Following::Ask(_) => {
                read.more = true;
                return Ok(read);
            }
            Following::Elsewhere => {
                read.more = true;
                read.notes.push("the API names another host for its next page, which is not asked".to_owned());
                return Ok(read);
            }
        }
    }
}

impl Read {
    /// Takes the rows of a page. False where there are more of them than are wanted, or than one search reads.
    fn take(&mut self, rows: Vec<Value>, limit: usize, most: u64, keep: &mut impl FnMut(&mut Value) -> bool) -> bool {
        for mut row in rows {
            if self.rows.len() == limit || self.seen as u64 == most {
                self.more = true;
                if self.rows.len() < limit {
                    self.notes.push(format!("reading ended at {most} rows, which is the most of one search"));
                }
                return false;
            }
            self.seen += 1;
            if keep(&mut row) {
                self.rows.push(row);
            }
        }
        true
    }
}

/// One answer.
struct Page {
    rows: Vec<Value>,
    total: Option<u64>,
    pages: Option<u64>,
    next: Next,
}

impl Page {
    fn read(api: &Api, resource: &Resource, request: &Request) -> Result<Self, Failure> {
        let (mut value, answer) = api.read(request)?;
        let (total, pages) = (envelope::total(&value, &answer), envelope::pages(&value));
        let next = envelope::next(&value, &answer);
        let rows = envelope::rows(&mut value, own_name(resource)).ok_or_else(|| {
            let name = path::escape(&resource.name);
            Failure::Unavailable(format!("the answer for {name} has no list of rows that could be told"))
        })?;
        Ok(Self { rows, total, pages, next })
    }
}

/// What the resource calls itself in an answer.
fn own_name<'a>(resource: &'a Resource) -> &'a str {
    resource.name.rsplit('/').next().unwrap_or_default()
}

fn ended(mut read: Read, count: usize) -> Read {
    if count > 0 {
        read.notes.push("the API answered with the same page again, so that reading ended there".to_owned());
        read.more = true;
    }
    read
}

fn page_size(connection: &Connection, list: &Operation, limit: usize) -> usize {
    let most =
        list.queried(names::SIZE).and_then(|parameter| parameter.schema.get("maximum")?.as_u64()).unwrap_or(u64::MAX);
    let wanted = u64::try_from(limit).unwrap_or(u64::MAX).min(connection.page_max).min(most).max(1);
    usize::try_from(wanted).unwrap_or(1)
}
