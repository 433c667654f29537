//! What goes to the model, without the secrets that are known.

use claudetools_agent::client::{Request, spell_out};
use claudetools_agent::message::RawBlock;
use serde_json::{Value, json};

use crate::render::Guard;

/// What stands in the place of an image or a document that holds a secret: without it the rest could not be read.
const LEFT_OUT: &str = "[left out: it holds a secret]";

/// The request without known secrets in any form: also people's words, their files and the repository's instructions,
/// which pass through no tool. A block that holds none keeps its bytes.
pub(crate) fn cleaned(mut request: Request, guard: &Guard) -> Request {
    request.head.system = guard.scrub(&request.head.system);
    for tool in &mut request.head.tools {
        tool.description = guard.scrub(&tool.description);
        clean(&mut tool.input_schema, guard);
    }
    if request
        .messages
        .iter()
        .flat_map(|message| &message.content)
        .any(|block| block.is_compaction() && guard.finds(block.json()))
    {
        // A summary of the API's that is not as it came is worth nothing there.
        spell_out(&mut request.messages);
    }
    for block in request.messages.iter_mut().flat_map(|message| &mut message.content) {
        if guard.finds(block.json()) {
            *block = without(block, guard);
        }
    }
    request
}

fn without(block: &RawBlock, guard: &Guard) -> RawBlock {
    let cleaned = serde_json::from_str(block.json()).and_then(|mut value: Value| {
        clean(&mut value, guard);
        RawBlock::parse(value.to_string())
    });
    cleaned.unwrap_or_else(|_| RawBlock::text(LEFT_OUT))
}

/// Cleans every text in a value; names of fields are the protocol's.
fn clean(value: &mut Value, guard: &Guard) {
    match value {
        Value::String(text) => *text = guard.scrub(text),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, guard)),
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "image" || kind == "document") => {
            if guard.finds(&json!(fields).to_string()) {
                *value = json!({ "type": "text", "text": LEFT_OUT });
            }
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| clean(field, guard)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use claudetools_agent::message::{Message, Role};
    use claudetools_agent::prompt::{Head, Instructions};
    use claudetools_agent::tools::ToolDef;

    use super::*;
    use crate::render::Scrub;

    const SECRET: &str = "canary \"7f3a\" sword";

    fn guard() -> Guard {
        Guard::new([], Scrub::new(&[SECRET.to_owned()]))
    }

    fn request(content: Vec<RawBlock>) -> Request {
        let input_schema = json!({ "type": "object", "description": SECRET });
        let tool = ToolDef { name: "Read".to_owned(), description: format!("Reads {SECRET}."), input_schema };
        let files = vec![("/repo/CLAUDE.md".to_owned(), format!("The key is {SECRET}."))];
        let mut head = Head::new(vec![tool], &Instructions { files, skills: Vec::new() });
        head.system.push_str(SECRET);
        let preamble = Message { role: Role::User, content: head.preamble.clone() };
        let messages = vec![preamble, Message { role: Role::User, content }];
        let (model, effort) = ("m".to_owned(), "low".to_owned());
        Request { model, effort, head, messages, longest_reply: None, budget: 1, summary: None }
    }

    /// Everything that is sent, as JSON.
    fn sent(request: &Request) -> String {
        let tools: Vec<_> =
            request.head.tools.iter().map(|tool| json!([tool.description, tool.input_schema])).collect();
        json!([request.head.system, tools, request.messages]).to_string()
    }

    fn block(value: Value) -> RawBlock {
        RawBlock::parse(value.to_string()).unwrap()
    }

    #[test]
    fn no_form_of_a_secret_is_sent_wherever_it_stands() {
        let image = json!({ "type": "image", "source": {
            "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgpjYW5hcnkgIjdmM2EiIHN3b3Jk",
        } });
        let request = request(vec![
            RawBlock::text(&format!("my key is {SECRET}, in hex 63616e617279202237663361222073776f7264")),
            block(json!({ "type": "tool_use", "id": "t", "name": "Read", "input": { "path": [SECRET] } })),
            block(json!({ "type": "tool_result", "tool_use_id": "t", "content": [image.clone()] })),
            block(image),
        ]);
        assert!(guard().finds(&sent(&request)));
        let cleaned = cleaned(request, &guard());
        assert!(!guard().finds(&sent(&cleaned)), "{}", sent(&cleaned));
        assert_eq!(sent(&cleaned).matches(LEFT_OUT).count(), 2);
        assert!(sent(&cleaned).contains("The key is [secret removed]."));
    }

    #[test]
    fn what_holds_none_keeps_its_bytes() {
        let odd = r#"{"type":"thinking",  "signature":"x==","thinking":"","unknown":[1.0e5]}"#;
        let content = vec![RawBlock::parse(odd.to_owned()).unwrap(), RawBlock::text("plain")];
        let cleaned = cleaned(request(content.clone()), &guard());
        assert_eq!(cleaned.messages[1].content, content);
    }
}
