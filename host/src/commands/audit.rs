//! `claudetools audit`.

use claudetools_ledger::{Broken, Ledger};

use crate::boot::ledger_failed;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Checks the audit's hash chain; works while the bot runs.
pub async fn verify(config: &Config) -> Result<(), Fatal> {
    let ledger = Ledger::open_read_only(&config.data_dir).await.map_err(ledger_failed)?;
    let verified = ledger.verify_audit().await.map_err(|broken| match broken {
        Broken::Ledger(error) => ledger_failed(error),
        broken @ Broken::At { .. } => Fatal::new(Exit::Failed, broken),
    })?;
    println!("The audit is whole: {} rows, the last one {}.", verified.rows, verified.head);
    Ok(())
}
