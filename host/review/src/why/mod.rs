//! One call against one plugin: what decides.

mod call;
mod decided;
mod print;
#[cfg(test)]
mod tests;

use claudetools_policy::{Admission, Admitted, Caller, Found, Refusal, admit};

pub use call::{Call, CallError};

use crate::place::Places;
use crate::shown::{list, quoted};
use crate::{Input, words};
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
    let mut answers =
        tools.map(|tool| of_tool(input, &places, found, tool, call, caller)).collect::<Vec<_>>().into_iter();
    let first = answers.next()?;
    let allowed = |why: &Why| matches!(why.answer, Answer::Allowed(_));
    if allowed(&first) {
        return Some(first);
    }
    // Of the tools that may not, the one that comes furthest tells most.
    let held = |why: &Why| why.predicates.iter().take_while(|predicate| predicate.holds).count();
    let better =
        |best: Why, next: Why| if allowed(&next) && !allowed(&best) || held(&next) > held(&best) { next } else { best };
    Some(answers.fold(first, better))
}

fn of_tool(
    input: &Input<'_>,
    places: &Places<'_>,
    found: &Found,
    tool: &str,
    call: &Call,
    caller: Option<&Caller>,
) -> Why {
    let table = input.table().cloned().unwrap_or_default();
    let plugin = Admitted { found: found.clone(), policy: table, built_in: input.built_in };
    let question = Question { input, places, plugin: &plugin, tool };
    let Decided { call, request, protected, grant, by } = question.decided(call);
    let predicates = vec![
        request,
        protected,
        grant,
        approval(input, places, found),
        calling(input, places, &plugin, caller),
        limits(input, places, &plugin),
    ];
    let refused = predicates.iter().find(|predicate| !predicate.holds).map(|predicate| predicate.name);
    let answer = match (refused, by) {
        (None, Some(grant)) => Answer::Allowed(grant),
        (refused, _) => Answer::Refused(refused.unwrap_or("grant")),
    };
    Why { plugin: input.name.to_owned(), tool: tool.to_owned(), call, answer, predicates }
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

fn approval(input: &Input<'_>, places: &Places<'_>, found: &Found) -> Predicate {
    let line = places.plugin_key(input.name, "approved");
    let reasons = match admit(found.clone(), input.policy, input.built_in) {
        Admission::Admitted(_) => input.reasons.to_vec(),
        Admission::Quarantined(reasons) => reasons,
    };
    let because = match reasons.first() {
        Some(reason) => reason.to_string(),
        None if input.built_in => "It is a part of the program.".to_owned(),
        None => "It is what a reviewer approved.".to_owned(),
    };
    Predicate::new("approval", reasons.is_empty(), because).at(places, line)
}

fn calling(input: &Input<'_>, places: &Places<'_>, plugin: &Admitted, caller: Option<&Caller>) -> Predicate {
    let table = &plugin.policy;
    let (roles, origins) = (list(&table.roles), list(table.origins.iter().map(|origin| origin.as_str())));
    let nobody = table.roles.is_empty() || table.origins.is_empty();
    let holds = !nobody
        && caller
            .is_none_or(|caller| !table.roles.is_disjoint(&caller.roles) && table.origins.contains(&caller.origin));
    let who = caller.map(|caller| {
        format!(
            "{} has {}; ",
            quoted(&caller.member.0),
            if caller.roles.is_empty() { "no role".to_owned() } else { list(&caller.roles) }
        )
    });
    let may = if nobody {
        "nobody may call it".to_owned()
    } else {
        format!("roles that may call it: {roles}; started by: {origins}")
    };
    let line = places.plugin_key(input.name, "callers").or(Some(table.line));
    Predicate::new("caller", holds, format!("{}{may}.", who.unwrap_or_default())).at(places, line)
}

fn limits(input: &Input<'_>, places: &Places<'_>, plugin: &Admitted) -> Predicate {
    let limits = plugin.limits();
    let shown: Vec<_> = words::limits(limits)
        .into_iter()
        .filter(|(name, ..)| matches!(*name, "wall" | "memory" | "output" | "rate"))
        .map(|(name, _, value)| format!("{name} {value}"))
        .collect();
    let line = places.plugin_key(input.name, "limit");
    Predicate::new("limits", true, format!("Within {}.", shown.join(", "))).at(places, line)
}
