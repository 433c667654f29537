//! Removing and copying below a root.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Removes a file, a link or a directory; one with entries only where `recursive`. Links are never followed.
pub fn remove(real: &Path, recursive: bool) -> io::Result<()> {
    if !fs::symlink_metadata(real)?.is_dir() {
        return fs::remove_file(real);
    }
    if recursive {
        for entry in fs::read_dir(real)? {
            remove(&entry?.path(), true)?;
        }
    }
    fs::remove_dir(real)
}

/// Copies one file's bytes to a file that is not there, in pieces.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = File::create_new(to)?;
    io::copy(&mut source, &mut target).map(|_| ())
}
