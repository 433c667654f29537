//! One run of the shell.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bashkit::{Bash, Error, ExecutionLimits, LimitExceeded, MemoryLimits, SessionLimits};

use crate::files::Files;
use crate::mend;
use crate::native::Programs;

/// Bytes that pipes, substitutions and variables in the making may hold together.
const MAX_LIVE_BYTES: u64 = 48 << 20;
/// Bytes of each stream; what comes after them is dropped.
const MAX_OUTPUT_BYTES: usize = 32 << 20;
/// Steps of the parser: a script of a megabyte needs fewer.
const MAX_PARSER_OPERATIONS: usize = 5_000_000;

/// Where output goes as it comes.
pub trait Sink: Send + Sync {
    /// Takes bytes of the standard output.
    fn stdout(&self, bytes: &[u8]);
    /// Takes bytes of the standard error.
    fn stderr(&self, bytes: &[u8]);
}

/// What is to be run.
pub struct Run<'a> {
    /// The script.
    pub script: &'a str,
    /// The absolute directory that it starts in.
    pub directory: &'a Path,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether both streams are one, so that errors stand where they happened.
    pub together: bool,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub status: i32,
    /// The directory that it ended in.
    pub directory: PathBuf,
    /// Whether it was stopped because its time was over.
    pub timed_out: bool,
}

/// Runs a script over files.
pub async fn run(run: &Run<'_>, files: Files, sink: &dyn Sink) -> Ended {
    let home = files.home();
    let mut bash = bash(run, files, home);
    let script = mend::mended(run.script);
    let streams = if run.together { "exec 2>&1\n" } else { "" };
    let result = match bash.exec(&format!("{}{streams}", mend::VARIABLES)).await {
        Ok(_) => execute(&mut bash, &script, sink).await,
        Err(error) => Err(error),
    };
    let directory = bash.shell_state_view().cwd.clone();
    let (status, timed_out) = match result {
        Ok(status) => (status, false),
        Err(Error::ResourceLimit(LimitExceeded::Timeout(_))) => (124, true),
        Err(error) => {
            sink.stderr(format!("bash: {error}\n").as_bytes());
            (if matches!(error, Error::Parse { .. }) { 2 } else { 1 }, false)
        }
    };
    Ended { status, directory, timed_out }
}

async fn execute(bash: &mut Bash, script: &str, sink: &dyn Sink) -> Result<i32, Error> {
    let execution = bash.execute(script).stdout_fn(|bytes| {
        sink.stdout(&bytes);
        ready(Ok(()))
    });
    let execution = execution.stderr_fn(|bytes| {
        sink.stderr(&bytes);
        ready(Ok(()))
    });
    execution.await.map(|result| result.exit_code)
}

fn bash(run: &Run<'_>, files: Files, home: &str) -> Bash {
    let builder = Bash::builder()
        .fs(Arc::new(files))
        .cwd(run.directory)
        .username("user")
        .hostname("sandbox")
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("PATH", "/usr/bin:/bin")
        .limits(limits(run.timeout))
        .session_limits(SessionLimits::unlimited())
        .memory_limits(MemoryLimits::unlimited())
        .builtin_filter(mend::is_kept)
        .command_resolver(Arc::new(Programs));
    let mended = mend::builtins(run.script).into_iter();
    mended.fold(builder, |builder, (name, builtin)| builder.builtin(name, builtin)).build()
}

/// The host's time and memory are what really bounds a script; these stop it with a sentence before that.
fn limits(timeout: Duration) -> ExecutionLimits {
    ExecutionLimits::cli()
        .timeout(timeout)
        .max_work_units(u64::MAX)
        .max_aggregate_input_bytes(u64::MAX)
        .max_live_intermediate_bytes(MAX_LIVE_BYTES)
        .max_stdout_bytes(MAX_OUTPUT_BYTES)
        .max_stderr_bytes(MAX_OUTPUT_BYTES)
        .max_parser_operations(MAX_PARSER_OPERATIONS)
}
