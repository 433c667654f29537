//! Which layers this machine has, found out by using each in a child of its own.

use std::ffi::{c_int, c_void};
use std::io;

use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions};

use super::plan::Plan;
use super::{census, init, landlock, root, sys};
use crate::error::JailError;
use crate::layer::Layer;

/// Why a layer is missing and what to do; nothing where it works.
pub(crate) fn missing(layer: Layer) -> Option<String> {
    let error = attempt(layer).err()?;
    let advice = advice(layer, error.raw_os_error().unwrap_or_default());
    Some(format!("The {layer} can't be had: {error}. {advice}"))
}

/// The namespace whose lack made the first process impossible.
pub(super) fn blame(errno: Errno) -> JailError {
    let namespaces = [Layer::User, Layer::Process, Layer::Files, Layer::Net, Layer::Ipc];
    let layer = namespaces.into_iter().find(|layer| attempt(*layer).is_err()).unwrap_or(Layer::User);
    JailError::Layer { layer, what: None, source: errno.into() }
}

/// The namespaces that a layer is tried in.
fn namespaces(layer: Layer) -> c_int {
    match layer {
        Layer::User | Layer::Privileges => libc::CLONE_NEWUSER,
        Layer::Process => libc::CLONE_NEWUSER | libc::CLONE_NEWPID,
        Layer::Files | Layer::Proc => libc::CLONE_NEWUSER | libc::CLONE_NEWPID | libc::CLONE_NEWNS,
        Layer::Net => libc::CLONE_NEWUSER | libc::CLONE_NEWNET,
        Layer::Ipc => libc::CLONE_NEWUSER | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS | libc::CLONE_NEWCGROUP,
        Layer::Landlock | Layer::Calls | Layer::Limits | Layer::Watch => 0,
    }
}

struct Trial {
    layer: Layer,
    plan: Plan,
}

#[expect(unsafe_code, reason = "starts a process")]
fn attempt(layer: Layer) -> io::Result<()> {
    if layer == Layer::Watch {
        return census::works();
    }
    let mut trial = Trial { layer, plan: Plan::empty() };
    let (mut stack, data) = (sys::Stack::new(), (&raw mut trial).cast());
    // SAFETY: without `CLONE_VM` the child gets a copy of the trial and the stack, and `main` does nothing but
    // system calls on them. No signal handler of ours runs in it.
    let child = sys::without_signals(|| unsafe { sys::start(&mut stack, namespaces(layer), main, data) })?;
    let ended = rustix::process::waitpid(Pid::from_raw(child), WaitOptions::empty())?;
    match ended.and_then(|(_, status)| status.exit_status()) {
        Some(0) => Ok(()),
        Some(errno) => Err(io::Error::from_raw_os_error(errno)),
        None => Err(io::Error::other("the child that tried it was killed")),
    }
}

/// The child: ends with 0, or the number of the error, which always fits.
#[expect(unsafe_code, reason = "gets its data as a pointer")]
extern "C" fn main(trial: *mut c_void) -> c_int {
    // SAFETY: `attempt` passes its `Trial`, of which this process has a copy of its own.
    let trial = unsafe { &*trial.cast::<Trial>() };
    match take(trial) {
        Ok(()) => 0,
        Err(errno) => errno.raw_os_error(),
    }
}

fn take(Trial { layer, plan }: &Trial) -> sys::Result<()> {
    match layer {
        Layer::Limits => sys::limit(rustix::process::Resource::Core, 0, 0),
        Layer::Landlock | Layer::Calls => {
            rustix::thread::set_no_new_privs(true)?;
            if *layer == Layer::Calls { sys::filter_calls(&plan.filter) } else { landlock::enter(plan) }
        }
        _ => {
            init::map(plan)?;
            match layer {
                Layer::Files => root::empty().map(drop),
                Layer::Proc => root::processes().map(drop),
                Layer::Ipc => sys::set_host_name(c"jail"),
                Layer::Privileges => init::drop_privileges(),
                _ => Ok(()),
            }
        }
    }
}

/// What to do about it.
fn advice(layer: Layer, errno: c_int) -> &'static str {
    match (layer, errno) {
        (_, libc::ENOSPC) => "Raise the limits user.max_*_namespaces with sysctl.",
        (Layer::User | Layer::Process | Layer::Net | Layer::Ipc | Layer::Privileges, libc::EPERM | libc::EACCES) => {
            "Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1 on Debian, \
             kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile on Ubuntu, a seccomp profile that \
             allows clone and unshare in a container."
        }
        (Layer::Files, _) => "Linux 5.12 or newer is needed, and a container must allow mounts in user namespaces.",
        (Layer::Landlock, _) => "Linux 5.19 or newer with `landlock` in the boot parameter `lsm=` is needed.",
        (Layer::Calls, _) => "A kernel with CONFIG_SECCOMP_FILTER is needed.",
        (Layer::Watch, _) => "A kernel with CONFIG_PROC_CHILDREN and a mounted /proc is needed.",
        (Layer::Proc, _) => "Programs find an empty /proc; a container must not mask parts of its own /proc.",
        _ => "A kernel with user, process, mount, network, IPC, UTS and cgroup namespaces is needed.",
    }
}
