//! What a reply used.

use serde_json::{Map, Value};

use crate::models::{self, MicroUsd, Usage};

/// The counts as the server sends them: later ones replace earlier ones, and nothing is added up.
#[derive(Default)]
pub(super) struct Count(Map<String, Value>);

impl Count {
    pub(super) fn update(&mut self, usage: Option<&Value>) {
        let fields = usage.and_then(Value::as_object).into_iter().flatten();
        self.0.extend(fields.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())));
    }

    /// A reply that is nothing but a summary is counted in its only iteration, and nowhere else.
    pub(super) fn usage(&self) -> Usage {
        let whole = usage(&self.0);
        let iterations = self.0.get("iterations").and_then(Value::as_array).into_iter().flatten();
        let mut summaries =
            iterations.filter(|iteration| iteration["type"] == "compaction").filter_map(Value::as_object);
        match summaries.next() {
            Some(summary) if whole == Usage::default() => usage(summary),
            _ => whole,
        }
    }

    /// The price of each attempt the server made, where it lists them: its totals then cover only the last one.
    pub(super) fn cost(&self, model: &str) -> Option<MicroUsd> {
        let iterations = self.0.get("iterations").and_then(Value::as_array);
        let Some(iterations) = iterations.filter(|iterations| !iterations.is_empty()) else {
            return models::cost(model, &self.usage());
        };
        let costs = iterations.iter().filter_map(Value::as_object).map(|iteration| {
            let model = iteration.get("model").and_then(Value::as_str).unwrap_or(model);
            models::cost(model, &usage(iteration))
        });
        costs.sum::<Option<MicroUsd>>()
    }
}

fn usage(fields: &Map<String, Value>) -> Usage {
    let number = |name: &str| fields.get(name).and_then(Value::as_u64).unwrap_or(0);
    let written = |name: &str| fields.get("cache_creation").and_then(|it| it.get(name)).and_then(Value::as_u64);
    let cache_write_1h = written("ephemeral_1h_input_tokens").unwrap_or(0);
    let rest = number("cache_creation_input_tokens").saturating_sub(cache_write_1h);
    Usage {
        input: number("input_tokens"),
        cache_write_5m: written("ephemeral_5m_input_tokens").unwrap_or(rest),
        cache_write_1h,
        cache_read: number("cache_read_input_tokens"),
        output: number("output_tokens"),
    }
}
