//! The system calls that no library we have wraps, each made safe to call.
//!
//! Everything here may be called between `clone` and `exec`: no function allocates, locks, or waits for
//! another thread. `errno` belongs to the thread, and to a child's own copy of it.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_void};
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use rustix::io::Errno;

pub(super) type Result<T> = rustix::io::Result<T>;

const FROM_DESCRIPTOR: &CStr = c"";

pub(super) const READ_ONLY: u64 = 0x1;
pub(super) const NO_SETID: u64 = 0x2;
pub(super) const NO_DEVICES: u64 = 0x4;
pub(super) const NO_EXEC: u64 = 0x8;

fn errno() -> Errno {
    Errno::from_raw_os_error(std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO))
}

fn done(result: c_int) -> Result<c_int> {
    if result < 0 { Err(errno()) } else { Ok(result) }
}

/// # Safety
/// The arguments must be what the system call of this number takes: pointers valid for as long and as much.
#[expect(unsafe_code, reason = "the one way to calls without a wrapper")]
unsafe fn call(number: c_long, args: [usize; 5]) -> Result<usize> {
    let [a, b, c, d, e] = args;
    // SAFETY: promised by the caller.
    let result = unsafe { libc::syscall(number, a, b, c, d, e) };
    usize::try_from(result).map_err(|_| errno())
}

#[expect(unsafe_code, reason = "takes possession of a new descriptor")]
fn owned(descriptor: usize) -> Result<OwnedFd> {
    let raw = RawFd::try_from(descriptor).map_err(|_| Errno::BADF)?;
    // SAFETY: callers pass what a call has just opened; nobody else knows this number.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

fn raw(descriptor: BorrowedFd<'_>) -> usize {
    descriptor.as_raw_fd() as usize
}

fn text(text: &CStr) -> usize {
    text.as_ptr() as usize
}

/// A new file system of a kind, mounted nowhere. An option without a value is a flag.
#[expect(unsafe_code, reason = "system calls")]
pub(super) fn new_file_system(kind: &CStr, options: &[(&CStr, Option<&CStr>)], attributes: u64) -> Result<OwnedFd> {
    const SET_FLAG: usize = 0;
    const SET_STRING: usize = 1;
    const CREATE: usize = 6;
    // SAFETY: strings end with a zero and outlive the calls; the other arguments are numbers.
    unsafe {
        let context = owned(call(libc::SYS_fsopen, [text(kind), 1, 0, 0, 0])?)?;
        let fd = raw(rustix::fd::AsFd::as_fd(&context));
        for (name, value) in options {
            let how = if value.is_some() { SET_STRING } else { SET_FLAG };
            call(libc::SYS_fsconfig, [fd, how, text(name), value.map_or(0, text), 0])?;
        }
        call(libc::SYS_fsconfig, [fd, CREATE, 0, 0, 0])?;
        owned(call(libc::SYS_fsmount, [fd, 1, attributes as usize, 0, 0])?)
    }
}

/// A second mount of what a descriptor of this mount namespace names, with all that is mounted below it.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn copy_tree(source: BorrowedFd<'_>) -> Result<OwnedFd> {
    const CLONE: c_int = 1;
    let flags = CLONE | libc::O_CLOEXEC | libc::AT_EMPTY_PATH | AT_RECURSIVE;
    // SAFETY: a descriptor, an empty string and numbers.
    unsafe { owned(call(libc::SYS_open_tree, [raw(source), text(FROM_DESCRIPTOR), flags as usize, 0, 0])?) }
}

const AT_RECURSIVE: c_int = 0x8000;

/// Adds attributes to a mount and all below it.
pub(super) fn restrict_tree(tree: BorrowedFd<'_>, attributes: u64) -> Result<()> {
    set_attributes(raw(tree), FROM_DESCRIPTOR, libc::AT_EMPTY_PATH | AT_RECURSIVE, [attributes, 0, 0, 0])
}

/// Adds attributes to a mount alone.
pub(super) fn restrict_mount(mount: BorrowedFd<'_>, attributes: u64) -> Result<()> {
    set_attributes(raw(mount), FROM_DESCRIPTOR, libc::AT_EMPTY_PATH, [attributes, 0, 0, 0])
}

/// Cuts every mount off from the namespace it was copied from, so that nothing is mounted into it from there.
pub(super) fn make_private() -> Result<()> {
    set_attributes(libc::AT_FDCWD as usize, c"/", AT_RECURSIVE, [0, 0, libc::MS_PRIVATE, 0])
}

#[expect(unsafe_code, reason = "a system call")]
fn set_attributes(at: usize, path: &CStr, flags: c_int, attributes: [u64; 4]) -> Result<()> {
    let (flags, structure) = (flags as usize, attributes.as_ptr() as usize);
    // SAFETY: `struct mount_attr` is four 64-bit numbers; its size is given.
    unsafe { call(libc::SYS_mount_setattr, [at, text(path), flags, structure, size_of::<[u64; 4]>()])? };
    Ok(())
}

/// Mounts a tree on what a descriptor names.
pub(super) fn attach(tree: BorrowedFd<'_>, target: BorrowedFd<'_>) -> Result<()> {
    move_mount(tree, raw(target), FROM_DESCRIPTOR, 0x40)
}

/// Mounts a tree on top of this process's root.
pub(super) fn attach_to_root(tree: BorrowedFd<'_>) -> Result<()> {
    move_mount(tree, libc::AT_FDCWD as usize, c"/", 0)
}

#[expect(unsafe_code, reason = "a system call")]
fn move_mount(tree: BorrowedFd<'_>, at: usize, path: &CStr, flags: usize) -> Result<()> {
    const FROM_EMPTY: usize = 0x4;
    let from = text(FROM_DESCRIPTOR);
    // SAFETY: descriptors, strings that end with a zero, and numbers.
    unsafe { call(libc::SYS_move_mount, [raw(tree), from, at, text(path), FROM_EMPTY | flags])? };
    Ok(())
}

/// Takes away what is mounted on the working directory, which is the old root after `pivot_root(".", ".")`.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn detach_here() -> Result<()> {
    // SAFETY: a string that ends with a zero, and a number.
    done(unsafe { libc::umount2(c".".as_ptr(), libc::MNT_DETACH) }).map(drop)
}

/// The newest version of Landlock here.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn landlock_version() -> Result<usize> {
    // SAFETY: no structure is passed when the version is asked for.
    unsafe { call(libc::SYS_landlock_create_ruleset, [0, 0, 1, 0, 0]) }
}

/// A rule set for these accesses to files and ports, and these scopes.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn landlock(handled: [u64; 3]) -> Result<OwnedFd> {
    // SAFETY: `struct landlock_ruleset_attr` is three 64-bit numbers; older kernels take it where the ones
    // that they don't know are zero.
    let args = [handled.as_ptr() as usize, size_of::<[u64; 3]>(), 0, 0, 0];
    unsafe { owned(call(libc::SYS_landlock_create_ruleset, args)?) }
}

#[repr(C, packed)]
struct PathRule {
    allowed: u64,
    parent: RawFd,
}

/// Allows accesses below a path.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn landlock_path(rules: BorrowedFd<'_>, allowed: u64, parent: BorrowedFd<'_>) -> Result<()> {
    let rule = PathRule { allowed, parent: parent.as_raw_fd() };
    // SAFETY: the structure is that of rule type 1, and lives until the call is over.
    unsafe { call(libc::SYS_landlock_add_rule, [raw(rules), 1, &raw const rule as usize, 0, 0])? };
    Ok(())
}

/// Allows accesses to a TCP port.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn landlock_port(rules: BorrowedFd<'_>, allowed: u64, port: u16) -> Result<()> {
    let rule = [allowed, u64::from(port)];
    // SAFETY: the structure of rule type 2 is two 64-bit numbers.
    unsafe { call(libc::SYS_landlock_add_rule, [raw(rules), 2, rule.as_ptr() as usize, 0, 0])? };
    Ok(())
}

/// Puts this process under a rule set for ever.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn landlock_enter(rules: BorrowedFd<'_>) -> Result<()> {
    // SAFETY: a descriptor and numbers.
    unsafe { call(libc::SYS_landlock_restrict_self, [raw(rules), 0, 0, 0, 0])? };
    Ok(())
}

/// Puts this process under a filter of system calls for ever.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn filter_calls(filter: &[libc::sock_filter]) -> Result<()> {
    let len = u16::try_from(filter.len()).map_err(|_| Errno::TOOBIG)?;
    let program = libc::sock_fprog { len, filter: filter.as_ptr().cast_mut() };
    let mode = libc::SECCOMP_SET_MODE_FILTER as usize;
    // SAFETY: the kernel copies the program, which is as long as it says, and does not write to it.
    unsafe { call(libc::SYS_seccomp, [mode, 0, &raw const program as usize, 0, 0])? };
    Ok(())
}

/// Closes every descriptor above the standard three but these, which must be sorted.
#[expect(unsafe_code, reason = "rustix has no close_range")]
pub(super) fn close_all_but(kept: &[RawFd]) -> Result<()> {
    let mut first: c_uint = 3;
    let ends = kept.iter().map(|kept| *kept as c_uint).chain([c_uint::MAX]);
    for end in ends {
        if end > first {
            let last = if end == c_uint::MAX { end } else { end - 1 };
            // SAFETY: the child uses no descriptor but the kept ones, and the standard three are below.
            done(unsafe { libc::close_range(first, last, 0) })?;
        }
        first = end.saturating_add(1);
    }
    Ok(())
}

/// Makes `to` name what `from` names; it is inherited by a program.
#[expect(unsafe_code, reason = "rustix wants to own the descriptor that is replaced")]
pub(super) fn duplicate(from: RawFd, to: RawFd) -> Result<()> {
    // SAFETY: numbers. The child's standard descriptors are nobody's property.
    done(unsafe { libc::dup2(from, to) }).map(drop)
}

/// Closes a descriptor that the parent owns, in the child's own table.
#[expect(unsafe_code, reason = "the child has a table of its own, and a copy of the parent's owners")]
pub(super) fn close(descriptor: RawFd) {
    // SAFETY: the owner in this copy of memory is never dropped: the child ends without unwinding.
    unsafe { libc::close(descriptor) };
}

/// Limits this process, softly and for ever, but never above what it may already.
#[expect(unsafe_code, reason = "rustix panics where limits can't be read")]
pub(super) fn limit(resource: rustix::process::Resource, soft: u64, hard: u64) -> Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let resource = resource as u32 as _;
    // SAFETY: the structures live through the calls.
    unsafe {
        done(libc::getrlimit(resource, &raw mut now))?;
        let new = libc::rlimit { rlim_cur: soft.min(now.rlim_max), rlim_max: hard.min(now.rlim_max) };
        done(libc::setrlimit(resource, &raw const new)).map(drop)
    }
}

/// Sets every signal to what it does by itself, and lets all through.
#[expect(unsafe_code, reason = "system calls")]
pub(super) fn reset_signals() {
    // The kernel's own structure, because libc keeps two signals to itself, which may be ignored all the same.
    const DEFAULT: [u64; 4] = [0; 4];
    // SAFETY: zero is the default action with the empty set, in a structure of at most four words; sets of
    // signals have 8 bytes. Signals that may not be changed say so, which is ignored.
    unsafe {
        for signal in 1..=64 {
            let _ = call(libc::SYS_rt_sigaction, [signal, DEFAULT.as_ptr() as usize, 0, 8, 0]);
        }
        let none: libc::sigset_t = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
    }
}

/// Names the machine.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn set_host_name(name: &CStr) -> Result<()> {
    // SAFETY: the string is as long as it says.
    done(unsafe { libc::sethostname(name.as_ptr(), name.count_bytes()) }).map(drop)
}

/// Becomes a program; comes back only with an error.
#[expect(unsafe_code, reason = "rustix has no exec")]
pub(super) fn execute(program: &CStr, args: &[*const c_char], env: &[*const c_char]) -> Errno {
    // SAFETY: both lists end with a null pointer and hold strings that live in this process's memory.
    unsafe { libc::execve(program.as_ptr(), args.as_ptr(), env.as_ptr()) };
    errno()
}

/// A new process that runs `entry(data)` on its own stack, and ends with what it answers.
///
/// # Safety
/// `data` must be valid for as long as the child uses it. With `CLONE_VM` the caller must wait for the
/// child's end or `exec`. Without, the child is a copy of a process with other threads: it may call only
/// what is async-signal-safe.
#[expect(unsafe_code, reason = "starts a process that shares or copies our memory")]
pub(super) unsafe fn start(
    stack: &mut Stack,
    flags: c_int,
    entry: extern "C" fn(*mut c_void) -> c_int,
    data: *mut c_void,
) -> Result<c_int> {
    // SAFETY: the stack is big enough and aligned, and grows downwards from its end; the rest is promised.
    done(unsafe { libc::clone(entry, stack.top(), flags | libc::SIGCHLD, data) })
}

/// The stack of a child.
pub(super) struct Stack(Vec<u128>);

impl Stack {
    /// Room for our own few frames, also without optimisation: 256 KiB.
    pub(super) fn new() -> Self {
        Self(vec![0; (256 << 10) / size_of::<u128>()])
    }

    fn top(&mut self) -> *mut c_void {
        self.0.as_mut_ptr_range().end.cast()
    }
}

/// Keeps signals from this thread while `work` is done: a copy of it must not run our handlers.
#[expect(unsafe_code, reason = "system calls")]
pub(super) fn without_signals<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: the sets are initialised by the calls that take them.
    unsafe {
        let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = (std::mem::zeroed(), std::mem::zeroed());
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let result = work();
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
        result
    }
}

/// Waits until one of these is ready, or the time is over.
#[expect(unsafe_code, reason = "a system call")]
pub(super) fn poll(watched: &mut [libc::pollfd], milliseconds: c_int) -> Result<c_int> {
    // SAFETY: the list is as long as it says.
    done(unsafe { libc::poll(watched.as_mut_ptr(), watched.len() as libc::nfds_t, milliseconds) })
}
