//! Opening a turn: what a thread is to do next, and everything its driver needs for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use claudetools_agent::entry::{End, Entry};
use claudetools_agent::message::RawBlock;
use claudetools_agent::prompt::Head;
use claudetools_agent::turn::{Turn, TurnLimits};
use claudetools_agent::window::{Transcript, repair};
use claudetools_agent::{ThreadId, TurnId, models};
use claudetools_ledger::{Inboxed, LedgerError, Mode};
use claudetools_policy::{Caller, MemberId, Origin};

use crate::desk::Desk;
use crate::{Mention, words};

/// How often a turn is resumed: enough for restarts in good faith, few enough that a turn which ends the process
/// each time cannot keep the program down.
const RESUMPTIONS: u32 = 3;

/// What the model is told at the beginning of a turn in a thread that plans.
const PLANS: &str = "[This thread plans: whatever changes something is refused until the person approves a plan. Look around, \
                     then call ExitPlanMode with the plan.]";

/// A turn that is ready to be driven; its beginning is journalled.
pub(crate) struct Opening {
    pub(crate) turn: TurnId,
    pub(crate) machine: Turn,
    /// What a request needs of the thread's journal.
    pub(crate) entries: Vec<Entry>,
    /// What the model sees of it.
    pub(crate) transcript: Transcript,
    pub(crate) caller: Caller,
    /// The role ids of the person who began it.
    pub(crate) role_ids: BTreeSet<String>,
    /// The front's id of the message that the answer answers.
    pub(crate) message: String,
    /// Messages that came before the turn began: they join it at once.
    pub(crate) waiting: Vec<Mention>,
    /// Whether a message waits that is to stop it: the program died before it did.
    pub(crate) interrupted: bool,
    pub(crate) resumed: Resumed,
}

impl Opening {
    /// The message that began the turn, and whose it is.
    pub(crate) fn asker(&self) -> (String, MemberId) {
        (self.message.clone(), self.caller.member.clone())
    }
}

/// Whether the turn goes on after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// It is new.
    No,
    /// The person had seen nothing of it yet.
    Unseen,
    /// The person had seen something of it.
    Seen,
}

impl Desk {
    /// The thread's next turn: the one that was cut off, else one for the messages that wait; none when all is done.
    pub(crate) async fn open_turn(self: &Arc<Self>, thread: &ThreadId) -> Result<Option<Opening>, LedgerError> {
        let mut entries = self.settings.ledger.load(thread).await?;
        while let Some(cut_off) = unfinished(&entries) {
            match self.reopen(thread, cut_off, entries).await? {
                Reopened::Goes(opening) => return Ok(Some(*opening)),
                Reopened::GivenUp(after) => entries = after,
            }
        }
        let mut waiting = mentions(self.settings.ledger.unsettled(Some(thread)).await?);
        if waiting.is_empty() {
            return Ok(None);
        }
        let first = waiting.remove(0).0;
        Ok(Some(self.begin(thread, entries, first, joining(waiting)).await?))
    }

    async fn begin(
        self: &Arc<Self>,
        thread: &ThreadId,
        mut entries: Vec<Entry>,
        first: Mention,
        waiting: Vec<Mention>,
    ) -> Result<Opening, LedgerError> {
        if entries.is_empty() {
            self.name_soon(thread, &first);
        }
        let turn = TurnId(uuid::Uuid::now_v7().to_string());
        let asked = Entry::Asked {
            turn: turn.clone(),
            message: first.message.clone(),
            member: first.member.0.clone(),
            content: self.opening_words(thread, &first).await?,
        };
        let head = self.head(thread, &entries).await?;
        let beginning: Vec<Entry> = head.map(Entry::Head).into_iter().chain([asked]).collect();
        self.take_in_quoted(thread, &first).await?;
        self.settings.ledger.append(thread, &beginning).await?;
        self.moved();
        entries.extend(beginning);
        let transcript = Transcript::of(&entries);
        Ok(Opening {
            machine: Turn::new(turn.clone(), self.limits(thread).await?)
                .in_conversation(transcript.fill())
                .after(&entries),
            turn,
            entries,
            transcript,
            caller: self.caller(thread, &first.member, &first.role_ids).await?,
            role_ids: first.role_ids,
            message: first.message,
            waiting,
            interrupted: false,
            resumed: Resumed::No,
        })
    }

    /// Somebody's words that a message quotes may be anybody's: from here on the thread has taken in such.
    pub(crate) async fn take_in_quoted(&self, thread: &ThreadId, mention: &Mention) -> Result<(), LedgerError> {
        if mention.quoted.as_ref().is_some_and(|quoted| quoted.foreign) {
            self.settings.ledger.take_in(thread, Some("a message of somebody else was quoted"), None).await?;
        }
        Ok(())
    }

    /// What the model reads of the message that begins a turn; where the thread plans, that it does.
    async fn opening_words(&self, thread: &ThreadId, first: &Mention) -> Result<Vec<RawBlock>, LedgerError> {
        let plans = self.choices(thread).await?.plan.then(|| RawBlock::text(PLANS));
        let content = words::content(first, &self.settings.tools).await;
        Ok(content.into_iter().chain(plans).collect())
    }

    /// The head to journal before the turn: the thread's first, or one with the tools as they are now in its channel.
    async fn head(&self, thread: &ThreadId, entries: &[Entry]) -> Result<Option<Head>, LedgerError> {
        let tools = self.settings.tools.offered(&self.choices(thread).await?.policy);
        let newest = entries.iter().rev().find_map(|entry| match entry {
            Entry::Head(head) => Some(head),
            _ => None,
        });
        Ok(match newest {
            Some(head) if head.tools == tools => None,
            Some(head) => Some(Head { tools, ..head.clone() }),
            None => Some(Head::new(tools, &self.instructions().await)),
        })
    }

    /// What a turn may use up with the model that the thread has chosen.
    async fn limits(&self, thread: &ThreadId) -> Result<TurnLimits, LedgerError> {
        let limits = (self.settings.limits)();
        let model = self.choices(thread).await?.model;
        Ok(TurnLimits { context_tokens: models::budget(&model, limits.context_tokens), ..limits })
    }

    /// On whose authority the turn's calls are made: the roles of the person who began it, as far as everybody whose
    /// words are in the transcript has them. So nobody can leave words for somebody with more rights to act on.
    async fn caller(
        &self,
        thread: &ThreadId,
        member: &MemberId,
        role_ids: &BTreeSet<String>,
    ) -> Result<Caller, LedgerError> {
        let mut roles = (self.settings.roles)(role_ids);
        for voice in self.settings.ledger.voices(thread).await? {
            if voice.member != member.0 {
                let theirs = (self.settings.roles)(&voice.role_ids);
                roles.retain(|role| theirs.contains(role));
            }
        }
        Ok(Caller { member: member.clone(), roles, origin: Origin::Model })
    }

    /// Repairs a turn that was cut off, and readies it to go on.
    async fn reopen(
        self: &Arc<Self>,
        thread: &ThreadId,
        cut_off: CutOff,
        mut entries: Vec<Entry>,
    ) -> Result<Reopened, LedgerError> {
        let CutOff { turn, message, member, at } = cut_off;
        let ledger = &self.settings.ledger;
        let resumed = if seen(&entries[at..]) { Resumed::Seen } else { Resumed::Unseen };
        let repairs = repair(&entries);
        if ledger.resuming(&turn).await? > RESUMPTIONS {
            let why = "I was restarted again and again in the middle of this, so I stopped here. Ask again to go on.";
            let mut after = repairs;
            after.push(Entry::Ended { turn: turn.clone(), end: End::Failed { message: why.to_owned() } });
            self.commit(thread, &turn, &(message, MemberId(member)), &after, None).await?;
            self.deliver_soon(thread);
            entries.extend(after);
            return Ok(Reopened::GivenUp(entries));
        }
        ledger.append(thread, &repairs).await?;
        entries.extend(repairs);
        let starter = ledger.open_message(thread.front(), &message).await?.and_then(|body| parse(&message, &body));
        let waiting = mentions(ledger.unsettled(Some(thread)).await?);
        let role_ids = starter.map(|mention| mention.role_ids).unwrap_or_default();
        let transcript = Transcript::of(&entries);
        let machine = Turn::resume(turn.clone(), self.limits(thread).await?, &entries[at..]);
        Ok(Reopened::Goes(Box::new(Opening {
            machine: machine.in_conversation(transcript.fill()).after(&entries[..at]),
            caller: self.caller(thread, &MemberId(member), &role_ids).await?,
            role_ids,
            turn,
            entries,
            transcript,
            message,
            interrupted: waiting.iter().any(|(_, mode)| *mode == Mode::Interrupt),
            waiting: joining(waiting),
            resumed,
        })))
    }
}

enum Reopened {
    Goes(Box<Opening>),
    /// With the journal as it is after that.
    GivenUp(Vec<Entry>),
}

/// A turn without an end.
struct CutOff {
    turn: TurnId,
    message: String,
    member: String,
    /// Where in the journal it begins.
    at: usize,
}

fn unfinished(entries: &[Entry]) -> Option<CutOff> {
    let begins = |entry: &Entry| matches!(entry, Entry::Asked { .. });
    let at = entries.iter().rposition(begins)?;
    let ended = entries[at..].iter().any(|entry| matches!(entry, Entry::Ended { .. }));
    match &entries[at] {
        Entry::Asked { turn, message, member, .. } if !ended => {
            Some(CutOff { turn: turn.clone(), message: message.clone(), member: member.clone(), at })
        }
        _ => None,
    }
}

/// Whether the newest turn has no end.
pub(crate) fn is_unfinished(entries: &[Entry]) -> bool {
    unfinished(entries).is_some()
}

/// Whether the person saw something of the turn.
fn seen(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| matches!(entry, Entry::Block { .. } | Entry::Reply { .. } | Entry::Intent { .. }))
}

/// Messages with how they wait.
fn mentions(rows: Vec<Inboxed>) -> Vec<(Mention, Mode)> {
    rows.iter().filter_map(|row| Some((parse(&row.message, &row.body)?, row.mode))).collect()
}

/// Those that join the turn at once.
fn joining(waiting: Vec<(Mention, Mode)>) -> Vec<Mention> {
    waiting.into_iter().filter(|(_, mode)| *mode == Mode::Steer).map(|(mention, _)| mention).collect()
}

/// A stored message. One that cannot be read is left where it is, and the operator is told.
fn parse(message: &str, body: &str) -> Option<Mention> {
    match serde_json::from_str(body) {
        Ok(mention) => Some(mention),
        Err(error) => {
            tracing::error!(message, %error, "a message in the inbox cannot be read");
            None
        }
    }
}
