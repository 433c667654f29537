//! The plugin `files`: Read, Write, Edit and LS.
//!
//! The host confines and decides every access; nothing here is trusted to. What stands here is what a
//! model needs: numbered lines, limits that say how to go on, and no change to a file that it has not
//! seen as it is.
//!
//! - `read`: what a file is, and then `plain` (through `window`), `pdf` or `notebook`.
//! - `write`, `edit`: through `seen`, which remembers the digest of what was read.
//! - `edit` replaces with `replacing` and, where the text is not there, says what is near with `near`.
//! - `text`: encodings and line endings.
//! - `ls`: directories.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod edit;
mod ls;
mod near;
mod notebook;
mod pdf;
mod plain;
mod read;
mod replacing;
mod seen;
mod text;
mod window;
mod write;

struct Files;

impl Guest for Files {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "Read" => read::call(&kit::input(&invocation)?),
            "Write" => write::call(&kit::input(&invocation)?),
            "Edit" => edit::call(&kit::input(&invocation)?),
            "LS" => ls::call(&kit::input(&invocation)?),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Files);
