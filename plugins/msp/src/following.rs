//! The next page: how it is asked for, and whether there is one.

use crate::connection::Connection;
use crate::envelope::Next;
use crate::names;
use crate::operation::{Operation, Parameter};
use crate::query::Asked;
use crate::request::{Request, encoded};

/// Rows that servers end a page at, whatever was asked for: fewer than that were all there are.
const CAPS: &[usize] = &[10, 15, 20, 25, 30, 40, 50, 100, 200, 250, 500];

/// How the next page is asked for.
#[derive(Debug)]
pub enum Style<'a> {
    /// By its number, in this parameter, from this number on.
    Page(&'a str, u64),
    /// By the rows before it, in this parameter.
    Offset(&'a str),
    /// By what answers say.
    Unpaged,
}

impl<'a> Style<'a> {
    /// As the parameters of a list say.
    pub fn of(list: &'a Operation) -> Self {
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

/// The request for the first page.
pub fn first(connection: &Connection, asked: &Asked, list: &Operation, style: &Style, size: usize) -> Request {
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

/// How far the reading is.
pub struct Progress {
    /// Rows of the last page.
    pub count: usize,
    /// Rows that were asked for.
    pub size: usize,
    /// How many pages there are, as far as it was said.
    pub pages: Option<u64>,
    /// Rows that were looked at.
    pub seen: usize,
    /// How many rows there are, as far as it was said.
    pub total: Option<u64>,
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

/// What follows a page.
pub enum Following {
    /// A request for the next one.
    Ask(Request),
    /// Nothing.
    End,
    /// A page that is not asked for.
    Elsewhere,
}

/// What follows a page, by what the answer said and how far the reading is.
pub fn following(
    connection: &Connection,
    style: &Style,
    request: &Request,
    next: Next,
    progress: &Progress,
) -> Following {
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
