//! What a running turn is at, from the updates that it gives. Pure.

use std::collections::BTreeMap;

use claudetools_agent::tools::ToolEvent;
use claudetools_agent::turn::Update;

use crate::State;

/// A running turn, as far as its updates tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity {
    /// What explains a wait: an overloaded model, a ledger that is full.
    stalled: Option<String>,
    /// Calls that run, by their id: the tool, and what it waits for a person for.
    calls: BTreeMap<String, (String, Option<String>)>,
}

impl Activity {
    /// Takes one update.
    pub(crate) fn take(&mut self, update: &Update) {
        match update {
            Update::Waiting(why) => self.stalled = Some(why.clone()),
            Update::ToolBegan { id, name, .. } => {
                self.stalled = None;
                self.calls.insert(id.clone(), (name.clone(), None));
            }
            Update::ToolSaid { id, event } => {
                if let Some((_, waits)) = self.calls.get_mut(id) {
                    *waits = match event {
                        ToolEvent::Waits(what) => Some(what.clone()),
                        _ => None,
                    };
                }
            }
            Update::ToolEnded { id, .. } => drop(self.calls.remove(id)),
            Update::Text(_) | Update::Note(_) => self.stalled = None,
            Update::Began { .. } => *self = Self::default(),
            Update::Retract | Update::Steered { .. } | Update::Ended(_) => {}
        }
    }

    /// Where the turn stands.
    pub(crate) fn state(&self) -> State {
        let person = self.calls.values().find_map(|(tool, waits)| Some(format!("{tool} {}", waits.as_ref()?)));
        match (person, &self.stalled) {
            (Some(what), _) => State::Person(what),
            (None, Some(why)) => State::Stalled(why.clone()),
            (None, None) => State::Working,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_works_waits_for_a_person_and_stalls() {
        let mut activity = Activity::default();
        let mut after = |update: Update| {
            activity.take(&update);
            activity.state()
        };
        let id = || "1".to_owned();
        assert_eq!(after(Update::Text("a".into())), State::Working);
        let began = Update::ToolBegan { id: id(), name: "Bash".into(), input: "{}".into() };
        assert_eq!(after(began), State::Working);
        let waits = ToolEvent::Waits("waits for a confirmation".into());
        let person = State::Person("Bash waits for a confirmation".into());
        assert_eq!(after(Update::ToolSaid { id: id(), event: waits }), person);
        assert_eq!(after(Update::Waiting("overloaded".into())), person, "the person first");
        let goes_on = Update::ToolSaid { id: id(), event: ToolEvent::Status("goes on".into()) };
        assert_eq!(after(goes_on), State::Stalled("overloaded".into()));
        assert_eq!(after(Update::Text("b".into())), State::Working);
        let ended = Update::ToolEnded { id: id(), is_error: false, summary: String::new() };
        assert_eq!(after(ended), State::Working);
    }
}
