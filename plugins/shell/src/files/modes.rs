//! Modes: WASI has none, so that scripts are known by their first bytes, and `chmod` lasts for the call.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bashkit::{FileType, Result};

use super::refused;

/// What `chmod` said in this call.
#[derive(Default)]
pub struct Modes(Mutex<HashMap<PathBuf, u32>>);

impl Modes {
    /// The mode that the shell sees.
    pub fn of(&self, path: &Path, real: &Path, kind: FileType) -> u32 {
        let set = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (set.get(path), kind) {
            (Some(mode), _) => *mode,
            (None, FileType::Directory) => 0o755,
            (None, FileType::Symlink) => 0o777,
            (None, _) if may_be_script(path) && is_script(real) => 0o755,
            (None, _) => 0o644,
        }
    }

    /// Remembers a mode. One that takes reading or writing from anybody promises a secrecy that nothing here keeps.
    pub fn set(&self, path: &Path, mode: u32) -> Result<()> {
        if mode & 0o600 != 0o600 {
            return Err(refused("the sandbox keeps no modes; only x can be set, for this command"));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), mode);
        Ok(())
    }
}

/// Whether a name is one that scripts have; only those are looked into, because a listing asks for every file.
fn may_be_script(path: &Path) -> bool {
    path.extension().is_none_or(|extension| ["sh", "bash"].iter().any(|known| extension == *known))
}

fn is_script(real: &Path) -> bool {
    let mut first = [0; 2];
    File::open(real).and_then(|mut file| file.read_exact(&mut first)).is_ok_and(|()| first == *b"#!")
}
