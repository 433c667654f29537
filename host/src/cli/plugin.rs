//! `claudetools plugin`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `claudetools plugin`.
#[derive(Debug, Subcommand)]
pub enum PluginCommand {
    /// List plugins with their state, and why one is in quarantine
    List(ListArgs),
    /// Review plugins: what each asks for, was granted, imports and used, with findings and an explained risk
    Review(ReviewArgs),
    /// Show what changed in a plugin and its grants since it was approved
    Diff(DiffArgs),
    /// Approve a plugin as it is, with its grants as they are; needs a person at a terminal, or a signature
    Approve(ApproveArgs),
    /// Take an approval back; a running bot follows at once
    Revoke(RevokeArgs),
    /// Say whether a plugin may do one thing, and which line of plugins.toml decides
    Why(WhyArgs),
    /// Show what plugins really did, and the narrower grants that would have been enough
    Used(UsedArgs),
    /// Put a manifest into a component built in any language, and say what keeps it from being a plugin
    Pack(PackArgs),
    /// Make the directory of a new plugin, which builds as it is
    New(NewArgs),
    /// Call one tool from the shell, under the same policy and audit as everybody
    Call(CallArgs),
}

/// `claudetools plugin list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// How to print it
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub format: Plain,
}

/// Forms of output for people and for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plain {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Forms of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// For a comment on a change
    Markdown,
    /// For programs
    Json,
    /// For code scanning, SARIF 2.1.0
    Sarif,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Grade {
    /// Worth knowing
    Note,
    /// To be looked at
    Warning,
    /// To be changed
    Error,
}

/// `claudetools plugin review`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, 3 not approved, 4 cannot be read."
)]
pub struct ReviewArgs {
    /// A plugin's name, or the path of a `.wasm` that need not be in plugins/; all of them without it
    pub plugin: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The mildest finding that makes the exit code 1
    #[arg(long, value_enum, default_value_t = Grade::Error, value_name = "GRADE")]
    pub fail_on: Grade,
    /// How far back to look for what was used
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub days: u16,
}

/// `claudetools plugin diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A plugin's name, or the path of its new `.wasm`
    pub plugin: String,
}

/// `claudetools plugin approve`.
#[derive(Debug, Args)]
#[command(after_help = "Without --signed it needs a terminal and asks for the plugin's name. To sign instead: \
                  `claudetools plugin approve NAME --print > NAME.txt`, sign that file with minisign, then \
                  `claudetools plugin approve NAME --signed NAME.txt` with NAME.txt.minisig beside it.\n\
                  Exit codes: 0 approved, 1 refused, 2 usage, 3 the plugin has no table in plugins.toml yet: one to begin with is printed.")]
pub struct ApproveArgs {
    /// The plugin's name
    pub name: String,
    /// What is worth remembering about this approval
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// Who approves [default: the name of this user]
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// Approve although the risk is 80 or more
    #[arg(long)]
    pub accept_high: bool,
    /// The plugin's name once more, instead of typing it when asked
    #[arg(long, value_name = "NAME", conflicts_with_all = ["signed", "print"])]
    pub yes_i_typed: Option<String>,
    /// Print the text to sign, and approve nothing
    #[arg(long, conflicts_with = "signed")]
    pub print: bool,
    /// The text that was signed; its signature lies beside it with `.minisig` at the end of its name
    #[arg(long, value_name = "FILE", conflicts_with_all = ["note", "by"])]
    pub signed: Option<PathBuf>,
}

/// `claudetools plugin revoke`.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The plugin's name
    pub name: String,
}

/// `claudetools plugin why`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 allowed, 1 refused, 2 usage, 3 configuration.")]
pub struct WhyArgs {
    /// The plugin's name
    pub name: String,
    /// What it would do: 'GET https://host/path', or an access and a path such as 'modify /repo/docs/a.md'
    pub call: String,
    /// The tool that would do it [default: the first that may]
    #[arg(long)]
    pub tool: Option<String>,
    /// The role of the person who asks [default: the answer says who may]
    #[arg(long = "as", value_name = "ROLE")]
    pub role: Option<String>,
}

/// `claudetools plugin used`.
#[derive(Debug, Args)]
pub struct UsedArgs {
    /// A plugin's name; all of them without it
    pub name: Option<String>,
    /// How far back to look
    #[arg(long, default_value_t = 30, value_name = "N")]
    pub days: u16,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Plain::Text)]
    pub format: Plain,
}

/// `claudetools plugin pack`.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// The component
    pub component: PathBuf,
    /// Its manifest
    #[arg(long, value_name = "FILE")]
    pub manifest: PathBuf,
    /// Where to put the plugin
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Take out a manifest that is in the component already
    #[arg(long)]
    pub replace: bool,
}

/// `claudetools plugin new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The plugin's name, which is its directory's, too
    pub name: String,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Lang::Rust)]
    pub lang: Lang,
}

/// Languages with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// With the kit, built by cargo
    Rust,
    /// Built by componentize-py
    Python,
    /// Built by componentize-js
    Js,
}

/// `claudetools plugin call`.
#[derive(Debug, Args)]
#[command(
    after_help = "The result goes to stdout, progress to stderr. Exit codes: 0 done, 1 failed or refused, 2 usage, 3 configuration, \
                  4 ledger.\nA bot that runs holds the ledger; a plugin's author calls with a policy and a data directory of their own: \
                  `CLAUDETOOLS_DATA_DIR=.data claudetools --policy dev.toml plugin call TOOL '{}'`."
)]
pub struct CallArgs {
    /// The tool's name, such as Read
    pub tool: String,
    /// Its input, a JSON object; `-` reads it from stdin
    pub input: String,
    /// The role of the caller [default: the roles of the person at this machine]
    #[arg(long = "as", value_name = "ROLE")]
    pub role: Option<String>,
    /// The thread whose state the tool sees [default: a new one]
    #[arg(long, value_name = "ID")]
    pub thread: Option<String>,
    /// The client that the thread is about, a name under `[client]` of plugins.toml
    #[arg(long, value_name = "NAME")]
    pub client: Option<String>,
    /// The component to take instead of the one in plugins/
    #[arg(long, value_name = "WASM")]
    pub file: Option<PathBuf>,
}
