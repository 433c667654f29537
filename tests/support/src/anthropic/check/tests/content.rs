use serde_json::{Value, json};

use super::{for_model, good, png, refused, text, with};

#[test]
fn tools_are_refused_for_names_schemas_and_choices() {
    let tool = good()["tools"][0].clone();
    refused(&[
        (with("/tools/0/name", json!("files.read")), "tools.0.custom.name: String should match pattern"),
        (with("/tools/0/name", json!("")), "tools.0.custom.name: String should match pattern"),
        (with("/tools/0/name", json!("x".repeat(129))), "tools.0.custom.name: String should match pattern"),
        (with("/tools/-", tool), "tools: Tool names must be unique."),
        (with("/tools/0/strange", json!(1)), "tools.0.custom.strange: Extra inputs are not permitted"),
        (with("/tools/0/input_schema", Value::Null), "tools.0.custom.input_schema: Field required"),
        (with("/tools/0/input_schema/type", Value::Null), "tools.0.custom.input_schema.type: Field required"),
        (with("/tools/0/input_schema/type", json!("array")), "input_schema.type: Input should be 'object'"),
        (with("/tools/0/input_schema/oneOf", json!([])), "does not support oneOf, allOf, or anyOf"),
        (with("/tools/0/input_schema/properties", json!(7)), "JSON schema is invalid"),
        (with("/tools/0/strict", json!(true)), "'additionalProperties' must be explicitly set to false"),
        (with("/tools/0/type", json!("oracle")), "tools.0: Input tag 'oracle'"),
        (with("/tools/0/defer_loading", json!(true)), "At least one tool must have defer_loading=false."),
        (with("/tool_choice", json!({"type": "any"})), r#"tool_choice: type "tool" and "any" are not supported"#),
        (with("/tool_choice", json!({"type": "some"})), "tool_choice: Input tag 'some'"),
        (
            for_model("claude-opus-5", "/tool_choice", json!({"type": "tool", "name": "Write"})),
            "Tool 'Write' not found in provided tools",
        ),
    ]);
}

#[test]
fn messages_and_blocks_are_refused_in_the_words_of_the_api() {
    let user = |content: Value| json!({"role": "user", "content": content});
    let said = |content: Value| json!({"role": "assistant", "content": content});
    refused(&[
        (with("/messages", json!([])), "messages: at least one message is required"),
        (with("/messages", json!([said(json!("hi")), user(json!("ho"))])), r#"first message must use the "user" role"#),
        (with("/messages/-", said(json!("Well"))), "This model does not support assistant message prefill."),
        (with("/messages/0/content", json!("")), "messages.0: all messages must have non-empty content"),
        (with("/messages/0/content", json!([])), "messages.0: all messages must have non-empty content"),
        (with("/messages/0/content", text("")), "messages: text content blocks must be non-empty"),
        (with("/messages/2/content/2/text", json!("")), "messages: text content blocks must be non-empty"),
        (with("/messages/0/name", json!("Ada")), "messages.0.name: Extra inputs are not permitted"),
        (with("/messages/0/role", json!("tool")), "messages.0.role: Input should be"),
        (with("/messages/2/content/2/colour", json!(1)), "messages.2.content.2.text.colour: Extra inputs"),
        (with("/messages/0/content", json!([{"type": "poem"}])), "messages.0.content.0: Input tag 'poem'"),
        (with("/messages/1/content/1/input", json!("{}")), "messages.1.content.1.tool_use.input: Input should be"),
        (with("/messages/1/content/1/id", json!("a b")), "messages.1.content.1.tool_use.id: String should match"),
        (with("/messages/1/content/0", png()), "messages.1.content.0: Input tag 'image'"),
        (with("/messages/2/content/1/content", Value::Null), "content cannot be empty if `is_error` is true"),
        (
            for_model("claude-sonnet-5", "/messages/-", json!({"role": "system", "content": "x"})),
            "role 'system' is not supported on this model",
        ),
        (with("/messages/0", json!({"role": "system", "content": "x"})), "a system message must follow a user message"),
        (with("/messages/1", json!({"role": "system", "content": "x"})), "must be last or be followed by an assistant"),
        (
            for_model("claude-haiku-4-5", "/messages", json!([user(json!("a")), said(json!("b "))])),
            "This model does not support the effort parameter.",
        ),
    ]);
}

#[test]
fn calls_and_results_that_do_not_match_are_refused() {
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "x"});
    refused(&[
        (
            with("/messages/2/content", json!([result("toolu_1")])),
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_2.",
        ),
        (with("/messages/2/content", json!("never mind")), "immediately after: toolu_1, toolu_2."),
        (
            with("/messages/2/content/0", result("toolu_9")),
            "unexpected `tool_use_id` found in `tool_result` blocks: toolu_9",
        ),
        (with("/messages/0/content", json!([result("toolu_1")])), "messages.0.content.0: unexpected `tool_use_id`"),
        (with("/messages/2/content/2", result("toolu_1")), "Found multiple `tool_result` blocks with id: toolu_1"),
        (
            with("/messages/2/content", json!([{"type": "text", "text": "so:"}, result("toolu_1"), result("toolu_2")])),
            "messages.2.content.1: `tool_result` blocks must come before any other content",
        ),
        (with("/messages/1/content/2/id", json!("toolu_1")), "messages.1.content.2: `tool_use` ids must be unique"),
    ]);
}

#[test]
fn images_and_documents_are_refused_when_they_are_not_what_they_say() {
    let image = |media_type: &str, data: &str| {
        let source = json!({"type": "base64", "media_type": media_type, "data": data});
        with("/messages/2/content/0/content", json!([{"type": "image", "source": source}]))
    };
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "bm90IGEgcGRm"});
    refused(&[
        (image("image/bmp", "Qk0="), "source.base64.media_type: Input should be 'image/jpeg'"),
        (image("image/png", "not base64!"), "source.base64.data: Invalid base64 data"),
        (image("image/png", ""), "source.base64.data: base64 data must not be empty"),
        (image("image/png", "/9j/"), "Image does not match the provided media type image/png"),
        (image("image/png", &"A".repeat(6_000_000)), "image exceeds 5 MB maximum"),
        (with("/messages/0/content", json!([{"type": "document", "source": pdf}])), "The PDF specified was not valid."),
    ]);
}
