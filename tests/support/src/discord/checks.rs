//! The limits of a message.

use serde_json::Value;

use super::call::Call;
use super::session::mention_ids;
use super::state::State;

const MOST_CONTENT: usize = 2000;
const MOST_FILE: usize = 10 * 1024 * 1024;
/// Only these may be set by a bot here: SUPPRESS_EMBEDS, EPHEMERAL, SUPPRESS_NOTIFICATIONS.
const KNOWN_FLAGS: u64 = 1 << 2 | 1 << 6 | 1 << 12;
const SUPPRESS_EMBEDS: u64 = 1 << 2;
const EPHEMERAL: u64 = 1 << 6;

/// What a message is checked for besides its schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Edit,
    /// To an interaction.
    Answer,
    /// A change of an answer: flags can't be set by it.
    Changed,
}

/// Everything wrong with a message's body.
pub(super) fn message(state: &mut State, call: &Call, body: &Value, kind: Kind) {
    let mut wrong = Vec::new();
    state.keys.extend(body.as_object().into_iter().flat_map(|fields| fields.keys().cloned()));
    content(body, call, kind, &mut wrong);
    embeds(body, &mut wrong);
    components(body, &mut wrong);
    mentions(body, &mut wrong);
    flags(body, kind, &mut wrong);
    files(body, call, &mut wrong);
    if kind == Kind::Create {
        nonce(body, &mut wrong);
    }
    for problem in wrong {
        state.problem(format!("{} {}: {problem}", call.method, call.path));
    }
}

fn content(body: &Value, call: &Call, kind: Kind, wrong: &mut Vec<String>) {
    let text = body["content"].as_str().unwrap_or_default();
    let length = text.encode_utf16().count();
    if length > MOST_CONTENT {
        wrong.push(format!("content has {length} UTF-16 units ({MOST_CONTENT} at most)"));
    }
    if text.matches("```").count() % 2 == 1 {
        wrong.push("a code fence is opened and not closed".to_owned());
    }
    let bare = text.trim().is_empty() && call.files.is_empty() && body["embeds"].as_array().is_none_or(Vec::is_empty);
    if bare && (kind != Kind::Edit || !body["content"].is_null()) {
        wrong.push("the message is empty (50006)".to_owned());
    }
}

fn embeds(body: &Value, wrong: &mut Vec<String>) {
    let list = body["embeds"].as_array().map_or(&[][..], Vec::as_slice);
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let mut total = 0;
    for embed in list {
        let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
        let in_fields: usize = fields.iter().map(|field| length(&field["name"]) + length(&field["value"])).sum();
        total += length(&embed["title"]) + length(&embed["description"]) + length(&embed["footer"]["text"]) + in_fields;
        if length(&embed["description"]) > 4096 || length(&embed["title"]) > 256 || fields.len() > 25 {
            wrong.push("an embed is too large (title 256, description 4096, 25 fields)".to_owned());
        }
    }
    if list.len() > 10 || total > 6000 {
        wrong.push(format!("{} embeds with {total} characters (10 and 6000 at most)", list.len()));
    }
}

fn components(body: &Value, wrong: &mut Vec<String>) {
    let rows = body["components"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.len() > 5 {
        wrong.push(format!("{} rows of components (5 at most)", rows.len()));
    }
    let mut seen = Vec::new();
    for row in rows {
        let inner = row["components"].as_array().map_or(&[][..], Vec::as_slice);
        if row["type"] != 1 || inner.is_empty() || inner.len() > 5 {
            wrong.push("a row of components must be of type 1 and hold 1 to 5".to_owned());
        }
        for component in inner {
            match component["type"].as_u64() {
                Some(2) => button(component, &mut seen, wrong),
                Some(3) => {
                    if inner.len() > 1 {
                        wrong.push("a select stands alone in its row".to_owned());
                    }
                    select(component, &mut seen, wrong);
                }
                other => wrong.push(format!("a component of type {other:?} in a row")),
            }
        }
    }
}

/// A string select: 1 to 25 options with labels, values and descriptions of at most 100 characters, each value once.
fn select(component: &Value, seen: &mut Vec<String>, wrong: &mut Vec<String>) {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let id = component["custom_id"].as_str().unwrap_or_default().to_owned();
    let options = component["options"].as_array().map_or(&[][..], Vec::as_slice);
    if !(1..=100).contains(&id.chars().count()) || seen.contains(&id) {
        wrong.push(format!("a select's custom id of 1 to 100 characters, once in a message: `{id}`"));
    }
    seen.push(id);
    if !(1..=25).contains(&options.len()) || length(&component["placeholder"]) > 150 {
        wrong.push(format!("a select has 1 to 25 options and a placeholder of at most 150 characters: {component}"));
    }
    let (least, most) = (component["min_values"].as_u64().unwrap_or(1), component["max_values"].as_u64().unwrap_or(1));
    let count = options.len() as u64;
    if least > most || most > count || most == 0 {
        wrong.push(format!("a select of {least} to {most} values has {count} options"));
    }
    let mut values = Vec::new();
    for option in options {
        let value = option["value"].as_str().unwrap_or_default();
        let sizes = (1..=100).contains(&length(&option["label"])) && (1..=100).contains(&value.chars().count());
        if !sizes || length(&option["description"]) > 100 || values.contains(&value) {
            wrong.push(format!("an option of a select: {option}"));
        }
        values.push(value);
    }
    if options.iter().filter(|option| option["default"] == true).count() as u64 > most {
        wrong.push("more defaults than values in a select".to_owned());
    }
}

fn button(component: &Value, seen: &mut Vec<String>, wrong: &mut Vec<String>) {
    let id = component["custom_id"].as_str().unwrap_or_default().to_owned();
    if component["style"] != 5 && !(1..=100).contains(&id.chars().count()) {
        wrong.push(format!("a custom id of {} characters (1 to 100)", id.chars().count()));
    }
    if component["label"].as_str().is_some_and(|label| label.chars().count() > 80) {
        wrong.push("a label of more than 80 characters".to_owned());
    }
    if seen.contains(&id) {
        wrong.push(format!("the custom id `{id}` stands twice in one message"));
    }
    seen.push(id);
}

/// Everything wrong with a form: title 1 to 45 characters, one to five rows of one text input each.
pub(super) fn form(state: &mut State, form: &Value) {
    let long =
        |value: &Value, most: usize| !(1..=most).contains(&value.as_str().map_or(0, |text| text.chars().count()));
    let mut wrong = Vec::new();
    if long(&form["title"], 45) || long(&form["custom_id"], 100) {
        wrong.push("the title of a form has 1 to 45 characters, its custom id 1 to 100".to_owned());
    }
    let rows = form["components"].as_array().map_or(&[][..], Vec::as_slice);
    if !(1..=5).contains(&rows.len()) {
        wrong.push(format!("a form with {} rows (1 to 5)", rows.len()));
    }
    for row in rows {
        let input = &row["components"][0];
        let one = row["components"].as_array().is_some_and(|inner| inner.len() == 1);
        if row["type"] != 1 || !one || input["type"] != 4 || ![1, 2].contains(&input["style"].as_u64().unwrap_or(0)) {
            wrong.push(format!("a row of a form must be of type 1 and hold one text input: {row}"));
        }
        if long(&input["label"], 45) || long(&input["custom_id"], 100) {
            wrong.push(format!("a label of 1 to 45 and a custom id of 1 to 100 characters: {input}"));
        }
    }
    wrong.into_iter().for_each(|problem| state.problem(format!("a form: {problem}")));
}

fn mentions(body: &Value, wrong: &mut Vec<String>) {
    let allowed = &body["allowed_mentions"];
    if allowed["parse"] != Value::Array(Vec::new()) {
        wrong.push(format!("allowed_mentions.parse is {} and must be []", allowed["parse"]));
    }
    if allowed["roles"].as_array().is_some_and(|roles| !roles.is_empty()) {
        wrong.push("allowed_mentions names roles".to_owned());
    }
    if allowed["users"].as_array().is_some_and(|users| users.len() > 1) {
        wrong.push("allowed_mentions names more than one person".to_owned());
    }
}

fn flags(body: &Value, kind: Kind, wrong: &mut Vec<String>) {
    let given = body["flags"].as_u64().unwrap_or(0);
    if given & !KNOWN_FLAGS != 0 {
        wrong.push(format!("flags {given} has bits that a bot may not set"));
    }
    if matches!(kind, Kind::Edit | Kind::Changed) && given & EPHEMERAL != 0 {
        wrong.push("EPHEMERAL can't be set by a change".to_owned());
    }
    if given & SUPPRESS_EMBEDS == 0 {
        wrong.push("SUPPRESS_EMBEDS is not set: a link would be fetched".to_owned());
    }
}

fn files(body: &Value, call: &Call, wrong: &mut Vec<String>) {
    if call.files.len() > 10 {
        wrong.push(format!("{} files (10 at most)", call.files.len()));
    }
    let listed = body["attachments"].as_array().map_or(&[][..], Vec::as_slice);
    for (at, (field, name, bytes)) in call.files.iter().enumerate() {
        if *field != format!("files[{at}]") || !listed.iter().any(|entry| entry["filename"] == **name) {
            wrong.push(format!("the file `{name}` is not listed in attachments or not called files[{at}]"));
        }
        if bytes.len() > MOST_FILE || name.contains(['/', '\\']) {
            wrong.push(format!("the file `{name}` has {} bytes or a path in its name", bytes.len()));
        }
    }
}

fn nonce(body: &Value, wrong: &mut Vec<String>) {
    match body["nonce"].as_str() {
        None => wrong.push("there is no nonce: a retry would post twice".to_owned()),
        Some(nonce) if nonce.chars().count() > 25 => wrong.push(format!("the nonce `{nonce}` is longer than 25")),
        Some(_) if body["enforce_nonce"] != true => wrong.push("enforce_nonce is not set".to_owned()),
        Some(_) => {}
    }
}

/// Whom a message notifies.
pub(super) fn pinged(state: &State, body: &Value, text: &str) -> Vec<u64> {
    let allowed = &body["allowed_mentions"];
    let users = allowed["users"].as_array().map_or(&[][..], Vec::as_slice);
    let named = |id: &u64| users.iter().any(|user| user.as_str() == Some(&id.to_string()));
    let mut pinged: Vec<u64> = mention_ids(text).into_iter().filter(named).collect();
    let answered = body["message_reference"]["message_id"].as_str().and_then(|id| id.parse().ok());
    if allowed["replied_user"] == true
        && let Some(message) = answered.and_then(|id: u64| state.messages.get(&id))
        && !pinged.contains(&message.author)
    {
        pinged.push(message.author);
    }
    pinged
}
