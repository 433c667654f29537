//! The jail's own file system, built by its first process. Allocates nothing.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{self, AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::plan::{COVER, NO_DIRECTORY, NO_FILE, Plan, Spot, Step};
use super::program::Identity;
use super::report::Fault;
use super::sys::{self, Result};

/// Room for the few made-up files and the names of mount points.
const ROOT_SIZE: &CStr = c"1m";
const ROOT_FILES: &CStr = c"4096";
/// Files in `/tmp`: each takes a kilobyte of the kernel's memory that nobody else counts.
const TMP_FILES: &CStr = c"16384";

/// No link is followed, and nothing leads out.
const PLAIN: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);
const BELOW: ResolveFlags = PLAIN.union(ResolveFlags::BENEATH);
const NAME: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Builds the root, enters it, and lets go of the old one.
pub(super) fn enter(plan: &Plan) -> std::result::Result<(), Fault> {
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    let root = empty()?;
    for (index, step) in plan.steps.iter().enumerate() {
        take(root.as_fd(), step).map_err(|errno| {
            let step = u16::try_from(index).unwrap_or(super::report::NOWHERE);
            Fault { step, errno: errno.raw_os_error() }
        })?;
    }
    fs::unlinkat(&root, NO_FILE, AtFlags::empty())?;
    fs::unlinkat(&root, NO_DIRECTORY, AtFlags::REMOVEDIR)?;
    sys::restrict_mount(root.as_fd(), sys::READ_ONLY)?;
    Ok(switch(root.as_fd())?)
}

/// An empty root on top of the old one, which is still what paths begin at.
pub(super) fn empty() -> Result<OwnedFd> {
    sys::make_private()?;
    let options = [(c"size", Some(ROOT_SIZE)), (c"nr_inodes", Some(ROOT_FILES)), (c"mode", Some(c"755"))];
    let attributes = sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
    let root = sys::new_file_system(c"tmpfs", &options, attributes)?;
    sys::attach_to_root(root.as_fd())?;
    Ok(root)
}

fn switch(root: BorrowedFd<'_>) -> Result<()> {
    rustix::process::fchdir(root)?;
    // With the same directory twice the old root comes to lie on the new one, and is taken away from there.
    rustix::process::pivot_root(c".", c".")?;
    sys::detach_here()?;
    rustix::process::chdir(c"/")
}

fn take(root: BorrowedFd<'_>, step: &Step) -> Result<()> {
    match step {
        Step::Directory(spot) => there(fs::mkdirat(parent(root, spot)?, spot.name.as_c_str(), Mode::from(0o755))),
        Step::Target(spot) => target(root, spot),
        Step::File(spot, bytes) => file(root, spot, bytes),
        Step::Link(spot, to) => there(fs::symlinkat(to.as_c_str(), parent(root, spot)?, spot.name.as_c_str())),
        Step::Copy { source, spot, attributes, only } => copy(root, spot, source, *attributes, only.as_ref()),
        Step::Memory(spot, size) => memory(root, spot, size),
        Step::Processes(spot) => match processes() {
            Ok(tree) => attach(root, spot, tree.as_fd()),
            // A system that hides parts of its own `/proc` shows no new one either.
            Err(_) => Ok(()),
        },
        Step::Hide(spot) => hide(root, spot),
        Step::Cover(spot, bytes) => cover(root, spot, bytes),
    }
}

/// What is there already is as good.
fn there(made: Result<()>) -> Result<()> {
    if made == Err(Errno::EXIST) { Ok(()) } else { made }
}

/// The directory of a spot. Parts of the host are already mounted below the root, and links in them must not
/// lead what we make to somewhere else.
fn parent(root: BorrowedFd<'_>, spot: &Spot) -> Result<OwnedFd> {
    fs::openat2(root, spot.parent.as_c_str(), NAME | OFlags::DIRECTORY, Mode::empty(), BELOW)
}

fn target(root: BorrowedFd<'_>, spot: &Spot) -> Result<()> {
    let mode = Mode::empty();
    there(fs::mknodat(parent(root, spot)?, spot.name.as_c_str(), FileType::RegularFile, mode, 0))
}

fn file(root: BorrowedFd<'_>, spot: &Spot, bytes: &[u8]) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = fs::openat(parent(root, spot)?, spot.name.as_c_str(), flags, Mode::from(0o644))?;
    rustix::io::write(file, bytes).map(drop)
}

/// Mounts a file of these bytes over the one that is there.
fn cover(root: BorrowedFd<'_>, spot: &Spot, bytes: &[u8]) -> Result<()> {
    let on = fs::openat2(root, spot.whole.as_c_str(), NAME, Mode::empty(), BELOW)?;
    if FileType::from_raw_mode(fs::fstat(&on)?.st_mode) != FileType::RegularFile {
        return Err(Errno::INVAL);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = fs::openat(root, COVER, flags, Mode::from(0o444))?;
    let mut rest = bytes;
    while !rest.is_empty() {
        rest = &rest[rustix::io::write(&file, rest)?..];
    }
    let tree = sys::copy_tree(fs::openat(root, COVER, NAME, Mode::empty())?.as_fd())?;
    let attributes = sys::READ_ONLY | sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
    sys::restrict_tree(tree.as_fd(), attributes)?;
    sys::attach(tree.as_fd(), on.as_fd())?;
    fs::unlinkat(root, COVER, AtFlags::empty())
}

fn copy(root: BorrowedFd<'_>, spot: &Spot, source: &CStr, attributes: u64, only: Option<&Identity>) -> Result<()> {
    let source = fs::openat2(CWD, source, NAME, Mode::empty(), PLAIN)?;
    if let Some(only) = only
        && !only.is_of(&source)?
    {
        return Err(Errno::STALE);
    }
    let tree = sys::copy_tree(source.as_fd())?;
    sys::restrict_tree(tree.as_fd(), attributes)?;
    attach(root, spot, tree.as_fd())
}

fn attach(root: BorrowedFd<'_>, spot: &Spot, tree: BorrowedFd<'_>) -> Result<()> {
    let on = fs::openat2(root, spot.whole.as_c_str(), NAME, Mode::empty(), BELOW)?;
    sys::attach(tree, on.as_fd())
}

fn memory(root: BorrowedFd<'_>, spot: &Spot, size: &CStr) -> Result<()> {
    let options = [(c"size", Some(size)), (c"nr_inodes", Some(TMP_FILES)), (c"mode", Some(c"700"))];
    let attributes = sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
    attach(root, spot, sys::new_file_system(c"tmpfs", &options, attributes)?.as_fd())
}

/// The processes of this process's namespace: nothing else of the kernel, and of them only what the reader
/// could trace.
pub(super) fn processes() -> Result<OwnedFd> {
    let options = [(c"subset", Some(c"pid")), (c"hidepid", Some(c"ptraceable"))];
    let attributes = sys::READ_ONLY | sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
    sys::new_file_system(c"proc", &options, attributes)
}

/// Mounts nothing over what is there.
fn hide(root: BorrowedFd<'_>, spot: &Spot) -> Result<()> {
    let found = match fs::openat2(root, spot.whole.as_c_str(), NAME, Mode::empty(), BELOW) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        found => found?,
    };
    let stand_in = match FileType::from_raw_mode(fs::fstat(&found)?.st_mode) {
        FileType::Symlink => return Ok(()),
        FileType::Directory => NO_DIRECTORY,
        _ => NO_FILE,
    };
    let tree = sys::copy_tree(fs::openat(root, stand_in, NAME, Mode::empty())?.as_fd())?;
    let attributes = sys::READ_ONLY | sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
    sys::restrict_tree(tree.as_fd(), attributes)?;
    sys::attach(tree.as_fd(), found.as_fd())
}
