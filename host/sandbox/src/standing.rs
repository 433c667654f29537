//! Where a call stands with the people of its thread: what the turn has taken in, what they said yes to, and the effect
//! that waits for a yes.

use std::collections::BTreeSet;

use claudetools_policy::{Ask, Code, Consent, Digest, Flow, Mode, Refusal, RoleName};

/// Where a call stands when it begins, and when it has ended. The default has taken in nothing and can ask nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the turn has taken in.
    pub flow: Flow,
    /// What people said yes to; what the call used of it is gone at its end.
    pub consent: Consent,
    /// What becomes of an effect that needs a person's yes and has none.
    pub asks: Asks,
    /// Whether the thread works or plans.
    pub mode: Mode,
    /// Where not everybody in the thread may make the call: roles of which the person whose turn it is needs one to confirm
    /// whatever it changes, starts or sends.
    pub above: Option<BTreeSet<RoleName>>,
}

/// What becomes of an effect that needs a person's yes and has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// It is refused, and the call goes on: there is nobody to ask.
    #[default]
    Nobody,
    /// The call ends before it happens, with the effect as [`Held`].
    People,
}

/// An effect that waits for a person. Nothing of it has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What is done, in words, whole.
    pub effect: String,
    /// What else it is.
    pub detail: Detail,
    /// Names exactly this effect.
    pub digest: Digest,
    /// Names effects of its kind, for a grant that asks only the first time.
    pub shape: String,
    /// The grant that gives it.
    pub grant: String,
    /// Who may say yes, and how.
    pub ask: Ask,
}

/// What an effect is beside its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing else.
    #[default]
    None,
    /// A file's bytes, before (none: it is not there) and after.
    Replaced {
        /// As they are.
        before: Option<Vec<u8>>,
        /// As they will be.
        after: Vec<u8>,
    },
    /// What a program starts with.
    Started {
        /// Where, as the guest sees it.
        directory: String,
        /// All of its standard input.
        input: Vec<u8>,
        /// The bytes of the script that it runs, where it runs one.
        script: Option<Vec<u8>>,
    },
}

/// An effect, before it is known whether anybody has to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) effect: String,
    /// What kind of access or method it is.
    pub(crate) verb: String,
    pub(crate) detail: Detail,
}

/// A call's standing while it runs.
#[derive(Debug)]
pub(crate) struct Desk {
    standing: Standing,
    held: Option<Held>,
}

impl Desk {
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, held: None }
    }

    pub(crate) fn flow(&self) -> Flow {
        self.standing.flow
    }

    pub(crate) fn mode(&self) -> Mode {
        self.standing.mode
    }

    pub(crate) fn took_in(&mut self, flow: Flow) {
        self.standing.flow = self.standing.flow.and(flow);
    }

    /// Whether the call has to end because an effect waits.
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Who has to be asked about an effect beside whom its grant names. `caller.thread` where both would have to be.
    pub(crate) fn also_asks(&self, ask: Option<Ask>, looks: bool) -> Result<Option<Ask>, Refusal> {
        match (&self.standing.above, ask) {
            (Some(roles), None) => Ok((!looks).then(|| Ask::starter(roles))),
            (Some(_), Some(_)) => {
                let message = "Not everybody in this thread may do this, and its grant wants a confirmation besides; ask for \
                               it in a thread of your own.";
                Err(Refusal::new(Code::CallerThread, message))
            }
            (None, ask) => Ok(ask),
        }
    }

    /// Whether an effect has the yes that it needs. The first one without is held where somebody can be asked.
    pub(crate) fn ask(&mut self, planned: Planned, tool: &str, grant: &str, ask: &Ask) -> Result<(), Refusal> {
        let Planned { effect, verb, detail } = planned;
        let (digest, shape) = (named(&effect, &detail), format!("{tool} {grant} {verb}"));
        if self.standing.consent.take(ask, &digest, &shape) {
            return Ok(());
        }
        let refusal = ask.refusal(&effect);
        if self.standing.asks == Asks::People {
            let (grant, ask) = (grant.to_owned(), ask.clone());
            self.held.get_or_insert(Held { effect, detail, digest, shape, grant, ask });
        }
        Err(refusal)
    }

    /// What is left at the end.
    pub(crate) fn take(&mut self) -> (Standing, Option<Held>) {
        (std::mem::take(&mut self.standing), self.held.take())
    }
}

/// The digest of everything that an effect is: no two effects have the same.
fn named(effect: &str, detail: &Detail) -> Digest {
    let of = |bytes: &[u8]| Digest::of(bytes).to_string();
    let detail = match detail {
        Detail::None => String::new(),
        Detail::Replaced { before, after } => {
            format!("\0replaced {} {}", before.as_deref().map(of).unwrap_or_default(), of(after))
        }
        Detail::Started { directory, input, script } => {
            let script = script.as_deref().map(of).unwrap_or_default();
            format!("\0started {} {} {script}", of(directory.as_bytes()), of(input))
        }
    };
    Digest::of(format!("{}{detail}", of(effect.as_bytes())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use claudetools_policy::{Code, Confirm, ConfirmWhen};

    use super::*;

    fn planned(effect: &str, detail: Detail) -> Planned {
        Planned { effect: effect.into(), verb: "modify".into(), detail }
    }

    fn always() -> Ask {
        Ask { code: Code::ConfirmNeeded, confirm: Confirm { when: ConfirmWhen::Always, ..Confirm::default() } }
    }

    #[test]
    fn an_effect_without_a_yes_is_held_where_people_can_be_asked_and_refused_elsewhere() {
        for (asks, held) in [(Asks::Nobody, false), (Asks::People, true)] {
            let mut desk = Desk::new(Standing { asks, ..Standing::default() });
            let refusal = desk.ask(planned("modify /repo/a", Detail::None), "Write", "g", &always()).unwrap_err();
            assert_eq!((refusal.code, desk.is_held()), (Code::ConfirmNeeded, held));
        }
    }

    #[test]
    fn a_yes_is_to_exactly_one_effect_and_counts_once() {
        let detail = |after: &[u8]| Detail::Replaced { before: Some(b"old".to_vec()), after: after.to_vec() };
        let digest = named("modify /repo/a", &detail(b"new"));
        let consent = Consent { effects: [digest].into(), shapes: BTreeSet::new() };
        let mut desk = Desk::new(Standing { consent, ..Standing::default() });
        let mut ask = |planned| desk.ask(planned, "Write", "g", &always()).is_ok();
        assert!(!ask(planned("modify /repo/a", detail(b"other"))));
        assert!(!ask(planned("modify /repo/b", detail(b"new"))));
        assert!(ask(planned("modify /repo/a", detail(b"new"))));
        assert!(!ask(planned("modify /repo/a", detail(b"new"))));
    }

    #[test]
    fn no_two_effects_have_the_same_name() {
        let started = |directory: &str, input: &[u8]| Detail::Started {
            directory: directory.into(),
            input: input.to_vec(),
            script: None,
        };
        let details = [
            Detail::None,
            Detail::Replaced { before: None, after: Vec::new() },
            Detail::Replaced { before: Some(Vec::new()), after: Vec::new() },
            started("/repo", b""),
            started("", b"/repo"),
        ];
        let names: BTreeSet<Digest> =
            details.iter().flat_map(|detail| ["a", "b"].map(|effect| named(effect, detail))).collect();
        assert_eq!(names.len(), 2 * details.len());
    }
}
