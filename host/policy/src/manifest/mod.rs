//! The manifest: what a plugin says of itself and asks for.

mod check;
mod request;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub(crate) use check::{check_tool_name, is_command, is_name, is_variable, words};
pub(crate) use schema::canonical;

use crate::path::harmless;
use crate::{Access, Code, Digest, RootName};

/// The longest error in characters: a hostile manifest chooses the names that an error repeats.
const MAX_MESSAGE: usize = 500;

/// A plugin's manifest: the payload of its `claudetools:manifest` section, which is the text of its
/// `manifest.toml`, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// `[a-z][a-z0-9-]{0,63}`.
    pub name: String,
    /// A semantic version.
    pub version: String,
    /// An SPDX expression.
    pub license: String,
    /// One sentence for people.
    pub description: String,
    /// At most 64, names unique; at least one, where grants make none.
    pub tools: Vec<Tool>,
    /// Whether each `script` grant of its table is a tool of it, too.
    pub granted_tools: bool,
    /// What it asks for.
    pub requests: Vec<Request>,
    /// The digest of the text this was parsed from.
    pub digest: Digest,
}

/// One operation of a plugin, as the model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// `^[a-zA-Z0-9_-]{1,64}$`.
    pub name: String,
    /// What the model reads.
    pub description: String,
    /// JSON Schema of the input: an object schema with `properties` and `additionalProperties = false`,
    /// without references. Its keys stand in the order in which they were written.
    pub input_schema: serde_json::Value,
    /// What a call may do at most. Empty: it only answers.
    pub effects: BTreeSet<EffectKind>,
}

/// What a tool may do to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// Reads files or data.
    Read,
    /// Changes files or data.
    Write,
}

impl Tool {
    /// Whether calls of it may run beside other calls: it changes nothing.
    pub fn read_only(&self) -> bool {
        !self.effects.contains(&EffectKind::Write)
    }
}

/// One capability asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Why, for the reviewer; never empty.
    pub why: String,
    /// What.
    pub kind: RequestKind,
}

/// The kinds of capability a manifest may ask for.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestKind {
    /// Files of a root.
    Fs {
        /// Which root.
        root: RootName,
        /// Which ways of access at most.
        access: BTreeSet<Access>,
    },
    /// Requests over the network.
    Net {
        /// Names such as `api.example.com` or `*.example.com`, addresses, or `*` for any: [`crate::HostPattern`]s as
        /// they were written.
        hosts: BTreeSet<String>,
        /// Methods at most, in upper case.
        methods: BTreeSet<String>,
    },
    /// Variables of its own configuration, by name.
    Env {
        /// Which.
        names: BTreeSet<String>,
    },
    /// Native programs of the host.
    Exec {
        /// The names of commands, such as `git`, or `*` for any that is granted.
        programs: BTreeSet<String>,
    },
    /// Small values that outlive a call.
    State,
    /// Which client of the company a call is about.
    Client,
}

/// What is wrong with a manifest: where, what, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the manifest is not valid: {problem}")]
pub struct ManifestError {
    /// A fragment that goes on after a colon.
    pub problem: String,
    /// `supply.strings` where it is about what the model would read, `proto.export` elsewhere.
    pub code: Code,
}

impl From<String> for ManifestError {
    fn from(problem: String) -> Self {
        Self { problem, code: Code::ProtoExport }
    }
}

impl Manifest {
    /// Parses and checks the text of a `manifest.toml`. Unknown keys are errors.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        check::manifest(text)
            .map_err(|error| ManifestError { problem: harmless(&error.problem, MAX_MESSAGE), code: error.code })
    }

    /// The digest of every string the model would see: tool names, descriptions and schemas, canonical.
    pub fn strings_digest(&self) -> Digest {
        let mut tools: Vec<_> = self.tools.iter().collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        let seen = tools.into_iter().map(|tool| {
            serde_json::json!({
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.input_schema,
            })
        });
        Digest::of(schema::canonical(&seen.collect()))
    }
}
