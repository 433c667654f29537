//! Paths: from what a model wrote to a guest path, and from a guest path to what a person reads.

use crate::Failure;

/// Where files are, as a sentence for messages.
pub const ROOTS: &str = "Files are below /repo, where relative paths start, /vault, /thread and /scratch.";

/// The directory that relative paths start in.
pub const WORKING: &str = "/repo";

/// Makes a guest path of what a model wrote: absolute below a root, or relative to `/repo`.
///
/// Empty and `.` parts go. `..` stays: only the host, which sees the links, can tell where it leads.
/// Another absolute path is made one that leads out of `/repo`, so that the host says no and its audit has the attempt.
/// An empty one is [`Failure::Invalid`], with a sentence that says where files are.
pub fn resolve(written: &str) -> Result<String, Failure> {
    let mut parts: Vec<&str> = written.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if !written.starts_with('/') {
        parts.insert(0, &WORKING[1..]);
    }
    match parts.first() {
        Some(&("repo" | "vault" | "thread" | "scratch")) => Ok(format!("/{}", parts.join("/"))),
        Some(_) => Ok(format!("{WORKING}/../{}", parts.join("/"))),
        None => Err(Failure::Invalid(format!("there is no {}. {ROOTS}", escape(written)))),
    }
}

/// A guest path as it is shown: relative to `/repo` where it is below it, and [`escape`]d.
pub fn shown(guest_path: &str) -> String {
    match guest_path.strip_prefix("/repo/") {
        Some(relative) if !relative.is_empty() => escape(relative),
        _ => escape(guest_path),
    }
}

/// Text in which control characters and those that reorder or hide text are written as `\u{202e}`.
///
/// A file's name is chosen by whoever made the file: unescaped it could move a terminal's cursor, add
/// lines to a list or show `exe.txt` for `txt.exe`.
pub fn escape(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Controls, line separators, bidirectional controls, zero-width characters and tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_no_root_is_the_hosts_to_refuse() {
        assert_eq!(resolve("/home/ann/a.rs").unwrap(), "/repo/../home/ann/a.rs");
        assert_eq!(resolve("/repository/a.rs").unwrap(), "/repo/../repository/a.rs");
        let failure = resolve("/").unwrap_err();
        insta::assert_snapshot!(format!("{failure:?}"), @r#"Failure::Invalid("there is no /. Files are below /repo, where relative paths start, /vault, /thread and /scratch.")"#);
    }

    #[test]
    fn relative_paths_start_in_the_repository() {
        assert_eq!(resolve("src/main.rs").unwrap(), "/repo/src/main.rs");
        assert_eq!(resolve("./src//main.rs").unwrap(), "/repo/src/main.rs");
        assert_eq!(resolve("").unwrap(), "/repo");
        assert_eq!(resolve("/vault/notes/").unwrap(), "/vault/notes");
    }

    #[test]
    fn parent_parts_are_left_to_the_host() {
        assert_eq!(resolve("../../etc/passwd").unwrap(), "/repo/../../etc/passwd");
    }

    #[test]
    fn names_with_controls_and_bidi_are_escaped() {
        insta::assert_snapshot!(shown("/repo/a\u{1b}[2J\rb\u{202e}txt.exe"), @r"a\u{1b}[2J\u{d}b\u{202e}txt.exe");
    }

    #[test]
    fn paths_are_shown_relative_to_the_repository() {
        assert_eq!(shown("/repo/src/a.rs"), "src/a.rs");
        assert_eq!(shown("/repo"), "/repo");
        assert_eq!(shown("/vault/überblick.md"), "/vault/überblick.md");
    }
}
