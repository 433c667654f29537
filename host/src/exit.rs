//! Exit codes, and the error that carries one.

use std::process::ExitCode;

/// Why the program ends with something else than 0. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 1: the question was not answered, or a check found something.
    Failed,
    /// 2: the command line makes no sense (clap's own code).
    Usage,
    /// 3: a setting, `plugins.toml`, a root or a component is wrong.
    Config,
    /// 4: the ledger is in use, damaged, full or from a newer version.
    Ledger,
    /// 5: Discord refuses the token or an intent, does not know the bot in the guild, or another process runs the bot.
    Discord,
    /// 6: the rehearsal model can't start. A real model that refuses or is away fails the turn: 1.
    Rehearsal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8 + 1)
    }
}

/// A failure that ends the program: one clear sentence and a code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fatal {
    /// The code.
    pub exit: Exit,
    /// What happened, what was expected, what to do.
    pub message: String,
    /// Why a bot can stay up nevertheless and say so: see [`crate::safe_mode`].
    pub safe_mode: Option<&'static str>,
}

impl Fatal {
    /// A failure with this code.
    pub fn new(exit: Exit, message: impl std::fmt::Display) -> Self {
        Self { exit, message: message.to_string(), safe_mode: None }
    }

    /// Turns any error into a failure with this code.
    pub fn of<E: std::fmt::Display>(exit: Exit) -> impl FnOnce(E) -> Self {
        move |error| Self::new(exit, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_documented_numbers() {
        let codes = [Exit::Failed, Exit::Usage, Exit::Config, Exit::Ledger, Exit::Discord, Exit::Rehearsal];
        let numbers: Vec<u8> = codes.iter().map(|exit| *exit as u8 + 1).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }
}
