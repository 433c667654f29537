//! Operations: what a document says can be asked of the API.

use serde_json::Value;

use crate::document::Document;

/// Operations of one document that are read; the largest API of the presets has about 3,000.
const MAX_OPERATIONS: usize = 5_000;
/// Parameters of one operation that are read.
const MAX_PARAMETERS: usize = 400;

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete"];

static ANYTHING: Value = Value::Null;

/// One method of one path.
pub struct Operation<'a> {
    /// `operationId`, or `POST /path` where there is none.
    pub id: String,
    /// In upper case.
    pub method: String,
    /// As the document writes it, such as `/clients/{client_id}`.
    pub path: &'a str,
    /// One line; empty where the document has none.
    pub summary: &'a str,
    /// In its path and its query.
    pub parameters: Vec<Parameter<'a>>,
    /// The schema of its JSON body.
    pub body: Option<&'a Value>,
    /// The schema of a good answer; null where it is not said.
    pub answer: &'a Value,
}

/// A parameter of an operation.
pub struct Parameter<'a> {
    /// As it is sent.
    pub name: &'a str,
    /// Whether it is a part of the path; else it is in the query.
    pub in_path: bool,
    /// Whether the API insists on it.
    pub required: bool,
    /// What its value may be.
    pub schema: &'a Value,
}

impl Operation<'_> {
    /// The names in its query.
    pub fn query(&self) -> impl Iterator<Item = &Parameter<'_>> {
        self.parameters.iter().filter(|parameter| !parameter.in_path)
    }

    /// The first of `names` that it has in its query, in the spelling of the document.
    pub fn queried(&self, names: &[&str]) -> Option<&Parameter<'_>> {
        names.iter().find_map(|name| self.query().find(|parameter| parameter.name.eq_ignore_ascii_case(name)))
    }
}

/// All operations of a document, in the order of their paths.
pub fn operations(document: &Document) -> Vec<Operation<'_>> {
    let all = document.paths().filter(|(path, _)| path.starts_with('/')).flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some(operation(document, path, item, method, item.get(method)?)))
    });
    all.take(MAX_OPERATIONS).collect()
}

fn operation<'a>(
    document: &'a Document,
    path: &'a str,
    item: &'a Value,
    method: &str,
    typed: &'a Value,
) -> Operation<'a> {
    let method = method.to_ascii_uppercase();
    let lists = [typed, item].into_iter().filter_map(|holder| holder.get("parameters")?.as_array()).flatten();
    let listed: Vec<&Value> = lists.take(MAX_PARAMETERS).map(|parameter| document.resolve(parameter)).collect();
    let mut parameters: Vec<Parameter> = Vec::new();
    for parameter in listed.iter().filter_map(|parameter| read(parameter)) {
        if !parameters.iter().any(|known| known.name == parameter.name && known.in_path == parameter.in_path) {
            parameters.push(parameter);
        }
    }
    Operation {
        id: text(typed, "operationId").map_or_else(|| format!("{method} {path}"), str::to_owned),
        method,
        path,
        summary: text(typed, "summary").or_else(|| text(typed, "description")).unwrap_or_default(),
        parameters,
        body: body(document, typed, &listed),
        answer: answer(document, typed),
    }
}

fn text<'a>(holder: &'a Value, key: &str) -> Option<&'a str> {
    holder.get(key)?.as_str()?.lines().next().filter(|line| !line.trim().is_empty())
}

fn read(parameter: &Value) -> Option<Parameter<'_>> {
    let in_path = match parameter.get("in")?.as_str()? {
        "path" => true,
        "query" => false,
        _ => return None,
    };
    Some(Parameter {
        name: parameter.get("name")?.as_str()?,
        in_path,
        required: in_path || parameter.get("required") == Some(&Value::Bool(true)),
        // In Swagger 2 the parameter is its own schema.
        schema: parameter.get("schema").unwrap_or(parameter),
    })
}

fn body<'a>(document: &'a Document, typed: &'a Value, parameters: &[&'a Value]) -> Option<&'a Value> {
    let swagger = parameters.iter().find(|parameter| parameter.get("in").is_some_and(|place| place == "body"));
    if let Some(schema) = swagger.and_then(|parameter| parameter.get("schema")) {
        return Some(document.resolve(schema));
    }
    json(document, document.resolve(typed.get("requestBody")?))
}

fn answer<'a>(document: &'a Document, typed: &'a Value) -> &'a Value {
    let responses = typed.get("responses");
    let good = ["200", "201", "202", "default"].iter().find_map(|status| responses?.get(status));
    let schema = good
        .map(|good| document.resolve(good))
        .and_then(|good| good.get("schema").map(|schema| document.resolve(schema)).or_else(|| json(document, good)));
    schema.unwrap_or(&ANYTHING)
}

/// The schema of the JSON among the `content` of a body or an answer.
fn json<'a>(document: &'a Document, holder: &'a Value) -> Option<&'a Value> {
    let content = holder.get("content")?.as_object()?;
    let (_, media) = content.iter().find(|(kind, _)| kind.to_ascii_lowercase().contains("json"))?;
    Some(document.resolve(media.get("schema").unwrap_or(&ANYTHING)))
}
