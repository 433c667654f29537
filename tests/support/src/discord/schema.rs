//! Discord's own OpenAPI description, where it is at hand.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// Beside the workspace; not part of it.
const OPENAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/discord/openapi.json");

/// None where the file is not there. One that is there and says nothing useful is a mistake that must not pass.
static DESCRIPTION: LazyLock<Option<Value>> = LazyLock::new(|| match std::fs::read(OPENAPI) {
    Ok(bytes) => match serde_json::from_slice(&bytes) {
        Ok(description) => Some(description),
        Err(error) => panic!("{OPENAPI} is no JSON: {error}"),
    },
    Err(_) => {
        eprintln!("fake discord: {OPENAPI} is not there; requests meet the built-in checks only");
        None
    }
});

static VALIDATORS: LazyLock<Mutex<HashMap<String, Option<Arc<Check>>>>> = LazyLock::new(Mutex::default);

struct Check {
    validator: Validator,
    /// The properties that the body may have; none where the schema is a union.
    properties: Option<Vec<String>>,
}

/// What is wrong with a body sent to a route.
pub(super) fn check(route: &str, body: &Value) -> Vec<String> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let check = validators.entry(route.to_owned()).or_insert_with(|| build(route).map(Arc::new)).clone();
    drop(validators);
    let Some(check) = check else {
        return Vec::new();
    };
    let wrong = check.validator.iter_errors(body);
    let mut found: Vec<String> = wrong.map(|error| format!("`{}`: {error}", error.instance_path())).collect();
    if let (Some(known), Some(given)) = (&check.properties, body.as_object()) {
        let unknown = given.keys().filter(|key| !known.contains(key));
        found.extend(unknown.map(|key| format!("there is no property `{key}`")));
    }
    found
}

/// Whether Discord's description is at hand.
#[cfg(test)]
pub(super) fn is_there() -> bool {
    DESCRIPTION.is_some()
}

/// Whether bodies of a route are checked against a schema.
#[cfg(test)]
pub(super) fn has(route: &str) -> bool {
    build(route).is_some()
}

fn build(route: &str) -> Option<Check> {
    let description = DESCRIPTION.as_ref()?;
    let (method, path) = route.split_once(' ')?;
    let operation = &description["paths"][path][method.to_lowercase()];
    let schema = operation["requestBody"]["content"].get("application/json")?.get("schema")?;
    let document = json!({"allOf": [schema], "components": description["components"]});
    let validator = match jsonschema::validator_for(&document) {
        Ok(validator) => validator,
        Err(error) => panic!("the schema of `{route}` in {OPENAPI} cannot be used: {error}"),
    };
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let properties = name.and_then(|name| {
        let listed = description["components"]["schemas"][name]["properties"].as_object()?;
        Some(listed.keys().cloned().collect())
    });
    Some(Check { validator, properties })
}
