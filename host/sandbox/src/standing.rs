//! Where a call stands with the people of its thread: what the turn has taken in, what they said yes to, and the effect
//! that waits for a yes.

use std::collections::BTreeSet;

use claudetools_egress::Made;
use claudetools_policy::{Ask, Body, Code, Consent, Digest, Flow, Mode, Refusal, RoleName};

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
    /// Whether what the host makes for the call can be shown to whoever said yes.
    pub hands: bool,
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
    /// What a person has to type, where something has to be typed.
    pub phrase: Option<String>,
    /// Whether the host makes something for it after the yes.
    pub is_filled: bool,
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
    /// What a request sends beside its target.
    Sent {
        /// Those that the guest set.
        headers: Vec<(String, String)>,
        /// As it will be sent, but for what the host makes.
        body: Body,
    },
}

/// An effect, before it is known whether anybody has to be asked.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) effect: String,
    /// What kind of access or method it is.
    pub(crate) verb: String,
    pub(crate) detail: Detail,
    pub(crate) phrase: Option<String>,
    pub(crate) is_filled: bool,
}

/// A call's standing while it runs.
#[derive(Debug)]
pub(crate) struct Desk {
    standing: Standing,
    held: Option<Held>,
    made: Vec<Made>,
}

impl Desk {
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, held: None, made: Vec::new() }
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
        let Planned { effect, verb, detail, phrase, is_filled } = planned;
        let (digest, shape) = (named(&effect, &detail), format!("{tool} {grant} {verb}"));
        if self.standing.consent.take(ask, &digest, &shape) {
            return if is_filled && !self.standing.hands { Err(unseen()) } else { Ok(()) };
        }
        let refusal = ask.refusal(&effect);
        if self.standing.asks == Asks::People {
            let (grant, ask) = (grant.to_owned(), ask.clone());
            self.held.get_or_insert(Held { effect, detail, phrase, is_filled, digest, shape, grant, ask });
        }
        Err(refusal)
    }

    /// Keeps what was made, for whoever said yes.
    pub(crate) fn keep(&mut self, made: Made) {
        self.made.push(made);
    }

    /// What is left at the end: where the call stands, what waits, and what was made.
    pub(crate) fn take(&mut self) -> (Standing, Option<Held>, Vec<Made>) {
        (std::mem::take(&mut self.standing), self.held.take(), std::mem::take(&mut self.made))
    }
}

/// What nobody is shown is not made: it could never be used.
fn unseen() -> Refusal {
    let message = "The password that would be made can be shown to nobody any more, so nothing was sent. Ask again.";
    Refusal::new(Code::ConfirmUnshowable, message)
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
        Detail::Sent { headers, body } => {
            let headers = serde_json::json!(headers).to_string();
            format!("\0sent {} {}", of(headers.as_bytes()), of(body.bytes()))
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
        Planned { effect: effect.into(), verb: "modify".into(), detail, phrase: None, is_filled: false }
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

    fn sent(headers: &[(&str, &str)], body: &str) -> Detail {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Detail::Sent { headers, body: Body::read(body.into()) }
    }

    #[test]
    fn a_body_or_a_header_that_changed_needs_another_yes() {
        let body = r#"{"accountEnabled":false}"#;
        let digest = named("PATCH https://a.example/u", &sent(&[("x-id", "1")], body));
        let consent = Consent { effects: [digest].into(), shapes: BTreeSet::new() };
        let mut desk = Desk::new(Standing { consent, ..Standing::default() });
        let mut ask = |detail| desk.ask(planned("PATCH https://a.example/u", detail), "t", "g", &always()).is_ok();
        assert!(!ask(sent(&[("x-id", "1")], r#"{"accountEnabled":true}"#)));
        assert!(!ask(sent(&[("x-id", "2")], body)));
        assert!(!ask(sent(&[], body)));
        assert!(ask(sent(&[("x-id", "1")], r#"{ "accountEnabled": false }"#)), "it is sent in the same bytes");
    }

    #[test]
    fn nothing_is_made_that_nobody_can_be_shown() {
        for (hands, code) in [(false, Some(Code::ConfirmUnshowable)), (true, None)] {
            let digest = named("POST https://a.example/u", &sent(&[], "{}"));
            let consent = Consent { effects: [digest].into(), shapes: BTreeSet::new() };
            let mut desk = Desk::new(Standing { consent, hands, ..Standing::default() });
            let filled = Planned { is_filled: true, ..planned("POST https://a.example/u", sent(&[], "{}")) };
            let said = desk.ask(filled, "t", "g", &always());
            assert_eq!((said.err().map(|refusal| refusal.code), desk.is_held()), (code, false));
        }
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
            sent(&[], ""),
            sent(&[], "{}"),
            sent(&[("a", "b"), ("c", "d")], ""),
            sent(&[("a", "b")], "c: d"),
            sent(&[("a", "b\",\"c")], ""),
        ];
        let names: BTreeSet<Digest> =
            details.iter().flat_map(|detail| ["a", "b"].map(|effect| named(effect, detail))).collect();
        assert_eq!(names.len(), 2 * details.len());
    }
}
