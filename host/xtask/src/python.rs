//! A Python of the checkout's own, with the client that the MCP front is tested with.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::guests::{root, run};

const HELP: &str =
    "python3 with its venv module is missing; install it (Debian: `apt install python3-venv`) and try again";

/// Makes `target/python` with what `tests/mcp/requirements.txt` names, unless it is there.
pub fn prepare() -> Result<()> {
    let (home, wanted) = (root().join("target/python"), root().join("tests/mcp/requirements.txt"));
    let (mark, text) = (home.join("requirements.txt"), std::fs::read_to_string(&wanted)?);
    if std::fs::read_to_string(&mark).ok().as_deref() == Some(&text) {
        return Ok(());
    }
    if run(Command::new("python3").args(["-m", "venv"]).arg(&home)).is_err() {
        install().context(HELP)?;
        run(Command::new("python3").args(["-m", "venv"]).arg(&home)).context(HELP)?;
    }
    run(Command::new(home.join("bin/python")).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    std::fs::write(mark, text)?;
    Ok(())
}

/// Only root may install, as on a fresh machine of CI.
fn install() -> Result<()> {
    run(Command::new("apt-get").args(["update", "-q"]))?;
    run(Command::new("apt-get").args(["install", "-q", "-y", "python3-venv"]))
}
