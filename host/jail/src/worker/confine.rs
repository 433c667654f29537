//! What a child does to itself between `fork` and `exec`.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use rustix::process::{Resource, Rlimit, Signal};

use super::WorkerLimits;

/// Arranges that the child confines itself before it becomes the program.
#[expect(unsafe_code, reason = "code between fork and exec")]
pub(super) fn confine(command: &mut Command, limits: WorkerLimits) -> std::io::Result<()> {
    // SAFETY: between fork and exec only async-signal-safe functions may run. Everything in `enter` is a
    // plain system call on copied numbers; nothing allocates, locks, or touches the parent's memory.
    unsafe { command.pre_exec(move || enter(limits)) };
    Ok(())
}

fn enter(limits: WorkerLimits) -> std::io::Result<()> {
    rustix::process::setsid()?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    limit(Resource::As, limits.address_space)?;
    limit(Resource::Cpu, limits.cpu.as_secs().max(1))?;
    limit(Resource::Fsize, limits.file_size)?;
    limit(Resource::Core, 0)?;
    close_inherited()
}

fn limit(resource: Resource, most: u64) -> std::io::Result<()> {
    Ok(rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// Marks every descriptor above the standard three to be closed by `exec`. Closed at once they could take
/// with them the pipe by which the parent learns that `exec` failed.
#[expect(unsafe_code, reason = "rustix has no close_range")]
fn close_inherited() -> std::io::Result<()> {
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
    // SAFETY: a system call on numbers, which changes no memory; with this flag it closes nothing yet.
    let done = unsafe { libc::close_range(3, libc::c_uint::MAX, flags) };
    if done == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

/// Kills a child's whole process group, which has the number of the child that leads it. Once the child was
/// waited for and its group is empty, that number is free; it is not given anew while we get here.
pub(super) fn kill(child: &Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // It may be gone already, which is what is wanted.
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}
