//! Skill: loads one skill or command.

use std::fs;

use claudetools_kit::{Failure, Output};
use serde::Deserialize;

use crate::catalogue::{self, Entry};
use crate::fill::{Values, fill};
use crate::front::Front;

/// A longer name is a mistake, not a skill.
const MAX_NAME: usize = 128;
/// A skill is read by a model; beyond this it is not instructions but data, and other tools read that.
const MAX_BYTES: usize = 100_000;

/// Skill's input.
#[derive(Deserialize)]
pub struct Input {
    skill: String,
    #[serde(default)]
    args: String,
}

/// Loads it.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let entry = catalogue::find(checked(&input.skill)?)?;
    let text = fs::read_to_string(&entry.file).map_err(|error| Failure::io(&entry.file, &error))?;
    Ok(Output::text(render(&entry, &text, &input.args)?).summary(format!("Loaded the skill {}", entry.name)))
}

/// The name without a leading slash, or why it cannot be one. It becomes part of a path.
fn checked(name: &str) -> Result<&str, Failure> {
    let name = name.trim();
    let name = name.strip_prefix('/').unwrap_or(name);
    let part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if name.len() <= MAX_NAME && name.split(':').all(part) {
        return Ok(name);
    }
    Err(Failure::Invalid(
        "that is no skill's name: names are letters, digits, - and _, with : between the parts of a nested one".into(),
    ))
}

/// What the model reads.
fn render(entry: &Entry, text: &str, arguments: &str) -> Result<String, Failure> {
    let front = Front::parse(text);
    let Entry { name, file } = entry;
    if front.is_for_people_only() {
        return Err(Failure::Invalid(format!("the skill {name} is for people to start, not for the model")));
    }
    if front.body.len() > MAX_BYTES {
        let length = front.body.len();
        return Err(Failure::Invalid(format!(
            "the skill {name} has {length} bytes, more than {MAX_BYTES}; Read {file}"
        )));
    }
    let directory = file.rsplit_once('/').map_or("/repo", |(directory, _)| directory);
    let names = front.value("arguments").map_or_else(Vec::new, |names| list(&names));
    let values = Values { arguments, names: &names, directory };
    let mut body = fill(front.body, &values);
    if front.body.contains("!`") {
        body.push_str("\n\n(Note: commands written as !`…` were left as they stand and were not run.)");
    }
    Ok(format!("Base directory of this skill: {directory}\n\n{body}"))
}

/// Names for the arguments, in order: `[a, b]`, `a b`, or one below the other.
fn list(value: &str) -> Vec<String> {
    let names = value.trim_matches(['[', ']']).split([',', ' ']).map(|name| name.trim_matches(['"', '\'']));
    names.filter(|name| !matches!(*name, "" | "-")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deploy() -> Entry {
        Entry { name: "deploy".into(), file: "/repo/.claude/skills/deploy/SKILL.md".into() }
    }

    #[test]
    fn named_arguments_are_listed() {
        for written in ["[host, port]", "host port", "- host - port", "[\"host\",'port']"] {
            assert_eq!(list(written), ["host", "port"]);
        }
    }

    #[test]
    fn names_that_would_leave_the_directory_are_refused() {
        for name in ["", "..", "../../etc/passwd", "a/b", "a::b", "a\u{202e}", "a\0", &"a".repeat(200)] {
            assert!(checked(name).is_err(), "{name:?}");
        }
        assert_eq!(checked("/web:fix_it-2").unwrap(), "web:fix_it-2");
    }

    #[test]
    fn a_skill_for_people_is_refused_to_the_model() {
        let failure = render(&deploy(), "---\ndisable-model-invocation: true\n---\nGo.", "").unwrap_err();
        insta::assert_snapshot!(format!("{failure:?}"), @r#"Failure::Invalid("the skill deploy is for people to start, not for the model")"#);
    }

    #[test]
    fn the_body_comes_filled_in_and_commands_are_not_run() {
        let text =
            "---\ndescription: Deploys.\n---\nDeploy $0 with ${CLAUDE_SKILL_DIR}/go.sh at !`git rev-parse HEAD`.";
        insta::assert_snapshot!(render(&deploy(), text, "web").unwrap(), @r"
        Base directory of this skill: /repo/.claude/skills/deploy

        Deploy web with /repo/.claude/skills/deploy/go.sh at !`git rev-parse HEAD`.

        (Note: commands written as !`…` were left as they stand and were not run.)
        ");
    }
}
