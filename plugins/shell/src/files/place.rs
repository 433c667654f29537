//! Where a path of the shell is.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The directories that the host may give.
pub const ROOTS: [&str; 4] = ["/repo", "/vault", "/thread", "/scratch"];

/// Where a path is.
pub enum Place {
    /// In a root, at this path of the host's.
    Root(PathBuf),
    /// Nowhere but in the plugin's memory.
    Memory,
}

/// The roots that are there.
pub struct Roots {
    base: PathBuf,
    names: Vec<&'static str>,
}

impl Roots {
    /// Looks which there are. One that refuses to be looked at is there.
    pub fn found(base: &Path) -> Self {
        let there = |name: &&&str| {
            let found = fs::metadata(below(base, Path::new(name)));
            found.map_or_else(|error| error.kind() != ErrorKind::NotFound, |found| found.is_dir())
        };
        Self { base: base.to_owned(), names: ROOTS.iter().filter(there).copied().collect() }
    }

    /// Their paths.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    /// Where an absolute path without `..` is.
    pub fn place(&self, path: &Path) -> Place {
        match self.root(path) {
            Some(_) => Place::Root(below(&self.base, path)),
            None => Place::Memory,
        }
    }

    /// Whether two paths are in the same root.
    pub fn same(&self, one: &Path, other: &Path) -> bool {
        self.root(one) == self.root(other)
    }

    fn root(&self, path: &Path) -> Option<&'static str> {
        self.names().find(|root| path.starts_with(root))
    }
}

fn below(base: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix("/") {
        Ok(relative) if !base.as_os_str().is_empty() => base.join(relative),
        _ => path.to_owned(),
    }
}
