//! What follows from a complete reply.

use crate::entry::{End, Entry};

use super::{Turn, Update};

/// Replies that may be continued after `max_tokens`: three times the longest reply is no chat message.
const CONTINUATIONS: u32 = 2;
/// Replies that may be continued after `pause_turn`: the server pauses every ten of its own tool calls.
const PAUSES: u32 = 5;

const GO_ON: &str = "[Your reply was cut off at its length limit. Go on exactly where it stopped; repeat nothing.]";
const PLEASE: &str = "[Your reply was empty. Please continue.]";

impl Turn {
    /// Decides what a reply means: calls are run, text is the answer, everything else is helped on or ends the turn.
    pub(super) fn replied(
        &mut self,
        stop_reason: &str,
        entry: Entry,
        details: Option<String>,
        read_only: &dyn Fn(&str) -> bool,
    ) {
        if stop_reason == "refusal" {
            return self.refused(details);
        }
        let Some(calls) = self.draft.calls() else {
            return self.failed_by_nonsense();
        };
        if self.draft.ends_in_call() && is_truncated(stop_reason) {
            return self.cut_in_a_call();
        }
        self.journal(entry);
        self.draft.text = self.draft.whole_text();
        if calls.is_empty() { self.spoke(stop_reason) } else { self.work(calls, read_only) }
    }

    /// A reply without calls. Its blocks and stop reason are journalled.
    pub(super) fn spoke(&mut self, stop_reason: &str) {
        let blank = self.draft.text.trim().is_empty();
        match stop_reason {
            "max_tokens" if self.second_chances.continued < CONTINUATIONS => self.go_on(),
            "max_tokens" => self.cut_short("the answer reached the longest length a reply may have"),
            "model_context_window_exceeded" => {
                self.cut_short(
                    "this conversation fills all that the model can read; it is summarised with your next message",
                );
            }
            "pause_turn" if self.second_chances.paused < PAUSES => {
                self.second_chances.paused += 1;
                self.carry("");
                self.ask();
            }
            _ if blank => self.spoke_nothing(),
            _ if !self.steers.is_empty() && self.spent.exhausted(&self.limits).is_none() => self.go_on_with_steers(),
            _ => self.answer(),
        }
    }

    fn answer(&mut self) {
        self.carry("");
        let text = std::mem::take(&mut self.carried);
        self.end(End::Answered { text });
    }

    fn go_on(&mut self) {
        self.second_chances.continued += 1;
        self.carry("");
        self.tell_model(GO_ON);
        self.ask();
    }

    /// The person added something while the model finished: what it said stays part of the answer.
    fn go_on_with_steers(&mut self) {
        self.carry("\n\n");
        self.show(Update::Text("\n\n".to_owned()));
        self.join_steers();
        self.ask();
    }

    fn spoke_nothing(&mut self) {
        if !std::mem::replace(&mut self.second_chances.empty, true) {
            self.tell_model(PLEASE);
            return self.ask();
        }
        if self.carried.trim().is_empty() {
            self.give_up("The model gave no answer, also when it was asked again. Please try again.");
        } else {
            self.answer();
        }
    }

    fn cut_short(&mut self, why: &str) {
        self.carry("");
        self.give_up(&format!("It ends here: {why}."));
    }

    /// A call in a truncated reply may be incomplete, although it reads well: it is not run.
    fn cut_in_a_call(&mut self) {
        self.retract();
        if std::mem::replace(&mut self.second_chances.cut_call, true) {
            self.give_up("The model's reply was cut off in the middle of a tool call, twice. Ask for less at once.");
        } else {
            self.show(Update::Waiting("The reply was cut off in the middle of a tool call; asking again".to_owned()));
            self.ask();
        }
    }

    /// A refusal is final: the refused reply is not part of the conversation.
    fn refused(&mut self, details: Option<String>) {
        self.retract();
        let why = details.map_or_else(String::new, |details| format!(" ({details})"));
        self.give_up(&format!("The model declined to answer this{why}. Asking differently may help."));
    }
}

fn is_truncated(stop_reason: &str) -> bool {
    matches!(stop_reason, "max_tokens" | "model_context_window_exceeded")
}
