//! What the model asks people: questions with answers to choose from, or a plan to approve.

use std::collections::BTreeSet;

use claudetools_agent::tools::ToolCall;
use claudetools_chat::render::Scrub;
use claudetools_policy::{Code, MemberId, Refusal, RoleName};
use serde::{Deserialize, Serialize};

use super::question::visible;

/// The longest plan, in bytes: what is longer nobody reads before a click.
const LONGEST_PLAN: usize = 100 << 10;

/// Questions as they are kept, with the answers so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Survey {
    pub(crate) kind: Kind,
    pub(crate) items: Vec<Item>,
    /// Whose turn it is.
    pub(crate) requester: MemberId,
    /// The roles on whose authority the turn runs.
    pub(crate) roles: BTreeSet<RoleName>,
    /// Whether it was answered in a message, which joins the turn.
    pub(crate) in_message: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Questions,
    /// The plan. Only the person whose turn it is approves it.
    Plan(String),
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) question: String,
    pub(crate) header: String,
    pub(crate) options: Vec<Choice>,
    /// Whether several may be chosen.
    pub(crate) several: bool,
    pub(crate) answer: Option<Given>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) description: String,
}

/// What was answered: a bit for each option that was chosen, and free text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    pub(crate) picked: u8,
    pub(crate) other: Option<String>,
}

/// The input of AskUserQuestion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    questions: Vec<AskedItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct AskedItem {
    question: String,
    header: String,
    options: Vec<AskedChoice>,
    #[serde(default)]
    multi_select: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedChoice {
    label: String,
    #[serde(default)]
    description: String,
}

impl Survey {
    /// The questions of a call. `proto.shape` where they are none that people could be shown.
    pub(crate) fn questions(call: &ToolCall, asked: Asked, scrub: &Scrub) -> Result<Self, Refusal> {
        let count = asked.questions.len();
        within("questions", count, 1, 4)?;
        let items = asked.questions.into_iter().map(|item| item.checked(scrub)).collect::<Result<Vec<_>, _>>()?;
        let texts: BTreeSet<&str> = items.iter().map(|item| item.question.as_str()).collect();
        if texts.len() < count {
            return Err(shape("two questions are the same".to_owned()));
        }
        Ok(Self::of(call, Kind::Questions, items))
    }

    /// A plan to approve.
    pub(crate) fn plan(call: &ToolCall, plan: &str, scrub: &Scrub) -> Result<Self, Refusal> {
        within("bytes of the plan", plan.trim().len(), 1, LONGEST_PLAN)?;
        let approve = Choice { label: "Approve".to_owned(), description: String::new() };
        let (question, header) = ("What should be changed?".to_owned(), "Plan".to_owned());
        let item = Item { question, header, options: vec![approve], several: false, answer: None };
        Ok(Self::of(call, Kind::Plan(scrub.text(&visible(plan))), vec![item]))
    }

    fn of(call: &ToolCall, kind: Kind, items: Vec<Item>) -> Self {
        let (requester, roles) = (call.caller.member.clone(), call.caller.roles.clone());
        Self { kind, items, requester, roles, in_message: false }
    }

    /// What the ledger keeps.
    pub(crate) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Whether one press answers it: a single question, of which one option is chosen.
    pub(crate) fn at_once(&self) -> bool {
        matches!(self.items.as_slice(), [item] if !item.several)
    }
}

impl AskedItem {
    fn checked(self, scrub: &Scrub) -> Result<Item, Refusal> {
        let shown = |text: &str| scrub.text(&visible(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
        within("characters of a question", self.question.trim().chars().count(), 1, 300)?;
        within("characters of a header", self.header.trim().chars().count(), 1, 12)?;
        within("options", self.options.len(), 2, 4)?;
        let mut options = Vec::new();
        for AskedChoice { label, description } in self.options {
            within("characters of a label", label.trim().chars().count(), 1, 60)?;
            within("characters of a description", description.chars().count(), 0, 200)?;
            options.push(Choice { label: shown(&label), description: shown(&description) });
        }
        let labels: BTreeSet<&str> = options.iter().map(|option| option.label.as_str()).collect();
        if labels.len() < options.len() {
            return Err(shape("two options of a question have the same label".to_owned()));
        }
        let (question, header) = (shown(&self.question), shown(&self.header));
        Ok(Item { question, header, options, several: self.multi_select, answer: None })
    }
}

impl Item {
    /// The bit that stands for an answer in one's own words.
    pub(crate) fn other(&self) -> u8 {
        1 << self.options.len()
    }

    /// Whether these bits are an answer.
    pub(crate) fn fits(&self, picked: u8) -> bool {
        let known = self.other() | (self.other() - 1);
        picked != 0 && picked & !known == 0 && (self.several || picked.count_ones() == 1)
    }

    /// The answer in words.
    pub(crate) fn said(&self) -> Option<String> {
        let Given { picked, other } = self.answer.as_ref()?;
        let chosen = self.options.iter().enumerate().filter(|(at, _)| picked & (1 << at) != 0);
        let words: Vec<&str> = chosen.map(|(_, option)| option.label.as_str()).chain(other.as_deref()).collect();
        Some(words.join(", "))
    }
}

fn within(what: &str, count: usize, least: usize, most: usize) -> Result<(), Refusal> {
    if (least..=most).contains(&count) {
        return Ok(());
    }
    Err(shape(format!("{count} {what}; expected {least} to {most}")))
}

fn shape(why: String) -> Refusal {
    Refusal::new(Code::ProtoShape, format!("The input does not fit: {why}."))
}
