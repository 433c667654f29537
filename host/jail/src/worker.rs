//! Our own program, as a child that can be killed.
//!
//! A worker is trusted and works on what is not: our compiler on a plugin's bytes. It is confined by what
//! every Linux has, so that plugins load also where no namespaces are to be had. It is no [`Jail`](crate::Jail):
//! it sees the host's files as its user does.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

#[cfg_attr(not(target_os = "linux"), path = "worker/nowhere.rs")]
mod confine;

/// The most of standard error that is kept: the last words of a compiler.
const MAX_STDERR: u64 = 64 << 10;

/// What the operating system holds a worker to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerLimits {
    /// Bytes of address space. Default 4 GiB.
    pub address_space: u64,
    /// Processor time. Default 5 minutes.
    pub cpu: Duration,
    /// Bytes of any file it writes. Default 0: it writes no files.
    pub file_size: u64,
}

impl Default for WorkerLimits {
    fn default() -> Self {
        Self { address_space: 4 << 30, cpu: Duration::from_secs(300), file_size: 0 }
    }
}

/// A program of ours to be run as a child that can be killed.
#[derive(Debug)]
pub struct Worker {
    program: PathBuf,
    args: Vec<OsString>,
    limits: WorkerLimits,
    wall: Duration,
    max_output: u64,
}

/// What a program that ended by itself left.
#[derive(Debug)]
pub struct Done {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// The first 64 KiB of its standard error.
    pub stderr: Vec<u8>,
}

/// Why a worker did not end by itself.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It could not be started, or its pipes broke.
    #[error("`{}` could not be run: {source}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It took too long and was killed.
    #[error("it was killed after {0:?}")]
    Time(Duration),
    /// It wrote too much and was killed.
    #[error("it was killed after {0} bytes of output")]
    Output(u64),
}

impl Worker {
    /// A program by its path; no `PATH` is searched. Defaults: [`WorkerLimits::default`], five minutes of wall
    /// time, 64 MiB of output, no arguments.
    pub fn new(program: &Path) -> Self {
        Self {
            program: program.to_owned(),
            args: Vec::new(),
            limits: WorkerLimits::default(),
            wall: Duration::from_secs(300),
            max_output: 64 << 20,
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Sets what the operating system holds it to.
    pub fn limits(mut self, limits: WorkerLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long it may take.
    pub fn wall(mut self, wall: Duration) -> Self {
        self.wall = wall;
        self
    }

    /// Sets how much it may write to its standard output.
    pub fn max_output(mut self, bytes: u64) -> Self {
        self.max_output = bytes;
        self
    }

    /// Runs it with `input` on its standard input, and waits for its end. Blocks the thread.
    pub fn run(self, input: &[u8]) -> Result<Done, WorkerError> {
        let mut child = Group(self.spawn().map_err(|source| self.failed(source))?);
        let (stdin, stdout, stderr) = (child.0.stdin.take(), child.0.stdout.take(), child.0.stderr.take());
        let deadline = Instant::now() + self.wall;
        std::thread::scope(|scope| {
            // It may end without reading everything; its output says why.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            let errors = scope.spawn(move || read(stderr, MAX_STDERR));
            let (sender, output) = mpsc::channel();
            let most = self.max_output + 1;
            scope.spawn(move || sender.send(read(stdout, most)));
            let stdout = self.output(&output, deadline);
            let status = stdout.and_then(|stdout| Ok((self.end(&mut child.0, deadline)?, stdout)));
            // Whatever the other threads still wait for ends with the group.
            drop(child);
            let (status, stdout) = status?;
            let stderr = errors.join().ok().and_then(Result::ok).unwrap_or_default();
            Ok(Done { status, stdout, stderr })
        })
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that starts a program")]
    fn spawn(&self) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        confine::confine(&mut command, self.limits)?;
        command.spawn()
    }

    /// Waits until standard output is closed.
    fn output(
        &self,
        output: &mpsc::Receiver<std::io::Result<Vec<u8>>>,
        deadline: Instant,
    ) -> Result<Vec<u8>, WorkerError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = match output.recv_timeout(left) {
            Ok(bytes) => bytes.map_err(|source| self.failed(source))?,
            Err(_) => return Err(WorkerError::Time(self.wall)),
        };
        if bytes.len() as u64 > self.max_output {
            return Err(WorkerError::Output(self.max_output));
        }
        Ok(bytes)
    }

    /// Waits until the program has ended, which it does soon after it closed its output.
    fn end(&self, child: &mut Child, deadline: Instant) -> Result<ExitStatus, WorkerError> {
        loop {
            if let Some(status) = child.try_wait().map_err(|source| self.failed(source))? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(WorkerError::Time(self.wall));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn failed(&self, source: std::io::Error) -> WorkerError {
        WorkerError::Run { program: self.program.clone(), source }
    }
}

/// A child whose whole group is killed when this is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        confine::kill(&self.0);
        // Killed, it ends at once; waiting frees its number.
        let _ = self.0.wait();
    }
}

fn read(pipe: Option<impl Read>, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match pipe {
        Some(pipe) => pipe.take(most).read_to_end(&mut bytes).map(|_| bytes),
        None => Ok(bytes),
    }
}
