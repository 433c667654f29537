//! What a jail costs: starting `/usr/bin/true` in one, beside starting it bare, turn by turn in one run.
//!
//! `cargo run --release -p claudetools-jail --example overhead`

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use claudetools_jail::{Ending, Jail, Program};
use sha2::{Digest, Sha256};

const RUNS: usize = 300;

fn main() {
    let path = Path::new("/usr/bin/true").canonicalize().unwrap();
    let program = Program { sha256: Sha256::digest(std::fs::read(&path).unwrap()).into(), path };
    let jail = Jail::default();
    let bare = || assert!(Command::new(&program.path).env_clear().output().unwrap().status.success());
    let jailed = || {
        let running = jail.start(&program, &[], Path::new("/"), Vec::new()).unwrap();
        assert_eq!(running.wait(), Ending::Exited(0));
    };
    let (mut bares, mut jaileds) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bares.push(timed(bare));
        jaileds.push(timed(jailed));
    }
    let (bare, jailed) = (percentiles(bares), percentiles(jaileds));
    for (name, bare, jailed) in [("p50", bare.0, jailed.0), ("p99", bare.1, jailed.1)] {
        println!("{name}: bare {bare:.1?}, jailed {jailed:.1?}, over it {:.1?}", jailed.saturating_sub(bare));
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
