//! The slash commands: one table, from which everything else is made, so that nothing is out of step with it.
//!
//! - [`TABLE`]: every command: its words, its options, who may use it and who sees the answer. Start here.
//! - [`payload()`]: what is registered at Discord. [`same`]: whether what is registered says the same.
//! - [`Typed`]: what somebody typed, read by the table.
//! - [`help()`]: what `/help` says, and the list in the README.

mod help;
mod payload;
mod table;
mod typed;

use std::collections::BTreeSet;

pub(crate) use help::help;
pub(crate) use payload::{payload, registered, same};
pub(crate) use table::TABLE;
pub(crate) use typed::{Raw, RawValue, Typed};

/// A command.
#[derive(Debug, PartialEq)]
pub(crate) struct Spec {
    /// What is typed: at most 32 lower-case letters and `-`.
    pub(crate) name: &'static str,
    /// One line for Discord's list, for `/help` and for the README; at most 100 characters.
    pub(crate) about: &'static str,
    pub(crate) does: Does,
    /// Required ones first.
    pub(crate) options: &'static [Opt],
    pub(crate) who: Who,
    pub(crate) at: At,
    pub(crate) seen: Seen,
}

/// An option of a command.
#[derive(Debug, PartialEq)]
pub(crate) struct Opt {
    pub(crate) name: &'static str,
    /// At most 100 characters.
    pub(crate) about: &'static str,
    pub(crate) takes: Takes,
    pub(crate) needed: Needed,
}

/// Whether a command can go without an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    Yes,
    No,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A text of at most so many characters.
    Text(usize),
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A text for which suggestions are made while it is typed.
    Suggested(Source),
    /// A whole number in these bounds.
    Count(i64, i64),
    /// A file.
    File,
}

/// Where suggestions come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Models,
    Clients,
    Plugins,
    Threads,
    Skills,
}

/// Who may use a command. Whoever has no role at all may use none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody with a role.
    Anybody,
    /// Whoever has one of these roles.
    Only(&'static [&'static str]),
    /// Everybody with a role may look; to give an option takes one of these roles.
    ToChange(&'static [&'static str]),
}

/// Where a command works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    Anywhere,
    /// Only where there is a conversation.
    Thread,
}

/// Who sees the answer. Refusals and errors are seen by the person alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The person alone.
    Alone,
    /// The person alone, whatever happens: it is nobody else's business.
    Secret,
    /// Everybody in the thread where an option was given, since that changes the thread for everybody.
    Change,
    /// Everybody in the thread: it is changed for everybody.
    All,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Ask,
    Resume,
    Skill,
    Compact,
    Clear,
    Rewind,
    Fork,
    Context,
    Cost,
    Export,
    Evidence,
    Model,
    Effort,
    Verbosity,
    Plan,
    Client,
    Stop,
    Status,
    Plugins,
    Review,
    Audit,
    Help,
}

impl Who {
    /// The roles of which one is needed, with or without an option; none where any will do.
    pub(crate) fn needs(self, changes: bool) -> &'static [&'static str] {
        match self {
            Self::Only(roles) => roles,
            Self::ToChange(roles) if changes => roles,
            Self::Anybody | Self::ToChange(_) => &[],
        }
    }

    /// Whether somebody with these roles may.
    pub(crate) fn lets(self, roles: &BTreeSet<String>, changes: bool) -> bool {
        let needs = self.needs(changes);
        !roles.is_empty() && (needs.is_empty() || needs.iter().any(|role| roles.contains(*role)))
    }
}

/// Role names as they stand in a sentence.
pub(crate) fn listed(roles: &[&str]) -> String {
    let quoted: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    quoted.join(" or ")
}
