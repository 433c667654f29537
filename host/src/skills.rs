//! Skills and commands of the repository, as people start them.
//!
//! Everything is read through [`Roots`], as the instructions are.

use std::collections::BTreeMap;

use claudetools_sandbox::Roots;

use fill::{Values, fill};
use front::Front;

#[path = "../../plugins/skills/src/fill.rs"]
mod fill;
#[path = "../../plugins/skills/src/front.rs"]
pub mod front;

/// Where a repository keeps them. Of a skill and a command of the same name the skill counts.
const COMMANDS: &str = ".claude/commands";
const SKILLS: &str = ".claude/skills";
/// How deep directories may be nested.
const DEPTH: usize = 4;
/// The most files that are looked at: a hostile repository must not keep the program busy.
const MOST: usize = 1000;
/// A longer skill is data, not instructions.
const MOST_BYTES: u64 = 100_000;

/// A skill or command that people may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What it is started by, such as `deploy` or `web:deploy`.
    pub name: String,
    /// What it says of itself; may be empty.
    pub description: String,
    /// What its arguments are, in its words.
    pub hint: Option<String>,
    /// Its file, below the repository.
    path: String,
}

/// Every skill and command that people may start, by name.
pub fn skills(roots: &Roots) -> Vec<Skill> {
    let mut files = Vec::new();
    gather(roots, COMMANDS, "", DEPTH, &mut files);
    gather(roots, SKILLS, "", DEPTH, &mut files);
    let found = files.into_iter().filter_map(|(place, path)| skill(place, path.clone(), &text(roots, &path)?));
    found.map(|skill| (skill.name.clone(), skill)).collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What the skill of this name says with these arguments filled in; one sentence where it can't be started.
pub fn started(roots: &Roots, name: &str, arguments: &str) -> Result<String, String> {
    let found = skills(roots).into_iter().find(|skill| skill.name == name);
    let skill = found.ok_or("There is no such skill in the repository any more.")?;
    let text = text(roots, &skill.path).ok_or("The skill can't be read any more.")?;
    let front = Front::parse(&text);
    let directory = skill.path.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("/{directory}"));
    let directory = format!("/repo{directory}");
    let names = front.value("arguments").map_or_else(Vec::new, |names| argument_names(&names));
    let mut body = fill(front.body, &Values { arguments, names: &names, directory: &directory });
    if front.body.contains("!`") {
        body.push_str("\n\n(Note: commands written as !`…` were left as they stand and were not run.)");
    }
    Ok(format!("Base directory of this skill: {directory}\n\n{body}"))
}

/// The files of skills and commands below a directory, each with the name that it has by where it lies.
fn gather(roots: &Roots, directory: &str, prefix: &str, depth: usize, files: &mut Vec<(String, String)>) {
    for entry in roots.list("repo", directory).unwrap_or_default() {
        let path = format!("{directory}/{}", entry.name);
        if entry.directory && depth > 0 {
            gather(roots, &path, &format!("{prefix}{}:", entry.name), depth - 1, files);
        } else if let Some(name) = place(directory, prefix, &entry.name).filter(|_| files.len() < MOST) {
            files.push((name, path));
        }
    }
}

fn place(directory: &str, prefix: &str, file: &str) -> Option<String> {
    if directory.starts_with(SKILLS) {
        return (file == "SKILL.md" && !prefix.is_empty()).then(|| prefix.trim_end_matches(':').to_owned());
    }
    file.strip_suffix(".md").map(|stem| format!("{prefix}{stem}"))
}

fn text(roots: &Roots, path: &str) -> Option<String> {
    String::from_utf8(roots.read("repo", path, MOST_BYTES).ok()?).ok()
}

/// A skill out of its text; `None` where people may not start it.
fn skill(place: String, path: String, text: &str) -> Option<Skill> {
    let front = Front::parse(text);
    if front.value("user-invocable").as_deref() == Some("false") {
        return None;
    }
    let name = front.value("name").filter(|name| is_name(name)).unwrap_or(place);
    let hint = front.value("argument-hint");
    Some(Skill { description: front.value("description").unwrap_or_default(), hint, name, path })
}

fn is_name(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

/// Names for the arguments, in order: `[a, b]`, `a b`, or one below the other.
fn argument_names(value: &str) -> Vec<String> {
    let names = value.trim_matches(['[', ']']).split([',', ' ']).map(|name| name.trim_matches(['"', '\'']));
    names.filter(|name| !matches!(*name, "" | "-")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_model_may_start_is_not_listed() {
        let read = |text: &str| skill("web:deploy".to_owned(), String::new(), text);
        let deploy =
            read("---\ndescription: Deploys.\nargument-hint: \"[host]\"\ndisable-model-invocation: true\n---\nGo.");
        let deploy = deploy.unwrap();
        assert_eq!((deploy.name.as_str(), deploy.hint.as_deref()), ("web:deploy", Some("[host]")));
        assert_eq!(read("---\nname: ship\n---\nGo.").unwrap().name, "ship");
        assert_eq!(read("---\nname: \"../x y\"\n---\nGo.").unwrap().name, "web:deploy", "that is no name");
        assert!(read("---\nuser-invocable: false\n---\nGo.").is_none());
    }

    #[test]
    fn names_follow_from_places() {
        assert_eq!(place(".claude/skills/web/deploy", "web:deploy:", "SKILL.md").as_deref(), Some("web:deploy"));
        assert_eq!(place(".claude/commands/web", "web:", "test.md").as_deref(), Some("web:test"));
        assert_eq!(place(".claude/skills/web", "web:", "notes.md"), None);
    }
}
