use serde_json::{Value, json};

use super::super::{Betas, Call, Endpoint};
use super::{check, for_model, good, refused, text, with};
use crate::anthropic::failure::Failure;

#[test]
fn fields_and_values_at_the_top_are_refused_in_the_words_of_the_api() {
    refused(&[
        (with("/temprature", json!(1)), "temprature: Extra inputs are not permitted"),
        (with("/model", Value::Null), "model: Field required"),
        (with("/messages", Value::Null), "messages: Field required"),
        (with("/max_tokens", Value::Null), "max_tokens: Field required"),
        (with("/max_tokens", json!("many")), "max_tokens: Input should be a valid integer"),
        (with("/max_tokens", json!(128_001)), "max_tokens: 128001 > 128000, which is the maximum allowed number"),
        (with("/max_tokens", json!(0)), "max_tokens: 0 is not supported with stream"),
        (with("/compaction", json!({"type": "summarize"})), "compaction: Extra inputs are not permitted"),
        (with("/context_management", json!({})), "context_management: Extra inputs are not permitted"),
        (with("/fallbacks", json!("default")), "fallbacks: Extra inputs are not permitted"),
        (with("/temperature", json!(0.5)), "`temperature` is deprecated for this model."),
        (with("/top_p", json!(0.9)), "`top_p` is deprecated for this model."),
        (with("/top_k", json!(5)), "`top_k` is deprecated for this model."),
        (with("/service_tier", json!("best")), "service_tier: Input should be 'auto' or 'standard_only'"),
        (with("/metadata/user_id", json!("x".repeat(257))), "metadata.user_id: String should have at most 256"),
        (with("/metadata/email", json!("a@b")), "metadata.email: Extra inputs are not permitted"),
        (with("/system", text("")), "system: text content blocks must be non-empty"),
        (with("/system/0/type", json!("image")), "system.0.type: Input should be 'text'"),
    ]);
}

#[test]
fn thinking_and_effort_are_refused_as_the_model_has_it() {
    let disabled = json!({"type": "disabled"});
    let budget = json!({"type": "enabled", "budget_tokens": 2000});
    refused(&[
        (with("/thinking", disabled.clone()), r#""thinking.type.disabled" is not supported for this model. Use"#),
        (
            for_model("claude-sonnet-5-5", "/thinking", disabled),
            r#"To turn thinking off on this model, send "thinking": {"type": "between_tools"}"#,
        ),
        (with("/thinking", budget.clone()), r#""thinking.type.enabled" is not supported for this model."#),
        (with("/thinking", json!({"type": "between_tools"})), r#""thinking.type.between_tools" is not supported"#),
        (
            for_model("claude-haiku-4-5", "/output_config", Value::Null),
            "adaptive thinking is not supported on this model",
        ),
        (with("/thinking/display", json!("updates")), "thinking.adaptive.display: Input should be"),
        (
            with("/thinking/block_binding", json!({"prefix_mismatch_behavior": "error"})),
            "block_binding: Extra inputs are not permitted",
        ),
        (with("/thinking/budget_tokens", json!(1)), "thinking.adaptive.budget_tokens: Extra inputs"),
        (with("/output_config/effort", json!("extreme")), "output_config.effort: Input should be one of 'low'"),
        (for_model("claude-opus-4-6", "/output_config/effort", json!("xhigh")), "output_config.effort"),
        (for_model("claude-haiku-4-5", "/thinking", budget), "This model does not support the effort parameter."),
        (with("/output_config/task_budget", json!({})), "output_config.task_budget: Extra inputs"),
    ]);
}

#[test]
fn cache_markers_are_refused_for_number_order_and_place() {
    let marker = json!({"type": "ephemeral"});
    let hour = json!({"type": "ephemeral", "ttl": "1h"});
    let mut five = with("/tools/0/cache_control", hour.clone());
    for at in 0..3 {
        five["messages"][2]["content"][at]["cache_control"] = marker.clone();
    }
    let thinking = json!({"type": "thinking", "thinking": "", "signature": "s", "cache_control": marker});
    refused(&[
        (five, "A maximum of 4 blocks with cache_control may be provided. Found 5."),
        (with("/tools/0/cache_control", marker.clone()), "a ttl='1h' cache_control block must not come after"),
        (with("/messages/2/content/2/cache_control", hour), "the last block has a cache_control with another ttl"),
        (with("/cache_control/ttl", json!("1d")), "cache_control.ephemeral.ttl: Input should be '5m' or '1h'"),
        (with("/cache_control/type", json!("eternal")), "cache_control.type: Input should be 'ephemeral'"),
        (with("/messages/1/content/0", thinking), "messages.1.content.0.cache_control: Extra inputs"),
    ]);
}

#[test]
fn an_unknown_model_is_not_found_and_an_unknown_beta_is_invalid() {
    for id in ["claude-opus-5-5-20260922", "claude-3-opus-20240229", "rehearsal"] {
        let failure = check(&with("/model", json!(id)), "").unwrap_err();
        assert_eq!(failure, Failure::not_found(format!("model: {id}")));
    }
    let failure = check(&good(), "effort-2025-11-24, time-travel-2027-01-01").unwrap_err();
    assert_eq!(failure, Failure::invalid("Unsupported beta header: `time-travel-2027-01-01`"));
}

#[test]
fn counting_tokens_takes_neither_max_tokens_nor_stream() {
    let count = |body: &Value| {
        let betas = Betas::default();
        Call::new(body, &betas, Endpoint::CountTokens, &[]).and_then(|call| call.check())
    };
    let extra = Failure::invalid("max_tokens: Extra inputs are not permitted");
    assert_eq!(count(&good()), Err(extra));
    let mut body = with("/max_tokens", Value::Null);
    body.as_object_mut().unwrap().shift_remove("stream");
    assert_eq!(count(&body), Ok(()));
}
