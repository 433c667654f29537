//! Builds the WASI components: the built-in plugins, and the hostile guests of the tests.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

const TARGET: &str = "wasm32-wasip2";

/// The root of the checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Builds every guest and puts the components where the host's build script and the tests look.
pub fn build_all() -> Result<ExitCode> {
    build_in(&root())?;
    Ok(ExitCode::SUCCESS)
}

/// The same for another copy of the checkout.
pub fn build_in(checkout: &Path) -> Result<()> {
    add_target()?;
    for workspace in ["plugins", "tests/guests"] {
        build(checkout, &checkout.join(workspace))?;
    }
    Ok(())
}

/// Builds the guests of one workspace into `target/guests`.
fn build(checkout: &Path, workspace: &Path) -> Result<()> {
    if !workspace.join("Cargo.toml").is_file() {
        bail!("{} is not there; expected a checkout of the whole repository", workspace.display());
    }
    let target_dir = checkout.join("target/guests-build").join(workspace.file_name().unwrap_or_default());
    run(cargo()
        .current_dir(workspace)
        .args(["build", "--release", "--locked", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target_dir))?;
    publish(&target_dir.join(TARGET).join("release"), &checkout.join("target/guests"))
}

/// Copies the finished components to `target/guests`, only when they changed, so that nothing rebuilds for nothing.
fn publish(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("{} is not there", from.display()))? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().replace('_', "-");
        write_if_other(&to.join(name), &std::fs::read(&path)?)?;
    }
    Ok(())
}

/// Writes a file unless these are its bytes already.
pub fn write_if_other(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).ok().as_deref() == Some(bytes) {
        return Ok(());
    }
    std::fs::create_dir_all(path.parent().unwrap_or(path))?;
    std::fs::write(path, bytes).with_context(|| format!("{} can't be written", path.display()))
}

/// Adds the wasm target where rustup has not got it yet.
fn add_target() -> Result<()> {
    let installed = Command::new("rustup")
        .args(["target", "list", "--installed"])
        .current_dir(root())
        .output()
        .context("rustup is missing; install it from https://rustup.rs and try again")?;
    if String::from_utf8_lossy(&installed.stdout).lines().any(|line| line == TARGET) {
        return Ok(());
    }
    run(Command::new("rustup").args(["target", "add", TARGET]).current_dir(root())).with_context(|| {
        format!("the Rust target {TARGET} is missing and could not be added; run `rustup target add {TARGET}`")
    })
}

/// The cargo of this checkout's toolchain, without what an outer cargo set for itself.
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "RUSTC", "RUSTC_WORKSPACE_WRAPPER", "RUSTDOC"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command and fails with its words when it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    eprintln!("$ {shown}");
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
