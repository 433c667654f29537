//! The desk's counter: what fronts and the program ask of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::client::Client;
use claudetools_agent::entry::Entry;
use claudetools_agent::prompt::Instructions;
use claudetools_agent::tools::{Todo, Tools};
use claudetools_agent::turn::TurnLimits;
use claudetools_ledger::{Artifact, Kind, Ledger, LedgerError, Received, Record, StatusCard, ThreadRow};
use claudetools_policy::{Budget, ChannelPolicy, Code, MemberId, Refusal, RoleName};

use crate::desk::{Desk, Input};
use crate::render::Guard;
use crate::{Evidence, EvidenceError, Export, Front, Mention, Receipt, title};

/// The roles of a member whom a front names by these ids.
pub type RolesOf = dyn Fn(&BTreeSet<String>) -> BTreeSet<RoleName> + Send + Sync;

/// What differs in the channel with this id; the default without one.
pub type ChannelOf = dyn Fn(Option<&str>) -> ChannelPolicy + Send + Sync;

/// What a [`Chat`] is made of.
pub struct Settings {
    /// Where everything is kept.
    pub ledger: Ledger,
    /// The model.
    pub client: Client,
    /// The model's id where a thread has not chosen one.
    pub model: String,
    /// `low` … `max`.
    pub effort: String,
    /// The small model that names threads; without it they keep their first words.
    pub title_model: Option<String>,
    /// What tools there are.
    pub tools: Arc<dyn Tools>,
    /// The roles of a member with these role ids, as `plugins.toml` gives them at the moment.
    pub roles: Arc<RolesOf>,
    /// What differs in the channel with this id, as `plugins.toml` says at the moment.
    pub channel: Arc<ChannelOf>,
    /// Reads the repository's instructions for a new thread.
    pub instructions: Arc<dyn Fn() -> Instructions + Send + Sync>,
    /// What one turn may use up.
    pub limits: Arc<dyn Fn() -> TurnLimits + Send + Sync>,
    /// What threads, people, clients and everybody may spend, as `plugins.toml` says at the moment.
    pub budget: Arc<dyn Fn() -> Budget + Send + Sync>,
    /// What outgoing text is checked against; fronts get it from [`Chat::guard`].
    pub guard: Guard,
}

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Chat(Arc<Desk>);

/// Why the desk could not do something.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The ledger could not be written or read; nothing was done.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A coded "no".
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It cannot be done, or not now; one sentence for the person.
    #[error("{0}")]
    Cannot(String),
}

impl From<EvidenceError> for ChatError {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Ledger(error) => Self::Ledger(error),
            other => Self::Cannot(format!("{other}.")),
        }
    }
}

impl Chat {
    /// A desk without fronts.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Desk::new(settings)))
    }

    /// A desk at which nothing is done: everybody who may talk to the bot is told why.
    pub fn closed(settings: Settings, why: String) -> Self {
        let mut desk = Desk::new(settings);
        desk.refuses = Some(why);
        Self(Arc::new(desk))
    }

    /// Adds a front; before [`Chat::recover`].
    pub fn attach(&self, front: Arc<dyn Front>) {
        self.0.attach(front);
    }

    pub(crate) fn desk(&self) -> &Arc<Desk> {
        &self.0
    }

    /// What every outgoing text is checked against.
    pub fn guard(&self) -> &Guard {
        &self.0.settings.guard
    }

    /// Goes on where the last run ended: repairs journals, resumes turns, delivers what was not delivered,
    /// and answers mentions that nobody answered. Only in threads of attached fronts.
    pub async fn recover(&self) -> Result<(), ChatError> {
        Ok(self.0.recover().await?)
    }

    /// Writes a mention to the inbox and sets its thread to work. It is safe once this answers.
    pub async fn receive(&self, mention: Mention) -> Result<Receipt, ChatError> {
        if self.roles(&mention.member, &mention.role_ids).is_empty() {
            return Ok(Receipt::Refused(self.refuse(&mention).await?));
        }
        if let Some(why) = &self.0.refuses {
            return Ok(Receipt::Refused(Refusal::new(Code::AuditUnwritable, why)));
        }
        let body = serde_json::to_string(&mention)
            .map_err(|source| LedgerError::Unreadable { what: "a message".to_owned(), source })?;
        let title = title::of(&mention.text);
        let client = (self.0.settings.channel)(mention.channel.as_deref()).client;
        let received = Received {
            message: &mention.message,
            thread: &mention.thread,
            channel: mention.channel.as_deref(),
            client: client.as_deref(),
            member: &mention.member.0,
            role_ids: &mention.role_ids,
            title: &title,
            body: &body,
        };
        match self.0.noted(self.0.settings.ledger.receive(&received).await)? {
            claudetools_ledger::Receipt::Duplicate => Ok(Receipt::Duplicate),
            claudetools_ledger::Receipt::New => Ok(self.0.wake(&mention.thread.clone(), Some(mention))),
        }
    }

    async fn refuse(&self, mention: &Mention) -> Result<Refusal, LedgerError> {
        let refusal = Refusal::new(
            Code::CallerRole,
            "Sorry, none of your roles lets you talk to me. An administrator can give you one.",
        );
        let record = Record {
            kind: Kind::Refusal,
            thread: Some(mention.thread.clone()),
            turn: None,
            member: Some(mention.member.0.clone()),
            detail: serde_json::json!({ "code": refusal.code.as_str(), "message": mention.message }),
        };
        self.0.settings.ledger.append_audit(&record).await?;
        Ok(refusal)
    }

    /// Notes that a part of a delivery is posted, under the front's id for it.
    pub async fn posted(&self, delivery: &str, part: usize, message: &str) -> Result<(), ChatError> {
        Ok(self.0.settings.ledger.part_posted(delivery, part, message).await?)
    }

    /// Whether a message is noted as a part of a delivery, whichever.
    pub async fn is_posted(&self, message: &str) -> Result<bool, ChatError> {
        Ok(self.0.settings.ledger.is_part(message).await?)
    }

    /// Whether something is still to be delivered to a thread.
    pub async fn owes(&self, thread: &ThreadId) -> Result<bool, ChatError> {
        Ok(self.0.settings.ledger.next_delivery(thread).await?.is_some())
    }

    /// Stops the thread's turn. False when none runs.
    pub async fn stop(&self, thread: &ThreadId) -> bool {
        self.0.tell(thread, Input::Stop)
    }

    /// The roles of a member with these role ids; none: the member may not talk to the bot.
    pub fn roles(&self, _member: &MemberId, role_ids: &BTreeSet<String>) -> BTreeSet<String> {
        (self.0.settings.roles)(role_ids)
    }

    /// Notes in the audit that somebody was refused something outside of any turn: `wish` says what, in words of ours.
    pub async fn note_refused(&self, member: &MemberId, wish: &str, why: &str) {
        let detail = serde_json::json!({ "wish": wish, "why": why });
        let member = Some(member.0.clone());
        let record = Record { kind: Kind::Refusal, thread: None, turn: None, member, detail };
        if let Err(error) = self.0.settings.ledger.append_audit(&record).await {
            tracing::error!(%error, "a refusal could not be audited");
        }
    }

    /// What is known of a thread; `None` for one that nobody ever said anything in.
    pub async fn thread(&self, thread: &ThreadId) -> Result<Option<ThreadRow>, ChatError> {
        Ok(self.0.settings.ledger.thread(thread).await?)
    }

    /// The thread's checklist, as the model wrote it last.
    pub async fn todos(&self, thread: &ThreadId) -> Result<Vec<Todo>, ChatError> {
        let list = self.0.settings.ledger.todos(thread).await?;
        Ok(list.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default())
    }

    /// Every thread, the one with the newest activity first.
    pub async fn threads(&self) -> Result<Vec<ThreadRow>, ChatError> {
        Ok(self.0.settings.ledger.threads().await?)
    }

    /// A file of a thread with its bytes; `None` where it has no such file.
    pub async fn artifact(&self, thread: &ThreadId, id: i64) -> Result<Option<(Artifact, Vec<u8>)>, ChatError> {
        Ok(self.0.settings.ledger.artifact(thread, id).await?)
    }

    /// The files that tools gave in a thread, oldest first.
    pub async fn artifacts(&self, thread: &ThreadId) -> Result<Vec<Artifact>, ChatError> {
        Ok(self.0.settings.ledger.artifacts(thread).await?)
    }

    /// A thread's journal: everything that was said and done in it.
    pub async fn transcript(&self, thread: &ThreadId) -> Result<Vec<Entry>, ChatError> {
        Ok(self.0.settings.ledger.load_all(thread).await?)
    }

    /// A thread's transcript as Markdown and JSON, to be read or kept elsewhere.
    pub async fn export(&self, thread: &ThreadId) -> Result<Export, ChatError> {
        Ok(crate::export(&self.0.settings.ledger, self.guard(), thread).await?)
    }

    /// A thread as evidence; the audit says that it was made, and for whom.
    pub async fn evidence(&self, thread: &ThreadId, member: &MemberId) -> Result<Evidence, ChatError> {
        let ledger = &self.0.settings.ledger;
        let evidence = crate::evidence(ledger, self.guard(), thread).await?;
        let detail = serde_json::json!({ "digest": evidence.digest, "bytes": evidence.archive.len() });
        let (thread, member) = (Some(thread.clone()), Some(member.0.clone()));
        ledger.append_audit(&Record { kind: Kind::Evidence, thread, turn: None, member, detail }).await?;
        Ok(evidence)
    }

    /// A name for a new thread of a front; nothing is stored before its first message.
    pub fn new_thread(&self, front: &str) -> ThreadId {
        ThreadId::new(front, uuid::Uuid::now_v7())
    }

    /// Whether a message of a front was received for the bot.
    pub async fn has_received(&self, front: &str, message: &str) -> Result<bool, ChatError> {
        Ok(self.0.settings.ledger.has_received(front, message).await?)
    }

    /// The status card of a thread; `None` before its front posted one.
    pub async fn status_card(&self, thread: &ThreadId) -> Result<Option<StatusCard>, ChatError> {
        Ok(self.0.settings.ledger.status_card(thread).await?)
    }

    /// The threads of a front whose card says that something goes on.
    pub async fn busy_cards(&self, front: &str) -> Result<Vec<ThreadId>, ChatError> {
        Ok(self.0.settings.ledger.busy_cards(front).await?)
    }

    /// Notes what a thread's status card shows.
    pub async fn note_status_card(&self, thread: &ThreadId, card: &StatusCard) -> Result<(), ChatError> {
        Ok(self.0.settings.ledger.note_status_card(thread, card).await?)
    }

    /// How far a front has read, in its own words; none before [`Chat::set_cursor`].
    pub async fn cursor(&self, front: &str) -> Result<Option<String>, ChatError> {
        Ok(self.0.settings.ledger.cursor(front).await?)
    }

    /// Notes how far a front has read: what was said until then is in the inbox, or not for the bot.
    pub async fn set_cursor(&self, front: &str, at: &str) -> Result<(), ChatError> {
        Ok(self.0.settings.ledger.set_cursor(front, at).await?)
    }

    /// The channels in which a front's threads are, as it named them.
    pub async fn channels(&self, front: &str) -> Result<Vec<String>, ChatError> {
        Ok(self.0.settings.ledger.channels(front).await?)
    }

    /// Owes a thread one line of a front's own: once under its key, however often it is owed.
    pub async fn notice(&self, thread: &ThreadId, key: &str, text: &str) -> Result<(), ChatError> {
        Ok(self.0.owe_line(thread, key, text).await?)
    }

    /// Takes no new turns, waits this long for running ones, then stops them so that a restart resumes them.
    /// Messages that come meanwhile are kept in the inbox for the next run.
    pub async fn drain(&self, patience: Duration) {
        self.0.drain(patience).await;
    }
}
