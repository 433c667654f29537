//! Answers that are no answers.

use serde_json::{Value, json};

use crate::answer::{Answer, Content};
use crate::microsoft::conduct::Damage;

/// Spoils an answer, where it is to be spoilt.
pub(in crate::microsoft) fn spoil(answer: Answer, damage: Option<Damage>) -> Answer {
    let (Some(damage), Content::Json(body)) = (damage, &answer.body) else {
        return answer;
    };
    let body = match damage {
        Damage::Truncated => {
            let text = body.to_string();
            let cut: String = text.chars().take(text.chars().count() / 2).collect();
            Content::Raw(cut, "application/json")
        }
        Damage::Html => Content::Raw("<html><body>Service unavailable</body></html>".to_owned(), "text/html"),
        Damage::Nulls => Content::Json(each(body, |_| Value::Null)),
        Damage::WrongTypes => Content::Json(twisted(body)),
    };
    Answer { body, ..answer }
}

/// Every field of every entity changed; the envelope stays.
fn each(body: &Value, change: impl Fn(&Value) -> Value) -> Value {
    let fields = |entity: &Value| -> Value {
        let fields = entity.as_object().into_iter().flatten();
        fields.map(|(name, value)| (name.clone(), change(value))).collect::<serde_json::Map<_, _>>().into()
    };
    match body["value"].as_array() {
        Some(list) => json!({"value": list.iter().map(fields).collect::<Vec<_>>()}),
        None => fields(body),
    }
}

fn twisted(body: &Value) -> Value {
    match body["value"].as_array() {
        Some(_) => json!({"value": {"0": "not a list"}}),
        None => each(body, |value| match value {
            Value::String(_) => json!(7),
            Value::Bool(_) | Value::Number(_) => json!("seven"),
            _ => json!([[]]),
        }),
    }
}
