//! From the text of a manifest to what it means. Errors are fragments for [`super::ManifestError`].

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{EffectKind, Manifest, ManifestError, Tool, request, schema};
use crate::config::{line_of, words_of};
use crate::path::shown;
use crate::protect::invisible;
use crate::{Code, Digest};

/// The longest manifest: 64 schemas of full size do not fit, and no reviewer would read them.
const MAX_TEXT: usize = 1 << 20;
const MAX_TOOLS: usize = 64;
/// The longest description in bytes: it is part of every request to the model.
const MAX_DESCRIPTION: usize = 8 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LowManifest {
    name: String,
    version: String,
    license: String,
    description: String,
    #[serde(default)]
    granted_tools: bool,
    #[serde(default)]
    tool: Vec<LowTool>,
    #[serde(default)]
    request: Vec<request::LowRequest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LowTool {
    name: String,
    description: String,
    #[serde(default)]
    effects: BTreeSet<EffectKind>,
    input: toml::Table,
}

pub(super) fn manifest(text: &str) -> Result<Manifest, ManifestError> {
    if text.len() > MAX_TEXT {
        return Err("it is larger than 1 MiB".to_owned().into());
    }
    let low: LowManifest = toml::from_str(text).map_err(|error| located(&error, text))?;
    about(&low)?;
    Ok(Manifest {
        tools: tools(low.tool, low.granted_tools)?,
        granted_tools: low.granted_tools,
        requests: request::checked(low.request)?,
        name: low.name,
        version: low.version,
        license: low.license,
        description: low.description,
        digest: Digest::of(text),
    })
}

fn located(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    format!("line {line}: {}", words_of(error))
}

/// Checks what it says of itself as a whole.
fn about(low: &LowManifest) -> Result<(), String> {
    if !is_name(&low.name) {
        return Err(format!("`{}` is not a plugin's name; expected {NAME_RULE}", shown(&low.name)));
    }
    semver::Version::parse(&low.version)
        .map_err(|error| format!("`version` is not a semantic version such as 1.0.0: {error}"))?;
    if low.license.is_empty() || !low.license.chars().all(is_spdx) || low.license.len() > 256 {
        return Err("`license` is not an SPDX expression such as `MIT OR Apache-2.0`".to_owned());
    }
    words(&low.description, "`description`")
}

const NAME_RULE: &str = "a lower-case letter, then up to 63 of a-z, 0-9 and `-`";

/// Whether a text is the name of a plugin, root, role or grant.
pub(crate) fn is_name(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.bytes().all(rest)
}

/// Whether a text is the name of an environment variable as every system takes it.
pub(crate) fn is_variable(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=64).contains(&text.len()) && !text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(rest)
}

/// Whether a text is the name of a program, as a shell would look it up.
pub(crate) fn is_command(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    (1..=64).contains(&text.len()) && !text.starts_with(['-', '.']) && text.bytes().all(fits)
}

fn is_spdx(c: char) -> bool {
    c.is_ascii_alphanumeric() || " .-+():".contains(c)
}

/// The tools that the host has beside those of plugins.
const OF_THE_HOST: [&str; 2] = ["TaskOutput", "TaskStop"];

/// A name that a tool may have; the error is a fragment for a message.
pub(crate) fn check_tool_name(text: &str) -> Result<(), String> {
    let name = shown(text);
    if !is_tool_name(text) {
        return Err(format!("`{name}` is not a tool's name; expected 1 to 64 of a-z, A-Z, 0-9, `_` and `-`"));
    }
    if OF_THE_HOST.iter().any(|own| own.eq_ignore_ascii_case(text)) {
        return Err(format!("`{name}` is a tool of the host itself; give it another name"));
    }
    Ok(())
}

/// What the Messages API takes for the name of a tool.
fn is_tool_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

fn tools(low: Vec<LowTool>, granted: bool) -> Result<Vec<Tool>, ManifestError> {
    if low.is_empty() && !granted || low.len() > MAX_TOOLS {
        return Err(format!("it has {} tools; expected 1 to {MAX_TOOLS} `[[tool]]` tables", low.len()).into());
    }
    let mut names = BTreeSet::new();
    for tool in &low {
        if !names.insert(tool.name.to_ascii_lowercase()) {
            return Err(format!("it has two tools named `{}`; case does not tell them apart", shown(&tool.name)).into());
        }
    }
    low.into_iter().map(tool).collect()
}

fn tool(low: LowTool) -> Result<Tool, ManifestError> {
    check_tool_name(&low.name)?;
    let name = shown(&low.name);
    let strings = |problem: String| ManifestError { problem, code: Code::SupplyStrings };
    words(&low.description, &format!("the description of the tool `{name}`")).map_err(strings)?;
    let input_schema = schema::checked(low.input)
        .map_err(|problem| strings(format!("the input schema of the tool `{name}` {problem}")))?;
    Ok(Tool { name: low.name, description: low.description, input_schema, effects: low.effects })
}

/// Text that a person or the model reads: there, not too long, and nothing in it that cannot be seen.
pub(crate) fn words(text: &str, what: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.len() > MAX_DESCRIPTION {
        return Err(format!("{what} is empty, or longer than {MAX_DESCRIPTION} bytes"));
    }
    visible(text).map_err(|c| format!("{what} has {c} in it, which nobody can see"))
}

/// The first character that does not show, as `U+200B`. Line feeds and tabs are seen.
pub(super) fn visible(text: &str) -> Result<(), String> {
    let unseen = |c: &char| invisible(*c) || c.is_control() && !matches!(c, '\n' | '\t');
    match text.chars().find(unseen) {
        Some(c) => Err(format!("U+{:04X}", u32::from(c))),
        None => Ok(()),
    }
}
