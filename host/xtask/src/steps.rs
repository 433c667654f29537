//! The commands.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::guests::{build_all, cargo, root, run};
use crate::{python, shell_cases};

/// Builds all and starts the bot with `args`; its exit code is ours.
pub fn run_bot(args: &[String]) -> Result<ExitCode> {
    build()?;
    let status = Command::new(root().join("target/release/claudetools")).args(args).status()?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Builds the plugins and the program.
pub fn build() -> Result<ExitCode> {
    need_c_compiler()?;
    build_all()?;
    run(cargo().args(["build", "--release", "--locked", "--package", "claudetools"]))?;
    Ok(ExitCode::SUCCESS)
}

/// Everything CI needs, cheapest first.
pub fn test() -> Result<ExitCode> {
    need_c_compiler()?;
    python::prepare()?;
    build_all()?;
    for workspace in [".", "plugins", "tests/guests"] {
        let manifest = root().join(workspace).join("Cargo.toml");
        run(cargo().args(["fmt", "--all", "--check", "--manifest-path"]).arg(manifest))?;
    }
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    run(cargo().env("RUSTDOCFLAGS", "-D warnings").args([
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--locked",
    ]))?;
    run(cargo().current_dir(root().join("plugins")).args(["test", "--workspace", "--locked"]))?;
    // Tests start the program itself; built together, it shares every dependency with them.
    run(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    run(cargo().args(["test", "--workspace", "--locked"]))?;
    shell_cases::share()?;
    Ok(ExitCode::SUCCESS)
}

/// The benchmarks, in release mode.
pub fn bench() -> Result<ExitCode> {
    need_c_compiler()?;
    build_all()?;
    // What is measured from outside is the program itself; built together, it shares every dependency with the benchmarks.
    run(cargo().args(["build", "--release", "--workspace", "--bin", "claudetools", "--bench", "*", "--locked"]))?;
    run(cargo().args(["bench", "--workspace", "--bench", "*", "--locked"]))?;
    Ok(ExitCode::SUCCESS)
}

/// The scenes of `tests/discord/look.rs`, drawn.
pub fn look() -> Result<ExitCode> {
    need_c_compiler()?;
    build_all()?;
    run(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    run(cargo().args(["test", "--workspace", "--locked", "--test", "discord", "--", "look::"]))?;
    let directory = root().join("target/look");
    for entry in std::fs::read_dir(&directory)? {
        println!("file://{}", entry?.path().display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The program with random faults, in release mode.
pub fn soak(args: &[String]) -> Result<ExitCode> {
    need_c_compiler()?;
    build_all()?;
    run(cargo().args(["build", "--release", "--workspace", "--bin", "claudetools", "--example", "soak", "--locked"]))?;
    run(cargo().args(["run", "--release", "--workspace", "--example", "soak", "--locked", "--"]).args(args))?;
    Ok(ExitCode::SUCCESS)
}

/// The tests that take long: kills at random moments.
pub fn kills() -> Result<ExitCode> {
    need_c_compiler()?;
    build_all()?;
    run(cargo().args(["build", "--workspace", "--bins", "--tests", "--locked"]))?;
    let only = ["--", "--ignored", "--nocapture", "two_hundred_kills"];
    run(cargo().args(["test", "--workspace", "--test", "discord", "--locked"]).args(only))?;
    Ok(ExitCode::SUCCESS)
}

/// SQLite and ring are C.
fn need_c_compiler() -> Result<()> {
    let compilers = ["cc", "gcc", "clang", "cl"];
    if compilers.iter().any(|name| Command::new(name).arg("--version").output().is_ok()) {
        return Ok(());
    }
    bail!(
        "a C compiler is missing; install one (Debian: `apt install gcc`, Windows: Visual Studio Build Tools) and try again"
    )
}
