//! Checks an archive: offline, from nothing but its bytes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use claudetools_ledger::Row;
use serde_json::Value;
use zip::ZipArchive;

use super::archive::sha256;
use super::segment::Line;
use super::{AUDIT, MANIFEST, SUMS};

/// The most bytes of all files of an archive together: what is in one came through Discord or from one machine's ledger.
const MOST: u64 = 1 << 30;

/// An archive in which everything fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// Of which thread.
    pub thread: String,
    /// How many files have the digests that are written down for them.
    pub files: usize,
    /// The rows of the audit that are there word for word.
    pub rows: Vec<Row>,
    /// How many rows are there by their hashes only.
    pub others: usize,
    /// [`super::Evidence::digest`].
    pub digest: String,
}

/// What is wrong with an archive: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Flaw(String);

/// Checks that each file is what was packed, that none is missing or too many, that each row of the audit is what was written
/// and follows the one before, and that each file which a row names is there.
pub fn verify(archive: &[u8]) -> Result<Sound, Flaw> {
    let files = unpack(archive)?;
    let sums = text(&files, SUMS)?;
    let listed = listed(sums)?;
    same_files(&files, &listed)?;
    let lines = lines(text(&files, AUDIT)?)?;
    let others = lines.iter().filter(|line| matches!(line, Line::Other { .. })).count();
    let rows: Vec<Row> =
        lines.into_iter().filter_map(|line| if let Line::Row(row) = line { Some(row) } else { None }).collect();
    all_given(&rows, &listed)?;
    let manifest: Value =
        serde_json::from_str(text(&files, MANIFEST)?).map_err(|_| flaw("MANIFEST.json is no JSON"))?;
    let thread = manifest["thread"].as_str().unwrap_or_default().to_owned();
    Ok(Sound { thread, files: listed.len(), rows, others, digest: sha256(sums.as_bytes()) })
}

fn flaw(what: impl Into<String>) -> Flaw {
    Flaw(what.into())
}

fn unpack(archive: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Flaw> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).map_err(|error| flaw(format!("it is no archive: {error}")))?;
    let (mut files, mut left) = (BTreeMap::new(), MOST);
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|error| flaw(format!("it cannot be unpacked: {error}")))?;
        let name = file.name().map_err(|_| flaw("a file of it has no readable name"))?.into_owned();
        let mut data = Vec::new();
        let read = file.take(left + 1).read_to_end(&mut data);
        let read = read.map_err(|error| flaw(format!("`{}` cannot be unpacked: {error}", name.escape_debug())))?;
        left = left.checked_sub(read as u64).ok_or_else(|| flaw("it unpacks to more than 1 GiB"))?;
        files.insert(name, data);
    }
    if files.len() != zip.len() {
        return Err(flaw("a file is in it twice"));
    }
    Ok(files)
}

fn text<'f>(files: &'f BTreeMap<String, Vec<u8>>, name: &str) -> Result<&'f str, Flaw> {
    let data = files.get(name).ok_or_else(|| flaw(format!("{name} is missing")))?;
    std::str::from_utf8(data).map_err(|_| flaw(format!("{name} is no text")))
}

/// The digests that are written down, by path.
fn listed(sums: &str) -> Result<BTreeMap<String, String>, Flaw> {
    let pair = |line: &str| line.split_once("  ").map(|(sum, path)| (path.to_owned(), sum.to_owned()));
    let pairs: Option<BTreeMap<_, _>> = sums.lines().map(pair).collect();
    pairs.ok_or_else(|| flaw(format!("{SUMS} has a line that is no digest and path")))
}

fn same_files(files: &BTreeMap<String, Vec<u8>>, listed: &BTreeMap<String, String>) -> Result<(), Flaw> {
    if let Some(missing) = listed.keys().find(|path| !files.contains_key(*path)) {
        return Err(flaw(format!("`{}` is missing", missing.escape_debug())));
    }
    for (path, data) in files.iter().filter(|(path, _)| *path != SUMS) {
        match listed.get(path) {
            None => return Err(flaw(format!("`{}` was put in afterwards", path.escape_debug()))),
            Some(sum) if *sum != sha256(data) => {
                return Err(flaw(format!("`{}` was changed after it was packed", path.escape_debug())));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The lines of the audit, each behind the one before it.
fn lines(audit: &str) -> Result<Vec<Line>, Flaw> {
    let mut lines: Vec<Line> = Vec::new();
    for text in audit.lines() {
        let line: Line = serde_json::from_str(text).map_err(|_| flaw("a line of the audit is no row"))?;
        follows(&line, lines.last())?;
        lines.push(line);
    }
    Ok(lines)
}

fn follows(line: &Line, before: Option<&Line>) -> Result<(), Flaw> {
    let seq = line.seq();
    if before.is_some_and(|before| before.seq() + 1 != seq) {
        return Err(flaw(format!("the audit has no row before row {seq}")));
    }
    let Line::Row(row) = line else { return Ok(()) };
    if before.is_some_and(|before| before.hash() != row.prev) {
        return Err(flaw(format!("row {seq} of the audit does not follow the row before it")));
    }
    if !row.is_as_written() {
        return Err(flaw(format!("row {seq} of the audit was changed after it was written")));
    }
    Ok(())
}

/// Whether each file that a row of the audit tells of is in the archive.
fn all_given(rows: &[Row], listed: &BTreeMap<String, String>) -> Result<(), Flaw> {
    for row in rows.iter().filter(|row| row.kind == "artifact") {
        let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let given = detail["sha256"].as_str().map(|sum| sum.trim_start_matches("sha256:"));
        if given.is_some_and(|sum| !listed.values().any(|there| there == sum)) {
            return Err(flaw(format!("the file that row {} of the audit tells of is not in it", row.seq)));
        }
    }
    Ok(())
}
