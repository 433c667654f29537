//! Questions to APIs that take parameters, as the document lists them.

use claudetools_kit::{Failure, path};
use serde_json::{Map, Value};

use crate::names;
use crate::parameter::{is_dated, text, texts, unknown};
use crate::query::{Asked, Asking, filters_of};
use crate::scope::{client_parameter, is_of_clients};

/// Writes a question as parameters into what is asked.
pub fn write(asking: &Asking, filters: Map<String, Value>, asked: &mut Asked) -> Result<(), Failure> {
    let fixed = asking.connection.preset.fixed.iter();
    asked.query.extend(fixed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    client(asking, asked);
    for (name, value) in filters {
        filter(asking, name, &value, asked)?;
    }
    words(asking, asked)?;
    order(asking, asked)?;
    dates(asking, asked);
    Ok(())
}

fn client(asking: &Asking, asked: &mut Asked) {
    let Some(client) = asking.scope.client() else { return };
    let list = asking.resource.list;
    let named = client_parameter(list, &asking.connection.client_params).filter(|_| asked.scoped);
    let own = list.queried(&["id"]).filter(|_| is_of_clients(asking.resource));
    if let Some(parameter) = named.or(own).filter(|parameter| !parameter.in_path) {
        asked.query.push((parameter.name.to_owned(), client.id.clone()));
    }
}

fn filter(asking: &Asking, name: String, value: &Value, asked: &mut Asked) -> Result<(), Failure> {
    let mut known = asking.resource.list.query().filter(|parameter| !names::is_reserved(parameter.name));
    let parameter = known
        .find(|parameter| parameter.name == name)
        .ok_or_else(|| unknown("filter", &name, filters_of(asking.connection, asking.resource)))?;
    let values = texts(asking.document, &name, value, parameter.schema)?;
    asked.query.extend(values.into_iter().map(|value| (name.clone(), value)));
    Ok(())
}

fn words(asking: &Asking, asked: &mut Asked) -> Result<(), Failure> {
    let Some(words) = &asking.question.text else { return Ok(()) };
    let search = asking.resource.list.queried(names::SEARCH).ok_or_else(|| {
        let filters: Vec<&str> = filters_of(asking.connection, asking.resource).collect();
        let (resource, filters) = (path::escape(&asking.resource.name), path::escape(&filters.join(", ")));
        Failure::Invalid(format!("{resource} can't be searched by words; filter by: {filters}"))
    })?;
    asked.query.push((search.name.to_owned(), words.clone()));
    Ok(())
}

/// Where the API can't sort, it is left to be done here.
fn order(asking: &Asking, asked: &mut Asked) -> Result<(), Failure> {
    let Some(parameter) = asking.resource.list.queried(names::SORT) else { return Ok(()) };
    if let Some(sort) = asked.sort.take() {
        let value = text(asking.document, parameter.name, &Value::from(sort), parameter.schema)?;
        asked.query.push((parameter.name.to_owned(), value));
    }
    Ok(())
}

/// Where the API can't filter a date, it is left to be done here.
fn dates(asking: &Asking, asked: &mut Asked) {
    let bounds = [
        (names::AFTER, names::AFTER_ENDS, "T00:00:00Z", &mut asked.since),
        (names::BEFORE, names::BEFORE_ENDS, "T23:59:59Z", &mut asked.until),
    ];
    for (names, ends, time, wanted) in bounds {
        let list = asking.resource.list;
        let parameter = match &asking.question.date {
            Some(field) => list.query().find(|one| one.name.strip_prefix(field).is_some_and(|end| ends.contains(&end))),
            None => list.queried(names),
        };
        let Some(parameter) = parameter else { continue };
        let Some(date) = wanted.take() else { continue };
        let schema = asking.document.plain(parameter.schema);
        let timed = is_dated(schema) && schema["format"] == "date-time" && date.len() == 10;
        asked.query.push((parameter.name.to_owned(), if timed { format!("{date}{time}") } else { date }));
        asked.dates.push(parameter.name.to_owned());
    }
}
