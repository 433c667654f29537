//! The directories that are made for one call or one thread.

use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io::{Error, Result, Write as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use claudetools_policy::{Code, Digest, Refusal, RelPath, RootName};
use rustix::io::Errno;

use crate::confine::{Parent, RootDir};
use crate::roots::told;

/// Files and directories that such a directory may have: enough for any tool, too few to use up the host's inodes.
const MAX_NAMES: u64 = 10_000;
/// Where the directories of threads are, beside those of calls.
const THREADS: &str = "threads";
/// How long a thread's directory is kept when nothing uses it.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// A directory that is there for one call, and removed with everything in it when this is dropped; or a thread's, which
/// stays.
#[derive(Debug)]
pub(crate) struct Scratch {
    root: RootName,
    path: PathBuf,
    dir: RootDir,
    lasts: bool,
    bytes_left: AtomicU64,
    names_left: AtomicU64,
}

impl Scratch {
    /// Makes a directory of an unpredictable name below `parent`, for its owner only.
    pub(crate) fn make(parent: &Path, root: RootName, max_bytes: u64) -> Result<Self> {
        let path = parent.join(uuid::Uuid::now_v7().simple().to_string());
        DirBuilder::new().mode(0o700).create(&path)?;
        Self::open(path, root, max_bytes, false)
    }

    fn open(path: PathBuf, root: RootName, max_bytes: u64, lasts: bool) -> Result<Self> {
        let dir = RootDir::open(&path)?;
        let (bytes, names) = if lasts { used(&path)? } else { (0, 0) };
        let (bytes_left, names_left) = (max_bytes.saturating_sub(bytes), MAX_NAMES.saturating_sub(names));
        Ok(Self { root, path, dir, lasts, bytes_left: bytes_left.into(), names_left: names_left.into() })
    }

    /// The root's name.
    pub(crate) fn root(&self) -> &RootName {
        &self.root
    }

    /// Where it is on the host.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The directory.
    pub(crate) fn dir(&self) -> &RootDir {
        &self.dir
    }

    /// Takes from what is left. Nothing is given back when files are removed: a call is short, and a count that only
    /// falls cannot be tricked. A thread's directory is counted anew when a call opens it that no other has open.
    pub(crate) fn take(&self, bytes: u64, names: u64) -> std::result::Result<(), Refusal> {
        let take = |left: &AtomicU64, amount| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left: u64| left.checked_sub(amount))
        };
        if take(&self.bytes_left, bytes).is_err() || take(&self.names_left, names).is_err() {
            let message = format!("The {}'s directory /{} is full.", self.whose(), self.root);
            return Err(Refusal::new(Code::LimitDisk, message));
        }
        Ok(())
    }

    /// Adds a file under this name, or under one with a number where it is taken; answers the name.
    pub(crate) fn add(&self, name: &str, data: &[u8]) -> std::result::Result<String, Refusal> {
        let path = RelPath::parse(name)?;
        self.take(data.len() as u64, 1)?;
        let (parent, name) = self.dir.parent(&path).map_err(|fault| told(name, fault))?;
        let unwritable = |error: Error| {
            let message = format!("The {}'s directory /{} can't be written: {error}.", self.whose(), self.root);
            Refusal::new(Code::FsNotGranted, message)
        };
        let (name, mut file) = created(&parent, name).map_err(unwritable)?;
        file.write_all(data).map_err(unwritable)?;
        Ok(name)
    }

    /// Bytes that are left.
    pub(crate) fn room(&self) -> u64 {
        self.bytes_left.load(Ordering::Relaxed)
    }

    fn whose(&self) -> &'static str {
        if self.lasts { "thread" } else { "call" }
    }
}

/// A new file of this name, or of the first that is free.
fn created(parent: &Parent, name: &str) -> Result<(String, File)> {
    let others = (2..100).map(|number| format!("{number}-{name}"));
    for name in std::iter::once(name.to_owned()).chain(others) {
        match parent.create_file(&name, 0o600) {
            Ok(file) => return Ok((name, file)),
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(Error::other("a hundred files have this name"))
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.lasts {
            return;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a scratch directory was not removed");
        }
    }
}

/// The directories of threads that some call has open: calls of one thread count against one limit.
#[derive(Debug, Default)]
pub(crate) struct Threads(Mutex<HashMap<PathBuf, Weak<Scratch>>>);

impl Threads {
    /// The directory of a thread below `parent`, made where it is not there.
    pub(crate) fn open(&self, parent: &Path, thread: &str, root: RootName, max_bytes: u64) -> Result<Arc<Scratch>> {
        let path = parent.join(THREADS).join(Digest::of(thread).hex()).join(&root);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, scratch| scratch.strong_count() > 0);
        if let Some(scratch) = open.get(&path).and_then(Weak::upgrade) {
            return Ok(scratch);
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        File::open(path.parent().unwrap_or(&path))?.set_modified(SystemTime::now())?;
        let scratch = Arc::new(Scratch::open(path.clone(), root, max_bytes, true)?);
        open.insert(path, Arc::downgrade(&scratch));
        Ok(scratch)
    }
}

/// Bytes and names below a directory. Links are not followed.
fn used(directory: &Path) -> Result<(u64, u64)> {
    let (mut bytes, mut names) = (0, 0);
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let meta = entry.metadata()?;
        let below = if meta.is_dir() { used(&entry.path())? } else { (meta.len(), 0) };
        bytes += below.0;
        names += 1 + below.1;
    }
    Ok((bytes, names))
}

/// Makes the directory that scratch directories stand in, and removes what an earlier process left there: the
/// directories of calls, and those of threads that nothing has used for a month.
pub(crate) fn sweep(parent: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    remove(parent, |entry| Ok(entry.file_name().to_str().is_some_and(|name| uuid::Uuid::try_parse(name).is_ok())))?;
    let threads = parent.join(THREADS);
    if !threads.is_dir() {
        return Ok(());
    }
    remove(&threads, |entry| {
        let unused = entry.metadata()?.modified()?.elapsed().map_err(Error::other);
        Ok(unused.is_ok_and(|unused| unused > KEPT))
    })
}

fn remove(parent: &Path, is_over: impl Fn(&std::fs::DirEntry) -> Result<bool>) -> Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && is_over(&entry)? {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(scratch: &Scratch, bytes: u64) -> Option<String> {
        scratch.take(bytes, 1).err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn a_threads_directory_stays_and_counts_what_is_in_it() {
        let parent = tempfile::tempdir().unwrap();
        let open = |thread: &str| {
            let threads = Threads::default();
            threads.open(parent.path(), thread, "thread".to_owned(), 100).unwrap()
        };
        std::fs::write(open("one").path().join("note"), [b'x'; 60]).unwrap();
        assert_eq!(std::fs::read(open("one").path().join("note")).unwrap().len(), 60);
        assert_eq!(full(&open("one"), 40), None);
        insta::assert_snapshot!(full(&open("one"), 41).unwrap(), @"limit.disk: The thread's directory /thread is full.");
        assert_eq!(full(&open("../one"), 100), None, "another thread has another directory");
        sweep(parent.path()).unwrap();
        assert!(open("one").path().join("note").is_file(), "it is used");
    }

    #[test]
    fn a_file_is_added_beside_what_is_there_and_never_over_or_outside_of_it() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Threads::default().open(parent.path(), "one", "thread".to_owned(), 100).unwrap();
        std::fs::write(parent.path().join("outside"), "old").unwrap();
        std::os::unix::fs::symlink(parent.path().join("outside"), scratch.path().join("link.log")).unwrap();
        assert_eq!(scratch.add("a.log", b"first").unwrap(), "a.log");
        assert_eq!(scratch.add("a.log", b"second").unwrap(), "2-a.log");
        assert_eq!(scratch.add("link.log", b"third").unwrap(), "2-link.log");
        assert!(scratch.add("../a.log", b"x").is_err() && scratch.add("none/a.log", b"x").is_err());
        insta::assert_snapshot!(scratch.add("b.log", &[0; 90]).unwrap_err(), @"limit.disk: The thread's directory /thread is full.");
        let read = |name: &str| std::fs::read(scratch.path().join(name)).unwrap();
        assert_eq!((read("a.log"), read("2-a.log")), (b"first".to_vec(), b"second".to_vec()));
        assert_eq!(std::fs::read(parent.path().join("outside")).unwrap(), b"old");
    }

    #[test]
    fn calls_of_one_thread_share_what_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let threads = Threads::default();
        let open = || threads.open(parent.path(), "one", "thread".to_owned(), 100).unwrap();
        let (first, second) = (open(), open());
        assert_eq!(full(&first, 60), None);
        assert!(full(&second, 60).is_some());
    }

    #[test]
    fn a_thread_that_nothing_uses_for_a_month_loses_its_directory() {
        let parent = tempfile::tempdir().unwrap();
        let path = Threads::default().open(parent.path(), "old", "thread".to_owned(), 100).unwrap().path().to_owned();
        let whole = path.parent().unwrap();
        let past = SystemTime::now() - KEPT - Duration::from_secs(60);
        File::open(whole).unwrap().set_modified(past).unwrap();
        sweep(parent.path()).unwrap();
        assert!(!whole.exists());
    }
}
