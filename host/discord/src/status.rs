//! The status card: one message at the head of each thread that says what goes on in it, and is kept true.
//!
//! It comes before the first live message and is edited seldom, and never where the live message would have to wait for
//! it. What it shows is in the ledger, so that it is not posted twice, and is put right after a crash.

use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_chat::render::Outbound;
use claudetools_chat::{ChatError, State, Status, StatusCard};
use tokio::sync::oneshot;

use crate::body::Body;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::rest::RestError;
use crate::trouble::UNKNOWN_MESSAGE;
use crate::{wire, words};

/// The shortest time between two tries to put a card right.
const NEXT_TRY: Duration = Duration::from_secs(3);
/// Tries before a card is left to the next turn or the next start.
const TRIES: u32 = 20;

/// Whether a thread without a card gets one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Post,
    Leave,
}

/// What is to be done about a card, and who waits until it is.
pub(crate) type CardWork = (Missing, oneshot::Sender<()>);

/// Why a card is not true yet.
enum Failed {
    Rest(RestError),
    Chat(ChatError),
}

impl From<RestError> for Failed {
    fn from(error: RestError) -> Self {
        Self::Rest(error)
    }
}

impl From<ChatError> for Failed {
    fn from(error: ChatError) -> Self {
        Self::Chat(error)
    }
}

impl Core {
    /// Shows the card of a thread in which work begins; where it has none yet, waits until it stands.
    pub(crate) async fn begin_card(self: &Arc<Self>, thread: u64) {
        let (told, stands) = oneshot::channel();
        let is_new = matches!(self.chat.status_card(&ThreadId::new(FRONT, thread)).await, Ok(None));
        self.card(thread, Missing::Post, told);
        if is_new {
            // It may not have been possible; the turn is shown all the same.
            let _stands = stands.await;
        }
    }

    /// Puts the card of a thread right, where it has one.
    pub(crate) fn refresh_card(self: &Arc<Self>, thread: u64) {
        self.card(thread, Missing::Leave, oneshot::channel().0);
    }

    /// Puts those cards right that say of an earlier run that it works.
    pub(crate) async fn correct_cards(self: &Arc<Self>) {
        match self.chat.busy_cards(FRONT).await {
            Ok(threads) => threads.iter().filter_map(|thread| thread.name().parse().ok()).for_each(|thread| {
                self.refresh_card(thread);
            }),
            Err(error) => tracing::error!(%error, "which status cards are out of date can't be read"),
        }
    }

    /// Cards of one thread are worked on one after the other.
    fn card(self: &Arc<Self>, thread: u64, missing: Missing, told: oneshot::Sender<()>) {
        let core = self.clone();
        self.cards.push(thread, (missing, told), move |(missing, told)| {
            let core = core.clone();
            async move {
                core.make_true(thread, missing).await;
                // Nobody may be waiting.
                let _heard = told.send(());
            }
        });
    }

    async fn make_true(&self, thread: u64, missing: Missing) {
        for _ in 0..TRIES {
            match self.show_card(thread, missing).await {
                Err(Failed::Rest(error)) if error.may_pass() => {
                    tracing::debug!(thread, %error, "the status card is put right later");
                    let after = if let RestError::Limited { after } = error { after } else { NEXT_TRY };
                    tokio::time::sleep(after.max(NEXT_TRY)).await;
                }
                Err(Failed::Rest(error)) => return tracing::info!(thread, %error, "the status card can't be shown"),
                Err(Failed::Chat(error)) => return tracing::error!(thread, %error, "the status card can't be shown"),
                Ok(()) => return,
            }
        }
    }

    async fn show_card(&self, thread: u64, missing: Missing) -> Result<(), Failed> {
        let id = ThreadId::new(FRONT, thread);
        let kept = self.chat.status_card(&id).await?;
        if kept.is_none() && missing == Missing::Leave {
            return Ok(());
        }
        let status = self.chat.status(&id).await?;
        let (shown, busy) = (status.card(), status.state != State::Idle);
        let out = words::line(&shown, self.chat.guard());
        let message = match kept {
            Some(StatusCard { message: None, .. }) => return Ok(()),
            Some(card) if card.shown == shown => return Ok(()),
            Some(StatusCard { message: Some(message), .. }) => {
                self.edit_status(thread, &message, &out, &status).await?
            }
            None => Some(self.post_status(thread, &out, &status).await?),
        };
        Ok(self.chat.note_status_card(&id, &StatusCard { message, shown, busy }).await?)
    }

    /// The message, unless somebody deleted it.
    async fn edit_status(
        &self,
        thread: u64,
        message: &str,
        out: &Outbound,
        status: &Status,
    ) -> Result<Option<String>, RestError> {
        let body = Body::edit(out).with_buttons(&buttons(thread, status));
        match self.rest.edit_if_room(thread, message.parse().unwrap_or(0), &body).await {
            Err(error) if error.code() == Some(UNKNOWN_MESSAGE) => Ok(None),
            edited => edited.map(|()| Some(message.to_owned())),
        }
    }

    /// Posts it, unless an earlier run did and died before it could note that.
    async fn post_status(&self, thread: u64, out: &Outbound, status: &Status) -> Result<String, RestError> {
        let buttons = buttons(thread, status);
        if let Some(message) = self.standing_card(thread).await {
            self.rest.edit(thread, message, &Body::edit(out).with_buttons(&buttons)).await?;
            return Ok(message.to_string());
        }
        let body = Body::create(out, &format!("status-{thread:x}")).with_buttons(&buttons);
        let message = self.rest.post(thread, &body, &[]).await?;
        Ok(message.to_string())
    }

    /// Only in a thread that is older than this run can a card stand that nobody noted.
    async fn standing_card(&self, thread: u64) -> Option<u64> {
        if wire::moment_of(thread) >= self.born_ms {
            return None;
        }
        let newest = self.rest.newest_messages(thread).await.ok()?;
        let card = newest.iter().find(|message| self.buttons_of(message).contains(&CustomId::Details { thread }))?;
        wire::id(&card["id"])
    }
}

/// Stop and Queue while they do something; Details always.
fn buttons(thread: u64, status: &Status) -> Vec<(&'static str, CustomId)> {
    let stop = (status.state != State::Idle).then_some(("Stop", CustomId::Stop { thread }));
    let queue = (status.waiting > 0).then_some(("Queue", CustomId::Queue { thread }));
    stop.into_iter().chain(queue).chain([("Details", CustomId::Details { thread })]).collect()
}
