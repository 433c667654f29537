//! The slash commands.

use serde_json::{Value, json};

use crate::wire;

const STRING_OPTION: u64 = 3;
const CHAT_INPUT: u64 = 1;
/// Choices of one option, at most.
const MOST_CHOICES: usize = 25;

/// A command that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// What goes on in this thread.
    Status,
    /// Choose the model.
    Model(String),
    /// Stop the turn.
    Stop,
}

impl Command {
    /// The command of this name with this value of its only option.
    pub(crate) fn parse(name: &str, option: Option<&str>) -> Option<Self> {
        match (name, option) {
            ("status", None) => Some(Self::Status),
            ("stop", None) => Some(Self::Stop),
            ("model", Some(model)) => Some(Self::Model(model.to_owned())),
            _ => None,
        }
    }
}

/// What is registered in a guild.
pub(crate) fn payload(models: &[String]) -> Value {
    let choices: Vec<Value> =
        models.iter().take(MOST_CHOICES).map(|model| json!({"name": model, "value": model})).collect();
    let model = json!({
        "type": STRING_OPTION, "name": "model", "description": "From the next request on",
        "required": true, "choices": choices,
    });
    json!([
        {"type": CHAT_INPUT, "name": "status", "description": "Shows what goes on in this thread", "options": []},
        {"type": CHAT_INPUT, "name": "model", "description": "Chooses the model of this thread", "options": [model]},
        {"type": CHAT_INPUT, "name": "stop", "description": "Stops the answer that is being worked on", "options": []},
    ])
}

/// Whether the registered commands say the same. Writing them counts against a daily limit.
pub(crate) fn same(registered: &Value, wanted: &Value) -> bool {
    let mut plain = [registered, wanted].map(|commands| wire::list(commands).iter().map(essence).collect::<Vec<_>>());
    plain.iter_mut().for_each(|commands| commands.sort());
    plain[0] == plain[1]
}

/// A command without what the server adds.
fn essence(command: &Value) -> String {
    let choice = |choice: &Value| format!("{}={}", wire::text(&choice["name"]), wire::text(&choice["value"]));
    let option = |option: &Value| {
        let choices: Vec<String> = wire::list(&option["choices"]).iter().map(choice).collect();
        let (name, about) = (wire::text(&option["name"]), wire::text(&option["description"]));
        format!("{name} {about} {} {} {choices:?}", option["type"], option["required"] == true)
    };
    let options: Vec<String> = wire::list(&command["options"]).iter().map(option).collect();
    format!("{} {} {options:?}", wire::text(&command["name"]), wire::text(&command["description"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> Vec<String> {
        vec!["claude-opus-5".to_owned(), "claude-sonnet-5".to_owned()]
    }

    #[test]
    fn the_commands_are_these() {
        insta::assert_snapshot!(serde_json::to_string(&payload(&models())).unwrap_or_default(), @r#"[{"type":1,"name":"status","description":"Shows what goes on in this thread","options":[]},{"type":1,"name":"model","description":"Chooses the model of this thread","options":[{"type":3,"name":"model","description":"From the next request on","required":true,"choices":[{"name":"claude-opus-5","value":"claude-opus-5"},{"name":"claude-sonnet-5","value":"claude-sonnet-5"}]}]},{"type":1,"name":"stop","description":"Stops the answer that is being worked on","options":[]}]"#);
    }

    #[test]
    fn commands_are_written_only_when_they_changed() {
        let wanted = payload(&models());
        let mut registered = wanted.clone();
        for command in registered.as_array_mut().into_iter().flatten() {
            (command["id"], command["version"], command["nsfw"]) = (json!("1"), json!("2"), json!(false));
        }
        registered[0]["options"] = Value::Null;
        assert!(same(&registered, &wanted));
        assert!(!same(&json!([]), &wanted));
        assert!(!same(&registered, &payload(&models()[..1])));
    }

    #[test]
    fn a_command_with_a_wrong_option_is_none() {
        assert_eq!(Command::parse("status", None), Some(Command::Status));
        assert_eq!(Command::parse("model", Some("m")), Some(Command::Model("m".to_owned())));
        for (name, option) in [("model", None), ("stop", Some("x")), ("approve", None)] {
            assert_eq!(Command::parse(name, option), None, "{name}");
        }
    }
}
