//! `msp_write`: one change, sent once.
//!
//! Nothing is asked here: the host holds the request as it is sent, body included, until a person says yes to exactly it, and then the
//! call runs anew. What the change was planned on goes along as a digest, so that a record that changed meanwhile needs another yes.

use std::collections::BTreeMap;

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::body;
use crate::call::At;
use crate::operation::Operation;
use crate::outcome;
use crate::owner;
use crate::parameter::{plain, text, texts, unknown};
use crate::query::segment;
use crate::request::{Request, with_query};
use crate::resource::{Resource, stem};
use crate::scope::{Scope, client_parameter, whose};

/// The input of `msp_write`.
#[derive(Deserialize)]
pub struct Input {
    operation_id: String,
    #[serde(default)]
    params: Map<String, Value>,
    body: Option<Value>,
    client: Option<String>,
}

/// A change that may be sent.
pub struct Plan<'a> {
    /// What it changes.
    pub resource: &'a Resource<'a>,
    /// Whose that is.
    pub scope: Scope,
    /// What it does to the resource.
    pub kind: Kind,
    /// Its path, filled in.
    pub path: String,
    /// As it is sent.
    pub request: Request,
    /// The path of the record that it changes or is below of, and that record as it is.
    pub record: Option<(String, Value)>,
    /// The fields of the body.
    pub fields: Value,
}

/// What a change does to its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is sent to the collection: a new record, mostly.
    New,
    /// It is sent to one record.
    Own,
    /// It is sent to something below a record, or beside the collection.
    Other,
}

impl Kind {
    fn of(resource: &Resource, operation: &Operation) -> Self {
        let path = operation.path.trim_end_matches('/');
        match resource.item {
            Some(item) if item.path.trim_end_matches('/') == path => Self::Own,
            _ if stem(resource.list) == path => Self::New,
            _ => Self::Other,
        }
    }
}

/// Plans a change, sends it, and says what came of it.
pub fn write(at: &At, input: Input) -> Result<Output, Failure> {
    if !at.api.connection.writes {
        return Err(Failure::Refused(
            "this connection is read-only; an admin may set MODE to confirm_writes".to_owned(),
        ));
    }
    let plan = plan(at, input)?;
    outcome::told(at, &plan, at.api.sent(&plan.request))
}

fn plan<'a>(at: &'a At<'a>, input: Input) -> Result<Plan<'a>, Failure> {
    let (resource, operation) = operation(at, &input.operation_id)?;
    let scope = scope(at, resource, input.client.as_deref())?;
    let (path, query) = filled(at, operation, &scope, input.params)?;
    let mut fields = input.body.unwrap_or_default();
    own_body(at, operation, &scope, &mut fields)?;
    match operation.body {
        Some(schema) => body::check(at.offer.document, schema, &fields)?,
        None if fields.is_null() => {}
        None => return Err(Failure::Invalid(format!("{} takes no body", path::escape(&operation.id)))),
    }
    let record = owned(at, resource, operation, &scope, &path, &fields)?;
    let kind = Kind::of(resource, operation);
    let request = Request {
        method: operation.method.clone(),
        target: with_query(&at.api.connection.target(&path), &query),
        body: (!fields.is_null()).then(|| sent(at, operation, &fields)),
        state: record.as_ref().filter(|_| kind == Kind::Own).map(|(_, record)| digest(record)),
    };
    Ok(Plan { resource, scope, kind, path, request, record, fields })
}

fn operation<'a>(at: &'a At<'a>, id: &str) -> Result<(&'a Resource<'a>, &'a Operation<'a>), Failure> {
    let changes = || at.resources.iter().flat_map(|one| one.writes.iter().map(move |write| (one, *write)));
    let found = changes().find(|(_, write)| write.id == id);
    found.ok_or_else(|| unknown("change", id, changes().map(|(_, write)| write.id.as_str())))
}

/// Whose record is changed. What is nobody's may be changed without a client, and in a client's name, too.
fn scope(at: &At, resource: &Resource, named: Option<&str>) -> Result<Scope, Failure> {
    match Scope::of_client(at, resource, named) {
        Err(_) if named.is_none() && at.api.connection.shared.contains(&resource.name) => Ok(Scope::Shared),
        Ok(Scope::Named(_)) => {
            Err(Failure::Invalid("name the client that the change is about, in `client`".to_owned()))
        }
        scope => scope,
    }
}

/// A body as the API takes it: in a list, where it takes one.
fn sent(at: &At, operation: &Operation, fields: &Value) -> Value {
    match operation.body.and_then(|schema| at.offer.document.items(schema)) {
        Some(_) => Value::Array(vec![fields.clone()]),
        None => fields.clone(),
    }
}

/// Path and query of a change, from its parameters; the client's from the scope.
fn filled(
    at: &At,
    operation: &Operation,
    scope: &Scope,
    mut params: Map<String, Value>,
) -> Result<(String, Vec<(String, String)>), Failure> {
    let client = client_parameter(operation, &at.api.connection.client_params);
    let mut own = BTreeMap::new();
    if let (Some(parameter), Some(client)) = (client, scope.client()) {
        if params.remove(parameter.name).is_some_and(|given| plain(&given) != client.id) {
            return Err(Failure::Refused(format!("{} is another client than this call's", parameter.name)));
        }
        own.insert(parameter.name, client.id.clone());
    }
    let (mut path, mut query) = (operation.path.to_owned(), Vec::new());
    for parameter in &operation.parameters {
        let given = params.remove(parameter.name);
        let values = match (own.get(parameter.name), given) {
            (Some(id), _) => vec![id.clone()],
            (None, Some(value)) if parameter.in_path => {
                vec![text(at.offer.document, parameter.name, &value, parameter.schema)?]
            }
            (None, Some(value)) => texts(at.offer.document, parameter.name, &value, parameter.schema)?,
            (None, None) if parameter.required => {
                return Err(Failure::Invalid(format!("params lacks {}", path::escape(parameter.name))));
            }
            (None, None) => continue,
        };
        for value in values {
            if parameter.in_path {
                path = path.replace(&format!("{{{}}}", parameter.name), &segment(&value)?);
            } else {
                query.push((parameter.name.to_owned(), value));
            }
        }
    }
    match params.keys().next() {
        Some(name) => Err(unknown("parameter", name, operation.parameters.iter().map(|parameter| parameter.name))),
        None => Ok((path, query)),
    }
}

/// Puts the client into a body that has a place for it; another one than the scope's is refused.
fn own_body(at: &At, operation: &Operation, scope: &Scope, fields: &mut Value) -> Result<(), Failure> {
    let params = &at.api.connection.client_params;
    let Some(client) = scope.client() else { return Ok(()) };
    if params.iter().filter_map(|name| whose(fields, std::slice::from_ref(name))).any(|id| id != client.id) {
        return Err(Failure::Refused("the body names another client than this call's".to_owned()));
    }
    let Some(schema) = operation.body.filter(|_| operation.method == "POST") else { return Ok(()) };
    let known = at.offer.document.properties(body::record_schema(at.offer.document, schema));
    let place = params.iter().find_map(|name| Some((name, *known.get(name.as_str())?)));
    if let (Some((name, schema)), Some(fields)) = (place, fields.as_object_mut()) {
        let is_number = at.offer.document.kind(at.offer.document.plain(schema)) == "integer";
        let id = client
            .id
            .parse::<i64>()
            .ok()
            .filter(|_| is_number)
            .map_or_else(|| Value::from(client.id.as_str()), Value::from);
        fields.insert(name.clone(), id);
    }
    Ok(())
}

/// Finds what a change touches to be the client's: the record that it changes or is below of, which is given back, those that it refers
/// to, or the client that it names.
fn owned(
    at: &At,
    resource: &Resource,
    operation: &Operation,
    scope: &Scope,
    path: &str,
    fields: &Value,
) -> Result<Option<(String, Value)>, Failure> {
    let connection = at.api.connection;
    let record = owner::parent(at.api, &at.resources, operation.path, path, scope)?;
    let refers = owner::references(at.api, &at.resources, resource, fields, scope)?;
    let names =
        whose(fields, &connection.client_params).is_some() || owner::names_client(connection, operation.path, scope);
    let is_shared = connection.shared.contains(&resource.name);
    if scope.client().is_some() && !is_shared && record.is_none() && !refers && !names {
        return Err(Failure::Refused(format!(
            "nothing in {} says which client it is about, so that it can't be sent in a client's name; an admin may \
             list {} in the variable SHARED, if it is nobody's",
            path::escape(&operation.id),
            path::escape(&resource.name)
        )));
    }
    Ok(record)
}

/// The first half of a SHA-256 in the shape of a UUID.
fn digest(record: &Value) -> String {
    let hash = hex::encode(&Sha256::digest(record.to_string().as_bytes())[..16]);
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}
