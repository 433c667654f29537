//! Files and what is in them.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use claudetools_ledger::{Ledger, from_now};
use claudetools_review::old_wasmtime;

use super::{Check, State};
use crate::boot;
use crate::catalog::{Catalog, Draft};
use crate::config::Config;
use crate::policy_file::PolicyFile;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn checks(config: &Config, policy_file: Option<&Path>) -> Vec<Check> {
    let mut checks = vec![data_dir(&config.data_dir)];
    checks.extend(ledger(&config.data_dir).await);
    checks.extend(cache(&config.data_dir).await);
    match boot::policy(policy_file) {
        Ok(file) => checks.extend(of_policy(config, &file)),
        Err(fatal) => checks.push(Check::new("policy", State::Bad, fatal.to_string())),
    }
    checks.push(Check::of("wasmtime", wasmtime()));
    checks
}

/// The ids of the channels that the policy names; none where there is no policy.
pub(super) fn channels(policy_file: Option<&Path>) -> BTreeSet<String> {
    let Ok(file) = boot::policy(policy_file) else { return BTreeSet::new() };
    file.policy.named_channels().cloned().collect()
}

/// Whether the data directory can be written, or made.
fn data_dir(path: &Path) -> Check {
    let shown = path.display();
    let found = match std::fs::metadata(path) {
        Ok(meta) if !meta.is_dir() => Err(format!("{shown} is no directory; set CLAUDETOOLS_DATA_DIR to one")),
        Ok(_) => tempfile::tempfile_in(path).map(|_| format!("{shown} can be written")).map_err(|error| {
            format!("{shown} can't be written ({error}); give it to the bot's user, or set CLAUDETOOLS_DATA_DIR")
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Check::new(
                "data directory",
                State::Note,
                format!("{shown} is not there; the first start makes it"),
            );
        }
        Err(error) => Err(format!("{shown} can't be opened ({error}); set CLAUDETOOLS_DATA_DIR")),
    };
    Check::of("data directory", found)
}

/// Whether the ledger opens, its audit is whole, and there is a copy of it.
async fn ledger(data_dir: &Path) -> Vec<Check> {
    if !data_dir.join("ledger.sqlite").exists() {
        return vec![Check::new("ledger", State::Note, "there is none yet; the first start makes it")];
    }
    let ledger = match Ledger::open_read_only(data_dir).await {
        Ok(ledger) => ledger,
        Err(error) => return vec![Check::new("ledger", State::Bad, error.to_string())],
    };
    let verified = ledger.verify_audit().await;
    let audit = Check::of("ledger", verified.map(|audit| format!("the audit is whole: {} rows", audit.rows)));
    vec![audit, last_backup(&ledger).await]
}

async fn last_backup(ledger: &Ledger) -> Check {
    match ledger.last_backup().await {
        Ok(Some((at, file))) => Check::new("backup", State::Ok, format!("the last one is of {at}, at {file}")),
        Ok(None) => {
            Check::new("backup", State::Note, "there is none; `claudetools backup` makes one, also while the bot runs")
        }
        Err(error) => Check::new("backup", State::Bad, error.to_string()),
    }
}

/// Whether the model's cache served what it should have, where there were requests since yesterday.
async fn cache(data_dir: &Path) -> Option<Check> {
    let ledger = Ledger::open_read_only(data_dir).await.ok()?;
    let (lost, requests) = ledger.cache_lost_since(&from_now(DAY, true)).await.ok().filter(|(_, all)| *all > 0)?;
    let lost: Vec<String> = lost.into_iter().map(|(what, times)| format!("{what} ({times})")).collect();
    Some(match lost.is_empty() {
        true => {
            Check::new("prompt cache", State::Ok, format!("served what it had in {requests} requests since yesterday"))
        }
        false => {
            let says = format!(
                "lost in some of {requests} requests since yesterday, which cost many times as much; what had changed: {}",
                lost.join(", ")
            );
            Check::new("prompt cache", State::Note, says)
        }
    })
}

fn of_policy(config: &Config, file: &PolicyFile) -> Vec<Check> {
    let place = file.path.as_ref().map_or("the built-in one".to_owned(), |path| path.display().to_string());
    let roots = boot::roots(config, &file.policy, &file.base).map(|roots| {
        let named = |name: &String| roots.path(name).map(|path| format!("{name} at {}", path.display()));
        file.policy.roots.keys().filter_map(named).collect::<Vec<_>>().join(", ")
    });
    vec![Check::new("policy", State::Ok, place), Check::of("roots", roots), plugins(file)]
}

/// Whether every component may be called. One in quarantine is no fault of the machine.
fn plugins(file: &PolicyFile) -> Check {
    let draft = Draft::new(&file.policy, &file.base, &Catalog::default());
    let is_built_in = |file: Option<&Path>| file.is_none();
    let waiting = draft.quarantined();
    let names = waiting.iter().map(|waiting| {
        let reason = waiting.reasons.first().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("{}{reason}", waiting.name.escape_debug())
    });
    let names = names.collect::<Vec<_>>().join(", ");
    let admitted = draft.admitted().count();
    if waiting.iter().any(|waiting| is_built_in(waiting.file.as_deref())) {
        return Check::new("plugins", State::Bad, format!("built-in plugins are not admitted: {names}"));
    }
    match waiting.is_empty() {
        true => Check::new("plugins", State::Ok, format!("{admitted} admitted")),
        false => {
            let says = format!("{admitted} admitted; in quarantine: {names}; see `claudetools plugin review`");
            Check::new("plugins", State::Note, says)
        }
    }
}

fn wasmtime() -> Result<String, String> {
    let version = env!("WASMTIME");
    old_wasmtime(version).map_or(Ok(version.to_owned()), |why| Err(format!("{why} Update claudetools.")))
}
