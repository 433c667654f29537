//! The guild's commands, and what Discord's documentation asks of them (interactions/application-commands).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::call::Call;
use super::routes::{Answer, Fault};
use super::state::State;
use super::{BOT, GUILD};

const MOST_COMMANDS: usize = 100;
const MOST_OPTIONS: usize = 25;
const MOST_CHOICES: usize = 25;
const MOST_COMBINED: usize = 8000;
const MOST_CREATES: usize = 200;
const STRING: u64 = 3;
const INTEGER: u64 = 4;
const ATTACHMENT: u64 = 11;

pub(super) fn list(state: &mut State, _call: &Call) -> Answer {
    Ok((200, Value::Array(state.commands.clone())))
}

pub(super) fn set(state: &mut State, call: &Call) -> Answer {
    let mut commands = call.body.as_array().cloned().unwrap_or_default();
    let wrong = check(&commands);
    if !wrong.is_empty() {
        wrong.into_iter().for_each(|problem| state.problem(problem));
        return Err(Fault(400, 50035, "Invalid Form Body"));
    }
    let known: BTreeSet<&str> = state.commands.iter().filter_map(|command| command["name"].as_str()).collect();
    let created = commands.iter().filter(|command| !command["name"].as_str().is_some_and(|name| known.contains(name)));
    let created = created.count();
    if state.command_creates + created > MOST_CREATES {
        state.problem(format!("more than {MOST_CREATES} commands were created in a day"));
        return Err(Fault(429, 30034, "Maximum number of daily application command creates has been reached (200)"));
    }
    for command in &mut commands {
        command["id"] = json!(state.new_id().to_string());
        command["application_id"] = json!(BOT.to_string());
        command["guild_id"] = json!(GUILD.to_string());
        command["version"] = json!("1");
    }
    state.command_creates += created;
    state.command_writes += 1;
    state.commands = commands.clone();
    Ok((200, Value::Array(commands)))
}

/// Everything wrong with a list of commands.
fn check(commands: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    if commands.len() > MOST_COMMANDS {
        wrong.push(format!("{} commands ({MOST_COMMANDS} at most)", commands.len()));
    }
    let mut names = BTreeSet::new();
    for command in commands {
        let name = text(&command["name"]);
        words("command", command, &mut wrong);
        if !names.insert(name) {
            wrong.push(format!("the command `{name}` stands twice"));
        }
        if !matches!(command["type"].as_u64(), None | Some(1)) {
            wrong.push(format!("the command `{name}` is not of type 1"));
        }
        options(name, list_of(&command["options"]), &mut wrong);
        let combined = combined(command);
        if combined > MOST_COMBINED {
            wrong.push(format!("the command `{name}` has {combined} characters ({MOST_COMBINED} at most)"));
        }
    }
    wrong
}

fn words(what: &str, of: &Value, wrong: &mut Vec<String>) {
    let name = text(&of["name"]);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let named = (1..=32).contains(&length(name)) && name.chars().all(fits) && name == name.to_lowercase();
    if !named || !(1..=100).contains(&length(text(&of["description"]))) {
        wrong.push(format!("the {what} `{name}` has a bad name or description"));
    }
}

fn options(command: &str, options: &[Value], wrong: &mut Vec<String>) {
    if options.len() > MOST_OPTIONS {
        wrong.push(format!("the command `{command}` has {} options ({MOST_OPTIONS} at most)", options.len()));
    }
    let required: Vec<bool> = options.iter().map(|option| option["required"] == true).collect();
    if !required.is_sorted_by(|one, next| one >= next) {
        wrong.push(format!("a required option of `{command}` stands behind one that is not"));
    }
    let mut names = BTreeSet::new();
    for option in options {
        words("option", option, wrong);
        if !names.insert(text(&option["name"])) {
            wrong.push(format!("`{command}` has the option `{}` twice", text(&option["name"])));
        }
        kind(command, option, wrong);
    }
}

fn kind(command: &str, option: &Value, wrong: &mut Vec<String>) {
    let (name, kind) = (text(&option["name"]), option["type"].as_u64().unwrap_or(0));
    let choices = list_of(&option["choices"]);
    let mut bad = |what: &str| wrong.push(format!("`{name}` of `{command}`: {what}"));
    if ![STRING, INTEGER, ATTACHMENT].contains(&kind) {
        bad("a type that nobody here can fill in");
    }
    if choices.len() > MOST_CHOICES || !choices.iter().all(|choice| is_choice(choice, kind)) {
        bad("at most 25 choices with a name of 1 to 100 characters and a value of the option's type");
    }
    if option["autocomplete"] == true && (!choices.is_empty() || ![STRING, INTEGER].contains(&kind)) {
        bad("autocompletion is for texts and numbers without choices");
    }
    let length =
        |key: &str, least| option[key].is_null() || option[key].as_u64().is_some_and(|n| (least..=6000).contains(&n));
    if !length("max_length", 1) || !length("min_length", 0) {
        bad("lengths go to 6000");
    }
    let has = |keys: [&str; 2]| keys.iter().any(|key| !option[*key].is_null());
    if has(["max_length", "min_length"]) && kind != STRING || has(["max_value", "min_value"]) && kind != INTEGER {
        bad("a bound of another type");
    }
}

/// Whether something may be chosen: also for what autocompletion suggests.
pub(super) fn is_choice(choice: &Value, kind: u64) -> bool {
    let value = match kind {
        INTEGER => choice["value"].is_i64(),
        _ => choice["value"].as_str().is_some_and(|value| (1..=100).contains(&length(value))),
    };
    value && (1..=100).contains(&length(text(&choice["name"])))
}

/// Characters of every name, description and value.
fn combined(of: &Value) -> usize {
    let own: usize = ["name", "description", "value"].iter().map(|key| length(text(&of[*key]))).sum();
    let below = ["options", "choices"].iter().flat_map(|key| list_of(&of[*key])).map(combined);
    own + below.sum::<usize>()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change<'a> = &'a dyn Fn(&mut Value);

    fn found(change: impl Fn(&mut Value)) -> String {
        let option = |name: &str| json!({"type": 3, "name": name, "description": "x"});
        let mut commands = json!([{
            "type": 1, "name": "ask", "description": "Asks", "options": [option("one"), option("two")],
        }]);
        change(&mut commands);
        check(commands.as_array().unwrap()).join("\n")
    }

    #[test]
    fn every_limit_is_checked() {
        assert_eq!(found(|_| {}), "");
        let cases: [(Change<'_>, &str); 13] = [
            (&|list| list[0]["name"] = json!("Ask"), "has a bad name"),
            (&|list| list[0]["name"] = json!("ask me"), "has a bad name"),
            (&|list| list[0]["description"] = json!("x".repeat(101)), "has a bad name"),
            (&|list| list[0]["options"][0]["name"] = json!(""), "the option `` has a bad name"),
            (&|list| list[0]["options"][1]["required"] = json!(true), "stands behind one that is not"),
            (&|list| list[0]["options"][1]["name"] = json!("one"), "the option `one` twice"),
            (&|list| list[0]["options"] = vec![list[0]["options"][0].clone(); 26].into(), "26 options"),
            (
                &|list| list[0]["options"][0]["choices"] = vec![json!({"name": "a", "value": "a"}); 26].into(),
                "25 choices",
            ),
            (&|list| list[0]["options"][0]["choices"] = json!([{"name": "a", "value": 1}]), "25 choices"),
            (&|list| list[0]["options"][0]["max_value"] = json!(1), "another type"),
            (&|list| list[0]["options"][0]["max_length"] = json!(6001), "lengths go to 6000"),
            (&|list| *list = vec![list[0].clone(); 101].into(), "101 commands"),
            (
                &|list| {
                    let choice = json!({"name": "n".repeat(100), "value": "v".repeat(100)});
                    let options = (0..2).map(|at| {
                        json!({"type": 3, "name": at.to_string(), "description": "x", "choices": vec![choice.clone(); 25]})
                    });
                    list[0]["options"] = options.collect();
                },
                "10011 characters",
            ),
        ];
        for (change, problem) in cases {
            assert!(found(change).contains(problem), "{problem:?} is not in {:?}", found(change));
        }
    }
}
