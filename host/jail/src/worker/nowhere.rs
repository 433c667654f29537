//! Systems without a jail: nothing is started.

use std::process::{Child, Command};

use crate::run::Limits;

pub(crate) fn confine(_command: &mut Command, _limits: Limits) -> std::io::Result<()> {
    let message = "this system has no jail for native programs; only Linux has one";
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, message))
}

pub(crate) fn kill(_child: &Child) {}
