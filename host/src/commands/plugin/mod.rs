//! `claudetools plugin`: what there is, what it may, and who approved it.
//!
//! One file for each command. Most of them look at a [`shelf::Shelf`] and print what the review crate says of it;
//! `approve` and `revoke` change `plugins.toml`; `call` runs a tool; `pack` and `new` are for authors.

mod approve;
mod call;
mod diff;
mod list;
mod new;
mod pack;
mod review;
mod revoke;
mod shelf;
mod skeleton;
mod used;
mod why;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::PluginCommand;
use crate::config::Config;
use crate::exit::Fatal;

use super::out;
pub(super) use why::as_role;

/// Runs one of the commands.
pub async fn run(config: &Config, policy: Option<&Path>, command: PluginCommand) -> Result<ExitCode, Fatal> {
    match command {
        PluginCommand::List(args) => list::list(config, policy, &args).map(done),
        PluginCommand::Review(args) => review::review(config, policy, &args).await,
        PluginCommand::Diff(args) => diff::diff(config, policy, &args).await.map(done),
        PluginCommand::Approve(args) => approve::approve(config, policy, args).await.map(done),
        PluginCommand::Revoke(args) => revoke::revoke(config, policy, &args).await.map(done),
        PluginCommand::Why(args) => why::why(config, policy, &args).await,
        PluginCommand::Used(args) => used::used(config, policy, &args).await.map(done),
        PluginCommand::Pack(args) => pack::pack(&args).map(done),
        PluginCommand::New(args) => new::new(&args).map(done),
        PluginCommand::Call(args) => call::call(config, policy, args).await.map(done),
    }
}

fn done((): ()) -> ExitCode {
    ExitCode::SUCCESS
}
