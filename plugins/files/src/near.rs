//! What is near a text that was not found, so that the next try can be right.

use crate::window::numbered;

/// Lines shown of what is near.
const MAX_SHOWN: usize = 20;

/// A hint, as a sentence or two, or nothing.
pub fn hint(text: &str, old: &str) -> Option<String> {
    if looks_numbered(old) {
        return Some("old_string seems to have Read's line numbers in it; leave them out.".into());
    }
    let wanted: Vec<String> = old.lines().map(squeezed).collect();
    let first = wanted.iter().position(|line| !line.is_empty())?;
    let lines: Vec<&str> = text.lines().collect();
    let squeezed: Vec<String> = lines.iter().map(|line| squeezed(line)).collect();
    if let Some(at) = squeezed.windows(wanted.len()).position(|window| window == wanted) {
        return Some(but_for_white_space(&lines[at..at + wanted.len()], at));
    }
    let at = squeezed.iter().position(|line| *line == wanted[first])?;
    Some(format!("Only its line {} is there, at line {} of the file.", first + 1, at + 1))
}

fn but_for_white_space(lines: &[&str], at: usize) -> String {
    let mut hint = String::from("These lines differ from it only in white space:\n");
    for (index, line) in lines.iter().take(MAX_SHOWN).enumerate() {
        numbered(&mut hint, at + index + 1, line);
    }
    hint
}

/// A line with runs of white space as one space, and none at its ends.
fn squeezed(line: &str) -> String {
    let mut words = line.split_whitespace();
    let mut squeezed = words.next().unwrap_or_default().to_owned();
    for word in words {
        squeezed.push(' ');
        squeezed.push_str(word);
    }
    squeezed
}

/// Whether every line begins as Read's lines do: a number and a tab.
fn looks_numbered(old: &str) -> bool {
    let numbered = |line: &str| {
        let number = line.split_once('\t').map(|(number, _)| number.trim_start());
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    !old.is_empty() && old.lines().all(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, old: &str) -> String {
        hint(text, old).unwrap_or_default().replace('\t', "→")
    }

    #[test]
    fn white_space_is_shown_as_it_is() {
        insta::assert_snapshot!(said("fn a() {\n\tlet b  = 1;\n}\n", "fn a() {\n    let b = 1;\n"), @r"
        These lines differ from it only in white space:
             1→fn a() {
             2→→let b  = 1;
        ");
    }

    #[test]
    fn line_numbers_are_noticed() {
        insta::assert_snapshot!(said("a\nb\n", "     1\ta\n     2\tb"), @"old_string seems to have Read's line numbers in it; leave them out.");
    }

    #[test]
    fn a_first_line_that_is_there_is_named() {
        insta::assert_snapshot!(said("a\nb\nc\n", "\nb\nx"), @"Only its line 2 is there, at line 2 of the file.");
    }

    #[test]
    fn nothing_near_is_nothing_said() {
        assert_eq!(hint("a\nb\n", "x"), None);
        assert_eq!(hint("a\nb\n", " \n"), None);
    }
}
