//! The file `plugins.toml`, replaced whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use claudetools_policy::Digest;

/// Why the file was not replaced. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    /// A link could lead anywhere by the time it is written.
    #[error("{} is a link; name the file itself with --policy", .0.display())]
    Link(PathBuf),
    /// Somebody else changes it.
    #[error("another program is changing {}; wait for it, then try again", .0.display())]
    Busy(PathBuf),
    /// It is not the file that was read and reviewed.
    #[error("{} was changed in the meantime and was left as it is; look at it, then try again", .0.display())]
    Changed(PathBuf),
    /// The operating system refuses.
    #[error("{} cannot be {doing}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read`, `written` …
        doing: &'static str,
        /// Its words.
        source: io::Error,
    },
}

/// The file as it was read, held until it is replaced.
#[derive(Debug)]
pub struct Rewrite {
    path: PathBuf,
    file: File,
    found: Metadata,
    /// What was read.
    pub text: String,
}

impl Rewrite {
    /// Reads the file and keeps other writers of this kind away. Refuses a link.
    pub fn open(path: &Path) -> Result<Self, RewriteError> {
        let failed = |doing| move |source| io_failed(path, doing, source);
        let named = fs::symlink_metadata(path).map_err(failed("read"))?;
        if named.is_symlink() {
            return Err(RewriteError::Link(path.to_owned()));
        }
        let mut file = OpenOptions::new().read(true).open(path).map_err(failed("read"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RewriteError::Busy(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(io_failed(path, "locked", source)),
        }
        let found = file.metadata().map_err(failed("read"))?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed("read"))?;
        let opened = Self { path: path.to_owned(), file, found, text };
        opened.unchanged()?;
        Ok(opened)
    }

    /// Replaces the file through a temporary one beside it: the same mode and owner, on the disk before it has the name.
    pub fn replace(mut self, text: &str) -> Result<(), RewriteError> {
        self.unchanged()?;
        let path = self.path.clone();
        let failed = |source| io_failed(&path, "written", source);
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mode = fs::Permissions::from_mode(self.found.mode() & 0o7777);
        let mut fresh = tempfile::Builder::new().prefix(".plugins.toml.").tempfile_in(directory).map_err(failed)?;
        fresh.write_all(text.as_bytes()).map_err(failed)?;
        fchown(fresh.as_file(), Some(self.found.uid()), Some(self.found.gid())).map_err(failed)?;
        fresh.as_file().set_permissions(mode).map_err(failed)?;
        fresh.as_file().sync_all().map_err(failed)?;
        self.same_bytes()?;
        fresh.persist(&path).map_err(|error| failed(error.error))?;
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)
    }

    /// Whether the name still means the file that was opened.
    fn unchanged(&self) -> Result<(), RewriteError> {
        let named = fs::symlink_metadata(&self.path).map_err(|source| io_failed(&self.path, "read", source))?;
        if (named.dev(), named.ino()) != (self.found.dev(), self.found.ino()) {
            return Err(RewriteError::Changed(self.path.clone()));
        }
        Ok(())
    }

    /// Whether the file still says what was read: an editor may write in place.
    fn same_bytes(&mut self) -> Result<(), RewriteError> {
        self.unchanged()?;
        let failed = |source| io_failed(&self.path, "read", source);
        io::Seek::rewind(&mut self.file).map_err(failed)?;
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes).map_err(failed)?;
        if Digest::of(&bytes) != Digest::of(&self.text) {
            return Err(RewriteError::Changed(self.path.clone()));
        }
        Ok(())
    }
}

fn io_failed(path: &Path, doing: &'static str, source: io::Error) -> RewriteError {
    RewriteError::Io { path: path.to_owned(), doing, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plugins.toml");
        fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn names(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_link_is_refused_and_its_target_stays() {
        let (dir, path) = file("old");
        let link = dir.path().join("link.toml");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Rewrite::open(&link), Err(RewriteError::Link(_))));
        assert_eq!(fs::read_to_string(path).unwrap(), "old");
    }

    #[test]
    fn a_file_that_was_replaced_meanwhile_is_left_alone() {
        let (dir, path) = file("old");
        let open = Rewrite::open(&path).unwrap();
        let other = dir.path().join("other");
        fs::write(&other, "theirs").unwrap();
        fs::rename(&other, &path).unwrap();
        assert!(matches!(open.replace("mine"), Err(RewriteError::Changed(_))));
        assert_eq!(fs::read_to_string(path).unwrap(), "theirs");
        assert_eq!(names(dir.path()), ["plugins.toml"]);
    }

    #[test]
    fn a_file_that_was_written_in_place_meanwhile_is_left_alone() {
        let (dir, path) = file("old");
        let open = Rewrite::open(&path).unwrap();
        fs::write(&path, "OLD").unwrap();
        assert!(matches!(open.replace("mine"), Err(RewriteError::Changed(_))));
        assert_eq!(fs::read_to_string(path).unwrap(), "OLD");
        assert_eq!(names(dir.path()), ["plugins.toml"]);
    }

    #[test]
    fn two_writers_do_not_meet() {
        let (_dir, path) = file("old");
        let _first = Rewrite::open(&path).unwrap();
        assert!(matches!(Rewrite::open(&path), Err(RewriteError::Busy(_))));
    }

    #[test]
    fn the_mode_is_kept_and_nothing_else_is_left_behind() {
        let (dir, path) = file("old");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        Rewrite::open(&path).unwrap().replace("new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        assert_eq!(names(dir.path()), ["plugins.toml"]);
    }
}
