//! The tool: a command of a model, and what it reads of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudetools_kit::{Failure, Output, state};
use serde::Deserialize;

use crate::files::{Files, ROOTS};
use crate::shell::{Ended, Run, run};
use crate::transcript::Transcript;

/// How long a command may take where the call does not say.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(2);
/// The most that a call may say.
const MAX_TIMEOUT: Duration = Duration::from_mins(10);
/// What is left of the host's time for the answer, so that partial output is never lost with the instance.
const MARGIN: Duration = Duration::from_secs(1);
/// Where the thread's working directory is kept.
const CWD: &str = "cwd";

/// Bash's input.
#[derive(Deserialize)]
pub struct Input {
    command: String,
    timeout: Option<u64>,
    #[serde(default)]
    run_in_background: bool,
    // What the model says of the command is for people; the host shows it.
    #[serde(rename = "description")]
    _description: Option<String>,
}

/// Runs it. `id` is the call's.
pub fn call(input: &Input, id: &str, budget_ms: u32) -> Result<Output, Failure> {
    let directory = working_directory();
    let timeout = timeout(input, Duration::from_millis(budget_ms.into()));
    let transcript = Transcript::new(Path::new("/thread"), id);
    let request = Run { script: &input.command, directory: &directory, timeout, together: true };
    let ended = block_on(run(&request, Files::new(Path::new("")), &transcript))?;
    // What runs beside the thread's commands does not move them.
    let moved = if input.run_in_background { None } else { keep(&directory, &ended.directory) };
    Ok(answer(transcript, &ended, timeout, moved))
}

fn block_on(future: impl Future<Output = Ended>) -> Result<Ended, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Failure::Internal(format!("the shell could not start: {error}")))?;
    Ok(runtime.block_on(future))
}

/// What was asked for, within what may be asked for and what the host gives.
fn timeout(input: &Input, budget: Duration) -> Duration {
    let default = if input.run_in_background { MAX_TIMEOUT } else { DEFAULT_TIMEOUT };
    let asked = input.timeout.map_or(default, Duration::from_millis).min(MAX_TIMEOUT);
    let given = if budget > 2 * MARGIN { budget - MARGIN } else { budget / 2 };
    asked.min(given)
}

/// Where the thread's last command ended, or the first root that is granted.
fn working_directory() -> PathBuf {
    let kept = state::get(CWD).and_then(|bytes| String::from_utf8(bytes).ok()).map(PathBuf::from);
    let is_there = |directory: &PathBuf| fs::metadata(directory).is_ok_and(|found| found.is_dir());
    let roots = ROOTS.iter().map(PathBuf::from);
    kept.into_iter().chain(roots).find(is_there).unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Keeps the working directory for the thread's next command; answers what became of one that cannot be kept.
fn keep(before: &Path, after: &Path) -> Option<String> {
    // What is in scratch or in memory is gone with the call.
    let lasts = ["/repo", "/vault", "/thread"].iter().any(|root| after.starts_with(root));
    if after == before {
        return None;
    }
    if !lasts {
        return Some(format!("Shell cwd was reset to {}", before.display()));
    }
    let refused = state::set(CWD, after.to_string_lossy().as_bytes()).err()?;
    Some(format!("Shell cwd was reset to {}: {}", before.display(), refused.message))
}

fn answer(transcript: Transcript, ended: &Ended, timeout: Duration, moved: Option<String>) -> Output {
    let said = transcript.finish();
    let how = match (ended.timed_out, ended.status) {
        (true, _) => Some(format!("Command timed out after {} s", timeout.as_secs_f32().ceil())),
        (false, 0) => None,
        (false, status) => Some(format!("Exit code {status}")),
    };
    let summary = how.clone().unwrap_or_else(|| format!("{} lines", said.lines));
    let text = [how, Some(said.text).filter(|text| !text.is_empty()), moved];
    let text = text.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let output = Output::text(if text.is_empty() { "(no output)".to_owned() } else { text }).summary(summary);
    if said.cut { output.truncated() } else { output }
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;
    use crate::shell::Sink as _;

    fn shown(said: &str, status: i32, timed_out: bool) -> String {
        let transcript = Transcript::new(Path::new("/nowhere"), "call");
        transcript.stdout(said.as_bytes());
        let ended = Ended { status, directory: "/repo".into(), timed_out };
        let output = answer(transcript, &ended, Duration::from_secs(120), None);
        let [Part::Text(text)] = &output.parts[..] else { panic!("{output:?}") };
        format!("{text}\n-- {}", output.summary)
    }

    #[test]
    fn a_command_that_fails_says_its_exit_code_first() {
        insta::assert_snapshot!(shown("oops\n", 3, false), @r"
        Exit code 3
        oops
        -- Exit code 3
        ");
    }

    #[test]
    fn a_command_that_was_stopped_keeps_what_it_said() {
        insta::assert_snapshot!(shown("so far\n", 124, true), @r"
        Command timed out after 120 s
        so far
        -- Command timed out after 120 s
        ");
    }

    #[test]
    fn a_command_that_says_nothing_is_not_an_empty_answer() {
        insta::assert_snapshot!(shown("", 0, false), @r"
        (no output)
        -- 0 lines
        ");
    }

    #[test]
    fn nobody_gets_more_time_than_the_host_gives() {
        let input = |timeout, run_in_background| Input {
            command: String::new(),
            timeout,
            run_in_background,
            _description: None,
        };
        assert_eq!(timeout(&input(None, false), Duration::from_secs(30)), Duration::from_secs(29));
        assert_eq!(timeout(&input(Some(5_000), true), Duration::from_secs(30)), Duration::from_secs(5));
        assert_eq!(timeout(&input(Some(u64::MAX), false), Duration::from_hours(1)), MAX_TIMEOUT);
        assert_eq!(timeout(&input(None, false), Duration::from_hours(1)), DEFAULT_TIMEOUT);
        assert_eq!(timeout(&input(None, true), Duration::from_hours(1)), MAX_TIMEOUT);
    }
}
