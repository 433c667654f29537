//! The corpus of the fuzz targets, and made-up bytes of a fixed seed, against what `claudetools_fuzzed` promises.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use claudetools_fuzzed::{Check, TARGETS};
use rand::{Rng as _, SeedableRng as _};

/// The most files and bytes of all corpora: they are read by whoever clones the repository.
const MOST: (usize, usize) = (200, 1 << 20);

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let stems = |directory: &str| -> BTreeSet<String> {
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        entries(&tests.join(directory)).into_iter().map(stem).collect()
    };
    assert_eq!(stems("corpus"), targets);
    assert_eq!(stems("fuzz/targets"), targets);
    let files: Vec<PathBuf> = targets.iter().flat_map(|name| entries(&corpus(name))).collect();
    let bytes: usize = files.iter().map(|file| std::fs::read(file).unwrap().len()).sum();
    assert!(files.len() <= MOST.0 && bytes <= MOST.1, "{} files of {bytes} bytes", files.len());
}

#[test]
fn what_was_found_before_breaks_no_promise() {
    for (name, check) in TARGETS {
        let files = entries(&corpus(name));
        assert!(!files.is_empty(), "{name} has no corpus");
        for file in files {
            holds(*check, &std::fs::read(&file).unwrap(), &file.display().to_string());
        }
    }
}

#[test]
fn what_is_near_the_corpus_breaks_no_promise() {
    let mut random = rand::rngs::StdRng::seed_from_u64(1);
    for (name, check) in TARGETS.iter().filter(|(name, _)| *name != "abi") {
        for file in entries(&corpus(name)) {
            let mut bytes = std::fs::read(file).unwrap();
            for _ in 0..random.random_range(1..4).min(bytes.len()) {
                let place = random.random_range(0..bytes.len());
                bytes[place] = random.random();
            }
            holds(*check, &bytes, &format!("{name} with {bytes:?}"));
        }
    }
}

#[test]
fn made_up_components_are_refused_or_end() {
    let mut random = rand::rngs::StdRng::seed_from_u64(2);
    for number in 0..300 {
        let mut bytes = vec![0; random.random_range(64..1024)];
        random.fill(&mut bytes[..]);
        holds(claudetools_fuzzed::abi, &bytes, &format!("component {number} of seed 2"));
    }
}

/// Runs a check and says which bytes broke it.
fn holds(check: Check, bytes: &[u8], name: &str) {
    let held = std::panic::catch_unwind(|| check(bytes));
    assert!(held.is_ok(), "{name} breaks a promise, as the panic before this says");
}

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target)
}

/// What is in a directory, sorted.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}
