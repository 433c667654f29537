//! A question of the model as the API takes it: checked, complete, and never wider than the scope.

use claudetools_kit::{Failure, path};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::document::Document;
use crate::parameter::{is_date, plain, text};
use crate::preset::Ask;
use crate::request::encoded;
use crate::resource::Resource;
use crate::scope::{Scope, client_parameter, is_of_clients};
use crate::{expression, names, parameters};

/// What is asked for.
#[derive(Default, Deserialize)]
pub struct Question {
    /// Words to search for.
    pub text: Option<String>,
    /// Values by the names of filters.
    #[serde(default)]
    pub filters: Map<String, Value>,
    /// A date; rows from that day on.
    pub since: Option<String>,
    /// A date; rows up to that day.
    pub until: Option<String>,
    /// The field that the dates are about; the first that says when a row was made, where it is left out.
    pub date: Option<String>,
    /// As the API sorts; or a field, with `-` before it for the last first.
    pub sort: Option<String>,
    /// Rows.
    #[serde(default = "usual")]
    pub limit: usize,
}

fn usual() -> usize {
    20
}

/// A question as it is sent.
#[derive(Debug, Default)]
pub struct Asked {
    /// The path, filled in.
    pub path: String,
    /// Names and values of the query, without those of paging.
    pub query: Vec<(String, String)>,
    /// The field that the dates are about, where one is named.
    pub date: Option<String>,
    /// What the API itself filters dates by.
    pub dates: Vec<String>,
    /// What is left to filter here.
    pub since: Option<String>,
    /// What is left to filter here.
    pub until: Option<String>,
    /// What is left to sort by here.
    pub sort: Option<String>,
    /// Whether the API was told whose rows are wanted.
    pub scoped: bool,
}

/// A question, with what it is checked against.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Which API.
    pub connection: &'a Connection,
    /// What its schemas are read with.
    pub document: &'a Document,
    /// What is asked for.
    pub resource: &'a Resource<'a>,
    /// Whose rows may be seen.
    pub scope: &'a Scope,
    /// The question.
    pub question: &'a Question,
}

impl Asking<'_> {
    /// The request that the question makes. What the API does not know is refused, with what it knows.
    pub fn asked(&self) -> Result<Asked, Failure> {
        let question = self.question;
        check_date(question.since.as_deref())?;
        check_date(question.until.as_deref())?;
        let mut filters = question.filters.clone();
        self.check_hidden(&filters)?;
        let scoped = self.owned(&mut filters)?;
        let mut asked = Asked {
            path: self.filled(&mut filters)?,
            scoped,
            since: question.since.clone(),
            until: question.until.clone(),
            date: question.date.clone(),
            sort: question.sort.clone(),
            ..Asked::default()
        };
        match self.connection.preset.ask {
            Ask::Parameters => parameters::write(self, filters, &mut asked)?,
            Ask::Conditions | Ask::Filter => expression::write(self, filters, &mut asked)?,
        }
        Ok(asked)
    }

    /// What is taken out of rows can't be found out by asking for it either.
    fn check_hidden(&self, filters: &Map<String, Value>) -> Result<(), Failure> {
        let sorted = self.question.sort.as_deref().map(|sort| sort.trim_start_matches('-'));
        let date = self.question.date.as_deref();
        let mut names = filters.keys().map(String::as_str).chain(sorted).chain(date);
        match names.find(|name| self.connection.redact.hides(name)) {
            Some(name) => {
                let name = path::escape(name);
                Err(Failure::Refused(format!("{name} is not shown, so that nothing can be filtered or sorted by it")))
            }
            None => Ok(()),
        }
    }

    /// Takes the client out of the filters, where it is the scope's own. Whether the API will be told whose rows are wanted.
    fn owned(&self, filters: &mut Map<String, Value>) -> Result<bool, Failure> {
        let names: Vec<String> = filters.keys().filter(|name| is_client(self.connection, name)).cloned().collect();
        let Some(client) = self.scope.client() else {
            return match names.first() {
                Some(name) if !matches!(self.scope, Scope::Shared) => Err(foreign(name)),
                _ => Ok(false),
            };
        };
        for name in names {
            let value = filters.remove(&name).unwrap_or_default();
            if plain(&value) != client.id {
                return Err(foreign(&name));
            }
        }
        let by_field = self.connection.preset.ask != Ask::Parameters;
        let named = client_parameter(self.resource.list, &self.connection.client_params).is_some();
        Ok(!is_of_clients(self.resource) && (by_field || named))
    }

    /// The path with its parameters filled in: the client's from the scope, others from the filters.
    fn filled(&self, filters: &mut Map<String, Value>) -> Result<String, Failure> {
        let list = self.resource.list;
        let mut path = list.path.to_owned();
        for parameter in list.parameters.iter().filter(|parameter| parameter.in_path) {
            let client = self.scope.client().filter(|_| is_client(self.connection, parameter.name));
            let value = match client {
                Some(client) => client.id.clone(),
                None => {
                    let value = filters.remove(parameter.name).ok_or_else(|| self.below(parameter.name))?;
                    text(self.document, parameter.name, &value, parameter.schema)?
                }
            };
            path = path.replace(&format!("{{{}}}", parameter.name), &segment(&value)?);
        }
        Ok(path)
    }

    fn below(&self, name: &str) -> Failure {
        let resource = path::escape(&self.resource.name);
        Failure::Invalid(format!("{resource} are those of one record; give {} in filters", path::escape(name)))
    }
}

fn check_date(date: Option<&str>) -> Result<(), Failure> {
    match date.filter(|date| !is_date(date)) {
        Some(date) => {
            Err(Failure::Invalid(format!("{} is not a date; expected such as 2026-11-29", path::escape(date))))
        }
        None => Ok(()),
    }
}

fn is_client(connection: &Connection, name: &str) -> bool {
    connection.client_params.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn foreign(name: &str) -> Failure {
    let name = path::escape(name);
    Failure::Refused(format!(
        "{name} says whose rows are wanted, and that is this thread's client; leave it out, or name a client in `client` where the thread has none"
    ))
}

/// A value as one part of a path.
pub fn segment(value: &str) -> Result<String, Failure> {
    match value {
        "" | "." | ".." => Err(Failure::Invalid("an id is empty or not an id".to_owned())),
        _ if value.contains(['/', '\\', ';']) || value.len() > 200 => {
            Err(Failure::Invalid("an id has a `/`, `\\` or `;` in it, or more than 200 bytes".to_owned()))
        }
        _ => Ok(encoded(value)),
    }
}

/// The names that a collection can be filtered by.
pub fn filters_of<'a>(connection: &'a Connection, resource: &'a Resource) -> impl Iterator<Item = &'a str> {
    let own = move |name: &&str| !names::is_reserved(name) && !is_client(connection, name);
    resource.list.query().map(|parameter| parameter.name).filter(own)
}

/// Whether the schema of a collection's rows has something that says whose they are, or does not say what they have.
pub fn rows_may_say(asking: &Asking) -> bool {
    let row = asking.resource.row;
    let parts = |name: &str| name.split('/').map(str::to_owned).collect::<Vec<_>>();
    let nested = |name: &str| name.strip_suffix("_id").map(|stem| vec![stem.to_owned(), "id".to_owned()]);
    let mut paths = asking.connection.client_params.iter().flat_map(|name| [Some(parts(name)), nested(name)]).flatten();
    is_of_clients(asking.resource)
        || asking.document.properties(asking.document.plain(row)).is_empty()
        || paths.any(|path| expression::field(asking.document, row, &path).is_some())
}
