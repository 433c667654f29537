//! `thinking` and `output_config`: what each model takes, and in which combination.

use serde_json::Value;

use super::{Call, Checked, betas, no_extras, required};
use crate::anthropic::failure::Failure;
use crate::anthropic::models::Takes;

/// Checks both.
pub(super) fn check(call: &Call<'_>) -> Checked {
    output_config(call)?;
    let Some(thinking) = call.body.get("thinking") else {
        return Ok(());
    };
    match thinking["type"].as_str() {
        Some("adaptive") => adaptive(call, thinking),
        Some("disabled") => disabled(call, thinking),
        Some("between_tools") => between_tools(call, thinking),
        Some("enabled") => budget(call, thinking),
        Some(other) => Err(Failure::invalid(format!(
            "thinking: Input tag '{other}' found using 'type' does not match any of the expected tags: \
             'adaptive', 'between_tools', 'disabled', 'enabled'"
        ))),
        None => Err(required("thinking.type")),
    }
}

fn adaptive(call: &Call<'_>, thinking: &Value) -> Checked {
    if !call.model.takes(Takes::Adaptive) {
        return Err(Failure::invalid("adaptive thinking is not supported on this model"));
    }
    no_extras(thinking, &["type", "display", "block_binding"], "thinking.adaptive")?;
    display(call, thinking)?;
    block_binding(call, thinking)
}

fn display(call: &Call<'_>, thinking: &Value) -> Checked {
    match thinking.get("display").map(|display| display.as_str().unwrap_or_default()) {
        None | Some("omitted" | "summarized") => Ok(()),
        Some("updates") if call.betas.has(betas::DISPLAY_UPDATES) => Ok(()),
        Some(_) => Err(Failure::invalid("thinking.adaptive.display: Input should be 'omitted' or 'summarized'")),
    }
}

fn block_binding(call: &Call<'_>, thinking: &Value) -> Checked {
    let Some(binding) = thinking.get("block_binding") else {
        return Ok(());
    };
    if !call.betas.has(betas::BINDING) {
        return Err(super::extra("thinking.adaptive.block_binding"));
    }
    no_extras(binding, &["prefix_mismatch_behavior"], "thinking.adaptive.block_binding")?;
    match binding["prefix_mismatch_behavior"].as_str() {
        Some("error" | "drop_block") => Ok(()),
        _ => Err(Failure::invalid(
            "thinking.adaptive.block_binding.prefix_mismatch_behavior: Input should be 'error' or 'drop_block'",
        )),
    }
}

fn disabled(call: &Call<'_>, thinking: &Value) -> Checked {
    let always = call.model.takes(Takes::Disabled);
    let to_high = call.model.takes(Takes::DisabledToHigh);
    if !(always || to_high && effort_to_high(call)) {
        let instead = match call.model.takes(Takes::BetweenTools) {
            true => r#"To turn thinking off on this model, send "thinking": {"type": "between_tools"}"#,
            false => r#"Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior."#,
        };
        return Err(Failure::invalid(format!(
            r#""thinking.type.disabled" is not supported for this model. {instead}"#
        )));
    }
    no_extras(thinking, &["type"], "thinking.disabled")
}

fn between_tools(call: &Call<'_>, thinking: &Value) -> Checked {
    if !call.model.takes(Takes::BetweenTools) || !effort_to_high(call) {
        return Err(Failure::invalid(
            r#""thinking.type.between_tools" is not supported for this model at this effort."#,
        ));
    }
    no_extras(thinking, &["type"], "thinking.between_tools")
}

fn budget(call: &Call<'_>, thinking: &Value) -> Checked {
    if !call.model.takes(Takes::Budget) {
        return Err(Failure::invalid(
            r#""thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior."#,
        ));
    }
    no_extras(thinking, &["type", "budget_tokens", "display"], "thinking.enabled")?;
    let Some(budget) = thinking["budget_tokens"].as_u64() else {
        return Err(required("thinking.enabled.budget_tokens"));
    };
    if budget < 1024 {
        return Err(Failure::invalid("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"));
    }
    match call.body.get("max_tokens").and_then(Value::as_u64) {
        Some(most) if most <= budget => {
            Err(Failure::invalid("`max_tokens` must be greater than `thinking.budget_tokens`."))
        }
        _ => Ok(()),
    }
}

fn effort_to_high(call: &Call<'_>) -> bool {
    let effort = call.body.get("output_config").and_then(|config| config["effort"].as_str());
    !matches!(effort, Some("xhigh" | "max"))
}

fn output_config(call: &Call<'_>) -> Checked {
    let Some(config) = call.body.get("output_config") else {
        return Ok(());
    };
    no_extras(config, &["effort", "format", "task_budget"], "output_config")?;
    if config.get("task_budget").is_some() && !call.betas.has(betas::TASK_BUDGET) {
        return Err(super::extra("output_config.task_budget"));
    }
    let Some(effort) = config.get("effort") else {
        return Ok(());
    };
    let levels = call.model.efforts;
    if levels.is_empty() {
        return Err(Failure::invalid("This model does not support the effort parameter."));
    }
    match levels.contains(&effort.as_str().unwrap_or_default()) {
        true => Ok(()),
        false => {
            let levels = levels.join("', '");
            Err(Failure::invalid(format!("output_config.effort: Input should be one of '{levels}'")))
        }
    }
}
