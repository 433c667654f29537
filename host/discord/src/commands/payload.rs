//! What is registered at Discord.

use serde_json::{Map, Value, json};

use super::{Needed, Opt, Spec, TABLE, Takes};
use crate::settings::Skill;
use crate::wire;

const CHAT_INPUT: u64 = 1;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const ATTACHMENT: u64 = 11;

/// Commands that Discord takes.
const MOST: usize = 100;
/// Characters of a name, and of a description.
const LONGEST_NAME: usize = 32;
const LONGEST_DESCRIPTION: usize = 100;

/// The commands, as Discord takes them: our own, and a skill's as far as there is room.
pub(crate) fn payload(skills: &[Skill]) -> Value {
    TABLE.iter().map(command).chain(registered(skills).map(skill)).collect()
}

/// The skills that are commands of their own. The others are `/skill`'s.
pub(crate) fn registered(skills: &[Skill]) -> impl Iterator<Item = &Skill> {
    let fits = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '_');
    let named = move |name: &str| (1..=LONGEST_NAME).contains(&name.chars().count()) && name.chars().all(fits);
    let free = |name: &str| TABLE.iter().all(|spec| spec.name != name);
    skills.iter().filter(move |skill| named(&skill.name) && free(&skill.name)).take(MOST.saturating_sub(TABLE.len()))
}

fn skill(skill: &Skill) -> Value {
    let about = described(&skill.about, "A skill of the repository");
    let hint = described(skill.hint.as_deref().unwrap_or_default(), "What it is to be done with");
    let option = json!({"type": STRING, "name": "arguments", "description": hint, "max_length": 6000});
    json!({"type": CHAT_INPUT, "name": skill.name, "description": about, "options": [option]})
}

/// Words of the repository's, in one line that fits; ours where there are none.
fn described(words: &str, none: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() {
        0 => none.to_owned(),
        1..=LONGEST_DESCRIPTION => line,
        _ => line.chars().take(LONGEST_DESCRIPTION - 1).chain(['…']).collect(),
    }
}

fn command(spec: &Spec) -> Value {
    let options: Vec<Value> = spec.options.iter().map(option).collect();
    json!({"type": CHAT_INPUT, "name": spec.name, "description": spec.about, "options": options})
}

fn option(option: &Opt) -> Value {
    let mut shown = json!({"name": option.name, "description": option.about});
    if option.needed == Needed::Yes {
        shown["required"] = json!(true);
    }
    shown["type"] = match option.takes {
        Takes::Text(_) | Takes::OneOf(_) | Takes::Suggested(_) => json!(STRING),
        Takes::Count(..) => json!(INTEGER),
        Takes::File => json!(ATTACHMENT),
    };
    match option.takes {
        Takes::Text(most) => shown["max_length"] = json!(most),
        Takes::OneOf(choices) => {
            shown["choices"] = choices.iter().map(|choice| json!({"name": choice, "value": choice})).collect();
        }
        Takes::Suggested(_) => shown["autocomplete"] = json!(true),
        Takes::Count(least, most) => (shown["min_value"], shown["max_value"]) = (json!(least), json!(most)),
        Takes::File => {}
    }
    shown
}

/// What a command says, without what the server adds.
const SAID: &[&str] = &[
    "type",
    "name",
    "description",
    "options",
    "required",
    "choices",
    "value",
    "autocomplete",
    "max_length",
    "min_value",
    "max_value",
];

/// Whether the registered commands say the same. Writing them counts against a daily limit.
pub(crate) fn same(registered: &Value, wanted: &Value) -> bool {
    let by_name = |commands: &Value| {
        let mut plain: Vec<Value> = wire::list(commands).iter().map(said).collect();
        plain.sort_by(|one, other| wire::text(&one["name"]).cmp(wire::text(&other["name"])));
        plain
    };
    by_name(registered) == by_name(wanted)
}

/// Servers write what is not there as null, as `false` or as an empty list.
fn said(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(said).collect(),
        Value::Object(fields) => {
            let empty = |value: &Value| value.is_null() || *value == false || *value == json!([]);
            let kept = fields.iter().filter(|(key, value)| SAID.contains(&key.as_str()) && !empty(value));
            let sorted: std::collections::BTreeMap<_, _> =
                kept.map(|(key, value)| (key.clone(), said(value))).collect();
            Value::Object(sorted.into_iter().collect::<Map<_, _>>())
        }
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_these() {
        let lines: Vec<String> = payload(&[]).as_array().into_iter().flatten().map(Value::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"type":1,"name":"ask","description":"Asks a question; in a channel it begins a thread, as a mention does","options":[{"name":"question","description":"What you want to know, or have done","required":true,"type":3,"max_length":6000},{"name":"file","description":"A file that belongs to the question","type":11}]}
        {"type":1,"name":"resume","description":"Lists your threads, or wakes one of them","options":[{"name":"thread","description":"The thread that is to go on","type":3,"autocomplete":true}]}
        {"type":1,"name":"skill","description":"Starts a skill or command of the repository","options":[{"name":"name","description":"The skill's name","required":true,"type":3,"autocomplete":true},{"name":"arguments","description":"What it is to be done with","type":3,"max_length":6000}]}
        {"type":1,"name":"status","description":"Shows what goes on in this thread","options":[]}
        {"type":1,"name":"stop","description":"Stops the answer that is being worked on","options":[]}
        {"type":1,"name":"model","description":"Shows or chooses the model of this thread","options":[{"name":"model","description":"The model, from the next request on","type":3,"autocomplete":true}]}
        {"type":1,"name":"effort","description":"Shows or chooses how long the model thinks in this thread","options":[{"name":"effort","description":"More effort thinks longer and costs more","type":3,"choices":[{"name":"low","value":"low"},{"name":"medium","value":"medium"},{"name":"high","value":"high"},{"name":"xhigh","value":"xhigh"},{"name":"max","value":"max"}]}]}
        {"type":1,"name":"verbosity","description":"Shows or chooses how much is shown of the work in this thread","options":[{"name":"verbosity","description":"How much is shown beside the answer","type":3,"choices":[{"name":"quiet","value":"quiet"},{"name":"normal","value":"normal"},{"name":"verbose","value":"verbose"}]}]}
        {"type":1,"name":"plan","description":"Shows or switches plan mode: nothing is changed before a plan is approved","options":[{"name":"mode","description":"On or off","type":3,"choices":[{"name":"on","value":"on"},{"name":"off","value":"off"}]}]}
        {"type":1,"name":"client","description":"Shows or binds the client that this thread is about","options":[{"name":"name","description":"The client's name; `none` takes the binding back","type":3,"autocomplete":true}]}
        {"type":1,"name":"compact","description":"Puts a summary in the place of this conversation","options":[{"name":"instructions","description":"What the summary must keep","type":3,"max_length":6000}]}
        {"type":1,"name":"clear","description":"Begins this conversation anew","options":[]}
        {"type":1,"name":"rewind","description":"Takes back the last turns of this conversation; files stay as they are","options":[{"name":"turns","description":"How many; one where it is left out","type":4,"min_value":1,"max_value":100}]}
        {"type":1,"name":"fork","description":"Begins a new thread that goes on with this conversation","options":[]}
        {"type":1,"name":"context","description":"Shows what the next request is made of","options":[]}
        {"type":1,"name":"cost","description":"Shows what was spent here and by you, and what the limits leave","options":[]}
        {"type":1,"name":"export","description":"Gives you this thread as files, Markdown and JSON","options":[]}
        {"type":1,"name":"evidence","description":"Packs this thread, its files and its part of the audit, so that others can check it","options":[]}
        {"type":1,"name":"plugins","description":"Lists the plugins: what is in force, and what waits in quarantine and why","options":[]}
        {"type":1,"name":"review","description":"Shows the review of one plugin","options":[{"name":"name","description":"The plugin's name","required":true,"type":3,"autocomplete":true}]}
        {"type":1,"name":"audit","description":"Shows the last rows of the audit of this thread or of a plugin, and checks the chain","options":[{"name":"plugin","description":"The plugin's name; this thread where it is left out","type":3,"autocomplete":true},{"name":"rows","description":"How many rows","type":4,"min_value":1,"max_value":100}]}
        {"type":1,"name":"help","description":"Lists these commands","options":[]}
        "#);
    }

    #[test]
    fn commands_are_written_only_when_they_changed() {
        let wanted = payload(&[]);
        let mut registered = wanted.clone();
        for command in registered.as_array_mut().into_iter().flatten() {
            (command["id"], command["version"], command["nsfw"]) = (json!("1"), json!("2"), json!(false));
            if command["options"] == json!([]) {
                command["options"] = Value::Null;
            }
            for option in command["options"].as_array_mut().into_iter().flatten() {
                option["required"] = json!(option["required"] == true);
            }
        }
        registered.as_array_mut().into_iter().for_each(|commands| commands.reverse());
        assert!(same(&registered, &wanted));
        assert!(!same(&json!([]), &wanted));
        let changes = ["description", "name"].map(|key| ("", key)).into_iter().chain([("options", "max_length")]);
        for (list, key) in changes {
            let mut changed = wanted.clone();
            let command = &mut changed[0];
            let place = if list.is_empty() { command } else { &mut command[list][0] };
            place[key] = json!(7);
            assert!(!same(&registered, &changed), "{key}");
        }
    }

    fn skilled(name: &str, about: &str, hint: Option<&str>) -> Skill {
        Skill { name: name.to_owned(), about: about.to_owned(), hint: hint.map(str::to_owned) }
    }

    #[test]
    fn a_skill_is_a_command_with_the_words_of_its_file() {
        let long = skilled("deploy", &"Deploys a web. ".repeat(20), Some("[host]"));
        insta::assert_snapshot!(skill(&long), @r#"{"type":1,"name":"deploy","description":"Deploys a web. Deploys a web. Deploys a web. Deploys a web. Deploys a web. Deploys a web. Deploys a…","options":[{"type":3,"name":"arguments","description":"[host]","max_length":6000}]}"#);
        insta::assert_snapshot!(skill(&skilled("überblick", "", None)), @r#"{"type":1,"name":"überblick","description":"A skill of the repository","options":[{"type":3,"name":"arguments","description":"What it is to be done with","max_length":6000}]}"#);
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_command_skill() {
        let odd = ["web:deploy", "Deploy", "ask", "a b", &"x".repeat(33), ""].map(|name| skilled(name, "x", None));
        assert_eq!(registered(&odd).count(), 0);
        let many: Vec<Skill> = (0..200).map(|at| skilled(&format!("s{at}"), "x", None)).collect();
        assert_eq!(payload(&many).as_array().map(Vec::len), Some(MOST));
    }
}
