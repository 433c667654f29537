//! One call against one plugin: what decides.

use std::fmt;

use claudetools_policy::{Access, Caller, RootName, Target};

use crate::Input;

/// A call as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `read docs/a.md` or `/repo/docs/a.md`.
    File {
        /// What is done to it; `read` where nothing was said.
        access: Access,
        /// The root, where it was named.
        root: Option<RootName>,
        /// Below the root.
        path: String,
    },
    /// `GET https://host/path`.
    Request(Target),
}

/// Why a text is not a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a call: {problem}; expected such as `GET https://host/path`, `read docs/a.md` or `/repo/docs/a.md`"
)]
pub struct CallError {
    /// What was typed, made harmless.
    pub text: String,
    /// What is wrong with it.
    pub problem: String,
}

/// One condition of a call.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Predicate {
    /// `request`, `protected`, `grant`, `approval`, `caller` or `limits`.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// Why, one sentence.
    pub because: String,
    /// The line of `plugins.toml` that says so (1-based) and its text.
    pub line: Option<(usize, String)>,
}

/// Whether a call is allowed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// By the grant of this id.
    Allowed(String),
    /// With this code, or by a condition that has none of its own.
    Refused(String),
}

/// The answer to [`why()`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Why {
    /// The call as it was understood.
    pub call: String,
    /// The tool it was decided for.
    pub tool: String,
    /// Whether it is allowed.
    pub answer: Answer,
    /// Every condition, in the order of the decision.
    pub predicates: Vec<Predicate>,
}

impl Why {
    /// The condition that decides: the first that does not hold, or the grant.
    pub fn deciding(&self) -> Option<&Predicate> {
        let no = self.predicates.iter().find(|predicate| !predicate.holds);
        no.or_else(|| self.predicates.iter().find(|predicate| predicate.name == "grant"))
    }
}

/// As it is printed: the answer, the deciding line, the conditions.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.call)
    }
}

/// Asks whether a call would be allowed and what decides.
///
/// Without a tool, every tool of the plugin is tried and the first that may is shown. Without a caller, the answer says
/// who may call it. The answers of `request`, `protected` and `grant` are those of the code that decides.
pub fn why(input: &Input<'_>, tool: Option<&str>, call: &Call, caller: Option<&Caller>) -> Why {
    let _ = (input, tool, call, caller);
    Why { call: String::new(), tool: String::new(), answer: Answer::Refused(String::new()), predicates: Vec::new() }
}

impl std::str::FromStr for Call {
    type Err = CallError;

    fn from_str(text: &str) -> Result<Self, CallError> {
        Err(CallError { text: text.to_owned(), problem: "not read yet".to_owned() })
    }
}
