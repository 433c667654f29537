//! `$batch`: several requests in one, each with a status of its own.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::{Answer, inner};
use crate::answer::Content;
use crate::call::Call;
use crate::microsoft::state::State;

/// The most requests of one batch.
const MOST: usize = 20;

pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    let requests = match read(call) {
        Ok(requests) => requests,
        Err(why) => {
            state.problem(format!("graph: {}: {why}", call.path));
            return Answer::fault(400, "BadRequest", &why);
        }
    };
    let mut responses: Vec<Value> = requests.iter().map(|(id, call)| response(id, inner(state, call))).collect();
    // The order is nobody's promise.
    responses.reverse();
    Answer::json(200, json!({"responses": responses}))
}

/// The requests of a batch, by their ids.
fn read(call: &Call) -> Result<Vec<(String, Call)>, String> {
    let list = call.body["requests"].as_array().ok_or("the body has no `requests`")?;
    if call.method != "POST" || list.is_empty() || list.len() > MOST {
        return Err(format!("{} with {} requests; a batch is a POST of 1 to {MOST}", call.method, list.len()));
    }
    let mut ids = HashSet::new();
    let mut read = Vec::new();
    for entry in list {
        let id = entry["id"].as_str().ok_or("a request has no `id`")?;
        if !ids.insert(id) {
            return Err(format!("two requests have the id `{id}`"));
        }
        read.push((id.to_owned(), one(call, entry)?));
    }
    Ok(read)
}

fn one(outer: &Call, entry: &Value) -> Result<Call, String> {
    let (method, url) = (entry["method"].as_str(), entry["url"].as_str());
    let (Some(method), Some(url)) = (method, url) else {
        return Err("a request has no `method` or no `url`".to_owned());
    };
    if url.contains("://") || url.starts_with("/v1.0") || url.starts_with("/beta") {
        return Err(format!("the url `{url}` is not relative to the version"));
    }
    if entry.get("dependsOn").is_some() {
        return Err("`dependsOn` is not understood".to_owned());
    }
    let mut headers = BTreeMap::from([("authorization".to_owned(), outer.header("authorization").to_owned())]);
    let own = entry["headers"].as_object().into_iter().flatten();
    headers.extend(own.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap_or_default().to_owned())));
    let body = entry.get("body").cloned().unwrap_or_default();
    if !body.is_null() && !headers.contains_key("content-type") {
        return Err("a request with a body has no `Content-Type`".to_owned());
    }
    let version = outer.path.split('/').nth(1).unwrap_or("v1.0");
    let call = Call::of_target(&format!("/{version}/{}", url.trim_start_matches('/')));
    Ok(Call { method: method.to_owned(), headers, text: body.to_string(), body, batched: true, ..call })
}

fn response(id: &str, answer: Answer) -> Value {
    let mut headers = Map::from_iter([("Content-Type".to_owned(), json!("application/json"))]);
    for (name, value) in answer.headers {
        let name = if name == "retry-after" { "Retry-After" } else { name };
        headers.insert(name.to_owned(), json!(value));
    }
    match answer.body {
        Content::Empty => json!({"id": id, "status": answer.status, "headers": headers}),
        Content::Json(body) => json!({"id": id, "status": answer.status, "headers": headers, "body": body}),
        // What is spoilt inside of a batch is a text where an object would be.
        Content::Raw(text, _) => json!({"id": id, "status": answer.status, "headers": headers, "body": text}),
        Content::Lost => json!({"id": id, "status": 504, "headers": headers}),
    }
}
