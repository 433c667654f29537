//! One tenant: what stands in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::conduct::Conduct;
use super::rule::Rule;
use super::scenario::Scenario;
use crate::clock;

/// A tenant.
pub(super) struct Tenant {
    pub scenario: Scenario,
    pub id: String,
    /// Its own domain, verified and default.
    pub domain: String,
    /// Its first domain, below `onmicrosoft.com`.
    pub initial: String,
    /// When its data was made: everything in it is so many minutes before.
    pub now: OffsetDateTime,
    /// Graph's collections and single objects, by their path without the version.
    pub graph: BTreeMap<String, Vec<Value>>,
    /// Rules, by mailbox.
    pub rules: BTreeMap<String, Vec<Rule>>,
    /// The way to sign in that is asked for first, by the object id of its user.
    pub default_methods: BTreeMap<String, String>,
    /// Exchange's objects, by noun.
    pub exchange: BTreeMap<String, Vec<Row>>,
    pub dns: Vec<Record>,
    pub conduct: Conduct,
}

/// An object of Exchange.
#[derive(Clone)]
pub(super) struct Row {
    /// Whose it is; None where it is the organisation's.
    pub mailbox: Option<String>,
    pub value: Value,
}

/// A record of DNS.
pub(super) struct Record {
    /// Without the final dot.
    pub name: String,
    pub kind: u16,
    pub data: String,
}

impl Tenant {
    /// An empty one.
    pub(super) fn new(scenario: Scenario, now: OffsetDateTime) -> Self {
        Self {
            scenario,
            id: scenario.tenant(),
            domain: scenario.domain(),
            initial: scenario.initial(),
            now,
            graph: BTreeMap::new(),
            rules: BTreeMap::new(),
            default_methods: BTreeMap::new(),
            exchange: BTreeMap::new(),
            dns: Vec::new(),
            conduct: Conduct::default(),
        }
    }

    /// So many minutes before its data was made.
    pub(super) fn ago(&self, minutes: i64) -> String {
        clock::ago(self.now, minutes)
    }

    /// The identifier of one of its things.
    pub(super) fn key(&self, name: &str) -> String {
        clock::id(&format!("{}/{name}", self.id))
    }

    /// The address of somebody of its own.
    pub(super) fn upn(&self, who: &str) -> String {
        format!("{who}@{}", self.domain)
    }

    /// Adds an object to one of Graph's collections.
    pub(super) fn put(&mut self, path: &str, value: Value) {
        self.graph.entry(path.to_owned()).or_default().push(value);
    }

    /// Makes a collection or a single object what it says.
    pub(super) fn set(&mut self, path: &str, value: Value) {
        self.graph.insert(path.to_owned(), vec![value]);
    }

    pub(super) fn list(&self, path: &str) -> &[Value] {
        self.graph.get(path).map_or(&[], Vec::as_slice)
    }

    /// The object of a collection with this id, to be changed.
    pub(super) fn one(&mut self, path: &str, id: &str) -> Option<&mut Value> {
        self.graph.get_mut(path)?.iter_mut().find(|value| value["id"] == id)
    }

    /// A user by its object id or principal name.
    pub(super) fn user(&self, id: &str) -> Option<&Value> {
        let is = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(id));
        self.list("users").iter().find(|user| is(&user["id"]) || is(&user["userPrincipalName"]))
    }

    /// Adds an object of Exchange that is the organisation's.
    pub(super) fn organisation(&mut self, noun: &str, value: Value) {
        self.exchange.entry(noun.to_owned()).or_default().push(Row { mailbox: None, value });
    }

    /// Adds an object of Exchange that belongs to a mailbox.
    pub(super) fn mailbox(&mut self, noun: &str, mailbox: &str, value: Value) {
        let row = Row { mailbox: Some(mailbox.to_lowercase()), value };
        self.exchange.entry(noun.to_owned()).or_default().push(row);
    }

    /// Changes the first object of Exchange of a noun and a mailbox; nothing where there is none.
    pub(super) fn alter(&mut self, noun: &str, mailbox: Option<&str>, fields: &Value) {
        let mailbox = mailbox.map(str::to_lowercase);
        let rows = self.exchange.get_mut(noun).into_iter().flatten();
        if let Some(row) = rows.into_iter().find(|row| row.mailbox == mailbox) {
            merge(&mut row.value, fields);
        }
    }

    /// Adds a DNS record.
    pub(super) fn record(&mut self, name: &str, kind: u16, data: &str) {
        self.dns.push(Record { name: name.to_lowercase(), kind, data: data.to_owned() });
    }

    /// Somebody, as the actor of an audit has him.
    pub(super) fn actor(&self, who: &str) -> Value {
        let upn = self.upn(who);
        let id = self.user(&upn).map_or(Value::Null, |user| user["id"].clone());
        json!({"user": {"id": id, "displayName": null, "userPrincipalName": upn, "ipAddress": null}, "app": null})
    }
}

/// Sets the fields that are named.
pub(super) fn merge(value: &mut Value, fields: &Value) {
    for (name, field) in fields.as_object().into_iter().flatten() {
        value[name] = field.clone();
    }
}
