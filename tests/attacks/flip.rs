//! A name that changes between what it should be and a link that leads out.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;

/// How often a name must have changed for a race to count as tried.
pub const ENOUGH: u32 = 10_000;

/// Changes a name as fast as it can, until it is dropped.
pub struct Flip {
    done: Arc<AtomicBool>,
    changes: Arc<AtomicU32>,
    thread: Option<JoinHandle<()>>,
}

impl Flip {
    /// Begins with it. The name is a file, or a directory, when it is no link.
    pub fn start(path: PathBuf, target: PathBuf, directory: bool) -> Self {
        let (done, changes) = (Arc::<AtomicBool>::default(), Arc::<AtomicU32>::default());
        let (seen, counted) = (Arc::clone(&done), Arc::clone(&changes));
        let thread = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                let turned = if directory { directories(&path, &target) } else { files(&path, &target) };
                assert!(turned.is_ok(), "the name could not be changed: {turned:?}");
                counted.fetch_add(2, Ordering::Relaxed);
            }
        });
        Self { done, changes, thread: Some(thread) }
    }

    /// How often the name has changed so far.
    pub fn changes(&self) -> u32 {
        self.changes.load(Ordering::Relaxed)
    }
}

/// From a link to a file and back.
fn files(path: &Path, target: &Path) -> std::io::Result<()> {
    let (file, link) = (path.with_extension("file"), path.with_extension("link"));
    std::fs::write(&file, "harmless")?;
    std::fs::rename(&file, path)?;
    symlink(target, &link)?;
    std::fs::rename(&link, path)
}

/// From a link to a directory and back: a name that is there can't be replaced by a directory in one step, but
/// two names can change places.
fn directories(path: &Path, target: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let other = path.with_extension("other");
    if other.symlink_metadata().is_err() {
        std::fs::create_dir_all(path)?;
        symlink(target, &other)?;
    }
    for _ in 0..2 {
        renameat_with(CWD, path, CWD, &other, RenameFlags::EXCHANGE)?;
    }
    Ok(())
}

impl Drop for Flip {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))), "the thread that changes a name panicked");
    }
}
