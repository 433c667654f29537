//! Requests to the model: what is sent, whose money it is, and what it used.

use std::sync::Arc;
use std::time::Instant;

use claudetools_agent::message::Message;
use claudetools_agent::prefix::Prefix;
use claudetools_agent::prompt::Head;
use claudetools_agent::turn::{Event, FailureKind, ModelFailure, Why};
use claudetools_agent::window::Window;
use claudetools_ledger::{LedgerError, UsageRow};

use super::Driver;
use crate::compact::Wish;
use crate::desk::Desk;
use crate::money::{Purse, Short};
use crate::work::{Happened, call_model, summarise};

impl Driver {
    /// Asks the model, where there is money for it.
    pub(super) async fn call_model(&mut self) -> Result<(), LedgerError> {
        let choices = self.desk.choices(&self.thread).await?;
        let account = Desk::account(&self.thread, &self.caller.member.0, &choices);
        let (head, messages) = self.window();
        let mut request = self.desk.request(&choices, head, messages);
        self.attempt += 1;
        match self.desk.set_aside(account, choices, &mut request, &self.entries).await? {
            Ok(purse) => {
                self.purse = Some(purse);
                self.sent = Some((Prefix::of(&request), Instant::now()));
                let asking = call_model(self.desk.settings.client.clone(), request, self.attempt, self.teller.clone());
                self.request = Some(self.tasks.spawn(asking));
            }
            Err(short) => self.cannot_pay(short),
        }
        Ok(())
    }

    fn window(&self) -> (Head, Vec<Message>) {
        let Window { head, messages } = self.transcript.window();
        #[expect(clippy::expect_used, reason = "a thread's first turn journals a head before anything else")]
        let head = head.expect("a head");
        (head, messages)
    }

    /// Has the conversation summarised.
    pub(super) async fn compact(&mut self, why: Why) -> Result<(), LedgerError> {
        let choices = self.desk.choices(&self.thread).await?;
        let account = Desk::account(&self.thread, &self.caller.member.0, &choices);
        let (head, messages) = self.window();
        let mut request = self.desk.summary_request(&choices, head, messages, why, None);
        let (thread, turn) = (self.thread.clone(), Some(self.turn.clone()));
        let wish = Wish { thread, turn, tokens: self.transcript.fill().tokens() };
        self.attempt += 1;
        match self.desk.set_aside(account, choices, &mut request, &self.entries).await? {
            Ok(purse) => {
                self.purse = Some(purse);
                let work = summarise(Arc::clone(&self.desk), wish, request, self.attempt, self.teller.clone());
                self.request = Some(self.tasks.spawn(work));
            }
            Err(short) => self.cannot_pay(short),
        }
        Ok(())
    }

    fn cannot_pay(&mut self, short: Short) {
        self.spent_up = short.thread;
        // The turn that is told is this one.
        let _ = self.teller.send(Happened::Asked(self.attempt, Event::Unaffordable(short.refusal)));
    }

    /// Notes what a reply or a summary used, and whose money it was.
    pub(super) fn note_usage(&mut self, event: &Event) -> Option<Purse> {
        let (model, usage, request, cost) = match event {
            Event::Replied { model, usage, request, cost, .. } => (model, usage, request, cost),
            Event::Compacted { compacted, request, cost, .. } => (&compacted.model, &compacted.usage, request, cost),
            _ => return None,
        };
        let purse = self.purse.take()?;
        let sent = self.sent.take();
        let cache_lost = sent.and_then(|(prefix, at)| self.desk.watch_cache(&self.thread, prefix, at, usage));
        self.usage = Some(UsageRow {
            thread: self.thread.clone(),
            turn: self.turn.clone(),
            member: purse.account.member.clone(),
            client: purse.account.client.clone(),
            channel: purse.account.channel.clone(),
            model: model.clone(),
            request: request.clone(),
            usage: *usage,
            cost: *cost,
            cache_lost,
            reservation: purse.reservation,
        });
        Some(purse)
    }

    /// Notes whether the model's server does its work. What it says of one conversation says nothing of it.
    pub(super) fn note_health(&self, event: &Event) {
        let failed = |failure: &ModelFailure| match failure.kind {
            FailureKind::TooLong | FailureKind::Unfit => Ok(()),
            FailureKind::Transient | FailureKind::Cut | FailureKind::Final => Err(failure.message.clone()),
        };
        match event {
            Event::ModelFailed(failure) | Event::CompactionFailed(failure) => self.desk.health.model(failed(failure)),
            Event::Replied { .. } | Event::Compacted { .. } => self.desk.health.model(Ok::<(), &str>(())),
            _ => {}
        }
    }

    /// Gives back what was set aside for a request that ended without a reply.
    pub(super) async fn release(&mut self) -> Result<(), LedgerError> {
        match self.purse.take().and_then(|purse| purse.reservation) {
            Some(reservation) => self.desk.settings.ledger.release(reservation).await,
            None => Ok(()),
        }
    }
}
