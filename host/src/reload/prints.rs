//! Whether a file changed, by what its directory says of it.
//!
//! A plain look at names, sizes and times, several times a second: it sees the same on every file system, where
//! notifications are silent on network mounts, lose events when their queue is full, and end when a directory is
//! replaced. A look costs some microseconds for each file.

use std::collections::BTreeMap;
use std::fs::{Metadata, metadata, symlink_metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Looks after which files that never come to rest are read all the same: nobody may put off a change by touching
/// a file again and again.
const RESTLESS: u32 = 5;

/// What changes with a file's content, its mode or its names. The time of change is the kernel's: no program sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Print {
    file: (u64, u64),
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Every watched file as it was at one moment; `None` for one that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Prints(BTreeMap<PathBuf, Option<Print>>);

impl Prints {
    /// Looks at a policy, through links, and at other files, which may not be links.
    pub(super) fn take(policy: &Path, others: impl IntoIterator<Item = PathBuf>) -> Self {
        let others = others.into_iter().map(|path| {
            let print = symlink_metadata(&path).ok().map(|meta| Print::of(&meta));
            (path, print)
        });
        let policy = (policy.to_owned(), metadata(policy).ok().map(|meta| Print::of(&meta)));
        Self(others.chain([policy]).collect())
    }

    /// The same files, as they were `before` where that is known.
    fn since(mut self, before: &Self) -> Self {
        for (path, print) in &mut self.0 {
            if let Some(known) = before.0.get(path) {
                print.clone_from(known);
            }
        }
        self
    }
}

impl Print {
    fn of(meta: &Metadata) -> Self {
        Self {
            file: (meta.dev(), meta.ino()),
            size: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
        }
    }
}

/// Tells when files have changed and come to rest.
#[derive(Debug)]
pub(super) struct Watch {
    known: Prints,
    last: Prints,
    restless: u32,
}

impl Watch {
    /// Whatever differs from `known` is a change.
    pub(super) fn new(known: Prints) -> Self {
        Self { last: known.clone(), known, restless: 0 }
    }

    /// One look. Whether the files are to be read: they differ from those that were read, and are as at the last
    /// look, so that a file which is still being written is left alone for a while.
    pub(super) fn look(&mut self, now: Prints) -> bool {
        let (changed, at_rest) = (now != self.known, now == self.last);
        self.last = now;
        self.restless = if changed { self.restless + 1 } else { 0 };
        if !changed || !at_rest && self.restless < RESTLESS {
            return false;
        }
        self.known.clone_from(&self.last);
        self.restless = 0;
        true
    }

    /// Other files are to be watched from here on. What is known of those that stay is kept, so that a change since
    /// the last look is still one.
    pub(super) fn widen(&mut self, now: Prints) {
        self.known = now.since(&self.known);
        self.last.clone_from(&self.known);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct Place(tempfile::TempDir);

    impl Place {
        fn path(&self) -> PathBuf {
            self.0.path().join("x.wasm")
        }

        fn take(&self) -> Prints {
            Prints::take(&self.0.path().join("plugins.toml"), [self.path()])
        }
    }

    fn place() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs::write(place.path(), "a").unwrap();
        place
    }

    #[test]
    fn a_file_that_grows_is_read_once_it_rests() {
        let place = place();
        let mut watch = Watch::new(place.take());
        assert!(!watch.look(place.take()));
        for text in ["ab", "abc"] {
            fs::write(place.path(), text).unwrap();
            assert!(!watch.look(place.take()), "it was still growing");
        }
        assert!(watch.look(place.take()));
        assert!(!watch.look(place.take()), "it was read already");
    }

    #[test]
    fn a_file_that_never_rests_is_read_all_the_same() {
        let place = place();
        let mut watch = Watch::new(place.take());
        let looks = (1..=RESTLESS as usize).map(|bytes| {
            fs::write(place.path(), "a".repeat(bytes + 1)).unwrap();
            watch.look(place.take())
        });
        assert_eq!(looks.collect::<Vec<_>>(), [false, false, false, false, true]);
    }

    #[test]
    fn every_kind_of_change_is_seen() {
        let changes: [fn(&Path); 4] = [
            |path| fs::remove_file(path).unwrap(),
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o666)).unwrap(),
            |path| fs::hard_link(path, path.with_extension("other")).unwrap(),
            |path| {
                fs::write(path.with_extension("new"), "b").unwrap();
                let times = fs::FileTimes::new().set_modified(fs::metadata(path).unwrap().modified().unwrap());
                let new = fs::File::options().write(true).open(path.with_extension("new")).unwrap();
                new.set_times(times).unwrap();
                fs::rename(path.with_extension("new"), path).unwrap();
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            let place = place();
            let before = place.take();
            // The kernel's clock of files has a resolution of some milliseconds.
            std::thread::sleep(std::time::Duration::from_millis(20));
            change(&place.path());
            assert_ne!(place.take(), before, "change {number}");
        }
    }

    #[test]
    fn a_change_of_a_file_that_stays_is_not_lost_when_others_are_watched() {
        let place = place();
        let mut watch = Watch::new(place.take());
        fs::write(place.path(), "ab").unwrap();
        let other = place.0.path().join("y.wasm");
        let both = || Prints::take(&place.0.path().join("plugins.toml"), [place.path(), other.clone()]);
        watch.widen(both());
        assert!(!watch.look(both()));
        assert!(watch.look(both()));
    }
}
