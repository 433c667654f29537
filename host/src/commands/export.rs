//! `claudetools export`.

use std::path::Path;

use claudetools_agent::ThreadId;
use claudetools_chat::render::{Guard, Scrub};
use claudetools_ledger::Ledger;
use claudetools_secrets::{Places, Secrets};

use super::out;
use crate::boot::{ledger_failed, policy};
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Prints the transcript of a thread, without the secrets that are known at this moment.
pub async fn export(config: &Config, policy_file: Option<&Path>, thread: &str, json: bool) -> Result<(), Fatal> {
    let ledger = Ledger::open_read_only(&config.data_dir).await.map_err(ledger_failed)?;
    let thread = named(&ledger, thread).await?;
    let guard = guard(config, policy_file)?;
    let export = claudetools_chat::export(&ledger, &guard, &thread).await.map_err(ledger_failed)?;
    out(if json { export.json } else { export.markdown })
}

/// The thread that is named so.
pub(super) async fn named(ledger: &Ledger, thread: &str) -> Result<ThreadId, Fatal> {
    let (front, name) = thread.split_once(':').unwrap_or(("discord", thread));
    let thread = ThreadId::new(front, name);
    if ledger.thread(&thread).await.map_err(ledger_failed)?.is_none() {
        let message =
            format!("there is no thread `{thread}`; a thread of Discord is named by the last number of its link");
        return Err(Fatal::new(Exit::Usage, message));
    }
    Ok(thread)
}

/// What takes out the secrets of the settings and of `plugins.toml`.
pub(super) fn guard(config: &Config, policy_file: Option<&Path>) -> Result<Guard, Fatal> {
    let file = policy(policy_file)?;
    let scrub = Scrub::new(&config.secrets);
    let env = |name: &str| config.environment.get(name).cloned();
    let places = Places { base: &file.base, vault: config.vault.as_deref(), env: &env };
    let (secrets, errors) = Secrets::load(&file.policy, &places);
    for error in errors {
        tracing::warn!("{error}; where it stands in the transcript, it is not taken out");
    }
    secrets.teach(&scrub);
    Ok(Guard::new(config.link_hosts.iter().cloned(), scrub))
}
