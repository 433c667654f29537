//! Commands that show what is behind the conversation: plugins, reviews, the audit.

use claudetools_agent::ThreadId;
use claudetools_chat::{Audit, AuditOf};

use crate::commands::Typed;
use crate::core::Core;
use crate::reply::{No, Reply};

/// Rows of the audit where nobody says how many.
const ROWS: i64 = 15;
/// Characters of a row's particulars that a list shows.
const PARTICULARS: usize = 160;

impl Core {
    pub(crate) fn plugins(&self) -> Reply {
        let all = (self.settings.program.plugins)();
        let text: String = all.iter().map(|plugin| plugin.text.as_str()).collect();
        fenced(if text.is_empty() { "There are no plugins.\n" } else { &text }).into()
    }

    pub(crate) async fn review(&self, typed: &Typed) -> Result<Reply, No> {
        let name = typed.text("name").unwrap_or_default();
        match (self.settings.program.review)(name.to_owned()).await {
            Some(review) => Ok(Reply {
                text: "The review of this plugin, as it is at the moment:".to_owned(),
                files: vec![("review.md".to_owned(), review.into_bytes())],
                ..Reply::default()
            }),
            None => Err(No::Failed("There is no plugin of this name; `/plugins` lists them.".to_owned())),
        }
    }

    pub(crate) async fn audit(&self, typed: &Typed, thread: ThreadId) -> Result<Reply, No> {
        let of = match typed.text("plugin") {
            Some(plugin) => AuditOf::Plugin(plugin.to_owned()),
            None => AuditOf::Thread(thread),
        };
        let most = u32::try_from(typed.count("rows").unwrap_or(ROWS)).unwrap_or(1);
        Ok(audited(&self.chat.audit(&of, most).await?).into())
    }
}

/// The rows, and whether they are what was written.
fn audited(audit: &Audit) -> String {
    let rows = audit.rows.iter().map(|row| {
        let detail: String = row.detail.chars().take(PARTICULARS).collect();
        let cut = if detail.len() < row.detail.len() { "…" } else { "" };
        let member = row.member.as_deref().unwrap_or("-");
        format!("{} {} {} {member} {detail}{cut}\n", row.seq, row.at, row.kind)
    });
    let rows: String = rows.collect();
    let rows = if rows.is_empty() { "There are no rows.\n".to_owned() } else { fenced(&rows) };
    let chain = match &audit.chain {
        Ok(verified) => format!("The audit is whole: {} rows, the last one `{}`.", verified.rows, verified.head),
        Err(broken) => format!("**{broken}.** Keep the file of the ledger, and compare it with a backup."),
    };
    format!("{rows}{chain}")
}

/// A text that stays as it is, in a fence that nothing in it can close.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}{fence}\n")
}
