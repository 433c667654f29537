//! The jail's first process: builds the layers around itself, starts the program, and waits for its end.
//!
//! It is process 1 of its namespace: what loses its parent becomes its child, and when it ends the kernel
//! kills all that is left. It is a copy of a process with many threads, so that until it ends it calls only
//! what is async-signal-safe: system calls on data that was prepared before.

use std::ffi::{c_char, c_int, c_void};
use std::os::fd::{BorrowedFd, RawFd};

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{DumpableBehavior, Resource, Signal, WaitOptions};
use rustix::thread::{CapabilitySet, CapabilitySets};

use super::plan::Plan;
use super::report::{DIRECTORY, Fault, Report};
use super::sys::{self, Stack};
use super::{landlock, root, wire};
use crate::layer::Layer;

/// Everything that the first process works on. It lives in the parent's memory, of which this is a copy.
pub(super) struct Birth<'plan> {
    pub(super) plan: &'plan Plan,
    /// The strings of the plan, each list ending with a null pointer.
    pub(super) args: Vec<*const c_char>,
    pub(super) env: Vec<*const c_char>,
    /// The program's standard descriptors.
    pub(super) standard: [RawFd; 3],
    /// Where reports are written.
    pub(super) report: RawFd,
    /// Where the listener is sent, with a proxy.
    pub(super) channel: Option<RawFd>,
    /// All of these descriptors, sorted.
    pub(super) kept: Vec<RawFd>,
    /// The stack of the program until it is one.
    pub(super) stack: Stack,
    /// Why the program did not start, until it does; written by its process, in the memory that it shares.
    pub(super) failed: Option<Report>,
}

/// How much less the program counts than the bot when both want the processor.
const NICE: i32 = 5;

type Step<T> = Result<T, (Layer, Fault)>;

/// The first process, from its beginning to its end.
#[expect(unsafe_code, reason = "gets its data as a pointer")]
pub(super) extern "C" fn main(birth: *mut c_void) -> c_int {
    // SAFETY: the parent passes its `Birth`, of which this process has a copy of its own.
    let birth = unsafe { &mut *birth.cast::<Birth<'_>>() };
    if let Err((layer, fault)) = build(birth) {
        return tell(birth, Report::Layer(layer, fault));
    }
    match run(birth) {
        Ok(status) => tell(birth, Report::Ended(status)),
        Err(report) => tell(birth, report),
    }
}

#[expect(unsafe_code, reason = "borrows a descriptor by its number")]
fn borrowed<'a>(descriptor: RawFd) -> BorrowedFd<'a> {
    // SAFETY: `close_all_but` keeps the descriptors of a `Birth` open for as long as this process lives, and
    // those that are closed later are not used again.
    unsafe { BorrowedFd::borrow_raw(descriptor) }
}

/// A supervisor that is gone reads nothing, and has taken this process with it.
fn tell(birth: &Birth<'_>, report: Report) -> c_int {
    match rustix::io::write(borrowed(birth.report), &report.bytes()) {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

/// Builds every layer. What comes later needs less than what came before, and can do less.
fn build(birth: &Birth<'_>) -> Step<()> {
    let plan = birth.plan;
    at(Layer::Process, tie(birth))?;
    at(Layer::User, map(plan))?;
    hold_numbers(plan);
    root::enter(plan).map_err(|fault| (Layer::Files, fault))?;
    at(Layer::Net, network(birth))?;
    at(Layer::Ipc, sys::set_host_name(c"jail"))?;
    at(Layer::Privileges, drop_privileges())?;
    at(Layer::Landlock, landlock::enter(plan))?;
    at(Layer::Calls, sys::filter_calls(&plan.filter))
}

fn at<T>(layer: Layer, result: sys::Result<T>) -> Step<T> {
    result.map_err(|errno| (layer, errno.into()))
}

/// Ties this process to the supervisor: it dies with it, and has nothing else of it.
fn tie(birth: &Birth<'_>) -> sys::Result<()> {
    sys::close_all_but(&birth.kept)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have died before it was asked for. Then nobody holds the other end of this pipe.
    let mut pipe = [libc::pollfd { fd: birth.report, events: 0, revents: 0 }];
    if sys::poll(&mut pipe, 0)? != 0 {
        return Err(Errno::PIPE);
    }
    rustix::process::setsid().map(drop)
}

/// Makes this user the bot's own, and no other.
pub(super) fn map(plan: &Plan) -> sys::Result<()> {
    // Where the bot is not dumpable, these files belong to root until it is.
    rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable)?;
    write(c"/proc/self/setgroups", b"deny")?;
    write(c"/proc/self/uid_map", &plan.maps[0])?;
    write(c"/proc/self/gid_map", &plan.maps[1])?;
    // This process is a copy of the bot: nobody in the jail may look into its memory.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

fn write(path: &std::ffi::CStr, bytes: &[u8]) -> sys::Result<()> {
    let file = openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(file, bytes).map(drop)
}

/// Holds the jail to a number of processes even where its user is root, whom no limit of processes holds. A container
/// whose `/proc/sys` can't be written does without: what counts from outside is promised, this is not. Written by the first
/// process of a namespace only: any other may be in that of the machine.
fn hold_numbers(plan: &Plan) {
    if let Some(most) = plan.numbers.as_ref().filter(|_| rustix::process::getpid().is_init()) {
        let _ = write(c"/proc/sys/kernel/pid_max", most);
    }
}

fn network(birth: &Birth<'_>) -> sys::Result<()> {
    let (Some(port), Some(channel)) = (birth.plan.port, birth.channel) else { return Ok(()) };
    let listener = wire::listen(port)?;
    wire::send(borrowed(channel), std::os::fd::AsRawFd::as_raw_fd(&listener))
}

/// Gives up every capability, in every set, for this process and all that come from it.
pub(super) fn drop_privileges() -> sys::Result<()> {
    for bit in 0..64 {
        match rustix::thread::remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit)) {
            Err(Errno::INVAL) => break,
            dropped => dropped?,
        }
    }
    rustix::thread::clear_ambient_capability_set()?;
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    rustix::thread::set_no_new_privs(true)
}

/// Starts the program and waits for its end; whatever else ends meanwhile is buried.
fn run(birth: &mut Birth<'_>) -> Result<i32, Report> {
    let program = start(birth).map_err(|errno| Report::Layer(Layer::Process, errno.into()))?;
    if let Some(report) = birth.failed {
        return Err(report);
    }
    // Its ends of the pipes, and whatever standard descriptors the bot has.
    birth.standard.into_iter().chain(birth.channel).chain(0..3).for_each(sys::close);
    tell(birth, Report::Started);
    loop {
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_pid() == program => return Ok(status.as_raw()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Report::Layer(Layer::Process, errno.into())),
        }
    }
}

#[expect(unsafe_code, reason = "starts a process that shares this one's memory until it is a program")]
fn start(birth: &mut Birth<'_>) -> sys::Result<c_int> {
    let data: *mut Birth<'_> = birth;
    // SAFETY: `CLONE_VFORK` stops this process until the child has executed the program or ended, so that they
    // never run at the same time. The stack lies in `birth` and is touched by nobody else meanwhile: the child
    // reads other fields and writes `failed`.
    unsafe {
        let stack = &mut (*data).stack;
        sys::start(stack, libc::CLONE_VM | libc::CLONE_VFORK, become_program, data.cast())
    }
}

/// What the program's process does before it is the program.
#[expect(unsafe_code, reason = "gets its data as a pointer")]
extern "C" fn become_program(birth: *mut c_void) -> c_int {
    // SAFETY: `start` passes its `Birth` and waits.
    let birth = unsafe { &mut *birth.cast::<Birth<'_>>() };
    if let Err(report) = confine(birth) {
        birth.failed = Some(report);
        return 1;
    }
    birth.failed = None;
    birth.failed = Some(Report::Start(sys::execute(&birth.plan.program, &birth.args, &birth.env).into()));
    1
}

fn confine(birth: &Birth<'_>) -> Result<(), Report> {
    let limits = |errno: Errno| Report::Layer(Layer::Limits, errno.into());
    rustix::process::setsid().map_err(limits)?;
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    for (from, to) in birth.standard.into_iter().zip(0..) {
        sys::duplicate(from, to).map_err(limits)?;
    }
    rustix::process::chdir(birth.plan.directory.as_c_str())
        .map_err(|errno| Report::Start(Fault { step: DIRECTORY, errno: errno.raw_os_error() }))?;
    for (resource, most) in birth.plan.limits {
        // Of processor time a second is left after the signal that says that it is over: without it there would be
        // none but the one that kills.
        let last = if resource == Resource::Cpu { most.saturating_add(1) } else { most };
        sys::limit(resource, most, last).map_err(limits)?;
    }
    // Whoever counts, and the bot itself, come first.
    rustix::process::nice(NICE).map_err(limits)?;
    sys::reset_signals();
    Ok(())
}
