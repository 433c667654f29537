//! What a request may cost at most, before it is made.

use serde_json::Value;

use crate::client::Request;
use crate::entry::Entry;
use crate::message::RawBlock;
use crate::models::{self, Usage};

/// Tokens of an image: the largest that a model looks at has fewer.
const IMAGE: u64 = 5_000;

/// The prompt of a request at most, as if its cache were lost.
///
/// Where the model has answered in this thread before, its own count of that prompt and reply, and what came since;
/// else, and behind a new head, everything by its length. Never more than fits the model.
pub fn prompt(request: &Request, entries: &[Entry]) -> Usage {
    let head = text(&request.head.system) + request.head.tools.iter().map(tool).sum::<u64>();
    let all = known(&request.model, entries).unwrap_or_else(|| {
        head.saturating_add(request.messages.iter().flat_map(|message| &message.content).map(block).sum())
    });
    let all = models::find(&request.model).map_or(all, |row| all.min(row.context));
    Usage { cache_write_1h: head.min(all), cache_write_5m: all - head.min(all), ..Usage::default() }
}

/// The newest prompt and reply as the API counted them, and at most what was said since.
fn known(model: &str, entries: &[Entry]) -> Option<u64> {
    let at = entries.iter().rposition(|entry| matches!(entry, Entry::Reply { .. }))?;
    let (reply, since) = entries.get(at..)?.split_first()?;
    let Entry::Reply { model: answered, usage, .. } = reply else { return None };
    let same = models::find(answered).map(|row| row.id) == models::find(model).map(|row| row.id);
    let counted = usage.prompt().saturating_add(usage.output);
    let since = since.iter().map(said).sum::<Option<u64>>()?;
    (same && usage.prompt() > 0).then(|| counted.saturating_add(since))
}

/// What an entry adds to the next prompt at most; `None` where it changes what came before it.
fn said(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Asked { content, .. } | Entry::Steered { content, .. } | Entry::Noted { content, .. } => {
            Some(content.iter().map(block).sum())
        }
        Entry::Block { block: one, .. } | Entry::Result { block: one, .. } => Some(block(one)),
        Entry::Intent { .. } | Entry::Waits { .. } | Entry::Dropped { .. } | Entry::Ended { .. } => Some(0),
        _ => None,
    }
}

fn tool(tool: &crate::tools::ToolDef) -> u64 {
    text(&tool.name) + text(&tool.description) + value(&tool.input_schema)
}

fn block(block: &RawBlock) -> u64 {
    serde_json::from_str(block.json()).map_or_else(|_| text(block.json()), |json| value(&json))
}

fn value(json: &Value) -> u64 {
    match json {
        Value::String(string) => text(string),
        Value::Array(items) => items.iter().map(value).sum::<u64>() + 1,
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "image") => IMAGE,
        Value::Object(fields) => fields.iter().map(|(name, field)| text(name) + value(field)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// Two bytes a token, where prose and code have three or four; whatever is not ASCII has a token for each byte at most.
fn text(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    (ascii.div_ceil(2) + (text.len() - ascii) + 1) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TurnId;
    use crate::message::{Message, Role};
    use crate::prompt::{Head, Instructions};

    fn request(model: &str, words: &str) -> Request {
        let head = Head::new(Vec::new(), &Instructions::default());
        let messages = vec![Message { role: Role::User, content: vec![RawBlock::text(words)] }];
        let (model, effort) = (model.to_owned(), "low".to_owned());
        Request { model, effort, head, messages, longest_reply: None, budget: 1, summary: None }
    }

    fn turn() -> TurnId {
        TurnId("1".to_owned())
    }

    fn asked(words: &str) -> Entry {
        let content = vec![RawBlock::text(words)];
        Entry::Asked { turn: turn(), message: "m".to_owned(), member: "a".to_owned(), content }
    }

    fn reply(model: &str, usage: Usage) -> Entry {
        let (model, stop_reason, request) = (model.to_owned(), "end_turn".to_owned(), String::new());
        Entry::Reply { turn: turn(), model, stop_reason, usage, request }
    }

    fn result(block: &str) -> Entry {
        Entry::Result { turn: turn(), block: RawBlock::parse(block.to_owned()).unwrap() }
    }

    #[test]
    fn a_first_prompt_is_bounded_by_its_length() {
        let small = prompt(&request("haiku", "Hi"), &[asked("Hi")]).prompt();
        let large = prompt(&request("haiku", &"Hi".repeat(1000)), &[asked("Hi")]).prompt();
        assert_eq!(large - small, 999);
        let foreign = prompt(&request("haiku", &"日".repeat(1000)), &[asked("Hi")]).prompt();
        assert_eq!(foreign - small, 3000 - 1);
    }

    #[test]
    fn a_later_prompt_is_what_was_counted_and_what_came_since() {
        let counted = Usage { cache_read: 9_000, input: 100, output: 400, ..Usage::default() };
        let opus = "claude-opus-5-5";
        let entries = [asked("Hi"), reply(opus, counted), asked("And now?")];
        let since = block(&RawBlock::text("And now?"));
        assert_eq!(prompt(&request("opus", ""), &entries).prompt(), 9_500 + since);
        let mine = prompt(&request("haiku", ""), &entries).prompt();
        assert!(mine < 5_000, "another model counts otherwise: {mine}");
        let head = Entry::Head(Head::new(Vec::new(), &Instructions::default()));
        let mine = prompt(&request("opus", ""), &[reply(opus, counted), head]).prompt();
        assert!(mine < 5_000, "another head is another prompt: {mine}");
    }

    #[test]
    fn an_image_is_not_as_long_as_its_bytes_and_nothing_is_longer_than_the_window() {
        let data = "A".repeat(1_000_000);
        let image =
            format!(r#"{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{data}"}}}}"#);
        let entries = [reply("claude-opus-5-5", Usage { input: 1, ..Usage::default() }), result(&image)];
        assert_eq!(prompt(&request("opus", ""), &entries).prompt(), 1 + IMAGE);
        let pages = format!(r#"{{"type":"document","source":{{"data":"{}"}}}}"#, "A".repeat(9_000_000));
        assert_eq!(prompt(&request("opus", ""), &[entries[0].clone(), result(&pages)]).prompt(), 1_000_000);
    }
}
