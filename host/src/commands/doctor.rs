//! `claudetools doctor`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::out;
use crate::cli::Plain;
use crate::config::Config;
use crate::doctor::{Check, State, look};
use crate::exit::{Exit, Fatal};

/// Looks at everything and says what is wrong: exit code 0 where nothing is, 1 where something is.
pub async fn doctor(config: &Config, policy_file: Option<&Path>, format: Plain) -> Result<ExitCode, Fatal> {
    let checks = look(config, policy_file).await;
    let well = checks.iter().all(|check| check.state != State::Bad);
    match format {
        Plain::Text => out(checks.iter().map(line).collect::<String>())?,
        Plain::Json => out(format_args!("{:#}\n", json!({ "schema": 1, "well": well, "checks": checks })))?,
    }
    Ok(if well { ExitCode::SUCCESS } else { Exit::Failed.into() })
}

/// One line a check: whatever it says is one, however long.
fn line(check: &Check) -> String {
    let word = match check.state {
        State::Ok => "ok  ",
        State::Note => "note",
        State::Bad => "BAD ",
    };
    format!("{word}  {}: {}\n", check.name, check.says.replace('\n', " "))
}
