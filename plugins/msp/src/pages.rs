//! Pages: reading rows to the end, or as far as is wanted.

use std::collections::BTreeSet;

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::api::Api;
use crate::connection::Connection;
use crate::envelope::{self, Next};
use crate::names;
use crate::operation::{Operation, Parameter};
use crate::query::Asked;
use crate::request::{Request, encoded};
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
    Request::get(&connection.target(&asked.path), &query)
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
    // Below the first page's own path: Autotask has its further pages at `/query/next`.
    let path = request.target.split('?').next().unwrap_or_default();
    let own = path.strip_suffix("/next").unwrap_or(path);
    let url = url.strip_prefix(&connection.origin).unwrap_or(url);
    let rest = match url.get(..own.len()) {
        // Autotask gives its paths in another case than it takes them.
        Some(begin) if begin.eq_ignore_ascii_case(own) => url.get(own.len()..)?,
        _ if url.starts_with('?') => url,
        _ => return None,
    };
    let target = format!("{own}{rest}");
    let is_same = rest.starts_with('?') || rest.starts_with('/') && !rest.contains("..");
    (is_same && target != request.target).then(|| Request { target, ..request.clone() })
}
