//! The archive itself: the same files make the same bytes.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Evidence, EvidenceError, SUMS};

/// A file of the archive.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) data: Vec<u8>,
}

impl File {
    pub(super) fn new(path: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), data: data.into() }
    }
}

/// Puts files into an archive, with their digests.
pub(super) fn pack(files: &[File]) -> Result<Evidence, EvidenceError> {
    let sums = sums(files);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files.iter().chain([&File::new(SUMS, sums.as_bytes())]) {
        zip.start_file(&file.path, SimpleFileOptions::default())?;
        zip.write_all(&file.data)?;
    }
    Ok(Evidence { archive: zip.finish()?.into_inner(), digest: sha256(sums.as_bytes()) })
}

fn sums(files: &[File]) -> String {
    let mut sums = String::new();
    for file in files {
        // Writing to a string cannot fail.
        let _ = writeln!(sums, "{}  {}", sha256(&file.data), file.path);
    }
    sums
}

pub(super) fn sha256(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}
