//! The decision.

use crate::{Admitted, Caller, Refusal, RelPath, Root, RootName};

/// A way of access to a file or directory.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Read a file's bytes.
    Read,
    /// See that something exists: names, sizes, times.
    List,
    /// Make a file or directory that is not there.
    Create,
    /// Change the bytes of a file that is there.
    Modify,
    /// Remove a file or an empty directory.
    Delete,
    /// Move within the root: needed on both ends, beside `delete` of a replaced file.
    Rename,
}

/// One concrete thing that a call is about to do to a file: parsed, resolved, not yet done.
#[derive(Clone, Debug)]
pub struct FsEffect<'a> {
    /// The root it is below.
    pub root: &'a RootName,
    /// The resolved path below the root: no links left in it.
    pub path: &'a RelPath,
    /// What is done.
    pub access: Access,
    /// Hard links of the file, where it is there; 1 otherwise.
    pub links: u64,
    /// Bytes to be read or written, where known.
    pub bytes: Option<u64>,
}

/// May this caller call this tool at all? `caller.role`, `caller.origin`.
pub fn may_call(_plugin: &Admitted, _tool: &str, _caller: &Caller) -> Result<(), Refusal> {
    todo!()
}

/// May this plugin keep state between calls of this tool? `state.not-granted`.
pub fn may_keep_state(_plugin: &Admitted, _tool: &str) -> Result<(), Refusal> {
    todo!()
}

/// Decides one effect; the answer names the grant that allows it.
///
/// Pure: the same effect, root and plugin always give the same answer, and nothing outside the
/// arguments is read. Every effect of every plugin passes here, after it was parsed and resolved and
/// before it happens. Allowed when the manifest asks for it and a grant for this tool gives it; the
/// protected list always wins.
pub fn decide<'p>(
    _effect: &FsEffect<'_>,
    _root: &Root,
    _plugin: &'p Admitted,
    _tool: &str,
) -> Result<&'p str, Refusal> {
    todo!()
}
