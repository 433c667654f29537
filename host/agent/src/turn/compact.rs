//! Summarising the conversation in the middle of a turn.

use crate::entry::{Compacted, Entry};
use crate::models::MicroUsd;
use crate::prompt::Head;

use super::draft::Draft;
use super::retry::fragment;
use super::{Effect, FailureKind, ModelFailure, Phase, Turn, Update, Why};

impl Turn {
    pub(super) fn is_to_be_compacted(&self) -> bool {
        self.fill.is_full(self.limits.context_tokens) && !self.second_chances.uncompactable
    }

    pub(super) fn compact(&mut self, why: Why) {
        self.show(Update::Waiting("This conversation is long; summarising it before I go on".to_owned()));
        self.draft = Draft::default();
        self.compacting = Some(why);
        self.phase = Phase::Compacting;
        self.effects.push(Effect::Compact(why));
    }

    /// What failed is done again: a request, or a summary.
    pub(super) fn resend(&mut self) {
        match self.compacting {
            Some(why) => self.compact(why),
            None => self.send(),
        }
    }

    /// The summary is there: the turn goes on behind it.
    pub(super) fn compacted(&mut self, head: Head, compacted: Box<Compacted>, cost: Option<MicroUsd>) {
        self.compacting = None;
        self.spent.reply(&compacted.usage, cost);
        self.fill.compacted();
        self.second_chances.compacted = true;
        self.journal(Entry::Head(head));
        self.journal(Entry::Compacted(compacted));
        self.boundary();
    }

    /// The conversation stays as it is. Where the model can still read it, the turn goes on.
    pub(super) fn compaction_failed(&mut self, failure: &ModelFailure) {
        if matches!(failure.kind, FailureKind::Transient | FailureKind::Cut) && self.may_try_again(failure) {
            return self.try_again(failure);
        }
        if failure.kind == FailureKind::TooLong && self.compacting == Some(Why::Full) {
            return self.compact(Why::TooLong);
        }
        let why = fragment(&failure.message);
        match self.compacting.take() {
            Some(Why::TooLong) => self.give_up(&format!(
                "The conversation is too long for the model, and summarising it failed: {why}. Clear the conversation, or \
                 start a new thread."
            )),
            _ => {
                self.second_chances.uncompactable = true;
                let said = format!("This conversation could not be summarised ({why}); I go on with all of it.");
                self.effects.push(Effect::Notice(said));
                self.send();
            }
        }
    }

    /// The model could not read the conversation: it is summarised once, never twice without a reply between.
    pub(super) fn too_long(&mut self, message: &str) {
        let why = fragment(message);
        if self.second_chances.compacted || self.second_chances.uncompactable {
            return self.give_up(&format!(
                "{why}, also after it was summarised: the message, what is pinned or the instructions are too long. \
                 Shorten them, or start a new thread."
            ));
        }
        self.compact(Why::TooLong);
    }
}
