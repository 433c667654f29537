//! What the archive of a thread holds.

use claudetools_agent::ThreadId;
use claudetools_ledger::{Asked, Ledger, LedgerError, now};
use serde::Serialize;
use serde_json::{Value, json};

use super::archive::File;
use super::{AUDIT, MANIFEST, segment};
use crate::render::Guard;

/// What people are told first.
const README: &str = include_str!("README.txt");

/// What an archive is of. Keys may be added; a change of meaning gets a new `format`.
#[derive(Debug, Serialize)]
pub(super) struct Manifest<'a> {
    format: u32,
    thread: &'a str,
    title: &'a str,
    made: String,
    program: &'static str,
    /// The number and hash of the audit's last row when the archive was made.
    audit_ends: Option<(i64, String)>,
}

/// All files but the digests, in the order in which they are to be read.
pub(super) async fn files(ledger: &Ledger, guard: &Guard, thread: &ThreadId) -> Result<Vec<File>, LedgerError> {
    let export = crate::export(ledger, guard, thread).await?;
    let row = ledger.thread(thread).await?;
    let manifest = Manifest {
        format: 1,
        thread: thread.as_str(),
        title: &guard.scrub(row.as_ref().map_or("", |row| row.title.as_str())),
        made: now(),
        program: concat!("claudetools ", env!("CARGO_PKG_VERSION")),
        audit_ends: ledger.newest_audit(1).await?.pop().map(|row| (row.seq, row.hash)),
    };
    let mut files = vec![
        File::new("README.txt", README),
        File::new(MANIFEST, pretty(&manifest)?),
        File::new("transcript.md", export.markdown),
        File::new("transcript.json", export.json),
        File::new("confirmations.json", pretty(&confirmations(ledger, guard, thread).await?)?),
        File::new(AUDIT, audit(ledger, thread).await?),
    ];
    for artifact in ledger.artifacts(thread).await? {
        if let Some((_, data)) = ledger.artifact(thread, artifact.id).await? {
            files.push(File::new(format!("files/{:04}-{}", artifact.id, artifact.name), data));
        }
    }
    Ok(files)
}

async fn audit(ledger: &Ledger, thread: &ThreadId) -> Result<Vec<u8>, LedgerError> {
    let mut text = Vec::new();
    for line in segment::of(ledger, thread).await? {
        serde_json::to_writer(&mut text, &line).map_err(unreadable)?;
        text.push(b'\n');
    }
    Ok(text)
}

/// Every question that was put to people in the thread, as it was shown, and what became of it.
async fn confirmations(ledger: &Ledger, guard: &Guard, thread: &ThreadId) -> Result<Vec<Value>, LedgerError> {
    Ok(ledger.asked_in(thread).await?.iter().map(|asked| confirmation(asked, guard)).collect())
}

fn confirmation(asked: &Asked, guard: &Guard) -> Value {
    json!({
        "id": asked.id, "turn": asked.turn, "call": asked.call, "bound_to": asked.hash,
        "shown": guard.scrub(&asked.body), "expires": asked.expires, "state": asked.state.as_str(), "member": asked.member,
    })
}

fn pretty(value: &impl Serialize) -> Result<String, LedgerError> {
    Ok(serde_json::to_string_pretty(value).map_err(unreadable)? + "\n")
}

fn unreadable(source: serde_json::Error) -> LedgerError {
    LedgerError::Unreadable { what: "evidence".to_owned(), source }
}
