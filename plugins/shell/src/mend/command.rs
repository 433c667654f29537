//! `BASH_COMMAND`, which the interpreter leaves empty: the text of the line that runs, as far as lines tell.
//!
//! `$BASH_COMMAND` becomes a call of this builtin with the line's number and the status, which it gives back.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bashkit::{Builtin, BuiltinContext, ExecResult, Result};

/// What `$BASH_COMMAND` and `${BASH_COMMAND}` are written as.
pub const CALL: &str = "$(__bash_command \"$LINENO\" $?)";
/// The name of the builtin.
pub const NAME: &str = "__bash_command";

/// What stands before a command on its line, and
const BEFORE: [&str; 9] = ["if ", "elif ", "while ", "until ", "then ", "do ", "else ", "{ ", "("];
/// behind it.
const BEHIND: [&str; 6] = ["; then", "; do", " }", ")", ";", " &"];

/// The builtin, for one script.
pub struct Command {
    script: Arc<str>,
    /// The line that was told last, and its command.
    told: Mutex<(usize, String)>,
}

impl Command {
    /// For this script.
    pub fn of(script: &str) -> Self {
        Self { script: script.into(), told: Mutex::default() }
    }

    /// The command on a line. Where a function begins, it is the one that called it, unless the line was told before.
    fn on(&self, line: usize) -> String {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let text = line.checked_sub(1).and_then(|line| self.script.lines().nth(line)).unwrap_or_default();
        if !(head(text).is_some() && told.0 != line) {
            told.1 = command(text).to_owned();
        }
        told.0 = line;
        // As bash writes a redirection.
        told.1.replace(">/", "> /")
    }
}

#[async_trait]
impl Builtin for Command {
    async fn execute(&self, context: BuiltinContext<'_>) -> Result<ExecResult> {
        let number = |at: usize| context.args.get(at).and_then(|word| word.parse::<usize>().ok()).unwrap_or_default();
        let mut result = ExecResult::ok(self.on(number(0)));
        result.exit_code = i32::try_from(number(1)).unwrap_or_default();
        Ok(result)
    }
}

/// What is behind the head of a function, where a line begins one.
fn head(line: &str) -> Option<&str> {
    let (name, body) = line.trim().split_once("() {")?;
    (!name.contains(char::is_whitespace)).then_some(body)
}

/// The command on a line.
fn command(line: &str) -> &str {
    let mut text = head(line).unwrap_or(line).trim();
    while let Some(rest) = BEFORE.iter().find_map(|word| text.strip_prefix(word)) {
        text = rest.trim_start();
    }
    let opened = text.len() < line.trim().len();
    while let Some(rest) = BEHIND.iter().filter(|word| **word != ")" || opened).find_map(|word| text.strip_suffix(word))
    {
        text = rest.trim_end();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Command, command};

    #[test]
    fn a_function_begins_with_the_command_that_called_it() {
        let builtin = Command::of("f() { echo in; }\nf");
        assert_eq!([builtin.on(2), builtin.on(1), builtin.on(1)], ["f", "f", "echo in"]);
    }

    #[test]
    fn a_line_is_read_as_its_command() {
        for (line, wanted) in [
            ("  echo \"in func\"", "echo \"in func\""),
            ("if true; then", "true"),
            ("for i in 1 2; do", "for i in 1 2"),
            ("f() { false; }", "false"),
            ("(echo a)", "echo a"),
            ("x=$(echo a)", "x=$(echo a)"),
            ("", ""),
        ] {
            assert_eq!(command(line), wanted);
        }
    }
}
