//! A thread's transcript, to be read or kept elsewhere.

mod collect;
mod markdown;
mod transcript;

use claudetools_agent::ThreadId;
use claudetools_agent::entry::Entry;
use claudetools_ledger::{Ledger, LedgerError, now};
use serde_json::Value;

use crate::render::{Guard, plain};
use transcript::{Confirmed, Doing, File, Transcript};

/// A thread's transcript in two forms. Known secrets are taken out of both, and what cannot be seen out of the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// For people: who said what when, tool calls folded.
    pub markdown: String,
    /// For programs: `{"format": 1, "thread", "title", "created", "exported", "micro_usd", "turns", "files"}`. A turn is
    /// `{"id", "micro_usd", "requests", "doings"}`, and what was done in it is, in order, one of `{"said": {"member",
    /// "name", "at", "text"}}`, `{"note"}`, `{"answer"}`, `{"call": {"id", "tool", "input", "output", "ended",
    /// "confirmation"}}`, `{"failed"}` and `"stopped"`. `ended` is `done`, `failed` or `interrupted`. Keys may be added
    /// to a format; one that changes its meaning gets a new number.
    pub json: String,
}

/// The transcript of a thread; empty where nothing was said in it.
pub async fn export(ledger: &Ledger, guard: &Guard, thread: &ThreadId) -> Result<Export, LedgerError> {
    let entries = ledger.load_all(thread).await?;
    let transcript = transcript(ledger, thread, &entries).await?;
    let unreadable = |source| LedgerError::Unreadable { what: "a transcript".to_owned(), source };
    let mut json = serde_json::to_value(&transcript).map_err(unreadable)?;
    scrub(&mut json, guard);
    Ok(Export { markdown: plain(&markdown::of(&transcript), guard), json: format!("{json:#}\n") })
}

async fn transcript(ledger: &Ledger, thread: &ThreadId, entries: &[Entry]) -> Result<Transcript, LedgerError> {
    let mut turns = collect::turns(entries);
    for turn in &mut turns {
        for doing in &mut turn.doings {
            if let Doing::Call(call) = doing {
                let asked = ledger.asked_about(thread, &turn.id, &call.id).await?;
                call.confirmation = asked.map(|asked| Confirmed { state: asked.state.as_str(), member: asked.member });
            }
        }
    }
    let row = ledger.thread(thread).await?;
    let files = ledger.artifacts(thread).await?;
    Ok(Transcript {
        format: 1,
        thread: thread.as_str().to_owned(),
        title: row.as_ref().map_or("Nothing was said here", |row| row.title.as_str()).to_owned(),
        created: row.map(|row| row.created),
        exported: now(),
        micro_usd: turns.iter().map(|turn| turn.micro_usd).sum(),
        turns,
        files: files.into_iter().map(File::from).collect(),
    })
}

/// Takes known secrets out of every string: the text of the JSON itself could hold one in another spelling.
fn scrub(value: &mut Value, guard: &Guard) {
    match value {
        Value::String(text) => *text = guard.scrub(text),
        Value::Array(values) => values.iter_mut().for_each(|value| scrub(value, guard)),
        Value::Object(fields) => {
            let scrubbed = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                scrub(&mut value, guard);
                (guard.scrub(&key), value)
            });
            *fields = scrubbed.collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
