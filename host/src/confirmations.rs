//! Confirmations: a person's click that lets one exact effect happen, once.
//!
//! - [`Confirmations`]: what a tool call asks, and waits on. It holds nothing meanwhile but a row of the ledger.
//! - [`Desk`]: keeps the cards true, and decides on every press. Start here.
//! - `question`: what was asked, as it is kept. `card`: the same as a message.
//! - `hands`: what was made after a yes, on its way to whoever said it.
//! - `survey`, `survey_card`, `asking`, `fill`: the same for what the model asks people, which lets nothing happen.
//!
//! The ledger settles each question once, and uses each "yes" once, before the effect: a crash in between leaves an
//! effect that may have happened, and never one that happens twice.

mod asking;
mod card;
mod desk;
mod fill;
mod hands;
mod question;
mod survey;
mod survey_card;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_agent::tools::ToolCall;
use claudetools_chat::render::Scrub;
use claudetools_ledger::{Asked, Asking, Kind, Ledger, Record, State, from_now, now};
use claudetools_policy::{Admitted, Code, Consent, Refusal};
use claudetools_sandbox::Held;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use desk::Desk;
pub(crate) use question::{unified, visible};

use crate::catalog::Loaded;
use crate::unwritable::unwritable;
use hands::{Hand, Hands};
use question::Question;

pub(crate) use survey::{Asked as AskedQuestions, Survey};

/// Questions that one thread may put in a minute: who is asked more often stops reading.
const MOST_A_MINUTE: u64 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// Asks people, and waits for them. Cheap to clone.
#[derive(Clone)]
pub struct Confirmations {
    ledger: Ledger,
    scrub: Scrub,
    /// Changes whenever a question does.
    moved: watch::Sender<u64>,
    /// How many calls of this process wait for each question.
    waiting: Arc<Mutex<HashMap<String, usize>>>,
    /// Cancelled once the program ends: who stops then has withdrawn nothing.
    ending: CancellationToken,
    hands: Hands,
}

impl Confirmations {
    /// Over the questions of this ledger. What is shown goes through `scrub`.
    pub fn new(ledger: Ledger, scrub: Scrub) -> Self {
        let (moved, _) = watch::channel(0);
        Self {
            ledger,
            scrub,
            moved,
            waiting: Arc::default(),
            ending: CancellationToken::new(),
            hands: Hands::default(),
        }
    }

    /// The question that was asked about a call before, as after a restart.
    pub(crate) async fn about(&self, call: &ToolCall) -> Result<Option<Asked>, Refusal> {
        self.ledger.asked_about(&call.thread, &call.turn, &call.id).await.map_err(unwritable)
    }

    /// Puts a question to the people of the call's thread. `confirm.unshowable` where they could not see all of it,
    /// `limit.rate` where they are asked too often.
    pub(crate) async fn ask(&self, call: &ToolCall, plugin: &Admitted, held: &Held) -> Result<Asked, Refusal> {
        let question = Question::new(call, plugin, held, &self.scrub)?;
        self.not_too_often(&call.thread).await?;
        let (id, hash) = (uuid::Uuid::new_v4().simple().to_string(), question.hash());
        self.audit(
            call,
            json!({ "asked": id, "call": call.id, "tool": call.name, "effect": held.effect, "hash": hash }),
        )
        .await?;
        let asking = Asking {
            id: &id,
            thread: &call.thread,
            turn: &call.turn,
            call: &call.id,
            hash: &hash,
            shape: &held.shape,
            body: &question.written(),
            expires: &from_now(held.ask.confirm.ttl, false),
        };
        self.keep(&asking).await
    }

    async fn not_too_often(&self, thread: &ThreadId) -> Result<(), Refusal> {
        let since = from_now(MINUTE, true);
        if self.ledger.asked_since(thread, &since).await.map_err(unwritable)? < MOST_A_MINUTE {
            return Ok(());
        }
        let message = format!("{MOST_A_MINUTE} questions were put in this thread within a minute; wait.");
        Err(Refusal::new(Code::LimitRate, message))
    }

    async fn keep(&self, asking: &Asking<'_>) -> Result<Asked, Refusal> {
        self.ledger.ask(asking).await.map_err(unwritable)?;
        self.moved();
        let asked = self.ledger.asked(asking.id).await.map_err(unwritable)?;
        asked.ok_or_else(|| unwritable("a question is gone that was just written"))
    }

    /// Waits until somebody says yes, and uses it up for exactly this call of exactly this plugin.
    pub(crate) async fn consent(
        &self,
        asked: &Asked,
        call: &ToolCall,
        in_force: &(dyn Fn() -> Result<Arc<Loaded>, Refusal> + Sync),
        stop: &CancellationToken,
    ) -> Result<Consent, Refusal> {
        self.wait(&asked.id, stop).await?;
        let plugin = in_force()?;
        let question = Question::read(&asked.body).ok_or_else(|| unwritable("a question can't be read"))?;
        if question.bound_to(call, &plugin.admitted) != asked.hash {
            let message = "The plugin or the call is not what was confirmed any more; nothing was done. Ask again.";
            return Err(Refusal::new(Code::ConfirmMismatch, message));
        }
        self.audit(call, json!({ "used": asked.id, "call": call.id, "hash": asked.hash })).await?;
        if !self.ledger.settle(&asked.id, State::Used, None).await.map_err(unwritable)? {
            return Err(used());
        }
        self.moved();
        Ok(Consent { effects: question.effects, shapes: BTreeSet::new() })
    }

    /// Takes the way to whoever says yes to a question; its end is told them, whatever becomes of the call.
    pub(crate) fn hand(&self, asked: &Asked) -> Hand {
        self.hands.hand(&asked.id)
    }

    /// Notes that what was made was handed over, or could not be.
    pub(crate) async fn note_handed(&self, call: &ToolCall, asked: &Asked, shown: bool) -> Result<(), Refusal> {
        self.audit(call, json!({ "handed": asked.id, "call": call.id, "shown": shown })).await
    }

    /// Waits for the end of a question: `Ok` where it is a yes that nobody used.
    async fn wait(&self, id: &str, stop: &CancellationToken) -> Result<(), Refusal> {
        let _waiter = self.waiter(id);
        let mut moved = self.moved.subscribe();
        loop {
            moved.borrow_and_update();
            let asked = self.ledger.asked(id).await.map_err(unwritable)?;
            let asked = asked.ok_or_else(|| unwritable("a question is gone"))?;
            match asked.state {
                State::Asked | State::Confirmed if asked.expires <= now() => {
                    // A yes counts as long as its question; what else was answered just now, the next look tells.
                    self.ledger.settle(id, State::Expired, None).await.map_err(unwritable)?;
                    self.moved();
                    continue;
                }
                State::Asked => {}
                State::Confirmed => return Ok(()),
                ended => return Err(no(ended)),
            }
            tokio::select! {
                _ = moved.changed() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = stop.cancelled() => return Err(self.stopped(id).await),
            }
        }
    }

    /// Whoever stops a turn withdraws its question; whoever restarts the program does not.
    async fn stopped(&self, id: &str) -> Refusal {
        if !self.ending.is_cancelled() {
            match self.ledger.settle(id, State::Withdrawn, None).await {
                Ok(_) => self.moved(),
                Err(error) => return unwritable(error),
            }
        }
        Refusal::new(Code::CallCancelled, "The call was stopped before anybody confirmed it; nothing was done.")
    }

    async fn audit(&self, call: &ToolCall, detail: serde_json::Value) -> Result<(), Refusal> {
        let record = Record {
            kind: Kind::Confirmation,
            thread: Some(call.thread.clone()),
            turn: Some(call.turn.clone()),
            member: Some(call.caller.member.0.clone()),
            detail,
        };
        self.ledger.append_audit(&record).await.map(drop).map_err(unwritable)
    }

    fn moved(&self) {
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Whether a call of this process waits for a question.
    fn is_waited_for(&self, id: &str) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    fn waiter(&self, id: &str) -> Waiter {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_default() += 1;
        Waiter { waiting: Arc::clone(&self.waiting), id: id.to_owned() }
    }
}

/// A call that waits, until this is dropped.
struct Waiter {
    waiting: Arc<Mutex<HashMap<String, usize>>>,
    id: String,
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = waiting.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.id);
            }
        }
    }
}

/// What a call is told whose question ended without a yes.
fn no(state: State) -> Refusal {
    match state {
        State::Denied => Refusal::new(Code::ConfirmDenied, "A person said no to it; nothing was done."),
        State::Expired => {
            Refusal::new(Code::ConfirmExpired, "Nobody confirmed it in time; nothing was done. Ask again.")
        }
        State::Used => used(),
        _ => Refusal::new(Code::CallCancelled, "The question was withdrawn; nothing was done."),
    }
}

fn used() -> Refusal {
    let message = "It was confirmed and begun before the program was restarted. It may or may not have happened; check \
                   before trying again.";
    Refusal::new(Code::ConfirmReplay, message)
}
