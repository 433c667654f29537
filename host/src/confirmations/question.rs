//! What was asked, as the ledger keeps it.

use std::collections::BTreeSet;

use claudetools_agent::tools::ToolCall;
use claudetools_chat::render::{Scrub, invisible};
use claudetools_policy::{
    Admitted, Body, Code, Confirm, ConfirmShow, ConfirmWhen, Digest, MemberId, Refusal, RoleName,
};
use claudetools_sandbox::{Detail, Held};
use serde::{Deserialize, Serialize};
use similar::TextDiff;

/// The most bytes that people are shown, in a file at the latest: what is longer nobody reads before a click.
const MOST_SHOWN: usize = 256 << 10;

/// A question with everything that a decision on it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) plugin: String,
    pub(super) tool: String,
    component: String,
    input: String,
    /// What a yes lets happen, each once.
    #[serde(with = "digests")]
    pub(super) effects: BTreeSet<Digest>,
    /// Why it is asked: `confirm.needed` or `flow.two`.
    pub(super) code: String,
    pub(super) by: BTreeSet<RoleName>,
    pub(super) two_person: bool,
    pub(super) requester: MemberId,
    pub(super) requester_roles: BTreeSet<RoleName>,
    /// What has to be typed, where something has.
    pub(super) phrase: Option<String>,
    /// Whether something is made after the yes, for whoever says it.
    #[serde(default)]
    pub(super) is_filled: bool,
    /// The effect in words.
    pub(super) effect: String,
    /// All that it is, with everything visible that would not be.
    pub(super) shown: Shown,
}

/// The whole of an effect, as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    /// `diff`, `sh` or nothing: how a reader colours it.
    pub(super) language: String,
    pub(super) text: String,
}

impl Question {
    pub(super) fn new(call: &ToolCall, plugin: &Admitted, held: &Held, scrub: &Scrub) -> Result<Self, Refusal> {
        let visible = |text: &str| scrub.text(&visible(text));
        let Shown { language, text } = shown(held, &call.input)?;
        if text.len() > MOST_SHOWN {
            let message = format!("It is {} bytes long, more than a person can read before a click.", text.len());
            return Err(Refusal::new(Code::ConfirmUnshowable, message));
        }
        let confirm = &held.ask.confirm;
        Ok(Self {
            plugin: plugin.found.manifest.name.clone(),
            tool: call.name.clone(),
            component: plugin.found.component.to_string(),
            input: Digest::of(&call.input).to_string(),
            effects: [held.digest].into(),
            code: held.ask.code.as_str().to_owned(),
            by: confirm.by.clone(),
            two_person: confirm.two_person,
            requester: call.caller.member.clone(),
            requester_roles: call.caller.roles.clone(),
            phrase: held.phrase.clone(),
            is_filled: held.is_filled,
            effect: visible(&held.effect),
            shown: Shown { language, text: visible(&text) },
        })
    }

    /// What the ledger keeps.
    pub(super) fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn read(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// Names the exact thing that was asked about: the plugin's bytes, the tool, its input and the effects.
    pub(super) fn hash(&self) -> String {
        self.named(&self.component, &self.tool, &self.input)
    }

    /// The same for what is about to be done now.
    pub(super) fn bound_to(&self, call: &ToolCall, plugin: &Admitted) -> String {
        self.named(&plugin.found.component.to_string(), &call.name, &Digest::of(&call.input).to_string())
    }

    fn named(&self, component: &str, tool: &str, input: &str) -> String {
        let effects: String = self.effects.iter().map(|effect| format!("{effect}\n")).collect();
        Digest::of(format!("{component}\n{}\n{input}\n{effects}", Digest::of(tool))).to_string()
    }

    /// Why it is asked.
    pub(super) fn why(&self) -> Code {
        Code::ALL.iter().copied().find(|code| code.as_str() == self.code).unwrap_or(Code::ConfirmNeeded)
    }

    /// Who may say yes, and how, as policy asks.
    pub(super) fn confirm(&self) -> Confirm {
        Confirm { when: ConfirmWhen::Always, by: self.by.clone(), two_person: self.two_person, ..Confirm::default() }
    }
}

/// All that an effect is. `confirm.unshowable` where it is nothing that people read.
fn shown(held: &Held, input: &str) -> Result<Shown, Refusal> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| unreadable());
    match &held.detail {
        Detail::None => Ok(Shown { language: "json".to_owned(), text: input.to_owned() }),
        Detail::Replaced { before, after } => {
            let before = before.as_deref().map(text).transpose()?.unwrap_or_default();
            let after = text(after)?;
            Ok(Shown { language: "diff".to_owned(), text: unified(&before, &after) })
        }
        Detail::Started { directory, input, script } => {
            let fed = if input.is_empty() { String::new() } else { format!("\n\nstandard input:\n{}", text(input)?) };
            let whole = held.ask.confirm.show == ConfirmShow::Script;
            let script = match script {
                Some(script) if whole => format!("\n\nthe script:\n{}", text(script)?),
                Some(script) => format!("\nthe script has the digest {}", Digest::of(script)),
                None => String::new(),
            };
            let language = if whole { "sh" } else { "" };
            let text = format!("in {directory}\n{}{script}{fed}", held.effect);
            Ok(Shown { language: language.to_owned(), text })
        }
        Detail::Sent { headers, body } => {
            let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            Ok(Shown { language: "http".to_owned(), text: format!("{headers}\n{}", sent(body)) })
        }
    }
}

/// A body as people read it: JSON one member a line, other text as it is, anything else by what names it.
fn sent(body: &Body) -> String {
    let bytes = body.bytes();
    let pretty = body.json().and_then(|json| serde_json::to_string_pretty(json).ok());
    match (pretty, str::from_utf8(bytes)) {
        (Some(pretty), _) => pretty,
        (None, Ok("")) => "(no body)".to_owned(),
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => format!("({} bytes that are no text, with the digest {})", bytes.len(), Digest::of(bytes)),
    }
}

/// What became of a text, with three lines around each change.
pub(crate) fn unified(before: &str, after: &str) -> String {
    TextDiff::from_lines(before, after).unified_diff().context_radius(3).to_string()
}

fn unreadable() -> Refusal {
    Refusal::new(Code::ConfirmUnshowable, "It is not text, so that a person could not see what they confirm.")
}

/// A text in which nothing is hidden: characters that show nothing or reorder others stand by their numbers.
pub(crate) fn visible(text: &str) -> String {
    let hides = |c: char| invisible(c) || c.is_control() && !matches!(c, '\n' | '\t');
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match hides(c) {
            true => shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            false => shown.push(c),
        }
    }
    shown
}

mod digests {
    //! Digests as their texts.

    use std::collections::BTreeSet;

    use claudetools_policy::Digest;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(digests: &BTreeSet<Digest>, to: S) -> Result<S::Ok, S::Error> {
        digests.iter().map(ToString::to_string).collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<Digest>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
    }
}
