//! Messages that are said while a turn runs: each joins it at the next tool boundary, unless its author has it wait for a
//! turn of its own, or interrupt.
//!
//! Where a message stands is the inbox's to say. It is changed by the thread's lane alone, between two steps of its turn,
//! so that a message which was queued never joins, and nobody is told that it waits when it has joined.

use claudetools_agent::ThreadId;
use claudetools_ledger::{Inboxed, LedgerError, Mode};
use claudetools_policy::{Code, MemberId, Refusal};
use tokio::sync::oneshot;

use crate::chat::{Chat, ChatError};
use crate::desk::{Desk, Input};
use crate::{Mention, title};

/// The role whose members may do with anybody's messages and turns what their authors may.
pub const ADMIN: &str = "admin";

/// A message that no turn has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The front's id of it.
    pub message: String,
    /// Whose it is.
    pub member: MemberId,
    /// The name of its author.
    pub name: String,
    /// Its first words, in one line.
    pub text: String,
    /// [`Mode::Steer`], [`Mode::Queue`] or [`Mode::Interrupt`].
    pub mode: Mode,
}

/// Who asks for a change.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Who.
    pub member: &'a MemberId,
    /// Their roles at this moment, as [`Chat::roles`] gives them.
    pub roles: &'a std::collections::BTreeSet<String>,
}

/// A change of how a message waits, on its way to the thread's lane.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) message: String,
    pub(crate) mode: Mode,
    /// Told whether it was made: a message that a turn has taken waits no more.
    pub(crate) done: oneshot::Sender<bool>,
}

impl Chat {
    /// The messages of a thread that no turn has taken, in the order in which they are.
    pub async fn waiting(&self, thread: &ThreadId) -> Result<Vec<Waiting>, ChatError> {
        let rows = self.desk().settings.ledger.unsettled(Some(thread)).await?;
        Ok(rows.into_iter().map(Waiting::from).collect())
    }

    /// Has a message wait for a turn of its own, behind what was said before it. Refused where it is not theirs to say
    /// (`caller.role`), or where a turn has taken it (`confirm.replay`).
    pub async fn queue(&self, thread: &ThreadId, message: &str, by: Asker<'_>) -> Result<(), ChatError> {
        self.change(thread, message, Mode::Queue, by).await
    }

    /// Stops the running turn and begins one with this message. Refused as [`Chat::queue`].
    pub async fn interrupt(&self, thread: &ThreadId, message: &str, by: Asker<'_>) -> Result<(), ChatError> {
        self.change(thread, message, Mode::Interrupt, by).await
    }

    /// Takes a message back: no turn will take it. Refused as [`Chat::queue`].
    pub async fn take_back(&self, thread: &ThreadId, message: &str, by: Asker<'_>) -> Result<(), ChatError> {
        self.change(thread, message, Mode::Removed, by).await
    }

    async fn change(&self, thread: &ThreadId, message: &str, mode: Mode, by: Asker<'_>) -> Result<(), ChatError> {
        let desk = self.desk();
        let row = desk.settings.ledger.inboxed(thread.front(), message).await?;
        let row = row.filter(|row| row.thread == *thread && waits(row.mode)).ok_or_else(taken)?;
        if row.member != by.member.0 && !by.roles.contains(ADMIN) {
            let why = "Only the person who wrote this message, or an administrator, can say what becomes of it.";
            return Err(Refusal::new(Code::CallerRole, why).into());
        }
        let (done, told) = oneshot::channel();
        let change = Change { message: message.to_owned(), mode, done };
        if !desk.tell(thread, Input::Change(change)) {
            // No turn runs that could take it meanwhile.
            return if desk.change_mode(thread, message, mode).await? { Ok(()) } else { Err(taken().into()) };
        }
        match told.await {
            Ok(true) => Ok(()),
            Ok(false) => Err(taken().into()),
            Err(_) => Err(Refusal::new(Code::ConfirmReplay, "That came between two turns; look again.").into()),
        }
    }
}

impl Desk {
    /// Changes how a message waits; false where it waits no more.
    pub(crate) async fn change_mode(&self, thread: &ThreadId, message: &str, mode: Mode) -> Result<bool, LedgerError> {
        let changed = self.settings.ledger.change_mode(thread.front(), message, mode).await?;
        self.moved();
        Ok(changed)
    }

    /// As a lane does it: whoever asked is told.
    pub(crate) async fn make(&self, thread: &ThreadId, change: Change) -> Result<bool, LedgerError> {
        let made = self.change_mode(thread, &change.message, change.mode).await?;
        // Whoever asked may be gone.
        let _ = change.done.send(made);
        Ok(made)
    }
}

/// Whether a message in this mode waits for a turn.
fn waits(mode: Mode) -> bool {
    matches!(mode, Mode::Steer | Mode::Queue | Mode::Interrupt)
}

pub(crate) fn taken() -> Refusal {
    Refusal::new(Code::ConfirmReplay, "This message waits no more: it has joined a turn, begun one, or was taken back.")
}

impl From<Inboxed> for Waiting {
    fn from(Inboxed { message, member, mode, body, .. }: Inboxed) -> Self {
        let mention = serde_json::from_str::<Mention>(&body).ok();
        let name = mention.as_ref().map(|mention| mention.member_name.clone()).unwrap_or_default();
        let text = mention.map(|mention| title::of(&mention.text)).unwrap_or_default();
        Self { message, member: MemberId(member), name, text, mode }
    }
}
