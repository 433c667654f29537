//! The only place that builds the body of an outgoing message. It is made from an [`Outbound`], whose text is
//! harmless already; nobody can be pinged but the one person it names.

use claudetools_chat::cards::{Deed, Offer, Size};
use claudetools_chat::render::{LIMIT, Outbound};
use claudetools_policy::MemberId;
use serde_json::{Value, json};

use crate::custom_id::CustomId;
use crate::reply::Shown;

/// No link is fetched or unfolded. Set when a message is sent and when it is edited.
const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Only one person sees it.
const EPHEMERAL: u64 = 1 << 6;
const ROW: u64 = 1;
const BUTTON: u64 = 2;
const SELECT: u64 = 3;
const PRIMARY: u64 = 1;
const SECONDARY: u64 = 2;
const DANGER: u64 = 4;
const TEXT_INPUT: u64 = 4;
const SHORT: u64 = 1;
const PARAGRAPH: u64 = 2;
/// "Show this form."
const MODAL: u64 = 9;
/// Discord's limit for what is typed into a form; a name is far shorter.
const MOST_TYPED: usize = 200;
/// The same for some sentences.
const MOST_WRITTEN: usize = 1000;

/// A row of what people may press. Its words are harmless already: they show no Markdown.
pub(crate) enum Control {
    /// At most five.
    Buttons(Vec<(String, CustomId)>),
    /// A menu to choose from.
    Menu { id: CustomId, title: String, options: Vec<Choice>, several: bool },
}

/// What may be chosen. Its value is its place.
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) about: Option<String>,
    pub(crate) picked: bool,
}

fn row(control: &Control) -> Value {
    let inner = match control {
        Control::Buttons(buttons) => buttons.iter().take(5).map(|(label, id)| button(label, id)).collect(),
        Control::Menu { id, title, options, several } => {
            let most = if *several { options.len() } else { 1 };
            let option = |(at, Choice { label, about, picked }): (usize, &Choice)| json!({"label": label, "value": at.to_string(), "description": about, "default": picked});
            vec![json!({
                "type": SELECT, "custom_id": id.to_string(), "placeholder": title, "min_values": 1, "max_values": most,
                "options": options.iter().enumerate().map(option).collect::<Vec<_>>(),
            })]
        }
    };
    json!({"type": ROW, "components": inner})
}

fn button(label: &str, id: &CustomId) -> Value {
    let style = match id {
        CustomId::Decide(Offer { deed: Deed::Approve | Deed::Confirm | Deed::Send, .. }) | CustomId::Raise { .. } => {
            PRIMARY
        }
        CustomId::Decide(Offer { deed: Deed::Queue | Deed::TakeBack | Deed::Pick { .. }, .. })
        | CustomId::Queue { .. }
        | CustomId::Details { .. } => SECONDARY,
        _ => DANGER,
    };
    json!({"type": BUTTON, "style": style, "label": label, "custom_id": id.to_string()})
}

/// A message's body, ready to send.
pub(crate) struct Body(Value);

impl Body {
    /// For a new message. Sent again with the same nonce, Discord posts it once (for some minutes).
    pub(crate) fn create(out: &Outbound, nonce: &str) -> Self {
        let mut body = common(out);
        (body["nonce"], body["enforce_nonce"]) = (json!(nonce), json!(true));
        Self(body).with_files_of(out)
    }

    /// For a message that stands already.
    pub(crate) fn edit(out: &Outbound) -> Self {
        Self(common(out))
    }

    /// For the answer to a click or a command. Who sees it is settled by the acknowledgement.
    pub(crate) fn answer(out: &Outbound) -> Self {
        Self(common(out)).with_files_of(out)
    }

    /// For what is said after the answer.
    pub(crate) fn follow_up(out: &Outbound, shown: Shown) -> Self {
        let mut body = common(out);
        if shown == Shown::Alone {
            body["flags"] = json!(SUPPRESS_EMBEDS | EPHEMERAL);
        }
        Self(body).with_files_of(out)
    }

    fn with_files_of(mut self, out: &Outbound) -> Self {
        if !out.files().is_empty() {
            let files = out.files().iter().enumerate();
            self.0["attachments"] =
                files.map(|(at, file)| json!({"id": at.to_string(), "filename": file.name})).collect();
        }
        self
    }

    /// With links to threads below the text, each with a few words, as many as there is room for.
    pub(crate) fn with_threads(mut self, threads: &[(u64, Option<Outbound>)]) -> Self {
        let mut text = self.0["content"].as_str().unwrap_or_default().to_owned();
        for (thread, words) in threads {
            let words = words.as_ref().map(|words| format!(" {}", words.content())).unwrap_or_default();
            let line = format!("\n- <#{thread}>{words}");
            if text.encode_utf16().count() + line.encode_utf16().count() > LIMIT {
                break;
            }
            text.push_str(&line);
        }
        self.0["content"] = json!(text);
        self
    }

    /// As the answer to a message, which may be gone by now. The reply itself pings nobody.
    pub(crate) fn replying_to(mut self, message: u64) -> Self {
        self.0["message_reference"] = json!({"message_id": message.to_string(), "fail_if_not_exists": false});
        self
    }

    /// With these rows of controls, at most five, or with none any more.
    pub(crate) fn with_controls(mut self, controls: &[Control]) -> Self {
        self.0["components"] = controls.iter().take(5).map(row).collect();
        self
    }

    /// With a row of at most five buttons, or with none any more.
    pub(crate) fn with_buttons(mut self, buttons: &[(&str, CustomId)]) -> Self {
        let button = |(label, id): &(&str, CustomId)| button(label, id);
        let row = (!buttons.is_empty())
            .then(|| json!({"type": ROW, "components": buttons.iter().map(button).collect::<Vec<_>>()}));
        self.0["components"] = row.into_iter().collect();
        self
    }

    /// With the person who decided, named but not pinged.
    pub(crate) fn decided_by(mut self, member: Option<&MemberId>) -> Self {
        if let Some(id) = member.and_then(|member| member.0.strip_prefix("discord:")) {
            let text = self.0["content"].as_str().unwrap_or_default();
            self.0["content"] = json!(format!("{text}\n-# by <@{id}>"));
        }
        self
    }

    /// A form in answer to a click. Its words are ours; each field has an id and a label.
    pub(crate) fn form(id: CustomId, title: &str, fields: &[(&str, &str, Size)]) -> Self {
        let field = |(id, label, size): &(&str, &str, Size)| {
            let (style, most) = match size {
                Size::Line => (SHORT, MOST_TYPED),
                Size::Text => (PARAGRAPH, MOST_WRITTEN),
            };
            let input = json!({
                "type": TEXT_INPUT, "style": style, "custom_id": id, "label": label, "required": true,
                "max_length": most,
            });
            json!({"type": ROW, "components": [input]})
        };
        let rows: Vec<Value> = fields.iter().map(field).collect();
        Self(json!({"type": MODAL, "data": {"custom_id": id.to_string(), "title": title, "components": rows}}))
    }

    /// The JSON.
    pub(crate) fn json(&self) -> &Value {
        &self.0
    }
}

fn common(out: &Outbound) -> Value {
    let ping = out.ping().and_then(|member| member.0.strip_prefix("discord:"));
    let users: Vec<&str> = ping.into_iter().collect();
    json!({
        "content": content(out.content(), ping),
        "flags": SUPPRESS_EMBEDS,
        "allowed_mentions": {"parse": [], "users": users, "roles": [], "replied_user": false},
    })
}

/// The text, after the mention of the person it may ping. What may be a heading, a list, a quote or a fence begins a line
/// of its own, since it would be none behind the mention. A text that leaves no room for the mention goes without.
fn content(text: &str, ping: Option<&str>) -> String {
    let space = if text.starts_with(char::is_alphabetic) { ' ' } else { '\n' };
    let mentioned = ping.map(|id| format!("<@{id}>{space}{text}"));
    let fits = |text: &String| text.encode_utf16().count() <= LIMIT;
    mentioned.filter(fits).unwrap_or_else(|| text.to_owned())
}
