//! A trivial tool call through the whole sandbox, against the same component called by wasmtime alone.
//!
//! `cargo bench -p claudetools-sandbox --bench call` prints criterion's report, and then the percentiles of
//! both and their ratio.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/guest/mod.rs"]
#[expect(dead_code, reason = "it uses a part of what the other tests do")]
mod guest;

use std::time::{Duration, Instant};

use criterion::Criterion;
use guest::{House, call, component};
use tokio::runtime::Runtime;
use wasmtime::component::{Component, InstancePre, Linker, Val};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store};

/// Calls whose percentiles are printed.
const CALLS: usize = 5000;

/// Calls that live at once while their memory is measured.
const LIVE: u64 = 100;

const ANSWER: &str = "(call $answer (local.get $input) (local.get $input-len))";

fn main() {
    let runtime = Runtime::new().unwrap();
    let bytes = component("", ANSWER, "");
    let house = runtime.block_on(async { House::new("", "") });
    let plugin = runtime.block_on(house.load(&bytes));
    let ours = || runtime.block_on(async { house.sandbox.call(&plugin, call("{}")).outcome().await.result.unwrap() });
    let (engine, bare) = bare(&bytes);
    let theirs = || runtime.block_on(call_bare(&engine, &bare));

    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("call through the sandbox", |bench| bench.iter(ours));
    criterion.bench_function("call by wasmtime alone", |bench| bench.iter(theirs));
    criterion.final_summary();

    let (ours, theirs) = (percentiles(|| drop(ours())), percentiles(theirs));
    println!("sandbox  p50 {:?}  p99 {:?}", ours.0, ours.1);
    println!("wasmtime p50 {:?}  p99 {:?}", theirs.0, theirs.1);
    println!("memory of a call that waits {} KiB", memory_of_a_call(&runtime) >> 10);
    println!("ratio of p50 {:.2}", ours.0.as_secs_f64() / theirs.0.as_secs_f64());
}

/// Memory of this process for each of many calls that are in the middle of their work.
fn memory_of_a_call(runtime: &Runtime) -> u64 {
    let sleep = r#"
        (import "wasi:clocks/monotonic-clock@0.2.12" "subscribe-duration" (func $sleep (param i64) (result i32)))
        (import "wasi:io/poll@0.2.12" "[method]pollable.block" (func $block (param i32)))"#;
    let body = "(call $block (call $sleep (i64.const 3600000000000))) (i32.const 0)";
    let house = runtime.block_on(async { House::new(&format!("concurrent = {LIVE}\nwall = \"1h\""), "") });
    let plugin = runtime.block_on(house.load(&component(sleep, body, "")));
    let before = resident();
    let calls: Vec<_> = (0..LIVE).map(|_| house.sandbox.call(&plugin, call("{}"))).collect();
    std::thread::sleep(Duration::from_secs(1));
    let held = resident().saturating_sub(before);
    drop(calls);
    held / LIVE
}

/// Bytes that are this process's own.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn percentiles(mut call: impl FnMut()) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort();
    (times[CALLS / 2], times[CALLS / 100 * 99])
}

/// The component with nothing around it: no limits, no WASI, no policy, no thread of its own.
fn bare(bytes: &[u8]) -> (Engine, InstancePre<()>) {
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::new()));
    let engine = Engine::new(&config).unwrap();
    let component = Component::new(&engine, bytes).unwrap();
    let mut linker = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let pre = linker.instantiate_pre(&component).unwrap();
    (engine, pre)
}

async fn call_bare(engine: &Engine, pre: &InstancePre<()>) {
    let mut store = Store::new(engine, ());
    let instance = pre.instantiate_async(&mut store).await.unwrap();
    let interface = instance.get_export_index(&mut store, None, "claudetools:plugin/tool@1.0.0").unwrap();
    let function = instance.get_export_index(&mut store, Some(&interface), "call").unwrap();
    let function = instance.get_func(&mut store, function).unwrap();
    let text = |text: &str| Val::String(text.to_owned());
    let invocation = Val::Record(vec![
        ("id".to_owned(), text("call-1")),
        ("tool".to_owned(), text("Try")),
        ("input".to_owned(), text("{}")),
        ("budget-ms".to_owned(), Val::U32(1000)),
    ]);
    let mut results = [Val::Bool(false)];
    function.call_async(&mut store, &[invocation], &mut results).await.unwrap();
}
