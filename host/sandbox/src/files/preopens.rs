//! The directories that a guest starts with.

use claudetools_policy::RelPath;
use wasmtime::component::Resource;

use crate::bindings::wasi::filesystem::preopens;
use crate::ctx::Ctx;

use super::Descriptor;

impl preopens::Host for Ctx {
    /// `/repo`, `/vault`, `/scratch`: those that a grant for this tool names, and no other.
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let mut directories = Vec::new();
        for root in self.guard.visible_roots() {
            let guest_path = format!("/{root}");
            let directory = Descriptor::Directory { root, path: RelPath::root() };
            directories.push((self.table.push(directory)?, guest_path));
        }
        Ok(directories)
    }
}
