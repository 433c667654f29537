//! How the bot is, as its presence shows it.

use std::sync::{Mutex, PoisonError};

use serenity::all::{ActivityData, OnlineStatus, ShardMessenger};

/// What people see beside the bot's name.
#[derive(Default)]
pub(crate) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    /// Where presences go; none while there is no connection.
    line: Option<ShardMessenger>,
    shown: Option<Mood>,
    trouble: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Ready,
    Trouble(&'static str),
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

    /// All is well.
    pub(crate) fn fine(&self) {
        let mut state = self.state();
        state.trouble = None;
        state.show();
    }

    /// Something does not work: a few words.
    pub(crate) fn trouble(&self, what: &'static str) {
        let mut state = self.state();
        state.trouble = Some(what);
        state.show();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn show(&mut self) {
        let mood = self.trouble.map_or(Mood::Ready, Mood::Trouble);
        if let Some(line) = self.line.as_ref().filter(|_| self.shown != Some(mood)) {
            let (status, words) = match mood {
                Mood::Ready => (OnlineStatus::Online, "mention me"),
                Mood::Trouble(what) => (OnlineStatus::DoNotDisturb, what),
            };
            line.set_presence(Some(ActivityData::custom(words)), status);
            self.shown = Some(mood);
        }
    }
}
