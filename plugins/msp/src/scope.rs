//! Scope: whose rows a call may see. In doubt, none.

use claudetools_kit::{Failure, path};
use serde_json::Value;

use crate::api::Api;
use crate::call::At;
use crate::lookup;
use crate::operation::{Operation, Parameter};
use crate::parameter::plain;
use crate::resource::Resource;

/// What APIs call the resource of their clients.
const CLIENTS: &[&str] =
    &["clients", "client", "customers", "companies", "company", "organizations", "organisations", "tenants"];

/// Whose rows may be seen.
#[derive(Debug)]
pub enum Scope {
    /// Everybody's: the resource belongs to no client.
    Shared,
    /// One client's.
    One(Known),
    /// Of the resource of clients itself, where the thread has none: those that it may name.
    Named(Vec<Known>),
}

/// A client that was found in the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// What people call it.
    pub title: String,
    /// Its id in the API; for one that could only be named, where no id is known, empty.
    pub id: String,
}

/// What a row says of whose it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It may be seen.
    Here,
    /// It is another client's.
    Elsewhere,
    /// It says nothing of it.
    Unsaid,
}

impl Scope {
    /// The scope of a question: everybody's where the resource is, else [`Self::of_client`].
    pub fn of(at: &At, resource: &Resource, named: Option<&str>) -> Result<Self, Failure> {
        match at.api.connection.shared.contains(&resource.name) {
            true => Ok(Self::Shared),
            false => Self::of_client(at, resource, named),
        }
    }

    /// The thread's client, or the named one where the thread may name it.
    pub fn of_client(at: &At, resource: &Resource, named: Option<&str>) -> Result<Self, Failure> {
        match at.api.world.choose(named) {
            Ok(client) => lookup::known(at, &client).map(Self::One),
            Err(refused) if named.is_some() || !is_of_clients(resource) => Err(refused),
            Err(refused) => match at.api.world.choices() {
                choices if choices.is_empty() => Err(refused),
                choices => Ok(Self::Named(choices.into_iter().map(|name| by_name(at.api, name)).collect())),
            },
        }
    }

    /// The one client, where it is one.
    pub fn client(&self) -> Option<&Known> {
        match self {
            Self::One(known) => Some(known),
            Self::Shared | Self::Named(_) => None,
        }
    }

    /// Whose a row is. `params` say where that stands in it.
    pub fn belongs(&self, row: &Value, resource: &Resource, params: &[String]) -> Belongs {
        let client = match self {
            Self::Shared => return Belongs::Here,
            Self::Named(known) => {
                let names: Vec<String> = lookup::names(row);
                let id = id(row);
                let fits = |one: &Known| {
                    id.as_deref() == Some(&one.id) || one.id.is_empty() && names.contains(&one.title.to_lowercase())
                };
                return if known.iter().any(fits) { Belongs::Here } else { Belongs::Elsewhere };
            }
            Self::One(known) => known,
        };
        let whose = if is_of_clients(resource) { id(row) } else { whose(row, params) };
        match whose {
            Some(whose) if whose == client.id => Belongs::Here,
            Some(_) => Belongs::Elsewhere,
            None => Belongs::Unsaid,
        }
    }
}

fn by_name(api: &Api, name: String) -> Known {
    let id = api.connection.clients.get(&name).cloned().unwrap_or_default();
    Known { title: name, id }
}

/// Whether a resource is that of the clients themselves.
pub fn is_of_clients(resource: &Resource) -> bool {
    let name = resource.name.rsplit('/').next().unwrap_or_default();
    CLIENTS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The parameter of an operation, in its path or its query, that says whose rows it is about.
pub fn client_parameter<'a>(one: &'a Operation, params: &[String]) -> Option<&'a Parameter<'a>> {
    params.iter().find_map(|name| one.parameters.iter().find(|parameter| parameter.name.eq_ignore_ascii_case(name)))
}

/// The id of the client that a row says it belongs to: of several fields that say it the first with a value. Empty where all that there
/// are have none, so that it is nobody's; `None` where there is no such field.
pub fn whose(row: &Value, params: &[String]) -> Option<String> {
    let found: Vec<Option<String>> = params.iter().filter_map(|name| Some(scalar(client_field(row, name)?))).collect();
    let said = found.iter().find_map(Clone::clone);
    said.or_else(|| (!found.is_empty()).then(String::new))
}

/// What stands where a name such as `client_id`, `company/id` leads in a row: `client_id` may be `{"client": {"id": 7}}`, too.
fn client_field<'a>(row: &'a Value, name: &str) -> Option<&'a Value> {
    let own = row.pointer(&format!("/{name}"));
    let nested = name.strip_suffix("_id").or(name.strip_suffix("/id")).and_then(|stem| row.get(stem));
    let found = own.or(nested)?;
    Some(found.get("id").unwrap_or(found))
}

/// The id of a record.
pub fn id(row: &Value) -> Option<String> {
    ["id", "ID", "Id", "uuid", "itemId"].iter().find_map(|key| scalar(row.get(key)?))
}

fn scalar(value: &Value) -> Option<String> {
    matches!(value, Value::String(_) | Value::Number(_)).then(|| plain(value))
}

/// The refusal of a record that is not this client's, or does not say whose it is: the same words for both, so that nobody learns which.
pub fn not_here(resource: &str, known: Option<&Known>) -> Failure {
    let client = known.map_or("a client of this thread", |known| known.title.as_str());
    Failure::Refused(format!(
        "this record of {} is not one of {}, or does not say whose it is",
        path::escape(resource),
        path::escape(client)
    ))
}
