//! The plugin `shell`: Bash, a shell in the sandbox over the granted roots.
//!
//! The interpreter and its userland are the crate `bashkit`, unmodified. The host confines and decides every access
//! and every native program; nothing here is trusted to. What stands here is what joins the two.
//!
//! - `call`: the tool: its limits, its working directory, what a model reads of it.
//! - [`run`]: one run of the shell, as data in and bytes out.
//! - [`Files`]: its file system.
//! - `native`: programs of the host as commands, and the words for those that are not there.
//! - `mend`: each fault of the interpreter that is mended here, by name.
//! - `transcript`: output, cut to what a model reads and streamed to who watches.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod call;
mod files;
mod mend;
mod native;
mod shell;
mod transcript;

pub use files::Files;
pub use shell::{Ended, Run, Sink, run};

struct Shell;

impl Guest for Shell {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "Bash" => call::call(&kit::input(&invocation)?, &invocation.id, invocation.budget_ms),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Shell);
