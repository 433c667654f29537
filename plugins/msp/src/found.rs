//! What a search found, as it is shown: how much of how much, the rows, and what has to be known about them.

use claudetools_kit::{Failure, Output, path};

use crate::call::At;
use crate::pages::Read;
use crate::query::Asked;
use crate::resource::Resource;
use crate::scope::{Scope, is_of_clients};
use crate::search::{Dropped, MAX_LIMIT, dated};
use crate::sums::sums;
use crate::table::{Table, csv, table};

/// Rows from which on the people get a file.
const FILE_FROM: usize = 20;

/// What was found.
pub struct Found<'a> {
    /// Of this.
    pub resource: &'a Resource<'a>,
    /// Whose.
    pub scope: &'a Scope,
    /// How it was asked for.
    pub asked: &'a Asked,
    /// The rows.
    pub read: Read,
    /// What was left out.
    pub dropped: Dropped,
}

impl Found<'_> {
    /// All of it: a headline, a table with these fields or the most telling, notes, and a file where there are many rows.
    pub fn shown(&self, at: &At, fields: &[String]) -> Result<Output, Failure> {
        let table = table(&self.read.rows, fields);
        let is_cut = table.rows.len() < self.read.rows.len();
        let mut notes = self.asked_notes();
        notes.extend(self.missing());
        notes.extend(left_out(&table, is_cut));
        if self.read.rows.len() > FILE_FROM || is_cut {
            notes.push(self.file(at)?);
        }
        notes.extend(self.more(at));
        let headline = self.headline();
        let output = Output::text(headline.clone()).and_table(&table.rows).summary(headline);
        let output = if notes.is_empty() { output } else { output.and_text(format!("- {}", notes.join("\n- "))) };
        Ok(if self.read.more || is_cut { output.truncated() } else { output })
    }

    /// "Showing 20 of 143 tickets of Contoso Ltd".
    fn headline(&self) -> String {
        let client = self.scope.client().filter(|_| !is_of_clients(self.resource));
        let whose = client.map_or_else(String::new, |client| format!(" of {}", path::escape(&client.title)));
        let what = format!("{}{whose}", path::escape(&self.resource.name));
        let count = self.read.rows.len();
        // A number that counts rows that nobody here may see would tell of them.
        match self.read.total.filter(|_| self.read.seen == count) {
            Some(total) if total > count as u64 => format!("Showing {count} of {total} {what}"),
            _ if self.read.more => format!("Showing the first {count} {what}; there are more"),
            _ => format!("All {count} {what} that fit"),
        }
    }

    fn file(&self, at: &At) -> Result<String, Failure> {
        let name = format!("{}.csv", self.resource.name.replace('/', "-"));
        at.api.world.offer(&name, csv(&self.read.rows))?;
        let (count, name) = (self.read.rows.len(), path::escape(&name));
        Ok(format!("all fields of these {count} rows are in {name}, which the people of the thread have"))
    }

    /// How it was asked for, where that has to be known, and what the rows add up to.
    fn asked_notes(&self) -> Vec<String> {
        let (asked, read) = (self.asked, &self.read);
        let mut notes = read.notes.clone();
        if !asked.dates.is_empty() {
            notes.push(format!("dates were filtered by the API with {}", path::escape(&asked.dates.join(" and "))));
        }
        if asked.since.is_some() || asked.until.is_some() {
            let named = asked.date.as_deref();
            let name = read.rows.iter().find_map(|row| dated(row, named)).map_or("a date", |(name, _)| name);
            let name = path::escape(name);
            notes.push(format!("the API can't filter these dates; rows were filtered here by {name}"));
        }
        if let Some(sort) = &asked.sort {
            notes.push(format!("sorted here by {}, among the rows that were read", path::escape(sort)));
        }
        let sums = sums(&read.rows);
        if !sums.is_empty() {
            notes.push(format!("sums over these {} rows: {}", read.rows.len(), sums.join("; ")));
        }
        notes
    }

    /// What was left out. How many rows others have is not told.
    fn missing(&self) -> Vec<String> {
        let dropped = &self.dropped;
        let mut notes = Vec::new();
        if dropped.elsewhere > 0 {
            notes.push("rows of other clients, or of none, were left out".to_owned());
        }
        if dropped.unsaid > 0 {
            notes.push("rows that don't say whose they are were left out".to_owned());
        }
        if dropped.undated > 0 {
            notes.push(format!("{} rows without a date were left out", dropped.undated));
        }
        if dropped.redacted > 0 {
            notes.push(format!("{} values were taken out because of the names of their fields", dropped.redacted));
        }
        notes
    }

    /// That there is more, and how to get it.
    fn more(&self, at: &At) -> Vec<String> {
        if !self.read.more {
            return Vec::new();
        }
        let most = at.api.connection.total_max.min(MAX_LIMIT as u64);
        let mut notes = vec![format!("to see more: a higher `limit` (up to {most}), or narrower filters")];
        if self.read.rows.is_empty() {
            notes.insert(
                0,
                "nothing fits among the rows that were read; that is no proof that there is nothing".to_owned(),
            );
        }
        notes
    }
}

fn left_out(table: &Table, is_cut: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if is_cut {
        notes.push(format!("only {} of these rows fit here", table.rows.len()));
    }
    if !table.left_out.is_empty() {
        let names = path::escape(&table.left_out.join(", "));
        notes.push(format!("fields that are not shown (name them in `fields`): {names}"));
    }
    notes
}
