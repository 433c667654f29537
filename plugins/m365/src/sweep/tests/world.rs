//! A clean tenant, and what one changes in it.

use std::collections::BTreeMap;

use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::{Class, Gap, Reply};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::reach::{Reach, plans};
use crate::sweep::known::{Answer, Known};
use crate::sweep::last::Last;
use crate::sweep::source::{self, From, Source};

pub const NOW: &str = "2026-11-29T12:00:00Z";
pub const WINDOW_DAYS: i64 = 30;

/// Answers by the names of their sources, with `client` and `last`.
pub struct World(pub Map<String, Value>);

/// The tenant of `clean.json`.
pub fn clean() -> World {
    World(serde_json::from_str(include_str!("clean.json")).unwrap())
}

impl World {
    /// The same with other answers: `NAME` replaces, `NAME+` adds rows, and an object is merged into one.
    pub fn with(mut self, changes: &Value) -> Self {
        for (name, change) in changes.as_object().unwrap() {
            let (name, adds) = name.strip_suffix('+').map_or((name.as_str(), false), |name| (name, true));
            let known = self.0.get_mut(name).unwrap_or_else(|| panic!("there is no source {name}"));
            match (known, change) {
                (Value::Array(rows), Value::Array(more)) if adds => rows.extend(more.iter().cloned()),
                (Value::Object(fields), Value::Object(more)) => fields.extend(more.clone()),
                (known, change) => *known = change.clone(),
            }
        }
        self
    }

    /// The same with every row of a source changed.
    pub fn each(mut self, name: &str, changes: &Value) -> Self {
        for row in self.0[name].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        }
        self
    }

    /// What the rules know of it.
    pub fn see<T>(&self, look: impl FnOnce(&Known) -> T) -> T {
        let client = Client::read("contoso", &self.0["client"].to_string()).unwrap();
        let last: Option<Last> = serde_json::from_value(self.0["last"].clone()).unwrap();
        let now: Timestamp = NOW.parse().unwrap();
        let since = now - SignedDuration::from_hours(WINDOW_DAYS * 24);
        let answers: BTreeMap<&'static str, Answer> =
            source::ALL.iter().map(|source| (source.name, self.answer(source))).collect();
        let reach = Reach { plans: self.0["SKUS"].as_array().map(|skus| plans(skus)), ..Reach::default() };
        look(&Known { client: &client, reach, last: last.as_ref(), since, now, answers })
    }

    fn answer(&self, source: &Source) -> Answer {
        let outcome = match (&self.0[source.name], &source.from) {
            (Value::String(gap), _) => Err(Gap::new(class(gap), format!("no {}", source.name))),
            (body, From::One(_)) => Ok(Reply { body: body.clone(), ..Reply::default() }),
            (Value::Array(items), _) => Ok(Reply { items: items.clone(), ..Reply::default() }),
            (other, _) => Err(Gap::new(Class::Malformed, format!("{other} is no list"))),
        };
        Answer::of(source, outcome)
    }
}

fn class(word: &str) -> Class {
    match word {
        "not_permitted" => Class::NotPermitted,
        "not_licensed" => Class::NotLicensed,
        "unavailable" => Class::Unavailable,
        _ => Class::Malformed,
    }
}

/// Days before now, in RFC 3339.
pub fn days_ago(days: i64) -> Value {
    let now: Timestamp = NOW.parse().unwrap();
    json!((now - SignedDuration::from_hours(days * 24)).to_string())
}
