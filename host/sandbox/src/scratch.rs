//! The fresh directory of one call.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use claudetools_policy::{Code, Refusal, RootName};

use crate::confine::RootDir;

/// Files and directories that a call may make in its scratch directory: enough for any tool, too few to
/// use up the host's inodes.
const MAX_NAMES: u64 = 10_000;

/// A directory that is there for one call. It is removed with everything in it when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    root: RootName,
    path: PathBuf,
    dir: RootDir,
    bytes_left: AtomicU64,
    names_left: AtomicU64,
}

impl Scratch {
    /// Makes a directory of an unpredictable name below `parent`, for its owner only.
    pub(crate) fn make(parent: &Path, root: RootName, max_bytes: u64) -> std::io::Result<Self> {
        let path = parent.join(uuid::Uuid::now_v7().simple().to_string());
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        let dir = RootDir::open(&path)?;
        Ok(Self { root, path, dir, bytes_left: max_bytes.into(), names_left: MAX_NAMES.into() })
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

    /// Takes from what is left. Nothing is given back when files are removed: a call is short, and a
    /// count that only falls cannot be tricked.
    pub(crate) fn take(&self, bytes: u64, names: u64) -> Result<(), Refusal> {
        let take = |left: &AtomicU64, amount| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left: u64| left.checked_sub(amount))
        };
        if take(&self.bytes_left, bytes).is_err() || take(&self.names_left, names).is_err() {
            return Err(Refusal::new(Code::LimitDisk, "The call's scratch directory is full."));
        }
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a scratch directory was not removed");
        }
    }
}

/// Makes the directory that scratch directories stand in, and removes what an earlier process left there.
pub(crate) fn sweep(parent: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| uuid::Uuid::try_parse(name).is_ok());
        if ours && entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
