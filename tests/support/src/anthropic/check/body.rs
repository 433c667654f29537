//! The top level of a body: which fields there are, and the values of the simple ones.

use serde_json::{Map, Value};

use super::{Betas, Call, Checked, Endpoint, extra, items, no_extras, required};
use crate::anthropic::failure::Failure;
use crate::anthropic::models::Takes;

/// Every field of a request, and the JSON type it has.
const FIELDS: &[(&str, Type)] = &[
    ("model", Type::Text),
    ("messages", Type::List),
    ("max_tokens", Type::Count),
    ("system", Type::TextOrList),
    ("stream", Type::Switch),
    ("tools", Type::List),
    ("tool_choice", Type::Record),
    ("thinking", Type::Record),
    ("output_config", Type::Record),
    ("cache_control", Type::Record),
    ("stop_sequences", Type::List),
    ("metadata", Type::Record),
    ("service_tier", Type::Text),
    ("container", Type::Any),
    ("context_management", Type::Record),
    ("compaction", Type::Record),
    ("mcp_servers", Type::List),
    ("fallbacks", Type::Any),
    ("diagnostics", Type::Record),
    ("inference_geo", Type::Text),
    ("speed", Type::Text),
    ("user_profile_id", Type::Text),
    ("temperature", Type::Number),
    ("top_p", Type::Number),
    ("top_k", Type::Count),
];

#[derive(Clone, Copy)]
enum Type {
    Text,
    List,
    TextOrList,
    Record,
    Count,
    Number,
    Switch,
    Any,
}

/// Fields that exist, are unlocked, are there where they must be, and have the right type.
pub(super) fn fields(body: &Map<String, Value>, betas: &Betas, endpoint: Endpoint) -> Checked {
    for (name, value) in body {
        let known = FIELDS.iter().find(|(field, _)| field == name);
        let (_, kind) = known.ok_or_else(|| extra(name))?;
        betas.unlock(name)?;
        kind.check(name, value)?;
    }
    let counted = ["max_tokens", "stream"];
    if endpoint == Endpoint::CountTokens {
        match counted.into_iter().find(|name| body.contains_key(*name)) {
            Some(name) => return Err(extra(name)),
            None => return need(body, &["model", "messages"]),
        }
    }
    need(body, &["model", "messages", "max_tokens"])
}

fn need(body: &Map<String, Value>, names: &[&str]) -> Checked {
    match names.iter().find(|name| !body.contains_key(**name)) {
        Some(name) => Err(required(name)),
        None => Ok(()),
    }
}

impl Type {
    fn check(self, name: &str, value: &Value) -> Checked {
        let (fits, wanted) = match self {
            Self::Text => (value.is_string(), "a valid string"),
            Self::List => (value.is_array(), "a valid list"),
            Self::TextOrList => (value.is_string() || value.is_array(), "a valid string"),
            Self::Record => (value.is_object(), "a valid dictionary"),
            Self::Count => (value.is_u64(), "a valid integer"),
            Self::Number => (value.is_number(), "a valid number"),
            Self::Switch => (value.is_boolean(), "a valid boolean"),
            Self::Any => (true, ""),
        };
        match fits {
            true => Ok(()),
            false => Err(Failure::invalid(format!("{name}: Input should be {wanted}"))),
        }
    }
}

/// The values of the fields that have no module of their own.
pub(super) fn values(call: &Call<'_>) -> Checked {
    max_tokens(call)?;
    sampling(call)?;
    system(call)?;
    metadata(call)?;
    match call.body.get("service_tier").and_then(Value::as_str) {
        None | Some("auto" | "standard_only") => Ok(()),
        Some(_) => Err(Failure::invalid("service_tier: Input should be 'auto' or 'standard_only'")),
    }
}

fn max_tokens(call: &Call<'_>) -> Checked {
    let Some(asked) = call.body.get("max_tokens").and_then(Value::as_u64) else {
        return Ok(());
    };
    let (most, id) = (call.model.max_output, call.model.id);
    if asked > most {
        return Err(Failure::invalid(format!(
            "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {id}"
        )));
    }
    let streamed = call.body.get("stream") == Some(&Value::Bool(true));
    match asked == 0 && streamed {
        true => Err(Failure::invalid("max_tokens: 0 is not supported with stream")),
        false => Ok(()),
    }
}

/// Sampling parameters: `1` is the default of `temperature` and `top_p`, and may be said.
fn sampling(call: &Call<'_>) -> Checked {
    for name in ["temperature", "top_p", "top_k"] {
        let Some(value) = call.body.get(name) else {
            continue;
        };
        let default = name != "top_k" && value.as_f64() == Some(1.0);
        if !default && !call.model.takes(Takes::Sampling) {
            return Err(Failure::invalid(format!("`{name}` is deprecated for this model.")));
        }
    }
    Ok(())
}

fn system(call: &Call<'_>) -> Checked {
    for (i, block) in items(call.body.get("system")).iter().enumerate() {
        let place = format!("system.{i}");
        no_extras(block, &["type", "text", "cache_control", "citations"], &place)?;
        if block["type"] != "text" {
            return Err(Failure::invalid(format!("{place}.type: Input should be 'text'")));
        }
        match block["text"].as_str() {
            None => return Err(required(&format!("{place}.text"))),
            Some("") => {
                return Err(Failure::invalid("system: text content blocks must be non-empty"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The longest `metadata.user_id` is 256 characters.
fn metadata(call: &Call<'_>) -> Checked {
    let Some(metadata) = call.body.get("metadata") else {
        return Ok(());
    };
    no_extras(metadata, &["user_id"], "metadata")?;
    match metadata["user_id"].as_str().is_some_and(|id| id.chars().count() > 256) {
        true => Err(Failure::invalid("metadata.user_id: String should have at most 256 characters")),
        false => Ok(()),
    }
}
