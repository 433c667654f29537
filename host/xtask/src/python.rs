//! A Python of the checkout's own, with everything that tests take from PyPI and npm.
//!
//! Node comes from PyPI, too, so that a machine needs one language for both guides. What the guides install is fetched
//! here, and the tests install it from these copies: a registry that is away fails this step, not a test.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guests::{root, run};

const HELP: &str = "python3 (3.10 or later) with its venv module is missing, which the tests of MCP and of the guides for Python and JavaScript need; install it (Debian: `apt install python3-venv`) and try again";

/// What the environment is made of: the MCP client, Node, the compiler of the Python template, the packages of the JavaScript one.
const WANTED: [&str; 4] = [
    "tests/mcp/requirements.txt",
    "tests/readme/requirements.txt",
    "host/template/python/requirements.txt.in",
    "host/template/js/package.json.in",
];

/// Makes `target/python`, unless it is there as these files want it.
pub fn prepare() -> Result<()> {
    let home = root().join("target/python");
    let texts: Vec<String> =
        WANTED.iter().map(|path| std::fs::read_to_string(root().join(path))).collect::<std::io::Result<_>>()?;
    let (mark, wanted) = (home.join("made-of.txt"), texts.concat());
    if std::fs::read_to_string(&mark).ok().as_deref() == Some(&wanted) {
        return Ok(());
    }
    environment(&home)?;
    let [mcp, readme, python, _] = WANTED;
    run(pip(&home, "install").args(["--requirement", mcp, "--requirement", readme]))?;
    run(pip(&home, "download").arg("--dest").arg(home.join("wheels")).args(["--requirement", python]))?;
    packages(&home, &texts[3])?;
    std::fs::write(mark, wanted)?;
    Ok(())
}

fn environment(home: &Path) -> Result<()> {
    let make = || run(Command::new("python3").args(["-m", "venv"]).arg(home));
    if make().is_err() {
        install().context(HELP)?;
        make().context(HELP)?;
    }
    Ok(())
}

/// Only root may install, as on a fresh machine of CI.
fn install() -> Result<()> {
    run(Command::new("apt-get").args(["update", "-q"]))?;
    run(Command::new("apt-get").args(["install", "-q", "-y", "python3-venv"]))
}

fn pip(home: &Path, command: &str) -> Command {
    let mut pip = Command::new(home.join("bin/python"));
    pip.current_dir(root()).args(["-m", "pip", "--disable-pip-version-check", command, "--quiet"]);
    pip
}

/// Fills `npm-cache` with what the template needs: an installation does, and is not needed further.
fn packages(home: &Path, package: &str) -> Result<()> {
    let there = home.join("npm");
    std::fs::create_dir_all(&there)?;
    std::fs::write(there.join("package.json"), package.replace("{{name}}", "lines"))?;
    let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut npm = Command::new(home.join("bin/npm"));
    npm.current_dir(&there).env("PATH", path).env("npm_config_cache", home.join("npm-cache"));
    run(npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]))?;
    std::fs::remove_dir_all(there)?;
    Ok(())
}
