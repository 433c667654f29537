//! From a guest's handle to what it stands for.

use std::sync::Arc;

use claudetools_policy::{Access, Code, Refusal, RelPath, RootName};
use wasmtime::component::Resource;

use crate::bindings::wasi::filesystem::types::ErrorCode;
use crate::confine::special;
use crate::ctx::Ctx;
use crate::guard::subject;

use super::{Descriptor, FsError, OpenFile};

type FsResult<T> = Result<T, FsError>;

impl Ctx {
    /// The root and path of a directory.
    pub(super) fn directory(&self, fd: &Resource<Descriptor>) -> FsResult<(RootName, RelPath)> {
        match self.table.get(fd)? {
            Descriptor::Directory { root, path } => Ok((root.clone(), path.clone())),
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// The file of a descriptor; a directory read as a file is noted as what it is.
    pub(super) fn file(&self, fd: &Resource<Descriptor>) -> FsResult<Arc<OpenFile>> {
        match self.table.get(fd)? {
            Descriptor::File(file) => Ok(Arc::clone(file)),
            Descriptor::Directory { root, path } => {
                let refusal = special_file(path);
                self.guard.refuse(subject(root, path.as_str(), Access::Read), refusal);
                Err(ErrorCode::IsDirectory.into())
            }
        }
    }

    pub(super) fn never<T>(&self, root: &RootName, path: &str, access: Access, what: &str) -> FsResult<T> {
        let refusal = Refusal::new(Code::FsNotGranted, format!("{what} is never granted."));
        self.guard.refuse(subject(root, path, access), refusal);
        Err(ErrorCode::NotPermitted.into())
    }
}

fn special_file(path: &RelPath) -> Refusal {
    special(if path.as_str().is_empty() { "." } else { path.as_str() })
}
