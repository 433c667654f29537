//! Systems without a jail: nothing is started.

use std::process::{Child, Command};

use super::WorkerLimits;

pub(super) fn confine(_command: &mut Command, _limits: WorkerLimits) -> std::io::Result<()> {
    let message = "this system has no jail for native programs; only Linux has one";
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, message))
}

pub(super) fn kill(_child: &Child) {}
