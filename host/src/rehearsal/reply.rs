//! The next reply of a conversation.

use super::ask::{self, Ask};
use super::conversation::Conversation;
use super::plan::{self, Call};
use super::words;

/// A text, then calls; without calls the turn is over.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub text: String,
    pub calls: Vec<Call>,
}

/// Decides it: calls as long as there are some to make, then an answer that quotes what they gave.
pub(super) fn next(conversation: &Conversation) -> Reply {
    let asks = ask::parse(&conversation.words);
    let say = |text: String| Reply { text, calls: Vec::new() };
    if asks.is_empty() || asks.contains(&Ask::Help) {
        return say(words::help(&conversation.offered));
    }
    let missing = plan::missing(&asks, &conversation.offered);
    if !missing.is_empty() {
        return say(words::missing(&missing));
    }
    let calls = plan::round(&asks, conversation.rounds, &conversation.done);
    if calls.is_empty() {
        let told = conversation.done.iter().filter(|done| !plan::is_preparation(&asks, done));
        return say(words::results(told));
    }
    Reply { text: words::calling(&calls), calls }
}
