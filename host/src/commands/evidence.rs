//! `claudetools evidence`.

use std::fs::{File, read};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use claudetools_chat::{ChatError, Sound};
use claudetools_ledger::{Kind, Ledger, Record, Row};

use super::export::{guard, named};
use super::out;
use crate::boot::ledger_failed;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Packs a thread, and has the audit say so; works while the bot runs.
pub async fn pack(
    config: &Config,
    policy_file: Option<&Path>,
    thread: &str,
    file: Option<PathBuf>,
) -> Result<(), Fatal> {
    let ledger = Ledger::open_beside(&config.data_dir).await.map_err(ledger_failed)?;
    let thread = named(&ledger, thread).await?;
    let evidence = claudetools_chat::evidence(&ledger, &guard(config, policy_file)?, &thread).await;
    let evidence = evidence.map_err(|error| Fatal::new(Exit::Failed, ChatError::from(error)))?;
    let file = file.unwrap_or_else(|| format!("evidence-{}.zip", thread.name()).into());
    written(&file, &evidence.archive)?;
    let detail = serde_json::json!({ "digest": evidence.digest, "bytes": evidence.archive.len() });
    let record = Record { kind: Kind::Evidence, thread: Some(thread), turn: None, member: None, detail };
    ledger.append_audit(&record).await.map_err(ledger_failed)?;
    ledger.close().await;
    out(format_args!(
        "The evidence is in {}. Whoever has this digest knows that nothing in it was changed:\n{}\n",
        file.display(),
        evidence.digest
    ))
}

fn written(file: &Path, archive: &[u8]) -> Result<(), Fatal> {
    let made = File::create_new(file).and_then(|mut made| made.write_all(archive).and_then(|()| made.sync_all()));
    made.map_err(|error| {
        Fatal::new(Exit::Failed, format!("{} cannot be written: {error}; name another with --out", file.display()))
    })
}

/// Checks an archive, and with `ledger` that its rows are in this ledger's audit.
pub async fn verify(config: &Config, file: &Path, ledger: bool) -> Result<(), Fatal> {
    let archive =
        read(file).map_err(|error| Fatal::new(Exit::Usage, format!("{} cannot be read: {error}", file.display())))?;
    let sound = claudetools_chat::verify(&archive)
        .map_err(|flaw| Fatal::new(Exit::Failed, format!("{} is no evidence: {flaw}", file.display())))?;
    if ledger {
        let ledger = Ledger::open_read_only(&config.data_dir).await.map_err(ledger_failed)?;
        in_ledger(&ledger, &sound.rows).await?;
    }
    out(told(&sound, ledger))
}

async fn in_ledger(ledger: &Ledger, rows: &[Row]) -> Result<(), Fatal> {
    for row in rows {
        if ledger.audit_row(row.seq).await.map_err(ledger_failed)?.as_ref() != Some(row) {
            let message = format!("row {} of the archive is not the row {} of this ledger's audit", row.seq, row.seq);
            return Err(Fatal::new(Exit::Failed, message));
        }
    }
    Ok(())
}

fn told(sound: &Sound, ledger: bool) -> String {
    let others = match sound.others {
        0 => String::new(),
        others => format!(" {others} more belong to other threads and are there by their hashes."),
    };
    let ledger = if ledger { " All of them are in this ledger's audit." } else { "" };
    format!(
        "The archive of the thread {} is whole.\nFiles: {}, each as it was packed.\nRows of the audit: {}, each as it was \
         written.{others}{ledger}\nDigest: {}\n",
        sound.thread,
        sound.files,
        sound.rows.len(),
        sound.digest
    )
}
