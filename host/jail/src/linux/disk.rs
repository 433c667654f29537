//! Counting what the processes of a jail wrote, from outside.
//!
//! A quota would count for us, but few file systems have one, and an ordinary user has none to give.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::jail::{Access, Jail};

/// The most files and directories, in all places together.
const MOST_NAMES: u64 = 10_000;
/// The time between two counts, at least; a slow one takes at most a tenth of the time.
const BETWEEN: Duration = Duration::from_millis(100);

/// The places of a jail that it may write to.
pub(super) struct Disk {
    places: Vec<PathBuf>,
    most: u64,
    next: Instant,
}

/// Room that is left, in bytes and names.
struct Left {
    bytes: u64,
    names: u64,
}

impl Disk {
    pub(super) fn of(jail: &Jail) -> Self {
        let written = jail.places.iter().filter(|place| place.access == Access::Write);
        let places = written.map(|place| place.host.clone()).collect();
        Self { places, most: jail.limits.written, next: Instant::now() }
    }

    /// Whether more stands there than may, as far as it is time to look.
    pub(super) fn is_over(&mut self) -> bool {
        let began = Instant::now();
        if self.places.is_empty() || began < self.next {
            return false;
        }
        let mut left = Left { bytes: self.most, names: MOST_NAMES };
        let fits = self.places.iter().all(|place| left.holds(place).is_some());
        self.next = Instant::now() + BETWEEN.max(began.elapsed() * 10);
        !fits
    }
}

impl Left {
    /// Takes what is below a directory; nothing where it is too much, or can't be read. No link is followed.
    fn holds(&mut self, directory: &Path) -> Option<()> {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            // It was removed, or moved to where it is counted there.
            Err(error) if error.kind() == ErrorKind::NotFound => return Some(()),
            Err(_) => return None,
        };
        for entry in entries.flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            self.names = self.names.checked_sub(1)?;
            self.bytes = self.bytes.checked_sub(meta.blocks().saturating_mul(512))?;
            if meta.is_dir() {
                self.holds(&entry.path())?;
            }
        }
        Some(())
    }
}
