//! The thread that makes a jail, counts what it uses, and sees its last process go.
//!
//! The first process dies with the thread that made it. So this thread is the jail's own, and lives as long.

use std::ffi::{CString, c_char};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};

use super::disk::Disk;
use super::init::{self, Birth};
use super::launch::PATIENCE;
use super::plan::Plan;
use super::report::{DIRECTORY, Fault, Report, SIZE};
use super::{census, probe, sys, wire};
use crate::error::{Change, JailError};
use crate::jail::Limits;
use crate::layer::Layer;
use crate::running::{Ending, Limit};

/// How often processes and memory are counted. A process can write a few tens of megabytes meanwhile, or
/// fork a hundred times; the kernel's own limits hold what is quicker. That of a user's processes is none for root, that
/// of a namespace's is one for everybody, where there is one.
const TICK: Duration = Duration::from_millis(20);

/// The child's ends of the pipes.
pub(super) struct Ends {
    pub(super) standard: [OwnedFd; 3],
    pub(super) report: OwnedFd,
    pub(super) channel: Option<OwnedFd>,
}

/// Everything that the thread needs.
pub(super) struct Task {
    pub(super) plan: Plan,
    pub(super) program: PathBuf,
    pub(super) limits: Limits,
    pub(super) disk: Disk,
    pub(super) ends: Ends,
    pub(super) report: PipeReader,
    pub(super) channel: Option<UnixStream>,
    pub(super) input: (PipeWriter, Vec<u8>),
    /// Closed by the other side to have everything killed, for this reason.
    pub(super) held: PipeReader,
    pub(super) reason: Arc<OnceLock<Ending>>,
    pub(super) started: mpsc::SyncSender<Result<Option<TcpListener>, JailError>>,
}

/// Makes the jail, says whether the program runs, and stays until everything has ended.
pub(super) fn run(task: Task) -> Ending {
    let Task { plan, program, limits, disk, ends, mut report, channel, input, held, reason, started } = task;
    let first = match birth(&plan, ends) {
        Ok(first) => First(first),
        Err(error) => return refuse(&started, error),
    };
    match opening(&mut report) {
        Ok(Report::Started) => {}
        Ok(said) => return refuse(&started, refusal(&plan, program, said)),
        Err(source) => return refuse(&started, JailError::Start { program, what: None, source }),
    }
    let deadline = Instant::now() + limits.wall;
    let proxy = match channel.map(|channel| wire::receive(channel.as_fd())).transpose() {
        Ok(proxy) => proxy,
        Err(errno) => {
            return refuse(&started, JailError::Layer { layer: Layer::Net, what: None, source: errno.into() });
        }
    };
    // Nobody waits any more: then the rope is cut too.
    let _ = started.send(Ok(proxy));
    let ending = Watch { first: &first, limits, disk, deadline, report, input: Some(input), held, reason }.until_end();
    drop(first);
    ending
}

fn refuse(started: &mpsc::SyncSender<Result<Option<TcpListener>, JailError>>, error: JailError) -> Ending {
    // Whoever asked has gone, and nothing was run.
    let _ = started.send(Err(error));
    Ending::Killed
}

/// Makes the first process. The child's ends are closed here, and stay open there.
#[expect(unsafe_code, reason = "starts a process")]
fn birth(plan: &Plan, ends: Ends) -> Result<Pid, JailError> {
    let mut birth = Birth {
        plan,
        args: pointers(&plan.args),
        env: pointers(&plan.env),
        standard: ends.standard.each_ref().map(AsRawFd::as_raw_fd),
        report: ends.report.as_raw_fd(),
        channel: ends.channel.as_ref().map(AsRawFd::as_raw_fd),
        kept: ends.numbers(),
        stack: sys::Stack::new(),
        // What holds when its process dies before it says anything.
        failed: Some(Report::Start(rustix::io::Errno::CHILD.into())),
    };
    let mut stack = sys::Stack::new();
    let data = (&raw mut birth).cast();
    // SAFETY: without `CLONE_VM` the child gets a copy of `birth` and of the stack, and `init::main` does nothing
    // but system calls on them. No signal handler of ours runs in it.
    let made = sys::without_signals(|| unsafe { sys::start(&mut stack, NAMESPACES, init::main, data) });
    match made.map(Pid::from_raw) {
        Ok(Some(first)) => Ok(first),
        Ok(None) => Err(probe::blame(rustix::io::Errno::CHILD)),
        Err(errno) => Err(probe::blame(errno)),
    }
}

/// Everything that the first process is cut off from.
const NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
}

/// The first word of the first process.
fn opening(report: &mut PipeReader) -> io::Result<Report> {
    let mut pipe = [watch(report.as_raw_fd(), libc::POLLIN)];
    if sys::poll(&mut pipe, milliseconds(PATIENCE))? == 0 {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "the jail was not complete in time"));
    }
    let silent = || io::Error::other("its first process was killed");
    read(report)?.ok_or_else(silent)
}

fn read(report: &mut PipeReader) -> io::Result<Option<Report>> {
    let mut bytes = [0; SIZE];
    match report.read_exact(&mut bytes) {
        Ok(()) => Ok(Report::parse(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why nothing was run.
fn refusal(plan: &Plan, program: PathBuf, said: Report) -> JailError {
    let source = |fault: Fault| io::Error::from_raw_os_error(fault.errno);
    match said {
        Report::Layer(_, fault) if fault.errno == libc::ESTALE && plan.is_program(fault.step) => {
            JailError::Changed { program, change: Change::Swapped }
        }
        Report::Layer(layer, fault) => JailError::Layer { layer, what: plan.shown(fault.step), source: source(fault) },
        Report::Start(fault) if fault.step == DIRECTORY => {
            let what = Some(plan.directory.to_string_lossy().into_owned());
            JailError::Start { program, what, source: source(fault) }
        }
        Report::Start(fault) => JailError::Start { program, what: None, source: source(fault) },
        Report::Started | Report::Ended(_) => {
            JailError::Start { program, what: None, source: io::Error::other("its first process is confused") }
        }
    }
}

fn watch(fd: libc::c_int, events: libc::c_short) -> libc::pollfd {
    libc::pollfd { fd, events, revents: 0 }
}

fn milliseconds(time: Duration) -> libc::c_int {
    // Rounded up: a poll of nothing would be made again and again.
    libc::c_int::try_from(time.as_millis() + 1).unwrap_or(libc::c_int::MAX)
}

/// The jail's first process. Dropped, it is killed, and with it all others; they are gone when that is done.
struct First(Pid);

impl Drop for First {
    fn drop(&mut self) {
        // It may have ended by itself. Nobody else waits for it, so that its number is still its own.
        let _ = rustix::process::kill_process(self.0, Signal::KILL);
        while matches!(rustix::process::waitpid(Some(self.0), WaitOptions::empty()), Err(rustix::io::Errno::INTR)) {}
    }
}

/// A program that runs.
struct Watch<'a> {
    first: &'a First,
    limits: Limits,
    disk: Disk,
    deadline: Instant,
    report: PipeReader,
    /// What is still to be fed to it.
    input: Option<(PipeWriter, Vec<u8>)>,
    held: PipeReader,
    reason: Arc<OnceLock<Ending>>,
}

impl Watch<'_> {
    fn until_end(mut self) -> Ending {
        let mut counted = Instant::now();
        self.feed();
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let stdin = self.input.as_ref().map_or(-1, |(pipe, _)| pipe.as_raw_fd());
            let report = watch(self.report.as_raw_fd(), libc::POLLIN);
            let mut pipes = [report, watch(self.held.as_raw_fd(), 0), watch(stdin, libc::POLLOUT)];
            // A poll that failed was interrupted; nothing is ready then.
            let _ = sys::poll(&mut pipes, milliseconds(left.min(TICK)));
            let [report, held, stdin] = pipes.map(|pipe| pipe.revents != 0);
            if report {
                return self.ended();
            }
            if held {
                return self.reason.get().copied().unwrap_or(Ending::Killed);
            }
            if stdin {
                self.feed();
            }
            if Instant::now() >= self.deadline {
                return Ending::Limit(Limit::Time);
            }
            if counted.elapsed() >= TICK {
                if let Some(limit) = self.over() {
                    return Ending::Limit(limit);
                }
                counted = Instant::now();
            }
        }
    }

    fn over(&mut self) -> Option<Limit> {
        let used = census::count(self.first.0.as_raw_nonzero().get(), self.limits.processes);
        if used.tasks > self.limits.processes {
            return Some(Limit::Processes);
        }
        match used.memory > self.limits.memory {
            true => Some(Limit::Memory),
            false => self.disk.is_over().then_some(Limit::Disk),
        }
    }

    /// Writes what the pipe takes; closes it when that was all, or when nobody reads any more.
    fn feed(&mut self) {
        let Some((pipe, left)) = &mut self.input else { return };
        let written = if left.is_empty() { Ok(0) } else { pipe.write(left) };
        match written {
            Ok(length) if length < left.len() => drop(left.drain(..length)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            _ => self.input = None,
        }
    }

    /// How the program ended, by the word of the first process; without one that was killed from outside.
    fn ended(&mut self) -> Ending {
        // It may have ended for what it was about to be killed for, such as a pipe that nobody reads any more.
        if let Some(reason) = self.reason.get() {
            return *reason;
        }
        match read(&mut self.report) {
            Ok(Some(Report::Ended(status))) if libc::WIFSIGNALED(status) => match libc::WTERMSIG(status) {
                libc::SIGXCPU => Ending::Limit(Limit::Time),
                signal => Ending::Signal(signal),
            },
            Ok(Some(Report::Ended(status))) => Ending::Exited(libc::WEXITSTATUS(status)),
            _ => Ending::Killed,
        }
    }
}
