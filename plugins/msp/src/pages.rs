//! Pages: reading rows to the end, or as far as is wanted.

use std::collections::BTreeSet;

use claudetools_kit::Failure;
use serde_json::Value;

use crate::api::Api;
use crate::connection::Connection;
use crate::envelope::{self, Next};
use crate::names;
use crate::operation::{Operation, Parameter};
use crate::query::Asked;
use crate::request::{Request, encoded, with_query};
use crate::resource::Resource;
use crate::scope::id;

/// Rows that servers end a page at, whatever was asked for: fewer than that were all there are.
const CAPS: &[usize] = &[10, 15, 20, 25, 30, 40, 50, 100, 200, 250, 500];

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

/// How the next page is asked for.
#[derive(Debug)]
enum Style<'a> {
    Page(&'a str, u64),
    Offset(&'a str),
    Unpaged,
}

impl<'a> Style<'a> {
    fn of(list: &'a Operation) -> Self {
        if let Some(offset) = list.queried(names::OFFSET) {
            return Self::Offset(offset.name);
        }
        match list.queried(names::PAGE) {
            Some(page) => Self::Page(page.name, first_page(page)),
            None => Self::Unpaged,
        }
    }
}

fn first_page(parameter: &Parameter) -> u64 {
    let stated = ["default", "minimum"].iter().find_map(|key| parameter.schema.get(key)?.as_u64());
    stated.filter(|first| *first == 0).unwrap_or(1)
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
    let own = own_name(resource);
    let mut read = Read::default();
    let mut known = BTreeSet::new();
    let mut request = first(api.connection, asked, resource.list, &style, size);
    loop {
        let (mut value, answer) = api.read(&request)?;
        let (next, pages) = (envelope::next(&value, &answer), envelope::pages(&value));
        read.total = envelope::total(&value, &answer).or(read.total);
        let rows = envelope::rows(&mut value, own).ok_or_else(|| {
            Failure::Unavailable(format!("the answer for {} has no list of rows that could be told", resource.name))
        })?;
        let count = rows.len();
        let fresh: Vec<Value> = rows.into_iter().filter(|row| id(row).is_none_or(|id| known.insert(id))).collect();
        if fresh.is_empty() {
            return Ok(ended(read, count));
        }
        for mut row in fresh {
            if read.rows.len() == limit || read.seen as u64 == api.connection.total_max {
                read.more = true;
                return Ok(capped(read, api.connection));
            }
            read.seen += 1;
            if keep(&mut row) {
                read.rows.push(row);
            }
        }
        let at_end = Progress { count, size, pages, seen: read.seen, total: read.total };
        match following(api.connection, &style, &request, next, &at_end) {
            Following::Ask(_) if read.rows.len() == limit => {
                read.more = true;
                return Ok(read);
            }
            Following::Ask(next) => request = next,
            Following::End => return Ok(read),
            Following::Elsewhere => {
                read.more = true;
                read.notes.push("the API names another host for its next page, which is not asked".to_owned());
                return Ok(read);
            }
        }
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

fn capped(mut read: Read, connection: &Connection) -> Read {
    if read.seen as u64 == connection.total_max {
        read.notes.push(format!("reading ended at {} rows, which is the most of one search", read.seen));
    }
    read
}

fn page_size(connection: &Connection, list: &Operation, limit: usize) -> usize {
    let most =
        list.queried(names::SIZE).and_then(|parameter| parameter.schema.get("maximum")?.as_u64()).unwrap_or(u64::MAX);
    let wanted = u64::try_from(limit).unwrap_or(u64::MAX).min(connection.page_max).min(most).max(1);
    usize::try_from(wanted).unwrap_or(1)
}

fn first(connection: &Connection, asked: &Asked, list: &Operation, style: &Style, size: usize) -> Request {
    let mut query = asked.query.clone();
    if let Some(parameter) = list.queried(names::SIZE) {
        query.push((parameter.name.to_owned(), size.to_string()));
    }
    match style {
        Style::Page(name, first) => query.push(((*name).to_owned(), first.to_string())),
        Style::Offset(name) => query.push(((*name).to_owned(), "0".to_owned())),
        Style::Unpaged => {}
    }
    let mut body = asked.body.clone();
    if let Some(Value::Object(fields)) = &mut body {
        fields.insert("MaxRecords".to_owned(), size.into());
    }
    let target = with_query(&connection.target(&asked.path), &query);
    Request { method: list.method.clone(), target, body, state: None }
}

struct Progress {
    count: usize,
    size: usize,
    pages: Option<u64>,
    seen: usize,
    total: Option<u64>,
}

impl Progress {
    /// Whether nothing can follow.
    fn is_over(&self) -> bool {
        match self.total {
            Some(total) => self.seen as u64 >= total,
            None => self.pages.is_none() && self.count < self.size && !CAPS.contains(&self.count),
        }
    }
}

enum Following {
    Ask(Request),
    End,
    Elsewhere,
}

fn following(connection: &Connection, style: &Style, request: &Request, next: Next, progress: &Progress) -> Following {
    let linked = match next {
        Next::End => return Following::End,
        Next::Unsaid if progress.is_over() => return Following::End,
        Next::Unsaid => None,
        Next::At(url) => Some(linked(connection, request, &url)),
    };
    match (linked, style) {
        (Some(Some(next)), _) => Following::Ask(next),
        (_, Style::Page(name, first)) => match (current(request, name), progress.pages) {
            (current, Some(pages)) if current + 1 >= pages.saturating_add(*first) => Following::End,
            (current, _) => Following::Ask(numbered(request, name, current + 1)),
        },
        (_, Style::Offset(name)) => {
            Following::Ask(numbered(request, name, current(request, name) + progress.count as u64))
        }
        (Some(None), Style::Unpaged) => Following::Elsewhere,
        (None, Style::Unpaged) => Following::End,
    }
}

/// The number that a request has in its query.
fn current(request: &Request, name: &str) -> u64 {
    let before = format!("{}=", encoded(name));
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').find_map(|pair| pair.strip_prefix(&before)?.parse().ok()).unwrap_or_default()
}

/// A request with another number in its query.
fn numbered(request: &Request, name: &str, number: u64) -> Request {
    let before = format!("{}=", encoded(name));
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let pair = |pair: &str| if pair.starts_with(&before) { format!("{before}{number}") } else { pair.to_owned() };
    let pairs: Vec<String> = query.split('&').map(pair).collect();
    Request { target: format!("{path}?{}", pairs.join("&")), ..request.clone() }
}

/// The page at an address that the API gave: of the same collection on its own host, so that no answer leads a request with the secret
/// anywhere else.
fn linked(connection: &Connection, request: &Request, url: &str) -> Option<Request> {
    let path = request.target.split('?').next().unwrap_or_default();
    let target = match url.strip_prefix(&connection.origin) {
        Some(rest) => rest.to_owned(),
        None if url.starts_with('?') => format!("{path}{url}"),
        None => url.to_owned(),
    };
    let rest = target.strip_prefix(path)?;
    let is_same = rest.starts_with('?') || rest.starts_with('/') && !rest.contains("..");
    (is_same && target != request.target).then(|| Request { target, ..request.clone() })
}
