//! What the real API refuses, in the order in which it looks.
//!
//! Each module checks one part of a request and says no with the status and the words of the real one.

use serde_json::{Map, Value};

use super::failure::Failure;
use super::models::{self, Model};

mod betas;
mod blocks;
mod body;
mod context;
pub(super) mod headers;
mod markers;
mod media;
mod messages;
mod pairing;
mod thinking;
mod tools;

#[cfg(test)]
mod tests;

pub(super) use betas::Betas;

/// What a check says.
pub(super) type Checked = Result<(), Failure>;

/// Which of the two endpoints was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Messages,
    CountTokens,
}

/// A request whose body is a JSON object and whose model is known.
pub(super) struct Call<'a> {
    pub body: &'a Map<String, Value>,
    pub model: &'static Model,
    pub betas: &'a Betas,
    /// Contents of assistant messages that may stand last, because their turn was paused.
    pub paused: &'a [Value],
}

impl<'a> Call<'a> {
    /// The call of this body, once its fields are those of the API and its model exists.
    pub fn new(body: &'a Value, betas: &'a Betas, endpoint: Endpoint, paused: &'a [Value]) -> Result<Self, Failure> {
        let Some(body) = body.as_object() else {
            return Err(Failure::invalid("Input should be a valid dictionary"));
        };
        body::fields(body, betas, endpoint)?;
        let id = body["model"].as_str().unwrap_or_default();
        let model = models::find(id).ok_or_else(|| Failure::not_found(format!("model: {id}")))?;
        Ok(Self { body, model, betas, paused })
    }

    /// Everything else that is checked on a request alone.
    pub fn check(&self) -> Checked {
        body::values(self)?;
        tools::check(self)?;
        thinking::check(self)?;
        messages::check(self)?;
        pairing::check(self)?;
        context::check(self)?;
        markers::check(self)
    }

    /// The messages.
    pub fn messages(&self) -> &'a [Value] {
        items(self.body.get("messages"))
    }

    /// The tools.
    pub fn tools(&self) -> &'a [Value] {
        items(self.body.get("tools"))
    }
}

/// The elements of an array; none where it is not one.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Refuses keys of `value` that are not in `known`, each named below `place`.
fn no_extras(value: &Value, known: &[&str], place: &str) -> Checked {
    let keys = value.as_object().into_iter().flat_map(Map::keys);
    match keys.into_iter().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(extra(&format!("{place}.{key}"))),
        None => Ok(()),
    }
}

fn extra(place: &str) -> Failure {
    Failure::invalid(format!("{place}: Extra inputs are not permitted"))
}

fn required(place: &str) -> Failure {
    Failure::invalid(format!("{place}: Field required"))
}
