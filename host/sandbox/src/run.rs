//! One call, from its place in the line to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claudetools_policy::{Code, Refusal, RootKind};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use wasmtime::{CallHook, Store, UpdateDeadline};
use wasmtime_wasi::ResourceTable;

use crate::bindings::exports::claudetools::plugin::tool;
use crate::call::{Call, CallUsage, Event, Failure, Outcome};
use crate::ctx::Ctx;
use crate::ending::{self, Ended};
use crate::guard::{Guard, granted_roots};
use crate::input;
use crate::limits::{Meter, Reached};
use crate::own::{Artifacts, Log, State};
use crate::sandbox::{Loaded, Plugin, Shared};
use crate::scratch::Scratch;
use crate::wasi::{self, Http, Tail};

/// How long a call waits for others of its plugin. Longer, and a person should know rather than wait.
const IN_LINE: Duration = Duration::from_secs(2);

/// A call that was asked for.
pub(crate) struct Job {
    shared: Arc<Shared>,
    loaded: Arc<Loaded>,
    call: Call,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
    asked: Instant,
}

impl Job {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        plugin: &Plugin,
        call: Call,
        events: mpsc::Sender<Event>,
        cancel: CancellationToken,
    ) -> Self {
        let (shared, loaded) = (Arc::clone(shared), Arc::clone(&plugin.loaded));
        Self { shared, loaded, call, events, cancel, asked: Instant::now() }
    }

    /// Runs on a thread made for it: the guest's system calls are made right there, which is ten times
    /// faster than handing each to another thread, and a guest that spins holds up nobody else.
    pub(crate) fn start(self, outcome: oneshot::Sender<Outcome>) {
        let runtime = self.shared.runtime.clone();
        match Arc::clone(&self.loaded.line).try_acquire_owned() {
            Ok(permit) => drop(runtime.spawn_blocking(move || self.run(permit, outcome))),
            Err(_) => drop(runtime.spawn(self.wait(outcome))),
        }
    }

    /// Stands in line.
    async fn wait(self, outcome: oneshot::Sender<Outcome>) {
        let line = Arc::clone(&self.loaded.line);
        let failure = tokio::select! {
            permit = tokio::time::timeout(IN_LINE, line.acquire_owned()) => match permit {
                Ok(Ok(permit)) => {
                    let runtime = self.shared.runtime.clone();
                    runtime.spawn_blocking(move || self.run(permit, outcome));
                    return;
                }
                _ => ending::crowded(self.loaded.admitted.limits().concurrent),
            },
            () = self.cancel.cancelled() => ending::cancelled(),
        };
        let _ = outcome.send(Outcome::of(failure));
    }

    fn run(self, permit: OwnedSemaphorePermit, outcome: oneshot::Sender<Outcome>) {
        let id = self.call.id.clone();
        let runtime = self.shared.runtime.clone();
        // The process must outlive a bug of ours that a guest found.
        let ended = catch_unwind(AssertUnwindSafe(|| runtime.block_on(self.finish())));
        let ended = ended.unwrap_or_else(|_| {
            tracing::error!(call = %id, "the host panicked in a call");
            Outcome::of(Failure::Internal("the host failed in this call; its log has the reason".to_owned()))
        });
        drop(permit);
        let _ = outcome.send(ended);
    }

    async fn finish(self) -> Outcome {
        let asked = self.asked;
        let mut outcome = match self.prepare() {
            Ok((guard, input)) => self.guest(guard, input).await,
            Err(failure) => Outcome::of(failure),
        };
        outcome.usage.wall = asked.elapsed();
        outcome
    }

    /// Everything that can be refused before the guest exists.
    fn prepare(&self) -> Result<(Arc<Guard>, String), Failure> {
        let schema = self
            .loaded
            .schemas
            .get(&self.call.tool)
            .ok_or_else(|| Failure::refused(Code::CallerOrigin, "The plugin has no such tool."))?;
        input::check(&self.call.input, schema).map_err(Failure::Refused)?;
        let input = self.input().map_err(Failure::Refused)?;
        let made = self.made().map_err(|error| {
            tracing::error!(call = %self.call.id, %error, "no directory of its own");
            Failure::Internal("a directory of the call or its thread could not be made".to_owned())
        })?;
        let plugin = Arc::clone(&self.loaded.admitted);
        let roots = Arc::clone(&self.shared.roots);
        let (clients, standing) = (self.call.clients.clone(), self.call.standing.clone());
        Ok((Arc::new(Guard::new(plugin, &self.call.tool, roots, made, standing).about(clients)), input))
    }

    /// What the guest is given: the call's input, or for a tool that a `script` grant makes, the words of its command line
    /// and where it starts: `{"args": ["--user", "ann"], "directory": "/repo"}`.
    fn input(&self) -> Result<String, Refusal> {
        let Some(script) = self.loaded.admitted.script(&self.call.tool) else {
            return Ok(self.call.input.clone());
        };
        let input: serde_json::Value = serde_json::from_str(&self.call.input).unwrap_or_default();
        let args = script.arguments(&input)?;
        let directory = format!("/{}", script.file.root);
        Ok(serde_json::json!({ "args": args, "directory": directory }).to_string())
    }

    /// Makes or opens the directories that this call or its thread has for itself.
    fn made(&self) -> std::io::Result<Vec<Arc<Scratch>>> {
        let Shared { roots, scratch_dir, threads, .. } = &*self.shared;
        let made = granted_roots(&self.loaded.admitted, &self.call.tool).into_iter().filter_map(|name| {
            match roots.get(&name)?.root.kind {
                RootKind::PerCall { max_bytes } => Some(Scratch::make(scratch_dir, name, max_bytes).map(Arc::new)),
                RootKind::PerThread { max_bytes } => {
                    Some(threads.open(scratch_dir, &self.call.thread, name, max_bytes))
                }
                RootKind::Directory(_) => None,
            }
        });
        made.collect()
    }

    async fn guest(self, guard: Arc<Guard>, input: String) -> Outcome {
        let Self { shared, loaded, call, events, cancel, .. } = self;
        let limits = loaded.admitted.limits();
        let deadline = Instant::now() + limits.wall;
        let printed = Arc::new(Tail::default());
        let invocation = tool::Invocation {
            id: call.id.clone(),
            tool: call.tool,
            input,
            budget_ms: u32::try_from(limits.wall.as_millis()).unwrap_or(u32::MAX),
        };
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        let ctx = Ctx {
            table,
            wasi: wasi::context(&printed, loaded.admitted.env(guard.tool())),
            http: wasi::http_context(),
            egress: Http::new(&shared.egress, &loaded.admitted, &guard, deadline),
            guard: Arc::clone(&guard),
            meter: Meter::new(limits),
            events,
            log: Log::new(limits.log),
            state: State::new(call.state),
            artifacts: Artifacts::default(),
        };
        let mut store = Store::new(&shared.engine, ctx);
        limit(&mut store, limits.hostcall_bytes, deadline, cancel.clone());
        let ticking = shared.ticker.tick();
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Ended::Cancelled,
            () = tokio::time::sleep_until(deadline.into()) => Ended::Late,
            result = serve(&loaded, &mut store, &invocation) => match result {
                Ok(result) => Ended::Returned(result),
                Err(error) => Ended::Trapped(error),
            },
        };
        drop(ticking);
        let artifacts = std::mem::take(&mut store.data_mut().artifacts).into_files();
        let data = store.data();
        let result = ending::result(ended, data, limits, &guard, &ending::Words { call: &call.id, printed: &printed });
        let output_bytes = result.as_ref().map_or(0, ending::size);
        let (standing, held, made) = guard.desk().take();
        Outcome {
            standing,
            held,
            made,
            artifacts,
            usage: CallUsage {
                wall: Duration::ZERO,
                memory_peak: data.meter.memory_peak,
                hostcalls: data.meter.hostcalls,
                output_bytes,
            },
            state: data.state.changes(),
            effects: std::mem::take(&mut *guard.effects()),
            result,
        }
    }
}

async fn serve(
    loaded: &Loaded,
    store: &mut Store<Ctx>,
    invocation: &tool::Invocation,
) -> wasmtime::Result<Result<tool::Output, tool::Failure>> {
    let instance = loaded.guest.instantiate_async(&mut *store).await?;
    instance.claudetools_plugin_tool().call_call(store, invocation).await
}

/// Sets every limit that the store itself holds the guest to.
fn limit(store: &mut Store<Ctx>, hostcall_bytes: u64, deadline: Instant, cancel: CancellationToken) {
    store.limiter(|ctx| &mut ctx.meter);
    store.set_hostcall_fuel(usize::try_from(hostcall_bytes).unwrap_or(usize::MAX));
    store.call_hook(|mut ctx, hook| match hook {
        CallHook::CallingHost => ctx.data_mut().meter.hostcall().map_err(Into::into),
        CallHook::ReturningFromHost => ctx.data().held().map_err(Into::into),
        CallHook::CallingWasm | CallHook::ReturningFromWasm => Ok(()),
    });
    // A guest that sleeps is ended by the timer of its call; one that computes, here.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if cancel.is_cancelled() {
            let refusal = Refusal::new(Code::CallCancelled, "The call was stopped.");
            return Err(Reached(refusal).into());
        }
        if Instant::now() >= deadline {
            let refusal = Refusal::new(Code::LimitTime, "The call's time is used up.");
            return Err(Reached(refusal).into());
        }
        Ok(UpdateDeadline::Continue(1))
    });
}
