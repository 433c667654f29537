//! One call against one plugin: what decides.

mod call;
mod decided;
mod print;
mod standing;
#[cfg(test)]
mod tests;

use claudetools_policy::{Admitted, Caller, Refusal};

pub use call::{Call, CallError};

use crate::Input;
use crate::place::Places;
use decided::{Decided, Question};

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
    /// What an operator could write to make it hold.
    pub hint: Option<String>,
}

/// Whether a call is allowed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// By the grant of this id.
    Allowed(String),
    /// By the condition of this name.
    Refused(&'static str),
}

/// The answer to [`why()`]; it is printed with `Display`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Why {
    /// The plugin.
    pub plugin: String,
    /// The tool it was decided for.
    pub tool: String,
    /// The call as it was understood.
    pub call: String,
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

/// Asks whether a call would be allowed and what decides. `None` where the plugin cannot be read or has no such tool.
///
/// Without a tool, every tool of the plugin is tried, and the first that may is shown. Without a caller, the answer
/// says who may call it. It is allowed exactly when the code that decides allows it.
pub fn why(input: &Input<'_>, tool: Option<&str>, call: &Call, caller: Option<&Caller>) -> Option<Why> {
    let found = input.found()?;
    let named = |name: &&str| tool.is_none_or(|tool| tool == *name);
    let tools = found.manifest.tools.iter().map(|tool| tool.name.as_str()).filter(named);
    let places = Places::read(input.text);
    let plugin =
        Admitted { found: found.clone(), policy: input.table().cloned().unwrap_or_default(), built_in: input.built_in };
    let answers = tools.map(|tool| Question { input, places: &places, plugin: &plugin, tool }.answered(call, caller));
    // Of the tools that may not, the one that comes furthest tells most; of those that come as far, the first.
    let held = |why: &Why| why.predicates.iter().take_while(|predicate| predicate.holds).count();
    answers.rev().max_by_key(held)
}

impl Question<'_, '_> {
    fn answered(&self, call: &Call, caller: Option<&Caller>) -> Why {
        let Decided { call, request, protected, grant, by } = self.decided(call);
        let predicates = vec![request, protected, grant, self.approval(), self.caller(caller), self.limits()];
        let refused = predicates.iter().find(|predicate| !predicate.holds).map(|predicate| predicate.name);
        let answer = match (refused, by) {
            (None, Some(grant)) => Answer::Allowed(grant),
            (refused, _) => Answer::Refused(refused.unwrap_or("grant")),
        };
        Why { plugin: self.input.name.to_owned(), tool: self.tool.to_owned(), call, answer, predicates }
    }
}

impl Predicate {
    fn new(name: &'static str, holds: bool, because: impl Into<String>) -> Self {
        Self { name, holds, because: because.into(), line: None, hint: None }
    }

    /// A condition that the code that decides refused.
    fn refused(name: &'static str, refusal: &Refusal) -> Self {
        Self { hint: refusal.hint.clone(), ..Self::new(name, false, refusal.to_string()) }
    }

    fn at(mut self, places: &Places<'_>, line: Option<usize>) -> Self {
        self.line = line.filter(|line| *line > 0).map(|line| (line, places.text_of(line).to_owned()));
        self
    }
}
