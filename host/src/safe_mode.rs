//! What is left where the ledger can't be opened: the program stays up, says so to whoever speaks to it, and does nothing.
//!
//! No turn runs, so that no plugin is loaded, no tool is called and the model is asked nothing. The ledger's file is not
//! touched; what the fronts themselves need to keep is kept in a directory that is gone at the end.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{ToolCall, ToolDef, ToolEvent, ToolResult, Tools};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::render::{Guard, Scrub};
use claudetools_chat::{Chat, Settings};
use claudetools_discord::Program;
use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::{Budget, ChannelPolicy};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::boot::{ledger_failed, policy};
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// How often it is looked whether somebody has mended the ledger.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Why the program can't work and is still of use, in words for everybody: no path and no name of the machine's.
/// `None` where it has to end instead.
pub fn reason(error: &LedgerError) -> Option<&'static str> {
    match error {
        LedgerError::Damaged(_) | LedgerError::Unreadable { .. } => Some("my ledger is damaged"),
        LedgerError::Newer { .. } => Some("my ledger was written by a newer version of me"),
        LedgerError::Full => Some("the disk of my ledger is full"),
        LedgerError::Io(_) => Some("the disk of my ledger can't be read or written"),
        LedgerError::Database(_) | LedgerError::Migration(_) => Some("my ledger can't be opened"),
        LedgerError::InUse(_)
        | LedgerError::Place { .. }
        | LedgerError::Missing(_)
        | LedgerError::Older { .. }
        | LedgerError::Exists(_)
        | LedgerError::Unsound { .. }
        | LedgerError::ReadOnly => None,
    }
}

/// What everybody who speaks to the bot is told.
pub fn sentence(reason: &str) -> String {
    format!(
        "I am in safe mode: {reason}, so I do nothing until an administrator has mended that. Then I read on where I \
         stopped."
    )
}

/// A desk at which everybody is told that, and nothing is done. The directory holds what its fronts keep.
pub async fn chat(config: &Config, policy_file: Option<&Path>, reason: &str, dir: &Path) -> Result<Chat, Fatal> {
    let policy = policy(policy_file)?.policy;
    let nowhere = Endpoint {
        base_url: "http://127.0.0.1:9".to_owned(),
        auth: Auth::None,
        dialect: Dialect::Compatible,
        idle: Duration::from_secs(1),
    };
    let settings = Settings {
        ledger: Ledger::open(dir).await.map_err(ledger_failed)?,
        client: Client::new(nowhere).map_err(Fatal::of(Exit::Config))?,
        model: config.model_id.clone(),
        effort: config.effort.clone(),
        title_model: None,
        tools: Arc::new(NoTools),
        roles: Arc::new(move |ids| policy.roles_of(ids)),
        channel: Arc::new(|_| ChannelPolicy::default()),
        instructions: Arc::new(Instructions::default),
        limits: Arc::new(TurnLimits::default),
        budget: Arc::new(Budget::default),
        guard: Guard::new(config.link_hosts.iter().cloned(), Scrub::new(&config.secrets)),
    };
    Ok(Chat::closed(settings, sentence(reason)))
}

/// What commands are told of: nothing.
pub fn program() -> Program {
    let nothing = "Nothing can be started while the ledger can't be opened.";
    Program {
        clients: Arc::new(Vec::new),
        skills: Arc::new(Vec::new),
        skill: Arc::new(move |_, _| Err(nothing.to_owned())),
        plugins: Arc::new(Vec::new),
        review: Arc::new(|_| Box::pin(async { None })),
    }
}

/// Waits until the ledger can be opened again.
pub async fn mended(data_dir: &Path) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        match Ledger::open(data_dir).await {
            Ok(ledger) => return ledger.close().await,
            Err(error) => tracing::warn!(%error, "safe mode goes on"),
        }
    }
}

/// No tools.
struct NoTools;

#[async_trait::async_trait]
impl Tools for NoTools {
    fn offered(&self, _channel: &ChannelPolicy) -> Vec<ToolDef> {
        Vec::new()
    }

    fn read_only(&self, _name: &str) -> bool {
        false
    }

    async fn call(&self, call: ToolCall, _events: UnboundedSender<ToolEvent>, _stop: CancellationToken) -> ToolResult {
        ToolResult { content: Vec::new(), is_error: true, summary: format!("`{}` is not there", call.name), code: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_without_a_word_on_the_machine() {
        let newer = LedgerError::Newer { path: "/secret/place".into(), found: 9, known: 8 };
        let said = |error: &LedgerError| sentence(reason(error).unwrap_or("nothing"));
        insta::assert_snapshot!(said(&newer), @"I am in safe mode: my ledger was written by a newer version of me, so I do nothing until an administrator has mended that. Then I read on where I stopped.");
        insta::assert_snapshot!(said(&LedgerError::Damaged("malformed".into())), @"I am in safe mode: my ledger is damaged, so I do nothing until an administrator has mended that. Then I read on where I stopped.");
        assert_eq!(reason(&LedgerError::InUse("/data".into())), None, "a second program ends");
    }
}
