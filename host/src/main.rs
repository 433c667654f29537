//! The program `claudetools`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    claudetools::main(claudetools::cli::Cli::parse())
}
