//! Resources: what there is to ask for, derived from the operations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::connection::Connection;
use crate::document::Document;
use crate::envelope;
use crate::operation::{Operation, operations};
use crate::preset::Ask;

/// Words in the path or the summary of a GET that say that it does something.
const DOING: &[&str] = &["export", "run", "send", "trigger", "sync", "logout"];

/// Parts of paths that logins have.
const LOGINS: &[&str] = &["auth", "oauth", "oauth2", "login", "sso"];
/// Words of a path that a name may have.
const MAX_WORDS: usize = 8;

/// A collection of records.
pub struct Resource<'a> {
    /// Unique: the last part of its path, with parts before it where that is not enough.
    pub name: String,
    /// Reads the collection.
    pub list: &'a Operation<'a>,
    /// Reads one record.
    pub item: Option<&'a Operation<'a>>,
    /// Change the collection, a record, or what is below one.
    pub writes: Vec<&'a Operation<'a>>,
    /// The schema of one row; null where it is not said.
    pub row: &'a Value,
}

/// What a document offers.
pub struct Offer<'a> {
    /// What its schemas are read with.
    pub document: &'a Document,
    /// Everything that can be asked.
    pub operations: Vec<Operation<'a>>,
}

impl<'a> Offer<'a> {
    /// Reads what a document offers. Logins and what is there to keep secrets are not offered, unless `ALLOW` has their path.
    pub fn of(document: &'a Document, connection: &Connection) -> Self {
        let is_open =
            |one: &Operation| connection.allowed.iter().any(|path| path == one.path) || !is_secret(one, connection);
        Self { document, operations: operations(document).into_iter().filter(is_open).collect() }
    }

    /// Its resources, in the order of their names.
    pub fn resources(&'a self, connection: &Connection) -> Vec<Resource<'a>> {
        let reads: Vec<&Operation> = self.operations.iter().filter(|one| reads(one, connection)).collect();
        let items: BTreeMap<&str, &Operation> =
            reads.iter().rev().filter_map(|&one| Some((holder(one.path)?, one))).collect();
        let row = |one: &'a Operation<'a>| self.row(one, items.contains_key(stem(one)), connection);
        let lists: Vec<(&Operation, &Value)> = reads.iter().filter_map(|&one| Some((one, row(one)?))).collect();
        let mut writes = self.writes(&lists, connection);
        let names = names(&lists);
        let resource = |((list, row), name): ((&'a Operation<'a>, &'a Value), String)| {
            let (item, writes) = (items.get(stem(list)).copied(), writes.remove(stem(list)).unwrap_or_default());
            Resource { name, list, item, writes, row }
        };
        let mut resources: Vec<Resource> = lists.into_iter().zip(names).map(resource).collect();
        resources.sort_by(|one, other| one.name.cmp(&other.name));
        resources
    }

    /// The schema of the rows, where an operation reads a collection.
    fn row(&'a self, one: &'a Operation, has_items: bool, connection: &Connection) -> Option<&'a Value> {
        if ends_in_parameter(one.path) {
            return None;
        }
        if let Some(row) = envelope::rows_schema(self.document, one.answer, last(stem(one))) {
            return Some(row);
        }
        // Where the answer is not described, records below it or a filter say that it is a collection.
        let vague = self.document.properties(one.answer).is_empty();
        (vague && (has_items || connection.preset.ask == Ask::Filter)).then_some(one.answer)
    }

    /// The changes of each collection, by its path: its own, and those below it that are of no nearer one.
    fn writes(
        &'a self,
        lists: &[(&Operation, &Value)],
        connection: &Connection,
    ) -> BTreeMap<&'a str, Vec<&'a Operation<'a>>> {
        let stems: BTreeSet<&str> = lists.iter().map(|(list, _)| stem(list)).collect();
        let mut found: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
        for one in self.operations.iter().filter(|one| one.method != "GET" && !reads(one, connection)) {
            let above =
                std::iter::successors(Some(one.path.trim_end_matches('/')), |path| Some(path.rsplit_once('/')?.0));
            if let Some(nearest) = above.into_iter().find(|path| stems.contains(path)) {
                found.entry(nearest).or_default().push(one);
            }
        }
        found
    }
}

/// Whether an operation only reads: a GET that does not say that it does something.
fn reads(one: &Operation, connection: &Connection) -> bool {
    one.method == "GET" && (connection.allowed.iter().any(|path| path == one.path) || !does_something(one))
}

/// Whether a path is about logins, or about what is taken out of rows, such as `/clients/{id}/credentials`.
fn is_secret(one: &Operation, connection: &Connection) -> bool {
    let login = |part: &str| LOGINS.iter().any(|login| part.eq_ignore_ascii_case(login));
    parts(one.path).filter(|part| !is_parameter(part)).any(|part| login(part) || connection.redact.hides(part))
}

fn does_something(one: &Operation) -> bool {
    let text = format!("{} {}", one.path, one.summary).to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).any(|word| DOING.contains(&word))
}

/// The path of the collection that an operation is about; Autotask's are asked at their `/query`.
pub fn stem<'a>(one: &Operation<'a>) -> &'a str {
    let path = one.path.trim_end_matches('/');
    path.strip_suffix("/query").unwrap_or(path)
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

fn ends_in_parameter(path: &str) -> bool {
    parts(path).last().is_none_or(is_parameter)
}

/// The path of the collection that a path is one record of.
fn holder(path: &str) -> Option<&str> {
    let (holder, last) = path.trim_end_matches('/').rsplit_once('/')?;
    is_parameter(last).then_some(holder)
}

fn last(stem: &str) -> &str {
    parts(stem).filter(|part| !is_parameter(part)).last().unwrap_or_default()
}

/// For each collection as few of the last words of its path as tell it from all others.
fn names(lists: &[(&Operation, &Value)]) -> Vec<String> {
    let words: Vec<Vec<&str>> =
        lists.iter().map(|(list, _)| parts(stem(list)).filter(|part| !is_parameter(part)).collect()).collect();
    let name = |words: &[&str], count: usize| words[words.len().saturating_sub(count)..].join("/");
    let most = words.iter().map(Vec::len).max().unwrap_or_default().min(MAX_WORDS);
    let mut uses: Vec<BTreeMap<String, usize>> = Vec::new();
    for count in 1..=most {
        let mut used = BTreeMap::new();
        words.iter().for_each(|words| *used.entry(name(words, count).to_lowercase()).or_insert(0) += 1);
        uses.push(used);
    }
    let unique = |words: &[&str], count: &usize| uses[count - 1].get(&name(words, *count).to_lowercase()) == Some(&1);
    let own =
        |(words, (list, _)): (&Vec<&str>, &(&Operation, &Value))| match (1..=most).find(|count| unique(words, count)) {
            Some(count) => name(words, count),
            None => stem(list).to_owned(),
        };
    words.iter().zip(lists).map(own).collect()
}
