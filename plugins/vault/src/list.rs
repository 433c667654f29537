//! `vault_list`: the encrypted files of the vault.

use claudetools_kit::tree::{Filter, Walk};
use claudetools_kit::{Failure, Output};
use serde::Deserialize;

use crate::place;
use crate::sealed::{MAX_FILE, Sealed};

/// Bytes of whole files that cross into the plugin at a time.
const BATCH: u32 = 4 << 20;
/// Files that one answer lists.
const MAX_LISTED: usize = 300;
/// How files are called that SOPS writes with names in them.
const NAMES: &[&str] = &["*.yaml", "*.yml", "*.json", "*.env", "*.ini"];

/// The input of `vault_list`.
#[derive(Deserialize)]
pub struct Input {
    #[serde(default)]
    prefix: String,
}

/// What was found.
#[derive(Default)]
struct Listing {
    lines: Vec<String>,
    /// Files that are not encrypted, or can't be read.
    others: usize,
}

/// Lists them, a line for each.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let walk = Walk::open(&filter(place::resolve(&input.prefix)?))?;
    let mut listing = Listing::default();
    loop {
        let batch = walk.next_files(BATCH);
        if batch.files.is_empty() {
            return Ok(listing.shown(walk.skipped()));
        }
        let mut rest = batch.data.as_slice();
        for file in &batch.files {
            let size = usize::try_from(file.size).unwrap_or(usize::MAX).min(rest.len());
            let (bytes, after) = rest.split_at(size);
            listing.add(&file.path, bytes);
            rest = after;
        }
    }
}

fn filter(base: String) -> Filter {
    Filter {
        base,
        globs: Vec::new(),
        names: NAMES.iter().map(|&name| name.to_owned()).collect(),
        ignore_files: false,
        hidden: false,
        max_file_bytes: Some(MAX_FILE),
    }
}

impl Listing {
    fn add(&mut self, path: &str, bytes: &[u8]) {
        match Sealed::read(path, bytes) {
            Ok(Some(sealed)) => {
                let (count, changed) = (sealed.names.len(), &sealed.changed);
                self.lines.push(format!("{}: {count} names, changed {changed}", place::shown(path)));
            }
            Ok(None) | Err(_) => self.others += 1,
        }
    }

    fn shown(mut self, skipped: u32) -> Output {
        self.lines.sort();
        let count = self.lines.len();
        self.lines.truncate(MAX_LISTED);
        let cut = self.lines.len() < count;
        let mut text = if count == 0 { "no encrypted files are there".to_owned() } else { self.lines.join("\n") };
        if self.others > 0 {
            text.push_str(&format!("\n{} other files are not encrypted by SOPS, or damaged", self.others));
        }
        if skipped > 0 {
            text.push_str(&format!("\n{skipped} files are not granted, unreadable or larger than 1 MiB"));
        }
        let output = Output::text(text).summary(format!("Listed {} of {count} files of the vault", self.lines.len()));
        match cut {
            true => {
                output.and_text(format!("{MAX_LISTED} of {count} are shown: name a directory in `prefix`")).truncated()
            }
            false => output,
        }
    }
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    fn text(output: &Output) -> String {
        let text = |part: &Part| if let Part::Text(text) = part { text.clone() } else { String::new() };
        output.parts.iter().map(text).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_is_not_encrypted_is_counted_and_not_named() {
        let mut listing = Listing::default();
        listing.add("/vault/plain.yaml", b"password: hunter2");
        listing.add("/vault/broken.json", b"{\"password\": \"hunter2\"");
        listing.add("/vault/aliases.yaml", b"a: &a [1]\nb: *a");
        insta::assert_snapshot!(text(&listing.shown(2)), @r"
        no encrypted files are there
        3 other files are not encrypted by SOPS, or damaged
        2 files are not granted, unreadable or larger than 1 MiB
        ");
    }

    #[test]
    fn encrypted_files_are_listed_with_what_stands_in_the_clear() {
        let mut listing = Listing::default();
        listing.add("/vault/clients/b.sops.yaml", crate::describe::tests::REGEX.as_bytes());
        listing.add("/vault/clients/a.sops.env", crate::describe::tests::DOTENV.as_bytes());
        insta::assert_snapshot!(text(&listing.shown(0)), @r"
        clients/a.sops.env: 2 names, changed 2024-01-02T03:04:05Z
        clients/b.sops.yaml: 6 names, changed 2023-12-26T17:50:08Z
        ");
    }

    #[test]
    fn a_long_list_says_how_to_see_the_rest() {
        let mut listing = Listing::default();
        (0..301).for_each(|n| listing.add(&format!("/vault/{n:03}.env"), crate::describe::tests::DOTENV.as_bytes()));
        let output = listing.shown(0);
        assert!(output.truncated && text(&output).ends_with("300 of 301 are shown: name a directory in `prefix`"));
    }
}
