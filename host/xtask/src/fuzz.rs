//! `cargo xtask fuzz`: runs the fuzz targets, one after the other.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::guests::{cargo, root, run};

/// How long each target runs where nobody says.
const SECONDS: u32 = 600;

/// The options of every run: an input that takes ten seconds or 2 GiB is a finding too.
const OPTIONS: [&str; 4] = ["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-max_len=4096"];

/// Runs one target or all, for so many seconds each. What is found stays in `tests/fuzz/corpus` and
/// `tests/fuzz/artifacts`; `tests/corpus` is only read.
pub fn fuzz(args: &[String]) -> Result<ExitCode> {
    let (numbers, names): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.parse::<u32>().is_ok());
    let seconds = numbers.first().map_or(SECONDS.to_string(), |seconds| (*seconds).clone());
    let all = targets()?;
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("there is no fuzz target `{unknown}`; those are {}", all.join(", "));
    }
    need_cargo_fuzz()?;
    for target in all.iter().filter(|target| names.is_empty() || names.contains(target)) {
        run_one(target, &seconds)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The names of the targets, from their files.
fn targets() -> Result<Vec<String>> {
    let directory = root().join("tests/fuzz/targets");
    let files = std::fs::read_dir(&directory).with_context(|| format!("{} is not there", directory.display()))?;
    let mut names = Vec::new();
    for file in files {
        names.extend(file?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Our code has no `unsafe`, so that no sanitizer is needed: the run is twice as fast, and the pinned toolchain can do it.
fn run_one(target: &str, seconds: &str) -> Result<()> {
    let (own, kept) = (root().join("tests/fuzz/corpus").join(target), root().join("tests/corpus").join(target));
    std::fs::create_dir_all(&own)?;
    run(cargo()
        .args(["fuzz", "run", "--fuzz-dir"])
        .arg(root().join("tests/fuzz"))
        .args(["--sanitizer", "none", target])
        .args([own, kept])
        .args(["--", &format!("-max_total_time={seconds}")])
        .args(OPTIONS))
}

fn need_cargo_fuzz() -> Result<()> {
    match cargo().args(["fuzz", "--version"]).output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => bail!("cargo-fuzz is missing; run `cargo install cargo-fuzz`"),
    }
}
