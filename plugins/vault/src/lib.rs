//! The plugin `vault`: what is in the company's vault, without what it holds.
//!
//! Nothing here has a key. Files are read by the very readers with which the host opens them, so that a name that is shown is one that a
//! reference finds.
//!
//! - `sops`: the host's readers; `sealed`: the facts and names of one file.
//! - `list`, `describe`: the tools. `place`: where in the vault a path leads.

#![forbid(unsafe_code)]

use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

mod describe;
mod list;
mod place;
mod sealed;
mod sops;

struct Vault;

impl Guest for Vault {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "vault_list" => list::call(&kit::input(&invocation)?),
            "vault_describe" => describe::call(&kit::input(&invocation)?),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

kit::manifest!("manifest.toml");
kit::export!(Vault);
