//! Which skills and commands there are.

use std::fs;
use std::io::ErrorKind;

use claudetools_kit::Failure;

use crate::front::Front;

/// Where a repository keeps them.
const SKILLS: &str = "/repo/.claude/skills";
const COMMANDS: &str = "/repo/.claude/commands";
/// How deep directories may be nested; a tree of links or of thousands of levels ends here.
const DEPTH: usize = 4;

/// One skill or command.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What the model calls it by, such as `deploy` or `web:deploy`.
    pub name: String,
    /// The guest path of its file.
    pub file: String,
}

/// Finds a skill or command by its name: first by where it lies, then by the name it gives itself.
/// Of a skill and a command of the same name it is the skill.
pub fn find(name: &str) -> Result<Entry, Failure> {
    let relative = name.replace(':', "/");
    for file in [format!("{SKILLS}/{relative}/SKILL.md"), format!("{COMMANDS}/{relative}.md")] {
        if exists(&file)? {
            return Ok(Entry { name: name.to_owned(), file });
        }
    }
    let all = all()?;
    all.iter().find(|entry| entry.name == name).cloned().ok_or_else(|| unknown(name, &all))
}

/// Every skill and command, skills first.
fn all() -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    gather(SKILLS, "", DEPTH, &mut entries)?;
    gather(COMMANDS, "", DEPTH, &mut entries)?;
    Ok(entries)
}

fn gather(directory: &str, prefix: &str, depth: usize, entries: &mut Vec<Entry>) -> Result<(), Failure> {
    let listed = match fs::read_dir(directory) {
        Ok(listed) => listed,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::io(directory, &error)),
    };
    let mut names: Vec<(String, bool)> = listed
        .flatten()
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?.is_dir())))
        .collect();
    names.sort();
    for (name, is_directory) in names {
        let path = format!("{directory}/{name}");
        if is_directory && depth > 0 {
            gather(&path, &format!("{prefix}{name}:"), depth - 1, entries)?;
        } else if let Some(place) = place(directory, prefix, &name) {
            entries.push(Entry { name: own_name(&path).unwrap_or(place), file: path });
        }
    }
    Ok(())
}

/// The name that a file has by where it lies: a skill's is its directory's, a command's its own.
fn place(directory: &str, prefix: &str, file: &str) -> Option<String> {
    if directory.starts_with(SKILLS) {
        return (file == "SKILL.md" && !prefix.is_empty()).then(|| prefix.trim_end_matches(':').to_owned());
    }
    file.strip_suffix(".md").map(|stem| format!("{prefix}{stem}"))
}

/// The name that a file gives itself.
fn own_name(file: &str) -> Option<String> {
    Front::parse(&fs::read_to_string(file).ok()?).value("name")
}

fn exists(file: &str) -> Result<bool, Failure> {
    match fs::metadata(file) {
        Ok(metadata) => Ok(metadata.is_file()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(Failure::io(file, &error)),
    }
}

fn unknown(name: &str, all: &[Entry]) -> Failure {
    let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
    Failure::Invalid(if names.is_empty() {
        format!("there is no skill {name}: the repository has none below .claude/skills or .claude/commands")
    } else {
        format!("there is no skill {name}; there are: {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_skill_is_answered_with_those_there_are() {
        let entry = |name: &str| Entry { name: name.into(), file: String::new() };
        insta::assert_snapshot!(format!("{:?}", unknown("deplo", &[entry("deploy"), entry("web:test")])), @r#"Failure::Invalid("there is no skill deplo; there are: deploy, web:test")"#);
        insta::assert_snapshot!(format!("{:?}", unknown("x", &[])), @r#"Failure::Invalid("there is no skill x: the repository has none below .claude/skills or .claude/commands")"#);
    }

    #[test]
    fn names_follow_from_places() {
        assert_eq!(place("/repo/.claude/skills/web/deploy", "web:deploy:", "SKILL.md").as_deref(), Some("web:deploy"));
        assert_eq!(place("/repo/.claude/commands/web", "web:", "test.md").as_deref(), Some("web:test"));
        assert_eq!(place("/repo/.claude/skills/web", "web:", "notes.md"), None);
        assert_eq!(place("/repo/.claude/skills", "", "SKILL.md"), None);
    }
}
