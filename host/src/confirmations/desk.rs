//! The desk of confirmations: one task that keeps the cards true and decides on one press after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Answer, Card, Cards, Deed, Field, Form, Place, Press, Size};
use claudetools_ledger::{Asked, Kind, LedgerError, Record, State, now};
use claudetools_policy::{Click, Code, MemberId, Refusal, may_confirm, may_deny};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::question::Question;
use super::survey::Survey;
use super::{Confirmations, card, survey_card};
use crate::unwritable::unwritable;

/// The field in which a phrase is typed.
const PHRASE: &str = "phrase";

/// Presses that may wait: people click a few times a minute, and a front waits for its answer.
const WAITING: usize = 16;

/// The time between two looks for questions that nobody waits for.
const LOOK: Duration = Duration::from_secs(1);

/// How long a question may be without a call that waits for it: a turn that is resumed after a restart comes back to it.
const ALONE: Duration = Duration::from_secs(20);

/// Settled questions whose cards are kept true.
const SETTLED: usize = 50;

/// Keeps the cards true and answers presses. Only fronts hold the other end of it.
pub struct Desk {
    pub(super) confirmations: Confirmations,
    cards: watch::Sender<Arc<Vec<Card>>>,
    presses: mpsc::Receiver<Press>,
    /// Every question that was shown, oldest first, in the state in which it was seen last.
    shown: BTreeMap<i64, Asked>,
    /// Since when nobody waits for an open question.
    alone: BTreeMap<String, Instant>,
}

impl Desk {
    /// A person's words, with nothing hidden and no secret in them.
    pub(super) fn visible(&self, text: &str) -> String {
        self.confirmations.scrub.text(&super::question::visible(text))
    }

    /// A desk over these questions, and what a front needs of it.
    pub async fn open(confirmations: Confirmations) -> Result<(Self, Cards), LedgerError> {
        let (cards, shown) = watch::channel(Arc::default());
        let (sender, presses) = mpsc::channel(WAITING);
        let (of_now, alone) = (BTreeMap::new(), BTreeMap::new());
        let mut desk = Self { confirmations, cards, presses, shown: of_now, alone };
        desk.refresh().await?;
        Ok((desk, Cards { shown, presses: sender }))
    }

    /// Works until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut moved = self.confirmations.moved.subscribe();
        loop {
            let done = tokio::select! {
                () = stop.cancelled() => {
                    self.confirmations.ending.cancel();
                    return;
                }
                _ = moved.changed() => self.refresh().await,
                Some(press) = self.presses.recv() => {
                    self.answer(press).await;
                    Ok(())
                }
                () = tokio::time::sleep(LOOK) => self.withdraw_forgotten().await,
            };
            if let Err(error) = done {
                tracing::error!(%error, "confirmations can't be read; trying again");
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Reads what is open, and what became of the rest.
    async fn refresh(&mut self) -> Result<(), LedgerError> {
        let ledger = &self.confirmations.ledger;
        for asked in ledger.open_questions().await? {
            self.shown.insert(asked.seq, asked);
        }
        for asked in self.shown.values_mut().filter(|asked| matches!(asked.state, State::Asked | State::Confirmed)) {
            if let Some(now) = ledger.asked(&asked.id).await? {
                *asked = now;
            }
        }
        while self.shown.len() > SETTLED {
            let settled = self.shown.iter().find(|(_, asked)| asked.state != State::Asked).map(|(seq, _)| *seq);
            match settled {
                Some(seq) => drop(self.shown.remove(&seq)),
                None => break,
            }
        }
        self.cards.send_replace(Arc::new(self.shown.values().filter_map(shown).collect()));
        Ok(())
    }

    /// A question that no call waits for is withdrawn: its turn was stopped, or has ended.
    async fn withdraw_forgotten(&mut self) -> Result<(), LedgerError> {
        let open: Vec<String> =
            self.shown.values().filter(|asked| asked.state == State::Asked).map(|asked| asked.id.clone()).collect();
        self.alone.retain(|id, _| open.contains(id));
        let mut withdrawn = false;
        for id in open {
            if self.confirmations.is_waited_for(&id) {
                self.alone.remove(&id);
            } else if self.alone.entry(id.clone()).or_insert_with(Instant::now).elapsed() >= ALONE {
                withdrawn |= self.confirmations.ledger.settle(&id, State::Withdrawn, None).await?;
            }
        }
        if withdrawn { self.refresh().await } else { Ok(()) }
    }

    async fn answer(&mut self, press: Press) {
        let answer = match self.decide(&press).await {
            Ok(answer) => answer,
            Err(refusal) => {
                self.note_refused(&press, &refusal).await;
                Answer::Refused(refusal.message)
            }
        };
        // Whoever asked may be gone.
        let _ = press.reply.send(answer);
    }

    /// Everything is asked anew at each press: the question, its place and time, and the roles of the person.
    async fn decide(&mut self, press: &Press) -> Result<Answer, Refusal> {
        let id = press.offer.token.to_string();
        let asked = self.confirmations.ledger.asked(&id).await.map_err(unwritable)?;
        let here = |asked: &Asked| press.place == Place::Thread(ThreadId::from_stored(asked.thread.clone()));
        let asked = asked.filter(here).ok_or_else(foreign)?;
        still_open(&asked)?;
        if let Some(survey) = Survey::read(&asked.body) {
            return self.fill_in(press, &asked, survey).await;
        }
        let question = Question::read(&asked.body).ok_or_else(foreign)?;
        let typed = press.typed.as_ref().map(|typed| typed.get(PHRASE).map(String::as_str).unwrap_or_default());
        let (confirm, roles) = (question.confirm(), &press.roles);
        let put = claudetools_policy::Question {
            confirm: &confirm,
            code: question.why(),
            requester: &question.requester,
            requester_roles: &question.requester_roles,
            phrase: question.phrase.as_deref(),
        };
        let click = Click { member: &press.member, roles, typed };
        let settled = match press.offer.deed {
            Deed::Confirm => {
                may_confirm(&put, &click)?;
                if question.phrase.is_some() && typed.is_none() {
                    return Ok(Answer::Ask(form()));
                }
                State::Confirmed
            }
            Deed::Deny => {
                may_deny(&put, &click)?;
                State::Denied
            }
            _ => return Err(foreign()),
        };
        if settled != State::Confirmed || !question.is_filled {
            return self.settle(&asked, settled, &press.member, roles).await;
        }
        // Whoever waits for it is there before the call goes on.
        let later = self.confirmations.hands.open(&asked.id);
        match self.settle(&asked, settled, &press.member, roles).await {
            Ok(_) => Ok(Answer::Later(later)),
            Err(refusal) => {
                self.confirmations.hands.close(&asked.id);
                Err(refusal)
            }
        }
    }

    /// Audited before it counts: no yes is without a row.
    pub(super) async fn settle(
        &mut self,
        asked: &Asked,
        settled: State,
        member: &MemberId,
        roles: &BTreeSet<String>,
    ) -> Result<Answer, Refusal> {
        let detail = json!({ "settled": asked.id, "as": settled.as_str(), "hash": asked.hash, "roles": roles });
        self.note(Kind::Confirmation, Some(&asked.thread), member, detail).await.map_err(unwritable)?;
        let ledger = &self.confirmations.ledger;
        if !ledger.settle(&asked.id, settled, Some(&member.0)).await.map_err(unwritable)? {
            return Err(replayed());
        }
        self.confirmations.moved();
        Ok(Answer::Done(match settled {
            State::Confirmed => "Confirmed; it goes on.".to_owned(),
            _ => "Denied; nothing was done.".to_owned(),
        }))
    }

    async fn note_refused(&self, press: &Press, refusal: &Refusal) {
        let detail = json!({
            "press": press.offer.deed.as_str(), "token": press.offer.token.to_string(),
            "code": refusal.code.as_str(), "message": refusal.message,
        });
        let thread = match &press.place {
            Place::Thread(thread) => Some(thread.as_str()),
            Place::Review => None,
        };
        if let Err(error) = self.note(Kind::Refusal, thread, &press.member, detail).await {
            tracing::error!(%error, "a refused press could not be audited");
        }
    }

    async fn note(
        &self,
        kind: Kind,
        thread: Option<&str>,
        member: &MemberId,
        detail: serde_json::Value,
    ) -> Result<i64, LedgerError> {
        let (thread, member) = (thread.map(ThreadId::from_stored), Some(member.0.clone()));
        self.confirmations.ledger.append_audit(&Record { kind, thread, turn: None, member, detail }).await
    }
}

/// The card of a question, of whichever kind.
fn shown(asked: &Asked) -> Option<Card> {
    match Survey::read(&asked.body) {
        Some(survey) => survey_card::card(asked, &survey),
        None => card::card(asked, &Question::read(&asked.body)?),
    }
}

/// Whether a question may still be answered.
fn still_open(asked: &Asked) -> Result<(), Refusal> {
    match asked.state {
        State::Asked if asked.expires > now() => Ok(()),
        State::Asked | State::Expired => Err(Refusal::new(
            Code::ConfirmExpired,
            "This question has expired and nothing was done. Ask for it again in a message.",
        )),
        _ => Err(replayed()),
    }
}

pub(super) fn replayed() -> Refusal {
    Refusal::new(Code::ConfirmReplay, "This question was settled before; the card shows how.")
}

pub(super) fn foreign() -> Refusal {
    Refusal::new(Code::ConfirmMismatch, "This button belongs to no question of this thread.")
}

fn form() -> Form {
    let label = "Type what the card asks for".to_owned();
    Form {
        title: "Confirm exactly what the card shows".to_owned(),
        fields: vec![Field { name: PHRASE, label, size: Size::Line }],
    }
}
