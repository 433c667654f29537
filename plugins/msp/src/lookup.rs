//! Looking up a client: from its name in `plugins.toml` to its id in the API. Never one of two.

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::call::At;
use crate::pages::{self, Read};
use crate::query::Question;
use crate::request::Client;
use crate::scope::{Known, Scope, id, is_of_clients};

/// Where clients have their names.
const NAMES: &[&str] = &[
    "name",
    "business_name",
    "company_name",
    "companyName",
    "title",
    "display_name",
    "short_name",
    "identifier",
    "slug",
];
/// Candidates that a message names.
const MAX_CANDIDATES: usize = 5;
/// Rows that are looked at.
const MAX_ROWS: usize = 200;

/// The client's id: the one that `CLIENTS` gives it, or that of the only record of its exact name.
pub fn known(at: &At, client: &Client) -> Result<Known, Failure> {
    let title = client.facts.get("title").and_then(Value::as_str).unwrap_or(&client.name).to_owned();
    if let Some(id) = at.api.connection.clients.get(&client.name) {
        return Ok(Known { title, id: id.clone() });
    }
    let read = records(at, &title)?;
    let rows = &read.rows;
    let wanted = wanted(client);
    let fits: Vec<&Value> = rows.iter().filter(|row| names(row).iter().any(|name| wanted.contains(name))).collect();
    match (fits.as_slice(), fits.first().and_then(|row| id(row))) {
        // Among rows that were not read there might be another one.
        ([_], Some(id)) if !read.more => Ok(Known { title, id }),
        _ => Err(unclear(client, if fits.is_empty() { rows.iter().collect() } else { fits })),
    }
}

/// The names of a record of a client, in lower case.
pub fn names(row: &Value) -> Vec<String> {
    NAMES.iter().filter_map(|key| Some(row.get(key)?.as_str()?.trim().to_lowercase())).collect()
}

fn wanted(client: &Client) -> Vec<String> {
    let aliases = client.facts.get("aliases").and_then(Value::as_array).into_iter().flatten();
    let title = client.facts.get("title").into_iter();
    let texts = title.chain(aliases).filter_map(Value::as_str);
    texts.chain([client.name.as_str()]).map(|text| text.trim().to_lowercase()).collect()
}

/// The API's clients that a search for a title finds, or the first of them where it has no search.
fn records(at: &At, title: &str) -> Result<Read, Failure> {
    let resource = at.resources.iter().find(|one| is_of_clients(one)).ok_or_else(|| {
        Failure::Unavailable(
            "the API has no resource of clients; give their ids in the variable CLIENTS, such as contoso=42".to_owned(),
        )
    })?;
    let asked = |text| {
        let question = Question { text, limit: MAX_ROWS, ..Question::default() };
        at.asking(resource, &Scope::Shared, &question).asked()
    };
    let asked = asked(Some(title.to_owned())).or_else(|_| asked(None))?;
    pages::read(at.api, resource, &asked, MAX_ROWS, |_| true)
}

fn unclear(client: &Client, candidates: Vec<&Value>) -> Failure {
    let candidate = |row: &&Value| {
        let name = NAMES.iter().find_map(|key| row.get(key)?.as_str()).unwrap_or_default();
        format!("{} (id {})", name, id(row).unwrap_or_default())
    };
    let mut listed: Vec<String> = candidates.iter().take(MAX_CANDIDATES).map(candidate).collect();
    if candidates.len() > listed.len() {
        listed.push("…".to_owned());
    }
    let found = match listed.is_empty() {
        true => "none is near".to_owned(),
        false => format!("there are {}", path::escape(&listed.join(", "))),
    };
    Failure::Invalid(format!(
        "it is not clear which record of the API is the client {}: {found}. None was chosen; an admin gives its id in the variable CLIENTS, such as {}=42",
        path::escape(&client.name),
        path::escape(&client.name)
    ))
}
