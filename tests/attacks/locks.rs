//! Versions of wasmtime with known holes: what the reviewer is told, and what the gate of dependencies lets pass.

use std::path::Path;

use claudetools_policy::{Found, Policy};
use claudetools_review::{Input, Level, Rule, Subject, review};
use claudetools_sandbox::inspect;
use claudetools_tests::built::guest;
use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::row::LockRow;
use crate::run::{Result, text};

/// Runs a row: a lock file with this version is neither passed by `deny.toml` nor by a review, and ours is by both.
pub fn run(row: &LockRow) -> Result<String> {
    let fake = format!("[[package]]\nname = \"wasmtime\"\nversion = \"{}\"\n", row.version);
    let found = inspect(&guest("echo")).map_err(text)?;
    match (passes_gate(&fake)?, passes_review(&fake, &found)?) {
        (false, false) => {}
        (gate, review) => return Err(format!("{} passes: gate {gate}, review {review}", row.version)),
    }
    let ours = read("Cargo.lock")?;
    match passes_gate(&ours)? && passes_review(&ours, &found)? {
        true => Ok("PLG019".into()),
        false => Err("our own lock file does not pass".into()),
    }
}

/// A review of a harmless plugin in a program with this lock file has no finding about wasmtime.
fn passes_review(lock: &str, found: &Found) -> Result<bool> {
    let policy = Policy::parse("schema = 1\n").map_err(text)?;
    let version = version(lock)?.to_string();
    let input = Input {
        name: "echo",
        subject: Subject::Found(found),
        file: None,
        built_in: false,
        reasons: &[],
        policy: &policy,
        text: "schema = 1\n",
        baseline: None,
        used: None,
        disk: None,
        others: &[],
        now: 0,
        wasmtime: &version,
    };
    Ok(!review(&input)
        .findings
        .iter()
        .any(|finding| finding.rule == Rule::OldWasmtime && finding.level == Level::Error))
}

/// What `cargo deny check bans` reads of `deny.toml`.
#[derive(Deserialize)]
struct Deny {
    bans: Bans,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    name: String,
    version: Option<VersionReq>,
}

/// No ban of `deny.toml` is for this lock file's wasmtime.
fn passes_gate(lock: &str) -> Result<bool> {
    let deny: Deny = toml::from_str(&read("deny.toml")?).map_err(text)?;
    let version = version(lock)?;
    let bans = |ban: &Ban| ban.name == "wasmtime" && ban.version.as_ref().is_none_or(|req| req.matches(&version));
    Ok(!deny.bans.deny.iter().any(bans))
}

fn version(lock: &str) -> Result<Version> {
    let lock: toml::Table = toml::from_str(lock).map_err(text)?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let mut versions = packages.filter(|package| package["name"].as_str() == Some("wasmtime"));
    let version = versions.next().and_then(|package| package["version"].as_str()).ok_or("no wasmtime is locked")?;
    version.parse().map_err(text)
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).map_err(text)
}
