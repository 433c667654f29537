//! The command line, as typed.

mod plugin;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use plugin::*;

/// Claude, with a company's own repository and sandboxed tools, in its Discord.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done, 1 not answered or a check failed, 2 usage, 3 configuration, 4 ledger, \
                  5 Discord, 6 rehearsal model.\nSettings come from the environment and from .env; see .env.example."
)]
pub struct Cli {
    /// The policy file [default: plugins.toml of the working directory, else the built-in one]
    #[arg(long, global = true, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// What to do; `run` where nothing is said
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The console's port where nothing is said.
pub const DEFAULT_PORT: u16 = 7878;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the bot: in Discord where DISCORD_TOKEN is set, else as a local web page
    Run {
        /// Open the console too when Discord is used
        #[arg(long)]
        console: bool,
        /// The console's port; 0 takes a free one
        #[arg(long, default_value_t = DEFAULT_PORT)]
        port: u16,
    },
    /// Ask one question: the answer goes to stdout, progress to stderr
    Ask {
        /// What to ask; `-` reads it from stdin
        question: String,
        /// Print one JSON object instead of text
        #[arg(long)]
        json: bool,
        /// Go on in this thread; a new one without it
        #[arg(long, value_name = "ID")]
        thread: Option<String>,
        /// The client that the thread is about, a name under `[client]` of plugins.toml
        #[arg(long, value_name = "NAME")]
        client: Option<String>,
    },
    /// Print a thread's transcript: who said what, tool calls, confirmations, costs; works while the bot runs
    Export {
        /// The thread: a front and its id, as in `discord:1100000000000000010`; a Discord id alone will do
        thread: String,
        /// Print JSON instead of Markdown
        #[arg(long)]
        json: bool,
    },
    /// Pack a thread as evidence, with its files and its part of the audit; works while the bot runs
    Evidence {
        /// The thread, as for `export`
        #[arg(required_unless_present = "verify", conflicts_with = "verify")]
        thread: Option<String>,
        /// Where to; nothing is overwritten [default: evidence-THREAD.zip]
        #[arg(long, value_name = "FILE", conflicts_with = "verify")]
        out: Option<PathBuf>,
        /// Check an archive instead
        #[arg(long, value_name = "FILE")]
        verify: Option<PathBuf>,
        /// Compare each row of its audit with the ledger, too
        #[arg(long, requires = "verify")]
        ledger: bool,
    },
    /// The record of every tool call and refusal
    Audit {
        /// What to do with it
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// What requests to the model cost in a month
    Costs {
        /// One line for each
        #[arg(long, value_enum, default_value_t = By::Client)]
        by: By,
        /// Which month (UTC), as 2026-11 [default: this one]
        #[arg(long, value_parser = month)]
        month: Option<String>,
        /// Print one JSON object instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Copy the ledger to a file, also while the bot runs; the copy is checked before it counts
    Backup {
        /// Where to; nothing is overwritten [default: a new file in `backups` of the data directory]
        file: Option<PathBuf>,
    },
    /// Put a copy of the ledger in its place; the one from before is kept beside it
    Restore {
        /// The copy
        file: PathBuf,
    },
    /// Look at everything that the program stands on, and say what to do about what is missing
    Doctor {
        /// How to print it
        #[arg(long, value_enum, default_value_t = Plain::Text)]
        format: Plain,
    },
    /// The plugins
    Plugin {
        /// What to do with them
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Serve the approved tools to an MCP client, such as Claude Code, over stdin and stdout
    Mcp {
        /// The role that the client has, a name under `[roles]` of plugins.toml
        #[arg(long = "as", value_name = "ROLE")]
        role: String,
    },
    /// Compile a component from stdin to stdout; started by the program itself, in a jail
    #[command(hide = true)]
    CompileComponent,
}

/// What a line of a bill is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// A day
    Day,
    /// A member, by their id
    Member,
    /// A client; `-` stands for threads about none
    Client,
}

/// A year and a month: `2026-11`.
fn month(typed: &str) -> Result<String, String> {
    let digits = |text: &str, many: usize| text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
    let fits = typed.split_once('-').is_some_and(|(year, month)| digits(year, 4) && digits(month, 2));
    if fits { Ok(typed.to_owned()) } else { Err("expected a year and a month, such as 2026-11".to_owned()) }
}

/// `claudetools audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no record was changed, removed or put in between
    Verify,
}
