//! What a turn owes the person: its answer, written in the same transaction as its end.

use std::sync::Arc;

use claudetools_agent::entry::{End, Entry};
use claudetools_agent::{ThreadId, TurnId};
use claudetools_ledger::{Batch, Given, Kind, LedgerError, Outgoing, Record, UsageRow};
use claudetools_policy::{Digest, MemberId};

use crate::desk::Desk;
use crate::render::safe_name;
use crate::{Delivery, DeliveryKind};

impl Desk {
    /// Writes a step of a turn. The turn's end takes its answer into the outbox and its messages out of the inbox, in
    /// one transaction: a message gets one answer, whenever the program dies.
    pub(crate) async fn commit(
        &self,
        thread: &ThreadId,
        turn: &TurnId,
        asker: &(String, MemberId),
        entries: &[Entry],
        usage: Option<&UsageRow>,
    ) -> Result<(), LedgerError> {
        let end = entries.iter().find_map(|entry| match entry {
            Entry::Ended { end, .. } => Some(end),
            _ => None,
        });
        let answer = end.map(|end| Delivery {
            id: answer_id(turn),
            thread: thread.clone(),
            reply_to: Some(asker.clone()),
            kind: kind(end),
            posted: Vec::new(),
        });
        let delivery = answer.or_else(|| compaction(thread, turn, entries));
        self.write(thread, entries, usage, delivery.as_ref()).await?;
        if let Some(DeliveryKind::Answer(text)) = delivery.as_ref().map(|delivery| &delivery.kind) {
            self.audit_links(thread, turn, text).await?;
        }
        Ok(())
    }

    /// Owes a notice about a turn; the same turn owes each at most once.
    pub(crate) async fn owe_notice(
        self: &Arc<Self>,
        thread: &ThreadId,
        turn: &TurnId,
        text: &str,
    ) -> Result<(), LedgerError> {
        self.owe_line(thread, &format!("notice {text} {turn}"), text).await
    }

    /// Owes a line; one key owes at most one.
    pub(crate) async fn owe_line(
        self: &Arc<Self>,
        thread: &ThreadId,
        key: &str,
        text: &str,
    ) -> Result<(), LedgerError> {
        let delivery = Delivery {
            id: id(key),
            thread: thread.clone(),
            reply_to: None,
            kind: DeliveryKind::Notice(text.to_owned()),
            posted: Vec::new(),
        };
        self.owe(&delivery).await
    }

    /// Owes a delivery; one whose id was owed before stays as it is.
    pub(crate) async fn owe(self: &Arc<Self>, delivery: &Delivery) -> Result<(), LedgerError> {
        self.write(&delivery.thread, &[], None, Some(delivery)).await?;
        self.deliver_soon(&delivery.thread);
        Ok(())
    }

    /// Owes a file that a tool gave.
    pub(crate) async fn owe_file(
        self: &Arc<Self>,
        thread: &ThreadId,
        turn: &TurnId,
        artifact: i64,
        name: &str,
    ) -> Result<(), LedgerError> {
        let delivery = Delivery {
            id: id(&format!("file {artifact} {turn}")),
            thread: thread.clone(),
            reply_to: None,
            kind: DeliveryKind::File { artifact, name: name.to_owned() },
            posted: Vec::new(),
        };
        self.owe(&delivery).await
    }

    /// Owes a diff as a file. Its first line is the path of what changed.
    pub(crate) async fn owe_diff(
        self: &Arc<Self>,
        thread: &ThreadId,
        turn: &TurnId,
        call: &str,
        diff: &str,
    ) -> Result<(), LedgerError> {
        let path = diff.lines().next().unwrap_or_default();
        let name = safe_name(&format!("{path}.diff"));
        let given = Given { thread, turn, call, name: &name, media_type: "text/x-diff", data: diff.as_bytes() };
        let artifact = self.settings.ledger.keep_artifact(&given).await?;
        self.owe_file(thread, turn, artifact, &name).await
    }

    async fn write(
        &self,
        thread: &ThreadId,
        entries: &[Entry],
        usage: Option<&UsageRow>,
        delivery: Option<&Delivery>,
    ) -> Result<(), LedgerError> {
        let unwritable = |source| LedgerError::Unreadable { what: "a delivery".to_owned(), source };
        let body = delivery.map(serde_json::to_string).transpose().map_err(unwritable)?;
        let outgoing = delivery.zip(body.as_ref()).map(|(delivery, body)| Outgoing { id: &delivery.id, body });
        self.settings.ledger.commit(thread, Batch { entries, usage, outgoing }).await?;
        if entries.iter().any(|entry| matches!(entry, Entry::Steered { .. })) {
            self.moved();
        }
        Ok(())
    }

    /// Notes which hosts an answer links to that people cannot click, because nobody allowed them.
    async fn audit_links(&self, thread: &ThreadId, turn: &TurnId, text: &str) -> Result<(), LedgerError> {
        let hosts = self.settings.guard.foreign_hosts(text);
        if hosts.is_empty() {
            return Ok(());
        }
        let record = Record {
            kind: Kind::Neutralised,
            thread: Some(thread.clone()),
            turn: Some(turn.clone()),
            member: None,
            detail: serde_json::json!({ "hosts": hosts }),
        };
        self.settings.ledger.append_audit(&record).await.map(drop)
    }
}

/// The line that tells of a compaction.
fn compaction(thread: &ThreadId, turn: &TurnId, entries: &[Entry]) -> Option<Delivery> {
    let compacted = entries.iter().find_map(|entry| match entry {
        Entry::Compacted(compacted) => Some(compacted),
        _ => None,
    })?;
    let unique = claudetools_ledger::now();
    Some(Delivery {
        id: id(&format!("compacted {unique} {turn}")),
        thread: thread.clone(),
        reply_to: None,
        kind: DeliveryKind::Notice(compacted.to_string()),
        posted: Vec::new(),
    })
}

/// The id of the delivery that brings a turn's answer.
pub(crate) fn answer_id(turn: &TurnId) -> String {
    id(&format!("answer {turn}"))
}

/// The id of what is owed: the same whenever it is owed again, and short enough for a nonce.
pub(crate) fn id(key: &str) -> String {
    Digest::of(key).hex()[..16].to_owned()
}

fn kind(end: &End) -> DeliveryKind {
    match end {
        End::Answered { text } if text.trim().is_empty() => DeliveryKind::Notice("Done, without a word.".to_owned()),
        End::Answered { text } => DeliveryKind::Answer(text.clone()),
        End::Failed { message } => DeliveryKind::Failure(message.clone()),
        End::Stopped { text } if text.trim().is_empty() => DeliveryKind::Notice("Stopped.".to_owned()),
        End::Stopped { text } => DeliveryKind::Answer(format!("{}\n\n*Stopped.*", text.trim_end())),
    }
}
