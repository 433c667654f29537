//! The file operations: resolve, decide on what was resolved, act on exactly that.

use std::fs::File;
use std::sync::Arc;

use claudetools_policy::{Access, Code, Refusal, RelPath, RootName};
use rustix::fs::{OFlags, Timestamps};
use rustix::io::Errno;

use crate::confine::{Fault, Kind, Last, Meta, Place, special};
use crate::files::OpenFile;

use super::{Guard, subject};

/// How a file is to be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// Its bytes will be read.
    pub(crate) read: bool,
    /// Its bytes will be written.
    pub(crate) write: bool,
    /// It is emptied first.
    pub(crate) truncate: bool,
    /// What happens when it is not there.
    pub(crate) create: Create,
}

/// Whether opening a file makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// It must be there.
    Never,
    /// It is made where it is not there.
    IfAbsent,
    /// It must not be there.
    Always,
}

impl Opening {
    fn changes(self) -> bool {
        self.write || self.truncate
    }

    /// The access that a refusal is noted under.
    fn access(self) -> Access {
        if self.changes() { Access::Modify } else { Access::Read }
    }

    fn flags(self) -> OFlags {
        match (self.read, self.changes()) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            (_, false) => OFlags::RDONLY,
        }
    }
}

impl Guard {
    /// Whether an entry shows up in a listing.
    pub(crate) fn sees(&self, root: &RootName, path: &RelPath) -> bool {
        self.decide(root, path, Access::List, 1, None).is_ok()
    }

    /// Whether a walk goes into a directory. One that no grant names may still hold files that one does, and
    /// its name is not given away; one that is hidden is not entered.
    pub(crate) fn sees_directory(&self, root: &RootName, path: &RelPath) -> bool {
        let decision = self.decide(root, path, Access::List, 1, None);
        decision.map_or_else(|refusal| refusal.code != Code::FsProtected, |_| true)
    }

    /// What is at a path. Seeing that something exists needs `list`, or `read` of that file.
    pub(crate) fn stat(
        &self,
        root: &RootName,
        base: &RelPath,
        path: &str,
        last: Last,
    ) -> Result<(RelPath, Meta), Fault> {
        let place = self.resolve(root, base, path, last, Access::List)?;
        if self.decide(root, &place.path, Access::Read, 1, None).is_err() {
            self.allow(root, &place.path, Access::List, 1, None)?;
        }
        let meta = place.meta.ok_or(Errno::NOENT)?;
        Ok((place.path, meta))
    }

    /// Where a path to be opened leads.
    pub(crate) fn find_to_open(
        &self,
        root: &RootName,
        base: &RelPath,
        path: &str,
        last: Last,
        how: Opening,
    ) -> Result<Place, Fault> {
        self.resolve(root, base, path, last, how.access())
    }

    /// Opens a directory, which is only a place to resolve from.
    pub(crate) fn open_directory(&self, root: &RootName, path: &RelPath, how: Opening) -> Result<(), Fault> {
        self.allow(root, path, Access::List, 1, None)?;
        match how.create {
            Create::Always => Err(Errno::EXIST.into()),
            _ if how.changes() => Err(Errno::ISDIR.into()),
            _ => Ok(()),
        }
    }

    /// Opens, and where asked makes, the regular file at a canonical path.
    pub(crate) fn open_file(self: &Arc<Self>, root: RootName, path: &RelPath, how: Opening) -> Result<OpenFile, Fault> {
        let (file, meta, writable) = self.steady(&root, path.as_str(), how.access(), || {
            let place = self.dir(&root)?.resolve(&RelPath::root(), path.as_str(), Last::Keep)?;
            match place.meta {
                Some(meta) => self.open_there(&root, path, meta, how),
                None => self.open_absent(&root, path, place.missing, how),
            }
        })?;
        Ok(OpenFile { guard: Arc::clone(self), root, path: path.clone(), file, meta, readable: how.read, writable })
    }

    fn open_there(
        &self,
        root: &RootName,
        path: &RelPath,
        meta: Meta,
        how: Opening,
    ) -> Result<(File, Meta, Option<Access>), Fault> {
        let bytes = Some(if how.truncate { 0 } else { meta.size() });
        if how.read || !how.changes() {
            self.allow(root, path, Access::Read, meta.links(), bytes)?;
        }
        if how.changes() {
            self.allow(root, path, Access::Modify, meta.links(), bytes)?;
        }
        match meta.kind {
            _ if how.create == Create::Always => return Err(Errno::EXIST.into()),
            Kind::File => {}
            Kind::Directory => return Err(Errno::ISDIR.into()),
            // Asked for with no link followed, or it became one: `Fault::Os`, so that it is not tried again.
            Kind::Link => return Err(Fault::Os(Errno::LOOP)),
            Kind::Special => {
                let refusal = special(path.as_str());
                return Err(self.refuse(subject(root, path.as_str(), how.access()), refusal).into());
            }
        }
        let file = self.dir(root)?.open_file(path, &meta, how.flags())?;
        if how.truncate {
            rustix::fs::ftruncate(&file, 0)?;
        }
        Ok((file, meta, how.write.then_some(Access::Modify)))
    }

    fn open_absent(
        &self,
        root: &RootName,
        path: &RelPath,
        missing: usize,
        how: Opening,
    ) -> Result<(File, Meta, Option<Access>), Fault> {
        if how.create == Create::Never || missing > 1 {
            // Decided before it is said that nothing is there: hidden paths look the same either way.
            self.allow(root, path, how.access(), 1, None)?;
            return Err(Errno::NOENT.into());
        }
        self.allow(root, path, Access::Create, 1, Some(0))?;
        self.take_scratch(root, path, 0, 1)?;
        let file = self.dir(root)?.create_file(path, how.flags())?;
        let meta = Meta::of(&file)?;
        Ok((file, meta, how.write.then_some(Access::Create)))
    }

    /// Makes one directory.
    pub(crate) fn make_directory(&self, root: &RootName, base: &RelPath, path: &str) -> Result<(), Fault> {
        let place = self.resolve(root, base, path.trim_end_matches('/'), Last::Keep, Access::Create)?;
        self.allow(root, &place.path, Access::Create, 1, None)?;
        self.make(root, &place)
    }

    /// Makes a directory that a file which was decided on is to lie in: who confirmed the file is not asked again.
    pub(crate) fn make_parent(&self, root: &RootName, path: &str) -> Result<(), Fault> {
        let place = self.resolve(root, &RelPath::root(), path, Last::Keep, Access::Create)?;
        let decided = self.decide_part(root, &place.path, Access::Create, 1, None);
        decided.map_err(|refusal| self.refuse(subject(root, place.path.as_str(), Access::Create), refusal))?;
        self.make(root, &place)
    }

    fn make(&self, root: &RootName, place: &Place) -> Result<(), Fault> {
        match place.missing {
            0 => return Err(Errno::EXIST.into()),
            1 => self.take_scratch(root, &place.path, 0, 1)?,
            _ => return Err(Errno::NOENT.into()),
        }
        let (parent, name) = self.dir(root)?.parent(&place.path)?;
        Ok(parent.make_directory(name)?)
    }

    /// Removes an empty directory, or anything that is not a directory.
    pub(crate) fn remove(&self, root: &RootName, base: &RelPath, path: &str, kind: Kind) -> Result<(), Fault> {
        let place = self.resolve(root, base, path, Last::Keep, Access::Delete)?;
        self.allow(root, &place.path, Access::Delete, 1, None)?;
        let meta = place.meta.ok_or(Errno::NOENT)?;
        let (parent, name) = self.dir(root)?.parent(&place.path)?;
        match (kind, meta.kind) {
            (Kind::Directory, Kind::Directory) => Ok(parent.remove_directory(name)?),
            (Kind::Directory, _) => Err(Errno::NOTDIR.into()),
            (_, Kind::Directory) => Err(Errno::ISDIR.into()),
            _ => Ok(parent.remove_file(name)?),
        }
    }

    /// Moves one file within a root. A directory is not moved: what is protected or hidden below it would
    /// get other paths, and no list could name them all.
    pub(crate) fn rename(&self, root: &RootName, old: (&RelPath, &str), new: (&RelPath, &str)) -> Result<(), Fault> {
        let from = self.resolve(root, old.0, old.1, Last::Keep, Access::Rename)?;
        let to = self.resolve(root, new.0, new.1, Last::Keep, Access::Rename)?;
        self.allow(root, &from.path, Access::Rename, 1, None)?;
        self.allow(root, &to.path, Access::Rename, to.meta.map_or(1, |meta| meta.links()), None)?;
        if to.meta.is_some() {
            self.allow(root, &to.path, Access::Delete, 1, None)?;
        }
        let meta = from.meta.ok_or(Errno::NOENT)?;
        if meta.kind != Kind::File {
            let refusal = Refusal::new(Code::FsNotGranted, "Only regular files can be moved.");
            return Err(self.refuse(subject(root, from.path.as_str(), Access::Rename), refusal).into());
        }
        let dir = self.dir(root)?;
        let (from_parent, from_name) = dir.parent(&from.path)?;
        let (to_parent, to_name) = dir.parent(&to.path)?;
        Ok(from_parent.rename(from_name, &to_parent, to_name)?)
    }

    /// Sets the times of a file or directory.
    pub(crate) fn set_times(
        &self,
        root: &RootName,
        base: &RelPath,
        path: &str,
        last: Last,
        times: &Timestamps,
    ) -> Result<(), Fault> {
        let place = self.resolve(root, base, path, last, Access::Modify)?;
        let links = place.meta.map_or(1, |meta| meta.links());
        self.allow(root, &place.path, Access::Modify, links, None)?;
        place.meta.ok_or(Errno::NOENT)?;
        let (parent, name) = self.dir(root)?.parent(&place.path)?;
        Ok(parent.set_times(name, times)?)
    }
}
