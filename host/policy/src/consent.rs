//! Consent: which effects wait for a person, and who may let them happen.

mod phrase;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::path::shown;
use crate::{Code, Confirm, ConfirmWhen, Digest, MemberId, Refusal, RoleName};

/// What a turn has taken in so far. Two of three: with both, whatever leaves the house needs a person's click.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flow {
    /// Something that anybody may have written: the answer of a plugin with `output = "untrusted"`.
    pub untrusted: bool,
    /// Something of a root with `sensitive = true`.
    pub sensitive: bool,
}

impl Flow {
    /// What has been taken in after both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { untrusted: self.untrusted || other.untrusted, sensitive: self.sensitive || other.sensitive }
    }

    fn is_tainted(self) -> bool {
        self.untrusted || self.sensitive
    }

    fn is_dangerous(self) -> bool {
        self.untrusted && self.sensitive
    }
}

/// A decision's "yes": the grant that gives the effect, and who has to confirm it first, if anybody.
#[derive(Clone, Debug)]
pub struct Yes<'p, K> {
    /// The grant's id.
    pub id: &'p str,
    /// What the grant says.
    pub grant: &'p K,
    /// What a person has to be asked first.
    pub ask: Option<Ask>,
}

impl<'p, K> Yes<'p, K> {
    /// The answer where nobody can be asked: what needs a person is refused. `effect` is for the sentence.
    pub fn settled(self, effect: &str) -> Result<(&'p str, &'p K), Refusal> {
        match self.ask {
            None => Ok((self.id, self.grant)),
            Some(ask) => Err(ask.refusal(effect)),
        }
    }

    /// The first by id that asks nobody, or else the first by id; `None` where nothing was given. `leaving` names the
    /// roles that may confirm an effect which leaves the house, where no grant names any.
    pub(crate) fn choose(
        given: impl IntoIterator<Item = (&'p str, &'p K, &'p Confirm)>,
        flow: Flow,
        leaving: Option<&BTreeSet<RoleName>>,
    ) -> Option<Self> {
        let all =
            given.into_iter().map(|(id, grant, confirm)| Self { id, grant, ask: Ask::of(confirm, flow, leaving) });
        all.min_by_key(|yes| (yes.ask.is_some(), yes.id))
    }
}

/// A person has to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Why: `confirm.needed` by the grant, `flow.two` because of what the turn has taken in.
    pub code: Code,
    /// Who may say yes, and how.
    pub confirm: Confirm,
}

impl Ask {
    fn of(confirm: &Confirm, flow: Flow, leaving: Option<&BTreeSet<RoleName>>) -> Option<Self> {
        let asked = match confirm.when {
            ConfirmWhen::Never => false,
            ConfirmWhen::Tainted => flow.is_tainted(),
            ConfirmWhen::First | ConfirmWhen::Always => true,
        };
        match leaving.filter(|_| flow.is_dangerous()) {
            // Whatever the grant says, an earlier "yes" to something of this kind does not count.
            Some(roles) => {
                let by = if confirm.by.is_empty() { roles.clone() } else { confirm.by.clone() };
                let confirm = Confirm { when: ConfirmWhen::Always, by, ..confirm.clone() };
                Some(Self { code: if asked { Code::ConfirmNeeded } else { Code::FlowTwo }, confirm })
            }
            None => asked.then(|| Self { code: Code::ConfirmNeeded, confirm: confirm.clone() }),
        }
    }

    /// Of a call that not everybody in the thread may make: the person whose turn it is has to confirm it, with one of these
    /// roles.
    pub fn starter(roles: &BTreeSet<RoleName>) -> Self {
        let confirm = Confirm { when: ConfirmWhen::Always, by: roles.clone(), ..Confirm::default() };
        Self { code: Code::CallerThread, confirm }
    }

    /// The refusal of an effect that nobody was asked about.
    pub fn refusal(&self, effect: &str) -> Refusal {
        let effect = shown(effect);
        match self.code {
            Code::FlowTwo => Refusal::new(
                Code::FlowTwo,
                format!(
                    "This turn has read something confidential and something that anybody may have written, so a person \
                     has to confirm `{effect}` first, and nobody can be asked here."
                ),
            )
            .hinted("ask again in a thread where people can click; a new thread has read nothing yet"),
            _ => Refusal::new(
                Code::ConfirmNeeded,
                format!("A person has to confirm `{effect}` first, and nobody can be asked here."),
            )
            .hinted("in the grant: confirm = { when = \"never\" }, or leave `confirm` out"),
        }
    }
}

/// What people have said yes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// Exact effects, each by the digest of everything it is; each counts once.
    pub effects: BTreeSet<Digest>,
    /// Kinds of effect that were confirmed before in the thread, for `when = "first"`.
    pub shapes: BTreeSet<String>,
}

impl Consent {
    /// Whether an effect that needs a person has one's "yes". An exact one is used up by it.
    pub fn take(&mut self, ask: &Ask, effect: &Digest, shape: &str) -> bool {
        self.effects.remove(effect) || ask.confirm.when == ConfirmWhen::First && self.shapes.contains(shape)
    }
}

/// A question as it was put to people.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// Who may say yes, and how.
    pub confirm: &'q Confirm,
    /// Why it was put: `caller.thread` asks nobody but the requester.
    pub code: Code,
    /// Whose turn it is.
    pub requester: &'q MemberId,
    /// The roles that the requester had.
    pub requester_roles: &'q BTreeSet<RoleName>,
    /// What has to be typed, where something has.
    pub phrase: Option<&'q str>,
}

/// A click, with what the event itself says of the person.
#[derive(Clone, Debug)]
pub struct Click<'c> {
    /// Who.
    pub member: &'c MemberId,
    /// Their roles at this moment.
    pub roles: &'c BTreeSet<RoleName>,
    /// What they typed.
    pub typed: Option<&'c str>,
}

/// May this person say yes to it? `confirm.self` where somebody else has to, `caller.stale` where the requester has lost
/// the role since, `caller.role` where the person has not got one, `confirm.mismatch` where what they typed is another.
pub fn may_confirm(question: &Question<'_>, click: &Click<'_>) -> Result<(), Refusal> {
    let asks_itself = click.member == question.requester;
    if question.confirm.two_person && asks_itself {
        return Err(Refusal::new(Code::ConfirmSelf, "Somebody else than the person who asked has to confirm this."));
    }
    if question.code == Code::CallerThread && !asks_itself {
        return Err(Refusal::new(Code::CallerRole, "Only the person whose turn it is may confirm this."));
    }
    if question.confirm.by.is_disjoint(click.roles) {
        let had = asks_itself && !question.confirm.by.is_disjoint(question.requester_roles);
        return Err(if had {
            Refusal::new(Code::CallerStale, "You have lost the role that may confirm this.")
        } else {
            let roles: Vec<_> = question.confirm.by.iter().map(|role| format!("`{}`", shown(role))).collect();
            Refusal::new(
                Code::CallerRole,
                format!("Only a member with the role {} may confirm this.", roles.join(" or ")),
            )
        });
    }
    match (question.phrase, click.typed) {
        (Some(phrase), Some(typed)) if typed.trim() != phrase => Err(Refusal::new(
            Code::ConfirmMismatch,
            format!("What you typed is not `{}`; nothing was done.", shown(phrase)),
        )),
        _ => Ok(()),
    }
}

/// May this person answer what the model asked? Whoever's turn it is, and whoever has every role on whose authority the
/// turn runs: from anybody else's words on, it would run on less. `caller.role`.
pub fn may_answer(requester: &MemberId, authority: &BTreeSet<RoleName>, click: &Click<'_>) -> Result<(), Refusal> {
    if !click.roles.is_empty() && (click.member == requester || authority.is_subset(click.roles)) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::CallerRole,
        "Only the person whose turn it is, or somebody with every role that it runs with, can answer this.",
    ))
}

/// May this person say no to it? Whoever asked, and whoever could say yes.
pub fn may_deny(question: &Question<'_>, click: &Click<'_>) -> Result<(), Refusal> {
    if click.member == question.requester || !question.confirm.by.is_disjoint(click.roles) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::CallerRole,
        "Only the person who asked, or somebody who may confirm it, can turn this down.",
    ))
}
