//! `claudetools ask`: one turn from the command line.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use claudetools_agent::ThreadId;
use claudetools_agent::tools::ToolEvent;
use claudetools_agent::turn::Update;
use claudetools_chat::{Chat, Delivery, DeliveryError, DeliveryKind, Front, Mention, Receipt};
use claudetools_ledger::Ledger;
use claudetools_policy::{MemberId, Policy};
use claudetools_sandbox::Asks;
use tokio::sync::oneshot;

use crate::boot::boot;
use crate::config::Config;
use crate::exit::{Exit, Fatal};

/// Asks, waits for the answer, prints it. Exit 1 when the turn failed.
pub async fn ask(
    config: &Config,
    policy: Option<&Path>,
    question: String,
    json: bool,
    about: About,
) -> Result<(), Fatal> {
    let text = question_text(question)?;
    let (booted, _) = boot(config, policy, Asks::Nobody).await?;
    let (answered, answer) = oneshot::channel();
    booted.chat.attach(Arc::new(Terminal { answered: Mutex::new(Some(answered)) }));
    let policy = Arc::clone(&booted.in_force.borrow().policy);
    about.bind(&booted.ledger, &policy).await?;
    let thread = about.thread;
    send(&booted.chat, &thread, text).await?;
    let kind = answer
        .await
        .map_err(|_| Fatal::new(Exit::Failed, "the turn ended without an answer; the log above says why"))?;
    print(&booted.chat, &thread, &kind, json).await?;
    booted.chat.drain(std::time::Duration::from_secs(5)).await;
    booted.tasks.stop_all().await;
    booted.ledger.close().await;
    match kind {
        DeliveryKind::Failure(message) if !json => Err(Fatal::new(Exit::Failed, message)),
        DeliveryKind::Failure(_) => Err(Fatal::new(Exit::Failed, "the turn failed; the JSON says why")),
        DeliveryKind::Answer(_) | DeliveryKind::Notice(_) | DeliveryKind::File { .. } | DeliveryKind::Raise { .. } => {
            Ok(())
        }
    }
}

fn question_text(question: String) -> Result<String, Fatal> {
    if question != "-" {
        return Ok(question);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Fatal::new(Exit::Usage, format!("the question can't be read from stdin ({error})")))?;
    Ok(text)
}

/// A thread of the command line, and whom it is to be about.
pub struct About {
    /// The thread.
    pub thread: ThreadId,
    /// The name of a client, where it is said.
    pub client: Option<String>,
}

impl About {
    /// Has the thread be about the client that is said, unless it is about another one.
    pub(super) async fn bind(&self, ledger: &Ledger, policy: &Policy) -> Result<(), Fatal> {
        let Some(client) = &self.client else { return Ok(()) };
        if !policy.channel(None).may_bind(client) {
            let known = policy.clients().join(", ");
            return Err(Fatal::new(Exit::Usage, format!("there is no client `{client}`; expected one of {known}")));
        }
        let bound = ledger.choices(&self.thread).await.map_err(Fatal::of(Exit::Ledger))?.remove("client");
        match bound.filter(|bound| bound != client) {
            Some(bound) => Err(Fatal::new(Exit::Usage, format!("the thread is about the client `{bound}` already"))),
            None => ledger.choose(&self.thread, "client", Some(client)).await.map_err(Fatal::of(Exit::Ledger)),
        }
    }
}

/// The thread named (with or without `cli:`), else a new one.
pub(super) fn thread_id(name: Option<String>) -> ThreadId {
    let name = name.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    ThreadId::new("cli", name.strip_prefix("cli:").unwrap_or(&name))
}

async fn send(chat: &Chat, thread: &ThreadId, text: String) -> Result<(), Fatal> {
    let mention = Mention {
        message: uuid::Uuid::now_v7().to_string(),
        thread: thread.clone(),
        channel: None,
        member: MemberId("cli:local".into()),
        member_name: "you".into(),
        role_ids: BTreeSet::from(["local".to_owned()]),
        text,
        quoted: None,
        attachments: Vec::new(),
        at: claudetools_ledger::now(),
    };
    match chat.receive(mention).await.map_err(Fatal::of(Exit::Ledger))? {
        Receipt::Refused(refusal) => Err(Fatal::new(Exit::Failed, refusal)),
        Receipt::Began | Receipt::Joins | Receipt::Duplicate => Ok(()),
    }
}

async fn print(chat: &Chat, thread: &ThreadId, kind: &DeliveryKind, json: bool) -> Result<(), Fatal> {
    let (text, ok) = match kind {
        DeliveryKind::Answer(text) | DeliveryKind::Notice(text) => (text, true),
        DeliveryKind::File { name, .. } => (name, true),
        DeliveryKind::Raise { .. } => return Ok(()),
        DeliveryKind::Failure(text) => (text, false),
    };
    if !json {
        if ok {
            println!("{}", lines(text));
            eprintln!("(thread {}; go on with --thread {})", thread.name(), thread.name());
        }
        return Ok(());
    }
    let status = chat.status(thread).await.map_err(Fatal::of(Exit::Ledger))?;
    let files = chat.artifacts(thread).await.map_err(Fatal::of(Exit::Ledger))?;
    let object = serde_json::json!({
        "thread": thread.name(), "ok": ok, "text": text, "model": status.model,
        "cost_micro_usd": status.cost.0, "context_tokens": status.context, "files": files,
    });
    println!("{object}");
    Ok(())
}

/// The command line as a front: progress to stderr, the answer to whoever waits.
struct Terminal {
    answered: Mutex<Option<oneshot::Sender<DeliveryKind>>>,
}

#[async_trait]
impl Front for Terminal {
    fn name(&self) -> &'static str {
        "cli"
    }

    fn show(&self, _thread: &ThreadId, update: &Update) {
        match update {
            Update::Note(note) => eprintln!("· {}", plain(note)),
            Update::Waiting(why) => eprintln!("· {}", plain(why)),
            Update::ToolBegan { name, input, .. } => eprintln!("⏺ {} {}", plain(name), plain(input)),
            Update::ToolSaid { event: ToolEvent::File { artifact, name }, .. } => {
                eprintln!("  gave {} (the ledger keeps it as artifact {artifact})", plain(name));
            }
            Update::ToolEnded { is_error, summary, .. } => {
                eprintln!("  {} {}", if *is_error { "✘" } else { "✔" }, plain(summary));
            }
            _ => {}
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<(), DeliveryError> {
        if matches!(delivery.kind, DeliveryKind::Notice(_) | DeliveryKind::File { .. } | DeliveryKind::Raise { .. }) {
            return Ok(());
        }
        let waiting = self.answered.lock().ok().and_then(|mut answered| answered.take());
        if let Some(waiting) = waiting {
            // The receiver is gone only when the program ends anyway.
            let _ = waiting.send(delivery.kind.clone());
        }
        Ok(())
    }
}

/// Text without characters that steer a terminal or turn what stands around them: a model repeats what it read, and what it read may be hostile.
pub(super) fn lines(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control() && !turns(*c)).collect()
}

/// One line without control characters: a tool's words must not steer the terminal.
pub(super) fn plain(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
