//! A sandbox with small limits, kept for all runs.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use claudetools_egress::{Egress, Resolve};
use claudetools_policy::{Admission, Policy, Refusal, admit};
use claudetools_sandbox::{Call, Compiler, Failure, Outcome, Plugin, Roots, Sandbox, Settings, inspect};
use tokio::runtime::Runtime;

use super::{component, program};
use crate::fixture::is_fit_to_show;
use crate::manifest::with_section;

pub use crate::fixture::MANIFEST;

/// The most bytes of an output.
const OUTPUT: u64 = 64 << 10;
/// Everything that the manifest asks for, in small measures.
const POLICY: &str = r#"schema = 1
[roots.repo]
[plugin.guest]
limit = { memory = "2MiB", wall = "50ms", hostcalls = 500, hostcall_bytes = "128KiB", handles = 16, output = "64KiB", log = "1KiB" }
[[plugin.guest.grant]]
id = "repo"
why = "for checks"
kind = "fs"
root = "repo"
access = ["read", "list", "create", "modify", "delete", "rename"]
allow = ["**"]
max_file = "64KiB"
[[plugin.guest.grant]]
id = "state"
why = "for checks"
kind = "state"
"#;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new().expect("a sandbox can be made"));

struct World {
    runtime: Runtime,
    policy: Policy,
    sandbox: Sandbox,
    good: Plugin,
    places: tempfile::TempDir,
}

/// Nobody has an address here.
struct Nowhere;

#[async_trait]
impl Resolve for Nowhere {
    async fn resolve(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(Vec::new())
    }
}

/// Inspects, admits, compiles and calls it.
pub fn run(bytes: &[u8]) {
    let world = &*WORLD;
    let loaded = world.runtime.block_on(load(&world.sandbox, &world.policy, bytes));
    match loaded {
        Ok(plugin) => ended_as_it_may(&world.call(&plugin)),
        Err(reasons) => reasons.iter().for_each(is_fit_to_show),
    }
    world.clean();
    let answer = world.call(&world.good);
    assert!(answer.result.is_ok(), "the host does not go on: {answer:?}");
}

fn ended_as_it_may(outcome: &Outcome) {
    match &outcome.result {
        Ok(output) => {
            let bytes = outcome.usage.output_bytes;
            assert!(bytes <= 2 * OUTPUT && output.summary.len() <= 200, "{bytes} bytes, {:?}", output.summary);
        }
        Err(Failure::Refused(refusal)) => is_fit_to_show(refusal),
        Err(Failure::Internal(words)) => assert!(!words.contains("ended without an outcome"), "the host panicked"),
        Err(Failure::Invalid(_) | Failure::Unavailable(_)) => {}
    }
    assert!(outcome.usage.memory_peak <= 2 << 20, "{:?}", outcome.usage);
}

async fn load(sandbox: &Sandbox, policy: &Policy, bytes: &[u8]) -> Result<Plugin, Vec<Refusal>> {
    let found = inspect(bytes).map_err(|refusal| vec![refusal])?;
    match admit(found, policy, true) {
        Admission::Admitted(admitted) => sandbox.load(bytes, admitted).await.map_err(|refusal| {
            assert!(!refusal.message.contains("crashed"), "{refusal:?}");
            vec![refusal]
        }),
        Admission::Quarantined(reasons) => Err(reasons),
    }
}

impl World {
    fn new() -> io::Result<Self> {
        let places = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let policy = Policy::parse(POLICY).map_err(io::Error::other)?;
        std::fs::create_dir(places.path().join("repo"))?;
        let sandbox = {
            let _inside = runtime.enter();
            sandbox(&policy, places.path()).map_err(io::Error::other)?
        };
        let good = component::of(&program::module(&[])).map(|bytes| with_section(&bytes, MANIFEST.as_bytes()));
        let good = good.ok_or_else(|| io::Error::other("an empty program is a component"))?;
        let good =
            runtime.block_on(load(&sandbox, &policy, &good)).map_err(|why| io::Error::other(format!("{why:?}")))?;
        Ok(Self { runtime, policy, sandbox, good, places })
    }

    fn call(&self, plugin: &Plugin) -> Outcome {
        let call = Call { id: "call".to_owned(), tool: "Try".to_owned(), input: "{}".to_owned(), ..Call::default() };
        self.runtime.block_on(async { self.sandbox.call(plugin, call).outcome().await })
    }

    /// Every run begins with the same file, and leaves no code behind.
    fn clean(&self) {
        for place in ["repo", "code"] {
            let place = self.places.path().join(place);
            for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
                let _ = std::fs::remove_dir_all(entry.path()).or_else(|_| std::fs::remove_file(entry.path()));
            }
        }
        let _ = std::fs::write(self.places.path().join("repo/a"), "text");
    }
}

fn sandbox(policy: &Policy, places: &Path) -> Result<Sandbox, Box<dyn std::error::Error + Send + Sync>> {
    let roots = Roots::open(policy, BTreeMap::from([("repo".to_owned(), places.join("repo"))]))?;
    let egress = Egress::new(Nowhere, &[], Arc::default())?;
    let settings =
        Settings { cache_dir: places.join("code"), scratch_dir: places.join("scratch"), compiler: Compiler::InProcess };
    Ok(Sandbox::new(settings, Arc::new(roots), Arc::new(egress))?)
}
