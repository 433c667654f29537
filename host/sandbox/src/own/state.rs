//! `state`: small values that outlive the call.
//!
//! The call works on a copy. What it changed is in the outcome, and kept only when the call worked.

use std::collections::BTreeMap;

use claudetools_policy::{Code, Refusal, may_keep_state};

use crate::bindings::claudetools::plugin::{state, types};
use crate::ctx::Ctx;
use crate::effects::Subject;
use crate::quote::quoted;

/// The longest key, in bytes.
const MAX_KEY: usize = 128;

/// The most bytes of keys and values of one plugin in one thread: notes, not a database.
const MAX_BYTES: usize = 256 << 10;

/// A plugin's values in one thread, and what this call changed.
#[derive(Debug, Default)]
pub(crate) struct State {
    values: BTreeMap<String, Vec<u8>>,
    changes: BTreeMap<String, Option<Vec<u8>>>,
}

impl State {
    pub(crate) fn new(values: BTreeMap<String, Vec<u8>>) -> Self {
        Self { values, changes: BTreeMap::new() }
    }

    /// The changes, in key order.
    pub(crate) fn changes(&self) -> Vec<(String, Option<Vec<u8>>)> {
        self.changes.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), Refusal> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(Refusal::new(Code::StateTooLarge, format!("A key has 1 to {MAX_KEY} bytes.")));
        }
        let others = self.values.iter().filter(|(other, _)| **other != key);
        let held: usize = others.map(|(key, value)| key.len() + value.len()).sum();
        if held + key.len() + value.len() > MAX_BYTES {
            let message = format!("A plugin may keep {MAX_BYTES} bytes in a thread.");
            return Err(Refusal::new(Code::StateTooLarge, message));
        }
        self.values.insert(key.clone(), value.clone());
        self.changes.insert(key, Some(value));
        Ok(())
    }
}

impl Ctx {
    /// Decides whether this tool may keep state, and notes it.
    fn may_keep(&self, key: &str) -> Result<(), Refusal> {
        let subject = Subject::State(quoted(key));
        match may_keep_state(self.guard.plugin(), self.guard.tool()) {
            Ok(()) => self.guard.note_allowed(subject, "state"),
            Err(refusal) => return Err(self.guard.refuse(subject, refusal)),
        }
        Ok(())
    }
}

impl state::Host for Ctx {
    /// Without a grant there is nothing to be seen.
    fn get(&mut self, key: String) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(self.may_keep(&key).ok().and_then(|()| self.state.values.get(&key).cloned()))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> wasmtime::Result<Result<(), types::Refusal>> {
        if let Err(refusal) = self.may_keep(&key) {
            return Ok(Err(refusal.into()));
        }
        let subject = Subject::State(quoted(&key));
        let done = self.state.set(key, value).map_err(|refusal| self.guard.refuse(subject, refusal));
        Ok(done.map_err(Into::into))
    }

    fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), types::Refusal>> {
        if let Err(refusal) = self.may_keep(&key) {
            return Ok(Err(refusal.into()));
        }
        if self.state.values.remove(&key).is_some() {
            self.state.changes.insert(key, None);
        }
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_cap_is_refused_and_changes_nothing() {
        let mut state = State::new(BTreeMap::from([("old".to_owned(), vec![0; MAX_BYTES - 10])]));
        let refusal = state.set("new".to_owned(), vec![0; 100]).unwrap_err();
        assert_eq!(refusal.code, Code::StateTooLarge);
        assert!(state.changes().is_empty());
    }

    #[test]
    fn replacing_a_value_counts_only_the_new_one() {
        let mut state = State::new(BTreeMap::from([("key".to_owned(), vec![0; MAX_BYTES - 10])]));
        state.set("key".to_owned(), vec![1; MAX_BYTES - 10]).unwrap();
        assert_eq!(state.changes().len(), 1);
    }
}
