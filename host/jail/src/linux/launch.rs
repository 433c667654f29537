//! Starting a program: everything is prepared, then a thread of its own makes the jail and stays with it.

use std::ffi::OsString;
use std::io::{self, PipeReader, PipeWriter, pipe};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use super::disk::Disk;
use super::plan::Plan;
use super::supervise::{self, Ends, Task};
use super::{census, program};
use crate::error::JailError;
use crate::jail::{Jail, Net, Program};
use crate::layer::Layer;
use crate::running::{Killer, Leash, Running};

/// Starts a program in a jail.
pub(crate) fn start(
    jail: &Jail,
    program: &Program,
    args: &[OsString],
    directory: &Path,
    input: Vec<u8>,
) -> Result<Running, JailError> {
    let verified = program::verify(program)?;
    let plan = Plan::new(jail, (program, &verified), args, directory)?;
    census::works().map_err(|source| JailError::Layer { layer: Layer::Watch, what: None, source })?;
    let unstarted = |source| JailError::Start { program: program.path.clone(), what: None, source };
    let (ours, theirs) = pipes(jail.net).map_err(unstarted)?;
    let (rope, held) = pipe_pair().map_err(unstarted)?;
    let reason = Arc::new(OnceLock::new());
    let (sender, started) = mpsc::sync_channel(1);
    let task = Task {
        plan,
        program: program.path.clone(),
        disk: Disk::of(jail),
        limits: jail.limits,
        ends: theirs,
        report: ours.report,
        channel: ours.channel,
        input: (ours.stdin, input),
        held,
        reason: Arc::clone(&reason),
        started: sender,
    };
    let thread = std::thread::Builder::new().name("jail".to_owned());
    let supervisor = thread.spawn(move || supervise::run(task)).map_err(unstarted)?;
    let leash = Leash { killer: Killer::new(rope, reason), supervisor: Some(supervisor) };
    // A supervisor that is gone without a word has failed; the leash then waits for its end.
    let gone = || unstarted(io::Error::other("its supervisor ended"));
    let proxy = started.recv().map_err(|_| gone())??;
    Ok(Running { stdout: Some(ours.stdout), stderr: Some(ours.stderr), proxy, leash })
}

/// What the first process may take to build the jail, before it is taken to hang on a dead file system.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Our ends of the pipes.
struct Ours {
    stdin: PipeWriter,
    stdout: PipeReader,
    stderr: PipeReader,
    report: PipeReader,
    channel: Option<UnixStream>,
}

fn pipes(net: Net) -> io::Result<(Ours, Ends)> {
    let ((stdin_writer, stdin), (stdout_writer, stdout)) = (pipe_pair()?, pipe_pair()?);
    let ((stderr_writer, stderr), (report_writer, report)) = (pipe_pair()?, pipe_pair()?);
    rustix::fs::fcntl_setfl(&stdin_writer, rustix::fs::OFlags::NONBLOCK)?;
    let (channel, sender) = match net {
        Net::None => (None, None),
        Net::Proxy { .. } => UnixStream::pair().map(|(one, other)| (Some(one), Some(other)))?,
    };
    let ends = Ends {
        standard: [above_standard(stdin)?, above_standard(stdout_writer)?, above_standard(stderr_writer)?],
        report: above_standard(report_writer)?,
        channel: sender.map(above_standard).transpose()?,
    };
    Ok((Ours { stdin: stdin_writer, stdout, stderr, report, channel }, ends))
}

fn pipe_pair() -> io::Result<(PipeWriter, PipeReader)> {
    let (reader, writer) = pipe()?;
    Ok((writer, reader))
}

/// The same with a number above the standard three, which the child overwrites.
fn above_standard(end: impl AsFd) -> io::Result<OwnedFd> {
    Ok(rustix::io::fcntl_dupfd_cloexec(end, 3)?)
}

impl Ends {
    /// Their numbers, sorted.
    pub(super) fn numbers(&self) -> Vec<RawFd> {
        let all = self.standard.iter().chain([&self.report]).chain(&self.channel);
        let mut numbers: Vec<_> = all.map(AsRawFd::as_raw_fd).collect();
        numbers.sort_unstable();
        numbers
    }
}
