//! Paths below a root: resolving them, and opening what they lead to. The file to review first.
//!
//! Two steps, and no third way to reach a file:
//!
//! 1. [`RootDir::resolve`] turns what a guest wrote into a [`Place`]: the canonical path below the root
//!    (no links, no `..`) and what is there. It changes nothing and opens nothing but `O_PATH`.
//! 2. The other methods take that canonical path and act on it with `RESOLVE_BENEATH`,
//!    `RESOLVE_NO_SYMLINKS`, `RESOLVE_NO_MAGICLINKS` and `RESOLVE_NO_XDEV`. So what is acted on *is* at the
//!    path that was decided on: if anything on the way became a link in between, the kernel says `ELOOP`
//!    and the answer is [`Fault::Changed`].
//!
//! Directories are held open by file descriptor and never looked up again by a host path.

mod parent;
mod place;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::Path;

use claudetools_policy::{Code, Refusal, RelPath};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use crate::quote::quoted;

pub(crate) use parent::Parent;
pub(crate) use place::{Fault, Kind, Last, Meta, Place};

/// Links followed in one path; the kernel's own number. A loop of links ends here.
const MAX_LINKS: u32 = 40;

/// Never out of the root, never through `/proc`'s links, never onto another mount.
const CONFINED: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV)
    .union(ResolveFlags::NO_SYMLINKS);

/// Never waits (a FIFO, a device), never becomes a controlling terminal, never leaks into a child.
const SAFE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// A root's directory, held open.
#[derive(Debug)]
pub(crate) struct RootDir {
    fd: OwnedFd,
}

impl RootDir {
    /// Opens a directory of the host as a root. The only place that looks up a host path.
    pub(crate) fn open(path: &Path) -> Result<Self, Errno> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        // A kernel before 5.6, or a container that hides the call, fails here and not in a tool call.
        rustix::fs::openat2(&fd, ".", flags, Mode::empty(), CONFINED)?;
        Ok(Self { fd })
    }

    /// What the root itself is.
    pub(crate) fn meta(&self) -> Result<Meta, Errno> {
        Meta::of(&self.fd)
    }

    /// Resolves `path` as written by a guest, relative to the directory `base`.
    ///
    /// Refuses with `proto.utf8` (NUL), `fs.not-granted` (too long) and `fs.outside-root` (absolute, `..`
    /// or links that leave the root, another mount). A path that does not exist is not a fault.
    pub(crate) fn resolve(&self, base: &RelPath, path: &str, last: Last) -> Result<Place, Fault> {
        check_text(path)?;
        let must_be_directory = path.ends_with('/');
        let last = if must_be_directory { Last::Follow } else { last };
        let place = match self.straight(base, path, last)? {
            Some(place) => place,
            None => self.walk(base, path, last)?,
        };
        match place.meta {
            Some(meta) if must_be_directory && meta.kind != Kind::Directory => Err(Errno::NOTDIR.into()),
            _ => Ok(place),
        }
    }

    /// The common case in one system call: no `..`, no links, it exists. `None` where it is not that.
    fn straight(&self, base: &RelPath, path: &str, last: Last) -> Result<Option<Place>, Fault> {
        let parts: Vec<&str> = base.parts().chain(written_parts(path)).collect();
        if parts.contains(&"..") {
            return Ok(None);
        }
        let joined = parts.join("/");
        match self.peek(&joined) {
            Ok(meta) if meta.kind == Kind::Link && last == Last::Follow => Ok(None),
            Ok(meta) => Ok(Some(Place { path: RelPath::parse(&joined)?, meta: Some(meta), missing: 0 })),
            Err(Errno::LOOP | Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Part by part, so that `..` and links are taken by us and never by the kernel.
    fn walk(&self, base: &RelPath, path: &str, last: Last) -> Result<Place, Fault> {
        let mut at: Vec<String> = Vec::new();
        let mut meta = self.meta()?;
        let mut links = 0;
        let mut todo: Vec<String> = base.parts().chain(written_parts(path)).map(str::to_owned).collect();
        todo.reverse();
        while let Some(part) = todo.pop() {
            if meta.kind != Kind::Directory {
                return Err(Errno::NOTDIR.into());
            }
            if part == ".." {
                at.pop().ok_or_else(|| outside(path))?;
                continue;
            }
            at.push(part);
            let here = at.join("/");
            let found = match self.peek(&here) {
                Err(Errno::NOENT) => return absent(at, todo),
                found => found?,
            };
            if found.kind == Kind::Link && (last == Last::Follow || !todo.is_empty()) {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Fault::Os(Errno::LOOP));
                }
                let target = self.link_text(&here)?;
                if target.starts_with('/') {
                    return Err(outside(path).into());
                }
                at.pop();
                todo.extend(written_parts(&target).rev().map(str::to_owned));
            } else {
                meta = found;
            }
        }
        self.arrived(&at)
    }

    /// The end of a walk. It is looked at once more, for `..` may have been its last part.
    fn arrived(&self, at: &[String]) -> Result<Place, Fault> {
        let here = at.join("/");
        Ok(Place { path: RelPath::parse(&here)?, meta: Some(self.peek(&here)?), missing: 0 })
    }

    /// What is at a path that has no links in it, but perhaps at its end.
    fn peek(&self, path: &str) -> Result<Meta, Errno> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Meta::of(self.at(path, flags, Mode::empty())?)
    }

    /// The text of a link.
    pub(crate) fn link_text(&self, path: &str) -> Result<String, Fault> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let link = self.at(path, flags, Mode::empty())?;
        let text = rustix::fs::readlinkat(&link, "", Vec::new())?;
        text.into_string().map_err(|_| Refusal::new(Code::ProtoUtf8, "A link on the way is not UTF-8.").into())
    }

    /// Opens a canonical path for reading, for writing, or both. Only a regular file comes back, and for
    /// writing only one without other hard links; anything else than what was resolved is a change.
    pub(crate) fn open_file(&self, path: &RelPath, was: &Meta, access: OFlags) -> Result<File, Fault> {
        let fd = self.at(path.as_str(), access | SAFE, Mode::empty())?;
        let now = Meta::of(&fd)?;
        if now.kind != Kind::File || !now.same(was) || now.links() != was.links() {
            return Err(Fault::Changed);
        }
        Ok(fd.into())
    }

    /// Makes a file that was not there.
    pub(crate) fn create_file(&self, path: &RelPath, access: OFlags) -> Result<File, Fault> {
        let flags = access | SAFE | OFlags::CREATE | OFlags::EXCL;
        match self.at(path.as_str(), flags, Mode::from_raw_mode(0o666)) {
            Err(Errno::EXIST) => Err(Fault::Changed),
            fd => Ok(fd?.into()),
        }
    }

    /// Opens a regular file for reading and says what it is, in one go: for a walk that has no `Meta` yet.
    pub(crate) fn open_found(&self, path: &RelPath) -> Result<(File, Meta), Fault> {
        let fd = self.at(path.as_str(), OFlags::RDONLY | SAFE, Mode::empty())?;
        let meta = Meta::of(&fd)?;
        match meta.kind {
            Kind::File => Ok((fd.into(), meta)),
            _ => Err(special(path.as_str()).into()),
        }
    }

    /// What is at a canonical path, links not followed.
    pub(crate) fn meta_at(&self, path: &RelPath) -> Result<Meta, Fault> {
        Ok(self.peek(path.as_str())?)
    }

    /// Opens a directory for listing it.
    pub(crate) fn list(&self, path: &RelPath) -> Result<rustix::fs::Dir, Fault> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | SAFE;
        Ok(rustix::fs::Dir::new(self.at(path.as_str(), flags, Mode::empty())?)?)
    }

    /// Opens the directory that a canonical path stands in, to make, move or remove the path in it.
    pub(crate) fn parent<'p>(&self, path: &'p RelPath) -> Result<(Parent, &'p str), Fault> {
        let (directory, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
        if name.is_empty() {
            return Err(Refusal::new(Code::FsNotGranted, "A root itself cannot be changed.").into());
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok((Parent { fd: self.at(directory, flags, Mode::empty())? }, name))
    }

    fn at(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { "." } else { path };
        loop {
            match rustix::fs::openat2(&self.fd, path, flags, mode, CONFINED) {
                // EAGAIN: something on the way was renamed while the kernel looked. It asks for another try.
                Err(Errno::INTR | Errno::AGAIN) => {}
                fd => return fd,
            }
        }
    }
}

/// The refusal for a FIFO, socket or device.
pub(crate) fn special(path: &str) -> Refusal {
    Refusal::new(Code::FsSpecialFile, format!("{} is not a regular file or directory.", quoted(path)))
}

fn outside(path: &str) -> Refusal {
    Refusal::new(Code::FsOutsideRoot, format!("{} leads out of the root.", quoted(path)))
}

/// The parts of a path as written, without `.` and empty ones.
fn written_parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

fn check_text(path: &str) -> Result<(), Refusal> {
    if path.contains('\0') {
        return Err(Refusal::new(Code::ProtoUtf8, "A path may not contain NUL."));
    }
    if path.starts_with('/') {
        return Err(outside(path));
    }
    if path.len() > 4096 || path.split('/').any(|part| part.len() > 255) {
        return Err(Refusal::new(Code::FsNotGranted, "A path may have 4,096 bytes, and each part 255."));
    }
    Ok(())
}

/// A walk that ended where nothing is: the rest of the path is taken as written.
fn absent(mut at: Vec<String>, todo: Vec<String>) -> Result<Place, Fault> {
    if todo.iter().any(|part| part == "..") {
        return Err(Errno::NOENT.into());
    }
    let missing = 1 + todo.len();
    at.extend(todo.into_iter().rev());
    Ok(Place { path: RelPath::parse(&at.join("/"))?, meta: None, missing })
}
