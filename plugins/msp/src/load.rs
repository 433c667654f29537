//! Loading the document that says what the API can.

use claudetools_kit::Failure;
use serde_json::Value;

use crate::api::Api;
use crate::document::Document;
use crate::request::Request;

/// The first document that can be read, of those that the connection names; its preset's where it names none.
pub fn document(api: &Api) -> Result<Document, Failure> {
    if api.connection.documents.is_empty() {
        let text = api.connection.preset.document.unwrap_or_default();
        let root =
            serde_json::from_str(text).map_err(|error| Failure::Internal(format!("the preset's document: {error}")))?;
        return Document::of(root).map_err(Failure::Internal);
    }
    let mut wrong = Vec::new();
    for place in &api.connection.documents {
        match root(api, place).and_then(Document::of) {
            Ok(document) => return Ok(document),
            Err(why) => wrong.push(format!("{place}: {why}")),
        }
    }
    Err(Failure::Unavailable(format!(
        "the API's description (OpenAPI 3, Swagger 2, as JSON) was not found; the variable OPENAPI says where it is. Tried {}",
        wrong.join("; ")
    )))
}

fn root(api: &Api, place: &str) -> Result<Value, String> {
    let read = match place.strip_prefix("file:") {
        Some(file) => api.world.file(file).and_then(|text| {
            serde_json::from_slice(&text).map_err(|error| Failure::Invalid(format!("it is not JSON: {error}")))
        }),
        None => api.read(&Request::get(place, &[])).map(|(value, _)| value),
    };
    read.map_err(|failure| match failure {
        Failure::Invalid(why) | Failure::Refused(why) | Failure::Unavailable(why) | Failure::Internal(why) => why,
    })
}
