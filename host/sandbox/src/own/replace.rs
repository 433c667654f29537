//! `replace`: a file's bytes, whole or not at all.
//!
//! A temporary file beside the old one, then a rename: a reader sees the old bytes or the new ones. A
//! path that ends in a link is resolved first, and the file it points to is what is decided on and replaced.

#[cfg(test)]
mod tests;

use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;

use claudetools_policy::{Access, Code, Digest, Refusal, RelPath, RootName};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::bindings::claudetools::plugin::replace;
use crate::confine::{Fault, Kind, Last, Meta, Parent, Place, special};
use crate::ctx::Ctx;
use crate::effects::Replaced;
use crate::guard::{Guard, subject};
use crate::quote::quoted;
use crate::standing::Detail;

/// The most bytes of a file that people are shown a change of.
const MOST_SHOWN: u64 = 256 << 10;

/// Why a file was not replaced.
enum Failed {
    Fault(Fault),
    Changed,
    Os(std::io::Error),
}

impl<F: Into<Fault>> From<F> for Failed {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

impl replace::Host for Ctx {
    fn file(
        &mut self,
        path: String,
        content: Vec<u8>,
        expected: Option<String>,
    ) -> wasmtime::Result<Result<(), replace::Error>> {
        Ok(replaced(&self.guard, &path, &content, expected.as_deref()).map_err(|failed| match failed {
            Failed::Changed => replace::Error::Changed,
            Failed::Os(error) => replace::Error::Failed(error.to_string()),
            Failed::Fault(Fault::Refused(refusal)) => replace::Error::Refused(refusal.into()),
            Failed::Fault(Fault::Os(errno)) => replace::Error::Failed(errno.to_string()),
            Failed::Fault(Fault::Changed) => replace::Error::Changed,
        }))
    }
}

fn replaced(guard: &Guard, path: &str, content: &[u8], expected: Option<&str>) -> Result<(), Failed> {
    let (root, rest) = guard.split(path)?;
    let place = guard.resolve(&root, &RelPath::root(), rest, Last::Follow, Access::Modify)?;
    let size = content.len() as u64;
    let (access, links) = place.meta.as_ref().map_or((Access::Create, 1), |meta| (Access::Modify, meta.links()));
    let detail = || {
        let before = bytes(guard, &root, &place).map_err(|_| unreadable(&place))?;
        Ok(Detail::Replaced { before, after: content.to_vec() })
    };
    guard.allow_with(&root, &place.path, access, links, Some(size), detail)?;
    if place.meta.is_some_and(|meta| meta.kind != Kind::File) {
        let refusal = special(place.path.as_str());
        return Err(guard.refuse(subject(&root, place.path.as_str(), Access::Modify), refusal).into());
    }
    check_expected(guard, &root, &place, expected)?;
    let before = shown_before(guard, &root, &place);
    guard.take_scratch(&root, &place.path, size, 1)?;
    make_parents(guard, &root, &place)?;
    let (parent, name) = guard.dir(&root)?.parent(&place.path)?;
    let temporary = format!(".claudetools-{}.tmp", uuid::Uuid::now_v7().simple());
    let written = write_temporary(&parent, &temporary, content, place.meta.as_ref())
        .and_then(|()| check_expected(guard, &root, &place, expected))
        .and_then(|()| Ok(parent.rename(&temporary, &parent, name)?));
    if written.is_err() {
        // It may not have been made, or may be gone; there is nothing better to do with its error.
        let _ = parent.remove_file(&temporary);
    }
    written.map(|()| note(guard, root, &place, before, content))
}

/// What people are shown of the file as it is; `None` where they are shown nothing of it.
fn shown_before(guard: &Guard, root: &RootName, place: &Place) -> Option<Vec<u8>> {
    let small = place.meta.as_ref().is_none_or(|meta| meta.size() <= MOST_SHOWN);
    let shown = small && !guard.is_sensitive(root);
    shown.then(|| bytes(guard, root, place).ok().map(Option::unwrap_or_default)).flatten()
}

/// Keeps what was replaced, for people to see.
fn note(guard: &Guard, root: RootName, place: &Place, before: Option<Vec<u8>>, after: &[u8]) {
    if let Some(before) = before.filter(|_| after.len() as u64 <= MOST_SHOWN) {
        let path = place.path.as_str().to_owned();
        guard.effects().keep(Replaced { root, path, before, after: after.to_vec() });
    }
}

/// Makes the directories of a path that are not there, deciding each.
fn make_parents(guard: &Guard, root: &RootName, place: &Place) -> Result<(), Failed> {
    let parts: Vec<&str> = place.path.parts().collect();
    let first_missing = parts.len() - place.missing;
    for length in first_missing + 1..parts.len() {
        let directory = parts[..length].join("/");
        match guard.make_parent(root, &directory) {
            Err(Fault::Os(Errno::EXIST)) => {}
            made => made?,
        }
    }
    Ok(())
}

fn write_temporary(parent: &Parent, name: &str, content: &[u8], old: Option<&Meta>) -> Result<(), Failed> {
    let mut file: File = match old {
        // Readable by nobody else until it has the mode of the file it replaces.
        Some(_) => parent.create_file(name, 0o600)?,
        None => parent.create_file(name, 0o644)?,
    };
    let finished = (|| {
        file.write_all(content)?;
        if let Some(old) = old {
            file.set_permissions(Permissions::from_mode(old.stat.st_mode & 0o777))?;
        }
        file.sync_all()
    })();
    finished.map_err(Failed::Os)
}

/// Checks that the file at a canonical path still has the bytes that the plugin read.
fn check_expected(guard: &Guard, root: &RootName, place: &Place, expected: Option<&str>) -> Result<(), Failed> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let bytes = bytes(guard, root, place)?.ok_or(Failed::Changed)?;
    let same = Digest::of(&bytes).hex() == expected.to_ascii_lowercase();
    if same { Ok(()) } else { Err(Failed::Changed) }
}

/// The bytes of the file at a canonical path; `None` where there is none.
fn bytes(guard: &Guard, root: &RootName, place: &Place) -> Result<Option<Vec<u8>>, Failed> {
    let Some(was) = &place.meta else { return Ok(None) };
    guard.decide_part(root, &place.path, Access::Modify, was.links(), Some(was.size()))?;
    let mut file = match guard.dir(root)?.open_file(&place.path, was, OFlags::RDONLY) {
        Err(Fault::Changed) => return Err(Failed::Changed),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(Failed::Os)?;
    Ok(Some(bytes))
}

fn unreadable(place: &Place) -> Refusal {
    let path = quoted(place.path.as_str());
    Refusal::new(Code::ConfirmUnshowable, format!("{path} can't be read, so that nobody could see what changes in it."))
}
