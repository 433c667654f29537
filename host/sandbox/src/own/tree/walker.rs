//! The walk itself: depth first, in the order of names, so that two walks give the same.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use claudetools_policy::{RelPath, RootName};

use crate::confine::{Kind, RootDir};
use crate::guard::Guard;

use super::batches::{Found, Gone, Sink};
use super::filter::{Filter, Said};
use super::ignores::{Ignores, join};

/// One walk, on its own thread.
pub(super) struct Walker<'w, S> {
    pub(super) guard: &'w Guard,
    pub(super) root: &'w RootName,
    pub(super) base: &'w RelPath,
    pub(super) filter: &'w Filter,
    pub(super) sink: S,
    pub(super) skipped: &'w AtomicU32,
}

/// A directory that is being walked.
struct Frame {
    path: String,
    entries: std::vec::IntoIter<(String, Kind)>,
    /// Whether its ignore files were entered.
    entered: bool,
}

impl<S: Sink> Walker<'_, S> {
    pub(super) fn run(mut self) {
        let Ok(dir) = self.guard.dir(self.root) else {
            return;
        };
        let mut ignores = Ignores::default();
        let done = match dir.meta_at(self.base).map(|meta| meta.kind) {
            Ok(Kind::Directory) => {
                self.enter_above(dir, &mut ignores);
                self.walk(dir, &mut ignores)
            }
            Ok(Kind::File) => self.take(self.base.as_str()),
            _ => Ok(()),
        };
        if done.is_ok() {
            self.sink.finish();
        }
    }

    /// The ignore files of the directories between the root and the base.
    fn enter_above(&self, dir: &RootDir, ignores: &mut Ignores) {
        if !self.filter.ignore_files {
            return;
        }
        let parts: Vec<&str> = self.base.parts().collect();
        for length in 0..parts.len() {
            let path = parts[..length].join("/");
            let has = |name: &str| RelPath::parse(&join(&path, name)).is_ok_and(|path| dir.meta_at(&path).is_ok());
            ignores.enter(dir, &path, has);
        }
    }

    fn walk(&mut self, dir: &RootDir, ignores: &mut Ignores) -> Result<(), Gone> {
        let mut frames = vec![self.frame(dir, ignores, self.base.as_str().to_owned())];
        while let Some(frame) = frames.last_mut() {
            let Some((name, kind)) = frame.entries.next() else {
                if frames.pop().is_some_and(|frame| frame.entered) {
                    ignores.leave();
                }
                continue;
            };
            let path = join(&frame.path, &name);
            match kind {
                Kind::Directory if self.wants(ignores, &path, &name, true) && self.sees(&path) => {
                    if !self.sink.wanted() {
                        return Err(Gone);
                    }
                    frames.push(self.frame(dir, ignores, path));
                }
                Kind::File if self.filter.names(&name) && self.wants(ignores, &path, &name, false) => {
                    self.take(&path)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Lists a directory, sorted, and enters its ignore files. One that cannot be listed counts as skipped.
    fn frame(&self, dir: &RootDir, ignores: &mut Ignores, path: String) -> Frame {
        let mut entries = self.list(dir, &path).unwrap_or_else(|| {
            self.skipped.fetch_add(1, Relaxed);
            Vec::new()
        });
        entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let has = |name: &str| entries.binary_search_by(|(other, _)| other.as_str().cmp(name)).is_ok();
        let entered = self.filter.ignore_files && [".git", ".gitignore", ".ignore"].into_iter().any(has);
        if entered {
            ignores.enter(dir, &path, has);
        }
        Frame { path, entries: entries.into_iter(), entered }
    }

    fn list(&self, dir: &RootDir, path: &str) -> Option<Vec<(String, Kind)>> {
        let path = RelPath::parse(path).ok()?;
        let mut entries = Vec::new();
        for entry in dir.list(&path).ok()? {
            let entry = entry.ok()?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                rustix::fs::FileType::Unknown => RelPath::parse(&join(path.as_str(), name))
                    .ok()
                    .and_then(|path| dir.meta_at(&path).ok())
                    .map_or(Kind::Special, |meta| meta.kind),
                kind => kind.into(),
            };
            entries.push((name.to_owned(), kind));
        }
        Some(entries)
    }

    /// What globs, ignore files and the dot say, in this order, as in ripgrep.
    fn wants(&self, ignores: &Ignores, path: &str, name: &str, directory: bool) -> bool {
        if name.eq_ignore_ascii_case(".git") {
            return false;
        }
        let below_base = match self.base.as_str() {
            "" => path,
            base => &path[base.len() + 1..],
        };
        let said = match self.filter.globs(below_base, directory) {
            Said::Nothing if self.filter.ignore_files => ignores.said(path, directory),
            said => said,
        };
        match said {
            Said::Yes => true,
            Said::No => false,
            Said::Nothing => !self.filter.hides(name),
        }
    }

    /// Whether policy lets this tool know of a directory.
    fn sees(&self, path: &str) -> bool {
        RelPath::parse(path).is_ok_and(|path| self.guard.sees_directory(self.root, &path))
    }

    fn take(&mut self, path: &str) -> Result<(), Gone> {
        let Ok(path) = RelPath::parse(path) else {
            return Ok(());
        };
        let max_bytes = self.filter.max_file_bytes;
        let found = Found { guard: self.guard, root: self.root, path: &path, max_bytes };
        if !self.sink.take(&found)? {
            self.skipped.fetch_add(1, Relaxed);
        }
        Ok(())
    }
}
