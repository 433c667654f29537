//! What the repository says to the model: `CLAUDE.md` with its imports, and the list of skills.
//!
//! Everything is read through [`Roots`], so that a link in the repository can't make the host read what
//! lies outside it.

use claudetools_agent::prompt::Instructions;
use claudetools_sandbox::Roots;

use crate::skills::front::Front;

/// The largest instruction file, in bytes; more is context, not instruction.
const MAX_FILE: u64 = 256 << 10;

/// How far `@path` imports may lead, as in Claude Code.
const MAX_HOPS: usize = 4;

/// The most files that imports may bring in: a hostile repository must not fill the window.
const MAX_FILES: usize = 50;

/// Reads the instructions of the repository. What can't be read is left out; a missing `CLAUDE.md` is no error.
pub fn read(roots: &Roots) -> Instructions {
    let mut reader = Reader { roots, files: Vec::new() };
    if reader.first_of(&["CLAUDE.md", ".claude/CLAUDE.md"]).is_none() {
        reader.first_of(&["AGENTS.md"]);
    }
    reader.first_of(&["CLAUDE.local.md"]);
    Instructions { files: reader.files, skills: skills(roots) }
}

struct Reader<'a> {
    roots: &'a Roots,
    files: Vec<(String, String)>,
}

impl Reader<'_> {
    /// Reads the first of these files that is there, with its imports.
    fn first_of(&mut self, names: &[&str]) -> Option<()> {
        names.iter().find_map(|name| self.file(name, 0))
    }

    /// Reads one file and, after it, what it imports.
    fn file(&mut self, path: &str, hops: usize) -> Option<()> {
        let guest_path = format!("/repo/{path}");
        if self.files.len() >= MAX_FILES || self.files.iter().any(|(seen, _)| *seen == guest_path) {
            return None;
        }
        let bytes = self.roots.read("repo", path, MAX_FILE).ok()?;
        let text = without_comments(&String::from_utf8(bytes).ok()?);
        let found = imports(&text);
        self.files.push((guest_path, text));
        if hops < MAX_HOPS {
            for import in found {
                if let Some(target) = join(path, &import) {
                    self.file(&target, hops + 1);
                }
            }
        }
        Some(())
    }
}

/// The text without HTML comments that stand as blocks of their own; those in code fences stay.
fn without_comments(text: &str) -> String {
    let (mut kept, mut in_fence, mut in_comment) = (String::new(), false, false);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_start();
        if !in_comment && (trimmed.starts_with("```") || trimmed.starts_with("~~~")) {
            in_fence = !in_fence;
        }
        let opens = !in_fence && !in_comment && trimmed.starts_with("<!--");
        if opens || in_comment {
            in_comment = !line.contains("-->");
        } else {
            kept.push_str(line);
        }
    }
    kept
}

/// The `@path` imports of a text, in order: not in code fences or code spans; `\ ` is a space of the path.
fn imports(text: &str) -> Vec<String> {
    let (mut found, mut in_fence) = (Vec::new(), false);
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            in_fence = !in_fence;
        } else if !in_fence {
            let outside_code = line.split('`').step_by(2);
            found.extend(outside_code.flat_map(imports_of_span));
        }
    }
    found
}

fn imports_of_span(span: &str) -> Vec<String> {
    let spaced = span.replace("\\ ", "\u{0}");
    let words = spaced.split_whitespace().filter_map(|word| word.strip_prefix('@'));
    words
        .map(|path| path.trim_end_matches([',', '.', ';', ':', ')']).replace('\u{0}', " "))
        .filter(|path| !path.is_empty())
        .collect()
}

/// An import's path below the root: relative to the importing file. Absolute paths and `~` lead out of the
/// repository and are not followed; `/repo/…` is the repository.
fn join(importer: &str, import: &str) -> Option<String> {
    if let Some(rest) = import.strip_prefix("/repo/") {
        return Some(rest.to_owned());
    }
    if import.starts_with('/') || import.starts_with('~') {
        return None;
    }
    let mut parts: Vec<&str> = importer.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Name and description of each skill and command that the model may load; a skill wins over a command of the same name.
fn skills(roots: &Roots) -> Vec<(String, String)> {
    let mut found = std::collections::BTreeMap::new();
    for name in names(roots, ".claude/commands") {
        if let Some(name) = name.strip_suffix(".md") {
            add_skill(roots, &mut found, name, &format!(".claude/commands/{name}.md"));
        }
    }
    for name in names(roots, ".claude/skills") {
        add_skill(roots, &mut found, &name, &format!(".claude/skills/{name}/SKILL.md"));
    }
    found.into_iter().collect()
}

fn names(roots: &Roots, directory: &str) -> Vec<String> {
    roots.list("repo", directory).unwrap_or_default().into_iter().map(|entry| entry.name).collect()
}

fn add_skill(roots: &Roots, found: &mut std::collections::BTreeMap<String, String>, name: &str, path: &str) {
    let Some(text) = roots.read("repo", path, MAX_FILE).ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return;
    };
    let front = Front::parse(&text);
    if front.is_for_people_only() {
        found.remove(name);
    } else {
        found.insert(name.to_owned(), description(&front));
    }
}

/// The most characters of a skill's description that the model sees, as in Claude Code.
const MAX_DESCRIPTION: usize = 1_536;

/// What a skill says of itself; the first paragraph stands in for a missing description.
fn description(front: &Front<'_>) -> String {
    let paragraph = || {
        let mut lines = front.body.lines().map(str::trim);
        lines.find(|line| !line.is_empty() && !line.starts_with(['#', '-'])).unwrap_or_default().to_owned()
    };
    let mut description = front.value("description").unwrap_or_else(paragraph);
    if let Some(when) = front.value("when_to_use") {
        description = format!("{description} {when}");
    }
    description.chars().take(MAX_DESCRIPTION).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_outside_code_only() {
        let text = "See @docs/a.md, and `@no.md`.\n```\n@neither.md\n```\n@with\\ space.md";
        assert_eq!(imports(text), ["docs/a.md", "with space.md"]);
    }

    #[test]
    fn an_import_that_leads_out_is_not_followed() {
        assert_eq!(join("docs/x.md", "../a.md").as_deref(), Some("a.md"));
        assert_eq!(join("docs/x.md", "../../a.md"), None);
        assert_eq!(join("CLAUDE.md", "/etc/passwd"), None);
        assert_eq!(join("CLAUDE.md", "~/x.md"), None);
    }

    #[test]
    fn block_comments_are_left_out() {
        assert_eq!(without_comments("a\n<!-- b\nc -->\nd\n"), "a\nd\n");
        assert_eq!(without_comments("```\n<!-- kept -->\n```\n"), "```\n<!-- kept -->\n```\n");
    }

    #[test]
    fn a_skill_is_listed_with_its_description() {
        let listed = |text: &str| description(&Front::parse(text));
        assert_eq!(listed("---\nname: x\n---\n# Title\n\nDoes a thing.\n"), "Does a thing.");
        assert_eq!(
            listed("---\r\ndescription: >-\r\n  Does\r\n  this.\r\nwhen_to_use: Now.\r\n---\r\nx"),
            "Does this. Now."
        );
        assert_eq!(listed(&format!("---\ndescription: {}\n---\n", "ä".repeat(2000))).chars().count(), MAX_DESCRIPTION);
    }
}
