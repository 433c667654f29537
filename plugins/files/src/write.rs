//! Write: a whole file, new or seen before.

use std::fs;
use std::io::ErrorKind;

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;

use crate::seen;

/// Write's input.
#[derive(Deserialize)]
pub struct Input {
    file_path: String,
    content: String,
}

/// Writes it.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let path = path::resolve(&input.file_path)?;
    not_a_link(&path)?;
    let expected = if is_there(&path)? { Some(seen::last(&path)?) } else { None };
    seen::replace(&path, input.content.as_bytes(), expected.as_deref())?;
    let shown = path::shown(&path);
    let lines = input.content.lines().count();
    let what = if expected.is_some() { "Replaced" } else { "Made" };
    Ok(Output::text(format!("{what} {shown} with {lines} lines.")).summary(format!("{what} {shown}, {lines} lines")))
}

/// Refuses a path whose last part is a link: what is shown as changed would not be what changes.
pub fn not_a_link(path: &str) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => {
            let shown = path::shown(path);
            Err(Failure::Invalid(format!("{shown} is a link, and nothing is written through one: name its target")))
        }
        // What cannot be looked at is refused, with the reason, by whoever writes.
        _ => Ok(()),
    }
}

/// Whether there is a file at a guest path. A directory there is a failure.
pub fn is_there(path: &str) -> Result<bool, Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            Err(Failure::Invalid(format!("{} is a directory, not a file", path::shown(path))))
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::io(path, &error)),
    }
}
