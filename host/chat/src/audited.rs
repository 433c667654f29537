//! The audit, as far as people read it in a chat.

use claudetools_agent::ThreadId;
use claudetools_ledger::{Broken, Row, Verified};

use crate::chat::{Chat, ChatError};

/// What rows of the audit are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditOf {
    /// Those of a thread.
    Thread(ThreadId),
    /// Those about a plugin.
    Plugin(String),
}

/// The newest rows, oldest first, and whether the whole audit is what was written.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The rows that were asked for.
    pub rows: Vec<Row>,
    /// How many rows there are and the hash of the last one, or the sentence that says where the chain is broken.
    pub chain: Result<Verified, String>,
}

impl Chat {
    /// The newest rows of the audit, at most `most`. The whole chain is checked each time.
    pub async fn audit(&self, of: &AuditOf, most: u32) -> Result<Audit, ChatError> {
        let ledger = &self.desk().settings.ledger;
        let mut rows = match of {
            AuditOf::Thread(thread) => ledger.audit_in(thread, most).await?,
            AuditOf::Plugin(plugin) => ledger.audit_about(plugin, most).await?,
        };
        rows.reverse();
        let chain = match ledger.verify_audit().await {
            Ok(verified) => Ok(verified),
            Err(Broken::Ledger(error)) => return Err(error.into()),
            Err(broken @ Broken::At { .. }) => Err(broken.to_string()),
        };
        Ok(Audit { rows, chain })
    }
}
