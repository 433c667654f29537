//! Writing below a root: a file that is there is replaced whole or not at all, by the host.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Write as _};
use std::path::Path;

use super::said;

/// Whether nothing is at a path.
pub fn is_new(real: &Path) -> bool {
    fs::symlink_metadata(real).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// Writes a whole file. Its directory must be there.
pub fn whole(path: &Path, real: &Path, content: &[u8]) -> Result<(), Error> {
    let parent = real.parent().unwrap_or(real);
    if !fs::metadata(parent).map_err(said)?.is_dir() {
        return Err(said(ErrorKind::NotADirectory.into()));
    }
    if fs::metadata(real).is_ok_and(|found| found.is_dir()) {
        return Err(Error::other("is a directory"));
    }
    replace(path, real, content)
}

/// Appends to a file, or makes it.
pub fn append(path: &Path, real: &Path, content: &[u8]) -> Result<(), Error> {
    if is_new(real) {
        return whole(path, real, content);
    }
    let mut file = OpenOptions::new().append(true).open(real).map_err(said)?;
    file.write_all(content).map_err(said)
}

/// The host keeps the file's mode, and a call that is stopped leaves the old bytes.
#[cfg(target_family = "wasm")]
fn replace(path: &Path, _real: &Path, content: &[u8]) -> Result<(), Error> {
    use claudetools_kit::replace;
    replace::file(&path.to_string_lossy(), content, None).map_err(|error| match error {
        replace::Error::Refused(no) => Error::new(ErrorKind::PermissionDenied, format!("{}: {}", no.code, no.message)),
        replace::Error::Changed => Error::other("it changed meanwhile"),
        replace::Error::Failed(words) => Error::other(words),
    })
}

#[cfg(not(target_family = "wasm"))]
fn replace(_path: &Path, real: &Path, content: &[u8]) -> Result<(), Error> {
    fs::write(real, content).map_err(said)
}
