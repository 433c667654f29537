//! Systems without a jail: nothing is started.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::error::JailError;
use crate::jail::{Jail, Program};
use crate::layer::Layer;
use crate::running::Running;

const NONE: &str = "this system has no jail for native programs; only Linux has one";

pub(crate) fn start(
    _jail: &Jail,
    _program: &Program,
    _args: &[OsString],
    _directory: &Path,
    _input: Vec<u8>,
) -> Result<Running, JailError> {
    let source = io::Error::new(io::ErrorKind::Unsupported, NONE);
    Err(JailError::Layer { layer: Layer::User, what: None, source })
}

pub(crate) fn missing(_layer: Layer) -> Option<String> {
    Some(NONE.to_owned())
}
