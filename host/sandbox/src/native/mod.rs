//! Native programs of a call: what the guest asks for becomes a decision, the decision a jail, the jail a stream.
//!
//! - `start` resolves the directory and decides, as for a file.
//! - `jailed` makes the jail out of the grant; `git` takes git the means to run what a repository brings.
//! - [`Native`] is a program that runs: its output comes as [`Moment`]s, and dropping it ends it.

mod git;
mod jailed;
mod start;

use std::io::{self, PipeReader, Read};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc as threads};
use std::thread;

use claudetools_egress::Proxy;
use claudetools_jail::{Ending, Killer, Limit, Running};
use claudetools_policy::{Code, JailLimits, Refusal};
use claudetools_secrets::{Scrub, StreamScrub};
use tokio::sync::mpsc;

use crate::effects::Subject;

/// Chunks that wait for the guest before the program waits.
const AHEAD: usize = 16;
/// Bytes of a chunk at most: what a pipe holds.
const CHUNK: usize = 64 << 10;

/// What a program did.
#[derive(Debug)]
pub(crate) enum Moment {
    Out(Vec<u8>),
    Err(Vec<u8>),
    Exited(i32),
    /// At a limit, or by a fault of the jail.
    Stopped(Refusal),
}

/// A program that runs. Dropping it kills every process of its jail and waits until they are gone: what it wrote into
/// is about to be removed.
#[derive(Debug)]
pub(crate) struct Native {
    line: String,
    killer: Killer,
    /// Closed when no process of the jail is left.
    gone: Mutex<threads::Receiver<()>>,
    /// Served as long as it runs.
    _proxy: Option<Proxy>,
}

impl Native {
    /// Follows a program that was started. `line` is what people read of it. Fails, and ends it, where the machine has
    /// no thread left.
    pub(crate) fn follow(
        mut running: Running,
        line: String,
        limits: JailLimits,
        proxy: Option<Proxy>,
        scrub: &Scrub,
    ) -> io::Result<(Self, mpsc::Receiver<Moment>)> {
        let (sender, moments) = mpsc::channel(AHEAD);
        let killer = running.killer();
        let streams = [(running.stdout.take(), Moment::Out as fn(_) -> _), (running.stderr.take(), Moment::Err)];
        let budget = Arc::new(AtomicU64::new(limits.output));
        let readers: Vec<_> = streams
            .into_iter()
            .filter_map(|(pipe, moment)| Some((pipe?, moment)))
            .map(|(pipe, moment)| {
                let (budget, sender, killer) = (Arc::clone(&budget), sender.clone(), killer.clone());
                let pump = Pump { pipe, moment, scrub: scrub.stream(), budget, sender, killer };
                thread::Builder::new().spawn(move || pump.run())
            })
            .collect::<io::Result<_>>()?;
        let name = line.clone();
        let (here, gone) = threads::channel();
        thread::Builder::new().spawn(move || {
            let ending = running.wait();
            drop::<threads::Sender<()>>(here);
            readers.into_iter().for_each(|reader| drop(reader.join()));
            // A guest that is gone wants no end.
            let _ = sender.blocking_send(told(ending, &name, &limits));
        })?;
        Ok((Self { line, killer, gone: Mutex::new(gone), _proxy: proxy }, moments))
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject::Program(self.line.clone())
    }

    /// What is said where nobody saw the end.
    pub(crate) fn lost(&self) -> Refusal {
        Refusal::new(Code::ExecJail, format!("The end of `{}` was not seen.", self.line))
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        self.killer.kill();
        // Not for the readers: one of them may wait for a guest that never reads, until the receiver is dropped too.
        let _ = self.gone.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
    }
}

/// Carries one stream.
struct Pump {
    pipe: PipeReader,
    moment: fn(Vec<u8>) -> Moment,
    /// Takes out the secrets that the program was given.
    scrub: StreamScrub,
    budget: Arc<AtomicU64>,
    sender: mpsc::Sender<Moment>,
    killer: Killer,
}

impl Pump {
    fn run(mut self) {
        let mut chunk = vec![0; CHUNK];
        while let Ok(read @ 1..) = self.pipe.read(&mut chunk) {
            let taken = |left: u64| left.checked_sub(read as u64);
            if self.budget.fetch_update(Relaxed, Relaxed, taken).is_err() {
                self.killer.exceeded(Limit::Output);
                return;
            }
            let clean = self.scrub.push(&chunk[..read]);
            if !self.pass_on(clean) {
                return;
            }
        }
        let rest = self.scrub.finish();
        self.pass_on(rest);
    }

    /// False when nobody reads any more.
    fn pass_on(&self, bytes: Vec<u8>) -> bool {
        bytes.is_empty() || self.sender.blocking_send((self.moment)(bytes)).is_ok()
    }
}

fn told(ending: Ending, line: &str, limits: &JailLimits) -> Moment {
    let stopped = |code, what: String| Moment::Stopped(Refusal::new(code, format!("`{line}` {what}.")));
    match ending {
        Ending::Exited(status) => Moment::Exited(status),
        Ending::Signal(signal) => Moment::Exited(128 + signal),
        Ending::Limit(Limit::Time) => {
            stopped(Code::LimitTime, format!("took longer than its jail allows ({} s)", limits.wall.as_secs_f32()))
        }
        Ending::Limit(Limit::Memory) => {
            stopped(Code::LimitMemory, format!("took more memory than its jail allows ({} bytes)", limits.memory))
        }
        Ending::Limit(Limit::Processes) => {
            stopped(Code::LimitPids, format!("started more processes than its jail allows ({})", limits.pids))
        }
        Ending::Limit(Limit::Disk) => {
            stopped(Code::LimitDisk, "wrote more files than the directories of its call may hold".to_owned())
        }
        Ending::Limit(Limit::Output) => {
            stopped(Code::LimitOutput, format!("wrote more than its jail allows ({} bytes)", limits.output))
        }
        Ending::Killed => stopped(Code::CallCancelled, "was stopped".to_owned()),
    }
}
