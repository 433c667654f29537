//! `claudetools plugin approve`.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::{Admission, Approval, Digest, Found, Policy, admit};
use claudetools_review::{Band, Review, render, review};
use claudetools_sandbox::read_component;

use super::shelf::{Lore, Plugin, Shelf};
use super::{diff, out, skeleton};
use crate::approval::{Baseline, Rewrite, RewriteError, edit, record_changes, signed};
use crate::boot::PolicyFile;
use crate::cli::ApproveArgs;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Approves a plugin: exactly these bytes, these words and these grants.
pub async fn approve(config: &Config, policy_file: Option<&Path>, args: ApproveArgs) -> Result<(), Fatal> {
    let shelf = Shelf::open(config, policy_file)?;
    let plugin = shelf.plugin(&args.name)?;
    let (file, found) = fit(&shelf, &plugin)?;
    if shelf.file.path.is_none() || !shelf.file.policy.plugins.contains_key(&plugin.name) {
        return skeleton::print(&shelf, found, file);
    }
    let approval = wanted(config, &shelf, found, &args)?;
    if args.print {
        return out(approval.signed_text());
    }
    let lore = Lore::read(config, &shelf, 30).await?;
    let reviewed = lore.with(&shelf, &plugin, review);
    if shelf.approved(&plugin.name).is_some_and(|there| same(there, &approval)) && plugin.reasons.is_empty() {
        println!("{} {} is approved already, as it is.", plugin.name, approval.version);
        return Ok(());
    }
    show(&shelf, &plugin, &reviewed);
    refuse_high(&reviewed, &args)?;
    if args.signed.is_none() {
        by_a_person(&plugin.name, args.yes_i_typed.as_deref())?;
    }
    let text = edit::approve(&shelf.file.text, &plugin.name, &approval).map_err(Fatal::of(Exit::Failed))?;
    let bytes = read_component(file).map_err(Fatal::of(Exit::Failed))?;
    unchanged(&bytes, found)?;
    runs(found, &text)?;
    rewrite(&shelf.file, &text)?;
    println!("{} {} is approved by {}.", plugin.name, approval.version, approval.by);
    if let Err(error) = Baseline::keep(&config.data_dir, &plugin.name, &bytes, &text) {
        eprintln!("{error}; `plugin diff` will not know it");
    }
    changed(config, &text).await
}

/// The file and the component of a plugin that an approval would make run.
fn fit<'p>(shelf: &Shelf, plugin: &'p Plugin) -> Result<(&'p Path, &'p Found), Fatal> {
    let refused = |message: String| Fatal::new(Exit::Failed, message);
    let file = plugin.file.as_deref().ok_or_else(|| {
        refused(format!("`{}` is part of the program, which is its approval; there is nothing to approve", plugin.name))
    })?;
    let unfit: Vec<String> = plugin.unfit(shelf).iter().map(ToString::to_string).collect();
    match &plugin.found {
        Ok(found) if unfit.is_empty() => Ok((file, found)),
        _ => Err(refused(format!("{} can't be approved, because it would not run: {}", plugin.name, unfit.join("; ")))),
    }
}

/// The approval that is to be written.
fn wanted(config: &Config, shelf: &Shelf, found: &Found, args: &ApproveArgs) -> Result<Approval, Fatal> {
    let name = &found.manifest.name;
    let table = shelf.file.policy.plugins.get(name).cloned().unwrap_or_default();
    let keys = !shelf.file.policy.review.keys.is_empty();
    match &args.signed {
        Some(text) if keys => return signed::read(text, found, &table).map_err(Fatal::of(Exit::Failed)),
        Some(_) => {
            let message = "`[review]` of plugins.toml names no `keys`, so no signature counts; approve at a terminal, or name the key there";
            return Err(Fatal::new(Exit::Failed, message));
        }
        None if keys && !args.print => {
            let message = format!(
                "`[review] keys` of plugins.toml wants every approval signed: `claudetools plugin approve {name} --print`, then --signed"
            );
            return Err(Fatal::new(Exit::Failed, message));
        }
        None => {}
    }
    let by = args.by.as_ref().or(config.user.as_ref());
    let by = by.ok_or_else(|| Fatal::new(Exit::Usage, "this user has no name here; say who approves with --by"))?;
    Ok(Approval { at: now(), note: args.note.clone(), ..found.approval(by, Some(&table)) })
}

/// The time to the second.
fn now() -> String {
    let now = claudetools_ledger::now();
    format!("{}Z", now.split('.').next().unwrap_or_default())
}

/// Whether two approvals are for the same.
fn same(one: &Approval, other: &Approval) -> bool {
    let digests = |of: &Approval| (of.component, of.request, of.imports, of.strings, of.grants);
    digests(one) == digests(other) && (one.signature == other.signature || other.signature.is_none())
}

/// What a person must have seen: the changes since the last approval, or everything where there was none.
fn show(shelf: &Shelf, plugin: &Plugin, reviewed: &Review) {
    if shelf.approved(&plugin.name).is_some() {
        eprintln!("{}", diff::text(shelf, plugin, reviewed));
    }
    eprintln!("{}", render::text(reviewed));
}

fn refuse_high(reviewed: &Review, args: &ApproveArgs) -> Result<(), Fatal> {
    if reviewed.risk.band < Band::Extreme || args.accept_high {
        return Ok(());
    }
    let message = format!(
        "the risk of `{}` is {}; narrow its grants as the review above says, or approve with --accept-high",
        args.name, reviewed.risk.total
    );
    Err(Fatal::new(Exit::Failed, message))
}

/// A person at a terminal types the name: nothing that a tool, a script or a model can start gets past this by itself.
fn by_a_person(name: &str, typed: Option<&str>) -> Result<(), Fatal> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let message = "an approval needs a person at a terminal, and stdin is none; or sign it, see --help";
        return Err(Fatal::new(Exit::Failed, message));
    }
    let mut line = typed.unwrap_or_default().to_owned();
    if typed.is_none() {
        eprint!("Type the plugin's name to approve it: ");
        let asked = std::io::stderr().flush().and_then(|()| stdin.read_line(&mut line));
        asked.map_err(|error| Fatal::new(Exit::Failed, format!("the terminal can't be read: {error}")))?;
    }
    match line.trim() {
        typed if typed == name => Ok(()),
        typed => {
            Err(Fatal::new(Exit::Failed, format!("`{}` is not `{name}`; nothing was approved", typed.escape_debug())))
        }
    }
}

/// What is approved is what was shown.
fn unchanged(bytes: &[u8], found: &Found) -> Result<(), Fatal> {
    if Digest::of(bytes) == found.component {
        return Ok(());
    }
    Err(Fatal::new(Exit::Failed, "the component's file was changed in the meantime; nothing was approved"))
}

/// Whether the loader would take it now: the signature, where one is wanted, is checked here, too.
fn runs(found: &Found, text: &str) -> Result<(), Fatal> {
    let policy = Policy::parse(text).map_err(Fatal::of(Exit::Failed))?;
    match admit(found.clone(), &policy, false) {
        Admission::Admitted(_) => Ok(()),
        Admission::Quarantined(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            Err(Fatal::new(Exit::Failed, format!("nothing was approved: {}", reasons.join("; "))))
        }
    }
}

/// Writes the policy's file, if it still is what was read.
pub fn rewrite(file: &PolicyFile, text: &str) -> Result<(), Fatal> {
    let failed = |error: RewriteError| Fatal::new(Exit::Failed, error);
    let Some(path) = &file.path else {
        return Err(Fatal::new(
            Exit::Config,
            "there is no plugins.toml here; the one that is part of the program can't be changed",
        ));
    };
    let open = Rewrite::open(path).map_err(failed)?;
    if open.text != file.text {
        return Err(failed(RewriteError::Changed(path.clone())));
    }
    open.replace(text).map_err(failed)
}

/// Puts the changed approvals into the audit, or leaves that to the bot: it records what it finds when it starts, and
/// when the file changes while it runs. Where there is no ledger yet none is made: it would be this user's, not the bot's.
pub async fn changed(config: &Config, text: &str) -> Result<(), Fatal> {
    let policy = Policy::parse(text).map_err(Fatal::of(Exit::Config))?;
    if let Err(LedgerError::Missing(_)) = Ledger::open_read_only(&config.data_dir).await {
        return Ok(());
    }
    let recorded = match Ledger::open(&config.data_dir).await {
        Ok(ledger) => {
            let recorded = record_changes(&ledger, &policy).await;
            ledger.close().await;
            recorded
        }
        Err(LedgerError::InUse(_)) => {
            eprintln!("The bot that runs takes it up and records it.");
            return Ok(());
        }
        Err(error) => Err(error),
    };
    if let Err(error) = recorded {
        eprintln!("The audit has no row of it yet, the bot writes it when it starts: {error}");
    }
    Ok(())
}
