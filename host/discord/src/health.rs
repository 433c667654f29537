//! How the bot is. Its presence says it at once; what does not work for long is said to the people who run it, once when
//! it is long and once when it is over.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serenity::all::{ActivityData, OnlineStatus, ShardMessenger};

use crate::outage::Outage;

/// What people see beside the bot's name.
#[derive(Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    /// Where presences go; none while there is no connection.
    line: Option<ShardMessenger>,
    shown: Option<Mood>,
    troubles: BTreeMap<Part, Outage>,
}

/// What may not work, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Ledger,
    Model,
    Gateway,
    Answers,
    Threads,
    Asking,
    Reading,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Ready,
    Trouble(Part),
}

impl Part {
    /// The few words of a presence.
    fn mood(self) -> &'static str {
        match self {
            Self::Ledger => "cannot write my ledger",
            Self::Model => "the model does not answer",
            Self::Gateway => "cannot hear everything",
            Self::Answers => "cannot post answers",
            Self::Threads => "cannot begin threads",
            Self::Asking => "cannot look up channels and roles",
            Self::Reading => "cannot read missed messages",
        }
    }
}

impl Health {
    /// There is a connection; what it shows is not known.
    pub(crate) fn connected(&self, line: ShardMessenger) {
        let mut state = self.state();
        (state.line, state.shown) = (Some(line), None);
        state.show();
    }

    /// There is none. A presence sent now would end serenity's runner instead of waiting for the next connection.
    pub(crate) fn disconnected(&self) {
        self.state().line = None;
    }

    /// This works, at this moment in milliseconds since 1970.
    pub(crate) fn fine(&self, part: Part, now: u64) {
        let mut state = self.state();
        if let Some(outage) = state.troubles.get_mut(&part) {
            outage.ended.get_or_insert(now);
            state.show();
        }
    }

    /// This does not work, and why, at this moment in milliseconds since 1970. What fails again soon after it worked again
    /// has never worked.
    pub(crate) fn trouble(&self, part: Part, why: &str, now: u64) {
        let mut state = self.state();
        let outage = state.troubles.entry(part).or_insert_with(|| Outage::new(now));
        (outage.why, outage.ended) = (why.to_owned(), None);
        state.show();
    }

    /// What does not work or did not until a while ago, to be looked at and changed.
    pub(crate) fn outages<T>(&self, look: impl FnOnce(&mut BTreeMap<Part, Outage>) -> T) -> T {
        look(&mut self.state().troubles)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self) {
        let worst = self.troubles.iter().find(|(_, outage)| outage.ended.is_none());
        let mood = worst.map_or(Mood::Ready, |(part, _)| Mood::Trouble(*part));
        if let Some(line) = self.line.as_ref().filter(|_| self.shown != Some(mood)) {
            let (status, words) = match mood {
                Mood::Ready => (OnlineStatus::Online, "mention me"),
                Mood::Trouble(part) => (OnlineStatus::DoNotDisturb, part.mood()),
            };
            line.set_presence(Some(ActivityData::custom(words)), status);
            self.shown = Some(mood);
        }
    }
}
