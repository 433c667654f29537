//! Who spoke where.

use claudetools_agent::ThreadId;
use claudetools_policy::MemberId;

use crate::chat::{Chat, ChatError};

/// A member whose words are in a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoke {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub thread: ThreadId,
    /// The thread's title; may be empty.
    pub title: String,
    /// When something last happened in it, RFC 3339.
    pub last_activity: String,
}

impl Chat {
    /// The threads of a front and who spoke in them, the one with the newest activity first, at most `most`; of one
    /// member or of everybody.
    pub async fn spoke(&self, front: &str, member: Option<&MemberId>, most: u32) -> Result<Vec<Spoke>, ChatError> {
        let rows = self.desk().settings.ledger.spoke(front, member.map(|member| member.0.as_str()), most).await?;
        let spoke = |(member, row): (String, claudetools_ledger::ThreadRow)| Spoke {
            member: MemberId(member),
            thread: row.id,
            title: row.title,
            last_activity: row.last_activity,
        };
        Ok(rows.into_iter().map(spoke).collect())
    }

    /// Whether a turn runs in a thread.
    pub fn is_running(&self, thread: &ThreadId) -> bool {
        self.desk().is_running(thread)
    }
}
