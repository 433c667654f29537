//! Edit: replaces text in a file that the thread has seen.

use std::fs::File;
use std::io::Read;

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;

use crate::near;
use crate::read::MAX_WHOLE;
use crate::replacing::{Not, Occurrences, Replaced, replace};
use crate::seen;
use crate::text::Encoding;
use crate::write::{is_there, not_a_link};

/// Edit's input.
#[derive(Deserialize)]
pub struct Input {
    file_path: String,
    old_string: String,
    new_string: String,
    #[serde(default)]
    replace_all: bool,
}

/// Edits it.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let path = path::resolve(&input.file_path)?;
    if input.old_string == input.new_string {
        return Err(Failure::Invalid("old_string and new_string are the same: there is nothing to change".into()));
    }
    not_a_link(&path)?;
    if input.old_string.is_empty() {
        return fill(&path, &input.new_string);
    }
    let shown = path::shown(&path);
    let bytes = read(&path)?;
    let digest = seen::digest(&bytes);
    let stale = seen::last(&path)? != digest;
    let encoding = Encoding::of(&bytes);
    let text = encoding.decode(&bytes).ok_or_else(|| not_text(&shown))?;
    let occurrences = if input.replace_all { Occurrences::All } else { Occurrences::One };
    let replaced = replace(&text, &input.old_string, &input.new_string, occurrences).map_err(|not| {
        if stale { seen::changed(&path) } else { not_replaced(&shown, &text, &input.old_string, &not) }
    })?;
    // A file that changed since may be edited where there is one place that can be meant.
    if stale && replaced.places.len() > 1 {
        return Err(seen::changed(&path));
    }
    seen::replace(&path, &encoding.encode(&replaced.text), Some(&digest))?;
    Ok(report(&shown, &replaced))
}

/// Fills a file that is not there or empty.
fn fill(path: &str, content: &str) -> Result<Output, Failure> {
    let shown = path::shown(path);
    let bytes = if is_there(path)? { Some(read(path)?) } else { None };
    if bytes.as_ref().is_some_and(|bytes| !bytes.is_empty()) {
        return Err(Failure::Invalid(format!("{shown} has content: old_string must say which text to replace")));
    }
    seen::replace(path, content.as_bytes(), bytes.map(|bytes| seen::digest(&bytes)).as_deref())?;
    Ok(Output::text(format!("Filled {shown}.")).summary(format!("Filled {shown}")))
}

fn read(path: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::io(path, &error);
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(MAX_WHOLE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_WHOLE {
        let shown = path::shown(path);
        return Err(Failure::Invalid(format!("{shown} is larger than {MAX_WHOLE} bytes, too large to edit")));
    }
    Ok(bytes)
}

fn not_text(shown: &str) -> Failure {
    Failure::Invalid(format!("{shown} is not text in UTF-8 or UTF-16, so it cannot be edited without damage"))
}

fn not_replaced(shown: &str, text: &str, old: &str, not: &Not) -> Failure {
    Failure::Invalid(match not {
        Not::Found => {
            let hint = near::hint(text, old).unwrap_or_else(|| "Nothing like it is there; Read the file again.".into());
            format!("old_string is not in {shown}. {hint}")
        }
        Not::Unique(count) => {
            format!("old_string stands {count} times in {shown}: give more of the lines around it, or set replace_all")
        }
    })
}

fn report(shown: &str, replaced: &Replaced) -> Output {
    let times = match replaced.places.len() {
        1 => String::new(),
        count => format!(" in {count} places; the first"),
    };
    Output::text(format!("Edited {shown}{times}:\n{}", replaced.snippet())).summary(format!("Edited {shown}"))
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    #[test]
    fn what_was_not_replaced_is_explained() {
        let said = |not| format!("{:?}", not_replaced("a.rs", "x\nx\n", "y", &not));
        insta::assert_snapshot!(said(Not::Found), @r#"Failure::Invalid("old_string is not in a.rs. Nothing like it is there; Read the file again.")"#);
        insta::assert_snapshot!(said(Not::Unique(2)), @r#"Failure::Invalid("old_string stands 2 times in a.rs: give more of the lines around it, or set replace_all")"#);
    }

    #[test]
    fn an_edit_that_changes_nothing_is_refused() {
        let input = Input { file_path: "a".into(), old_string: "x".into(), new_string: "x".into(), replace_all: false };
        assert!(matches!(call(&input), Err(Failure::Invalid(_))));
    }

    #[test]
    fn the_report_shows_the_change() {
        let replaced = replace("a\nb\na\n", "a", "c", Occurrences::All).unwrap();
        let output = report("x.rs", &replaced);
        let [Part::Text(text)] = &output.parts[..] else { panic!("{output:?}") };
        insta::assert_snapshot!(text.replace('\t', "→"), @r"
        Edited x.rs in 2 places; the first:
             1→c
             2→b
             3→c
        ");
    }
}
