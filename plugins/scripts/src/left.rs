//! The files that a script left.

use std::fs;
use std::path::Path;

use claudetools_kit::{artifact, path};

/// Where scripts leave what is for people.
const SCRATCH: &str = "/scratch";

/// Media types by the end of a name; anything else is bytes.
const TYPES: [(&str, &str); 8] = [
    ("csv", "text/csv"),
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("md", "text/markdown"),
    ("json", "application/json"),
    ("html", "text/html"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
];

/// Hands over every file that lies in `/scratch` itself, by its name. One line for each that was not taken: the host tells
/// of the others.
pub fn offer() -> Vec<String> {
    let Ok(entries) = fs::read_dir(SCRATCH) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names.iter().filter_map(|name| one(name).err()).collect()
}

fn one(name: &str) -> Result<(), String> {
    let shown = path::escape(name);
    let data = fs::read(Path::new(SCRATCH).join(name))
        .map_err(|error| format!("[the file {shown} could not be read: {error}]"))?;
    artifact::offer(name, media_type(name), &data)
        .map_err(|refusal| format!("[the file {shown} was not taken: {}]", refusal.message))
}

fn media_type(name: &str) -> &'static str {
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    TYPES.iter().find(|(known, _)| *known == end).map_or("application/octet-stream", |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_says_what_a_file_is() {
        assert_eq!(
            [super::media_type("a.CSV"), super::media_type("b"), super::media_type("c.exe")],
            ["text/csv", "application/octet-stream", "application/octet-stream"]
        );
    }
}
