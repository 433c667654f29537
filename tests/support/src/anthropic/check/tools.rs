//! `tools` and `tool_choice`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Call, Checked, extra, no_extras, required};
use crate::anthropic::failure::Failure;
use crate::anthropic::models::Takes;

const CUSTOM: &[&str] = &[
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "input_examples",
    "cache_control",
    "defer_loading",
    "allowed_callers",
    "eager_input_streaming",
];

/// Beginnings of the `type` of tools that the API brings along.
const BUILT_IN: &[&str] = &[
    "web_search_",
    "web_fetch_",
    "code_execution_",
    "tool_search_tool_",
    "bash_",
    "text_editor_",
    "memory_",
    "computer_",
    "browser_",
    "advisor_",
    "mcp_toolset",
];

/// Checks both.
pub(super) fn check(call: &Call<'_>) -> Checked {
    let mut names = BTreeSet::new();
    for (i, tool) in call.tools().iter().enumerate() {
        match tool["type"].as_str() {
            None | Some("custom") => custom(tool, &format!("tools.{i}.custom"))?,
            Some(kind) if BUILT_IN.iter().any(|known| kind.starts_with(known)) => {}
            Some(kind) => {
                return Err(Failure::invalid(format!(
                    "tools.{i}: Input tag '{kind}' found using 'type' does not match any of the expected tags"
                )));
            }
        }
        if tool["name"].as_str().is_some_and(|name| !names.insert(name)) {
            return Err(Failure::invalid("tools: Tool names must be unique."));
        }
    }
    let deferred = |tool: &Value| tool["defer_loading"] == true;
    if !call.tools().is_empty() && call.tools().iter().all(deferred) {
        return Err(Failure::invalid("At least one tool must have defer_loading=false."));
    }
    choice(call, &names)
}

fn custom(tool: &Value, place: &str) -> Checked {
    if !tool.is_object() {
        return Err(Failure::invalid(format!("{place}: Input should be a valid dictionary")));
    }
    no_extras(tool, CUSTOM, place)?;
    let name = tool["name"].as_str().ok_or_else(|| required(&format!("{place}.name")))?;
    if !is_name(name) {
        return Err(Failure::invalid(format!("{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")));
    }
    if tool.get("description").is_some_and(|text| !text.is_string()) {
        return Err(Failure::invalid(format!("{place}.description: Input should be a valid string")));
    }
    if tool["defer_loading"] == true && tool.get("cache_control").is_some() {
        return Err(extra(&format!("{place}.cache_control")));
    }
    schema(tool, &format!("{place}.input_schema"))
}

/// `^[a-zA-Z0-9_-]{1,128}$`
fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=128).contains(&name.len()) && name.bytes().all(legal)
}

fn schema(tool: &Value, place: &str) -> Checked {
    let schema = tool.get("input_schema").ok_or_else(|| required(place))?;
    match schema.get("type") {
        None => return Err(required(&format!("{place}.type"))),
        Some(kind) if kind == "object" => {}
        Some(_) => {
            return Err(Failure::invalid(format!("{place}.type: Input should be 'object'")));
        }
    }
    if ["oneOf", "allOf", "anyOf"].iter().any(|key| schema.get(key).is_some()) {
        return Err(Failure::invalid(format!(
            "{place}: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )));
    }
    if !jsonschema::draft202012::meta::is_valid(schema) {
        return Err(Failure::invalid(format!(
            "{place}: JSON schema is invalid. It must match JSON Schema draft 2020-12."
        )));
    }
    match tool["strict"] == true && schema["additionalProperties"] != false {
        true => Err(Failure::invalid(format!(
            "{place}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        ))),
        false => Ok(()),
    }
}

fn choice(call: &Call<'_>, names: &BTreeSet<&str>) -> Checked {
    let Some(choice) = call.body.get("tool_choice") else {
        return Ok(());
    };
    if call.tools().is_empty() {
        return Err(Failure::invalid("tool_choice may only be specified while providing tools"));
    }
    let kind = choice["type"].as_str().unwrap_or_default();
    match kind {
        "none" => no_extras(choice, &["type"], "tool_choice.none")?,
        "auto" | "any" => {
            no_extras(choice, &["type", "disable_parallel_tool_use"], &format!("tool_choice.{kind}"))?;
        }
        "tool" => {
            no_extras(choice, &["type", "name", "disable_parallel_tool_use"], "tool_choice.tool")?;
        }
        other => {
            return Err(Failure::invalid(format!(
                "tool_choice: Input tag '{other}' found using 'type' does not match any of the expected tags: \
                 'any', 'auto', 'none', 'tool'"
            )));
        }
    }
    forced(call, kind, choice["name"].as_str(), names)
}

fn forced(call: &Call<'_>, kind: &str, name: Option<&str>, names: &BTreeSet<&str>) -> Checked {
    if !matches!(kind, "any" | "tool") {
        return Ok(());
    }
    if !call.model.takes(Takes::ForcedTool) {
        return Err(Failure::invalid(r#"tool_choice: type "tool" and "any" are not supported for this model."#));
    }
    match name {
        None if kind == "tool" => Err(required("tool_choice.tool.name")),
        Some(name) if !names.contains(name) => {
            Err(Failure::invalid(format!("Tool '{name}' not found in provided tools")))
        }
        _ => Ok(()),
    }
}
