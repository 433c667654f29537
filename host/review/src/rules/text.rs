//! PLG017: words that give orders to the model, and characters that nobody sees.

use claudetools_policy::Manifest;
use serde_json::Value;

use super::Look;
use crate::shown::{cut, hides, quoted};
use crate::{Finding, Level, Rule};

/// What a description of a tool has no reason to say: it speaks to the model about its other instructions, about its
/// other tools, or about what to keep from the person. Compared in lower case, white space as one space.
const ORDERS: &[&str] = &[
    "ignore previous",
    "ignore all previous",
    "ignore the above",
    "ignore your",
    "disregard",
    "forget your",
    "new instructions",
    "system prompt",
    "you are now",
    "you must always",
    "always call",
    "always use this tool",
    "before any other tool",
    "before using any other",
    "before every other",
    "instead of any other tool",
    "do not tell",
    "don't tell",
    "do not mention",
    "don't mention",
    "without telling",
    "without asking",
    "never tell",
    "never mention",
    "do not inform",
    "hide this from",
    "keep this secret",
    "<system",
    "<important",
    "<instructions",
    "</",
    "<!--",
    "[system]",
    "[inst]",
];

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let Some(found) = look.input.found() else { return Vec::new() };
    texts(&found.manifest)
        .iter()
        .filter_map(|(place, text)| hidden(place, text).or_else(|| order(place, text)))
        .collect()
}

fn hidden(place: &str, text: &str) -> Option<Finding> {
    hides(text).then(|| {
        let message = format!("{place} has characters that nobody can see: {}.", quoted(text));
        Finding::new(Rule::HiddenWords, Level::Error, message)
            .fix("do not approve it; ask its author why they are there")
    })
}

fn order(place: &str, text: &str) -> Option<Finding> {
    let plain = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let (at, order) = ORDERS.iter().find_map(|order| Some((plain.find(order)?, order)))?;
    let around: String = plain[at..].chars().take(order.chars().count() + 60).collect();
    let message = format!("{place} reads like an order to the model: {}.", quoted(&around));
    Some(
        Finding::new(Rule::HiddenWords, Level::Warning, message)
            .fix("read the whole text; a description says what a tool does"),
    )
}

/// Every text of a manifest that a person or the model reads, with its place.
fn texts(manifest: &Manifest) -> Vec<(String, &str)> {
    let mut texts = vec![("Its description".to_owned(), manifest.description.as_str())];
    texts.extend(manifest.requests.iter().map(|request| ("The `why` of a request".to_owned(), request.why.as_str())));
    for tool in &manifest.tools {
        let name = quoted(&cut(&tool.name, 64));
        texts.push((format!("The name of the tool {name}"), &tool.name));
        texts.push((format!("The description of the tool {name}"), &tool.description));
        strings(&tool.input_schema, &mut |text| texts.push((format!("The input of the tool {name}"), text)));
    }
    texts
}

/// Every string of a schema, keys too.
fn strings<'v>(value: &'v Value, found: &mut impl FnMut(&'v str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found(key);
            strings(value, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
