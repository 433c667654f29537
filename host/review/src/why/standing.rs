//! The conditions that do not depend on what is done: approved, callable, within limits.

use claudetools_policy::{Admission, Caller, admit, may_call};

use super::{Predicate, Question};
use crate::shown::{list, quoted};
use crate::words;

impl Question<'_, '_> {
    pub fn approval(&self) -> Predicate {
        let reasons = match admit(self.plugin.found.clone(), self.input.policy, self.input.built_in) {
            Admission::Admitted(_) => self.input.reasons.to_vec(),
            Admission::Quarantined(reasons) => reasons,
        };
        let because = match reasons.first() {
            Some(reason) => reason.to_string(),
            None if self.input.built_in => "It is a part of the program.".to_owned(),
            None => "It is what a reviewer approved.".to_owned(),
        };
        let line = self.places.plugin_key(self.input.name, "approved");
        Predicate::new("approval", reasons.is_empty(), because).at(self.places, line)
    }

    /// Without a caller, it holds when there is anybody who may call it.
    pub fn caller(&self, caller: Option<&Caller>) -> Predicate {
        let table = &self.plugin.policy;
        let nobody = table.roles.is_empty() || table.origins.is_empty();
        let holds = !nobody && caller.is_none_or(|caller| may_call(self.plugin, self.tool, caller).is_ok());
        let origins = list(table.origins.iter().map(|origin| origin.as_str()));
        let may = match nobody {
            true => "nobody may call it".to_owned(),
            false => format!("roles that may call it: {}; started by: {origins}", list(&table.roles)),
        };
        let line = self.places.plugin_key(self.input.name, "callers").or(Some(table.line));
        let because = format!("{}{may}.", caller.map(who).unwrap_or_default());
        Predicate::new("caller", holds, because).at(self.places, line)
    }

    /// What a call may use; whether it does, only the call shows.
    pub fn limits(&self) -> Predicate {
        let shown: Vec<_> = words::limits(self.plugin.limits())
            .into_iter()
            .filter(|(name, ..)| matches!(*name, "wall" | "memory" | "output" | "rate"))
            .map(|(name, _, value)| format!("{name} {value}"))
            .collect();
        let line = self.places.plugin_key(self.input.name, "limit");
        Predicate::new("limits", true, format!("Within {}.", shown.join(", "))).at(self.places, line)
    }
}

fn who(caller: &Caller) -> String {
    let member = quoted(&caller.member.0);
    match caller.roles.is_empty() {
        true => format!("{member} has no role; "),
        false => format!("{member} has {}; ", list(&caller.roles)),
    }
}
