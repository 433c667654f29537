//! The sandbox: loads plugins, starts calls.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools_egress::Egress;
use claudetools_policy::{Admitted, Code, Digest, PluginPolicy, Refusal};
use jsonschema::Validator;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use wasmtime::Engine;
use wasmtime::component::Linker;

use crate::bindings::SandboxPre;
use crate::call::{Call, Running};
use crate::compile::{Cache, Compiler};
use crate::ctx::Ctx;
use crate::engine::{self, Ticker};
use crate::roots::{Roots, RootsError};
use crate::run::Job;
use crate::scratch::Threads;
use crate::{contract, scratch, wasi};

/// Events that wait for their reader before appended text and log lines make the guest wait.
const EVENTS: usize = 64;

/// Where the sandbox keeps what it makes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Compiled components. Made for its owner only; must not be writable by anybody else, nor lie in a root.
    pub cache_dir: PathBuf,
    /// Directories of single calls, and `threads` of threads. What an earlier process left there of calls is removed, and of
    /// threads that were long unused. Not inside a root.
    pub scratch_dir: PathBuf,
    /// Where components are compiled.
    pub compiler: Compiler,
}

/// Why the sandbox cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// It was made outside of a tokio runtime.
    #[error("the sandbox needs a tokio runtime")]
    NoRuntime,
    /// A directory cannot be made or used.
    #[error("the directory {}: {source}", path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A directory of the sandbox lies in a root, where a plugin could reach it.
    #[error(transparent)]
    Inside(#[from] RootsError),
    /// wasmtime does not work on this machine.
    #[error("wasmtime cannot start: {0}")]
    Engine(String),
}

/// Runs plugins. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

/// What all calls share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) ticker: Arc<Ticker>,
    pub(crate) roots: Arc<Roots>,
    pub(crate) egress: Arc<Egress>,
    pub(crate) scratch_dir: PathBuf,
    pub(crate) threads: Threads,
    pub(crate) runtime: Handle,
    linker: Linker<Ctx>,
    cache: Cache,
}

/// A loaded plugin, ready to be called. Cheap to clone.
#[derive(Clone)]
pub struct Plugin {
    pub(crate) loaded: Arc<Loaded>,
}

/// What all calls of a plugin share.
pub(crate) struct Loaded {
    pub(crate) admitted: Arc<Admitted>,
    pub(crate) guest: SandboxPre<Ctx>,
    pub(crate) schemas: Arc<BTreeMap<String, Validator>>,
    /// As many permits as calls may run at once.
    pub(crate) line: Arc<Semaphore>,
}

impl Plugin {
    /// What it was admitted as.
    pub fn admitted(&self) -> &Admitted {
        &self.loaded.admitted
    }

    /// The same code under another table of `plugins.toml`. Calls that run keep the table they began with; the
    /// place in line is shared as long as as many may run at once.
    pub fn under(&self, policy: PluginPolicy) -> Result<Self, Refusal> {
        let Loaded { admitted, guest, line, .. } = &*self.loaded;
        let admitted = Admitted { policy, ..Admitted::clone(admitted) };
        let same_line = admitted.limits().concurrent == self.admitted().limits().concurrent;
        let line = if same_line { Arc::clone(line) } else { line_of(&admitted) };
        let (guest, schemas) = (guest.clone(), Arc::new(schemas(&admitted)?));
        Ok(Self { loaded: Arc::new(Loaded { admitted: Arc::new(admitted), guest, schemas, line }) })
    }
}

/// As many permits as calls may run at once.
fn line_of(admitted: &Admitted) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(admitted.limits().concurrent as usize))
}

impl std::fmt::Debug for Plugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Plugin").field(&self.admitted().found.manifest.name).finish()
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("roots", &self.shared.roots).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Makes the directories and starts the engine. To be called within a tokio runtime, on which calls run. `egress`
    /// is the only way out of every plugin.
    pub fn new(settings: Settings, roots: Arc<Roots>, egress: Arc<Egress>) -> Result<Self, SandboxError> {
        let runtime = Handle::try_current().map_err(|_| SandboxError::NoRuntime)?;
        let Settings { cache_dir, scratch_dir, compiler } = settings;
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SandboxError::Directory { path, source }
        };
        let cache = Cache::open(&cache_dir, compiler).map_err(failed(&cache_dir))?;
        scratch::sweep(&scratch_dir).map_err(failed(&scratch_dir))?;
        roots.check_outside("the cache of compiled plugins", &cache_dir)?;
        roots.check_outside("the scratch directory", &scratch_dir)?;
        let broken = |error: wasmtime::Error| SandboxError::Engine(format!("{error:#}"));
        let engine = engine::runner().map_err(broken)?;
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker).map_err(broken)?;
        let ticker = Ticker::start(&engine).map_err(|error| SandboxError::Engine(error.to_string()))?;
        let threads = Threads::default();
        let shared = Shared { engine, ticker, roots, egress, scratch_dir, threads, runtime, linker, cache };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Compiles exactly these bytes, or takes the code that was kept of them, and prepares calls.
    ///
    /// Runs no code of the plugin. Refuses with `supply.digest` when these are not the admitted bytes,
    /// `proto.export` when they cannot be compiled or do not export the contract, `supply.import` when they
    /// import what there is not, and `supply.strings` when a schema is none.
    pub async fn load(&self, bytes: &[u8], admitted: Admitted) -> Result<Plugin, Refusal> {
        let digest = Digest::of(bytes);
        if digest != admitted.found.component {
            return Err(Refusal::new(Code::SupplyDigest, "The bytes are not the admitted ones."));
        }
        let schemas = Arc::new(schemas(&admitted)?);
        let shared = Arc::clone(&self.shared);
        let bytes = bytes.to_owned();
        let compiled = self.shared.runtime.spawn_blocking(move || shared.prepare(&bytes, &digest)).await;
        let crashed = |_| Refusal::new(Code::ProtoExport, "The compiler crashed on the component.");
        let guest = compiled.map_err(crashed)??;
        let line = line_of(&admitted);
        Ok(Plugin { loaded: Arc::new(Loaded { admitted: Arc::new(admitted), guest, schemas, line }) })
    }

    /// Keeps a file of a thread in the policy's root of `kind = "per-thread"`, as large as that may still grow, and
    /// answers its path as guests know it. A name that is taken gets a number. Nothing is written over. Blocks.
    pub fn keep(&self, thread: &str, name: &str, data: &[u8]) -> Result<String, Refusal> {
        let Shared { roots, scratch_dir, threads, .. } = &*self.shared;
        let (root, max_bytes) = roots
            .per_thread()
            .ok_or_else(|| Refusal::new(Code::FsNotGranted, "plugins.toml has no root of `kind = \"per-thread\"`."))?;
        let unwritable = |error: std::io::Error| {
            Refusal::new(Code::FsNotGranted, format!("The thread's directory can't be written: {error}."))
        };
        let scratch = threads.open(scratch_dir, thread, root.clone(), max_bytes).map_err(unwritable)?;
        let name = scratch.add(name, data)?;
        Ok(format!("/{root}/{name}"))
    }

    /// Starts a call. It runs until it ends, is cancelled, reaches a limit, or its [`Running`] is dropped.
    ///
    /// Whether the caller may call the tool is not asked here: ask `may_call` of policy first.
    pub fn call(&self, plugin: &Plugin, call: Call) -> Running {
        let (events, received) = mpsc::channel(EVENTS);
        let (sender, outcome) = oneshot::channel();
        let cancel = CancellationToken::new();
        let job = Job::new(&self.shared, plugin, call, events, cancel.clone());
        job.start(sender);
        Running { events: received, outcome, guard: cancel.clone().drop_guard(), cancel }
    }
}

impl Shared {
    fn prepare(&self, bytes: &[u8], digest: &Digest) -> Result<SandboxPre<Ctx>, Refusal> {
        let component = self.cache.component(&self.engine, bytes, digest)?;
        let linked = self.linker.instantiate_pre(&component).map_err(|error| {
            let message = "The component imports something that the host does not have.";
            Refusal::new(Code::SupplyImport, message).hinted(format!("{error:#}"))
        })?;
        let wrong = |hint: String| {
            let message = "The component does not export `claudetools:plugin/tool` as the contract has it.";
            Refusal::new(Code::ProtoExport, message).hinted(hint)
        };
        contract::check(&self.engine, &component).map_err(wrong)?;
        SandboxPre::new(linked).map_err(|error| wrong(format!("{error:#}")))
    }
}

fn schemas(admitted: &Admitted) -> Result<BTreeMap<String, Validator>, Refusal> {
    let compiled = admitted.tools().map(|tool| match jsonschema::validator_for(&tool.input_schema) {
        Ok(validator) => Ok((tool.name.clone(), validator)),
        Err(error) => {
            let message = format!("The input schema of the tool `{}` is not a JSON Schema.", tool.name);
            Err(Refusal::new(Code::SupplyStrings, message).hinted(error.to_string()))
        }
    });
    compiled.collect()
}
