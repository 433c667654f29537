//! The one engine, and the thread that interrupts guests.

use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// How often a running guest is asked whether it may go on. A call ends this much after its time at worst.
const TICK: Duration = Duration::from_millis(10);

/// Calls at once over all plugins: each holds one stack, and at least one memory of the pool.
const MAX_CALLS: u32 = 256;

/// The largest memory that `limits.memory` can grant: what a pool slot reserves (not uses).
const MAX_MEMORY: usize = 1 << 30;

/// The largest table that `limits.table` can grant. Interpreters such as CPython need about 10,000.
const MAX_TABLE: usize = 100_000;

/// Modules, memories and tables of one component: interpreters made of several modules have a dozen.
const MAX_PARTS: u32 = 64;

/// Stays resident in a memory slot between calls. 64 KiB measured fastest: less is paged in again, more is
/// cleared by hand.
const KEEP_RESIDENT: usize = 64 << 10;

/// What decides how code is compiled: the same for the process that runs it and the child that compiles it.
fn compiling() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model(true)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_tail_call(false)
        .wasm_multi_memory(true)
        .generate_address_map(false)
        .native_unwind_info(false)
        .cranelift_opt_level(OptLevel::Speed);
    config
}

/// An engine that compiles and runs nothing: it reserves no memory.
pub(crate) fn compiler() -> wasmtime::Result<Engine> {
    Engine::new(&compiling())
}

/// The engine that runs guests, with a pool of instances.
pub(crate) fn runner() -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .total_component_instances(MAX_CALLS)
        .total_core_instances(MAX_CALLS * 4)
        .total_memories(MAX_CALLS)
        .total_tables(MAX_CALLS * 4)
        .total_stacks(MAX_CALLS)
        .max_core_instances_per_component(MAX_PARTS)
        .max_memories_per_component(MAX_PARTS)
        .max_tables_per_component(MAX_PARTS)
        .max_memories_per_module(MAX_PARTS)
        .max_tables_per_module(MAX_PARTS)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .max_memory_size(MAX_MEMORY)
        .table_elements(MAX_TABLE);
    let mut config = compiling();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// Ticks the engine's epoch while a call runs, and sleeps while none does.
#[derive(Debug)]
pub(crate) struct Ticker {
    running: Mutex<usize>,
    woken: Condvar,
}

/// Keeps the epoch ticking while it lives.
pub(crate) struct Ticking(Arc<Ticker>);

impl Ticker {
    /// Starts the thread. It ends when the ticker and the engine are gone.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Arc<Self>> {
        let ticker = Arc::new(Self { running: Mutex::new(0), woken: Condvar::new() });
        let (weak, engine) = (Arc::downgrade(&ticker), engine.weak());
        std::thread::Builder::new().name("wasm-ticker".to_owned()).spawn(move || {
            while tick(&weak) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => return,
                }
            }
        })?;
        Ok(ticker)
    }

    /// Ticks until the answer is dropped.
    pub(crate) fn tick(self: &Arc<Self>) -> Ticking {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running += 1;
        if *running == 1 {
            self.woken.notify_one();
        }
        Ticking(Arc::clone(self))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
    }
}

/// Waits for a call, then for one tick. False when nobody can call any more.
fn tick(ticker: &Weak<Ticker>) -> bool {
    let Some(ticker) = ticker.upgrade() else {
        return false;
    };
    let running = ticker.running.lock().unwrap_or_else(PoisonError::into_inner);
    if *running == 0 {
        // With a timeout, so that the end of the ticker is seen.
        let idle = Duration::from_secs(1);
        drop(ticker.woken.wait_timeout(running, idle).unwrap_or_else(PoisonError::into_inner));
    } else {
        drop(running);
    }
    drop(ticker);
    std::thread::sleep(TICK);
    true
}
