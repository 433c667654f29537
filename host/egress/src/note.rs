//! Who oversees the requests of a call: hears of each decision, and answers for the people.

use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use claudetools_policy::{Ask, Body, Flow, Refusal, Target, Tenant};

use crate::{Failure, Made, Trouble};

/// Who oversees the requests of a call. A function that hears is one who says no to whatever needs a person.
pub trait Overseer: Send + Sync {
    /// Hears of a decision, at the moment when it is made.
    fn hear(&self, note: Note);

    /// What the turn has taken in so far.
    fn flow(&self) -> Flow {
        Flow::default()
    }

    /// The tenant of the client that the call has chosen, if it has.
    fn tenant(&self) -> Option<Tenant> {
        None
    }

    /// Is asked before each request that a grant gives: whether it may happen, and who has to be asked about it in all,
    /// where `ask` says whom its grant names. `looks` says that it changes nothing.
    fn asks(&self, _target: &Target, _looks: bool, ask: Option<Ask>) -> Result<Option<Ask>, Refusal> {
        Ok(ask)
    }

    /// Is asked before each request that needs a person: whether one said yes to exactly this one, which the grant `id`
    /// gives.
    fn ask(&self, wish: &Wish<'_>, _id: &str, ask: &Ask) -> Result<(), Refusal> {
        Err(ask.refusal(&wish.target.to_string()))
    }

    /// Is given what was made for a request that somebody said yes to, before it is sent.
    fn made(&self, _made: Made) {}
}

/// A request that a person has to let happen: all of it, secrets aside.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// Where to and what for.
    pub target: &'a Target,
    /// The headers that the guest set.
    pub headers: &'a [(String, Vec<u8>)],
    /// The body, as it will be sent.
    pub body: &'a Body,
    /// Whether the host makes something in it first, which has to be shown to whoever says yes.
    pub is_filled: bool,
}

impl<F: Fn(Note) + Send + Sync> Overseer for F {
    fn hear(&self, note: Note) {
        self(note);
    }
}

/// One decision.
#[derive(Clone, Debug)]
pub struct Note {
    /// What it was about.
    pub subject: Subject,
    /// The grant that allowed it, or the refusal.
    pub decision: Result<String, Refusal>,
}

/// What a decision was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A request that could not be read: its method and host, made harmless and cut.
    Unreadable(String),
    /// A connection of a native program through its jail's proxy: `host:port`, as it was asked for.
    Service(String),
    /// One request. A redirect that is followed is another one.
    Request(Asked),
}

/// One request, without anything that should not be in an audit. Two are equal only when they are the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What was asked for; the values of the query are empty.
    pub target: Target,
    /// The secret that was put into it.
    pub secret: Option<SecretRef>,
    /// Whether it changes nothing: by its method, or because its grant says so. Of a batch, the requests in it say more.
    pub looks: bool,
    /// What has passed so far.
    pub traffic: Traffic,
}

/// A secret, told apart from others without anything of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretRef {
    /// Its name under `[secrets]`.
    pub name: String,
    /// Stands for its value while this process lives.
    pub fingerprint: String,
}

/// What has passed of one request and its answer. Clones see the same numbers, which grow while the exchange goes on.
#[derive(Clone, Debug, Default)]
pub struct Traffic(Arc<Passed>);

#[derive(Debug, Default)]
struct Passed {
    up: AtomicU64,
    down: AtomicU64,
    status: AtomicU16,
}

impl Traffic {
    /// Bytes of the request's body.
    pub fn up(&self) -> u64 {
        self.0.up.load(Ordering::Relaxed)
    }

    /// Bytes of the answer's body, as they came.
    pub fn down(&self) -> u64 {
        self.0.down.load(Ordering::Relaxed)
    }

    /// The answer's status, once it is there.
    pub fn status(&self) -> Option<u16> {
        Some(self.0.status.load(Ordering::Relaxed)).filter(|status| *status != 0)
    }

    pub(crate) fn add_up(&self, bytes: u64) {
        self.0.up.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_down(&self, bytes: u64) {
        self.0.down.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn answered(&self, status: u16) {
        self.0.status.store(status, Ordering::Relaxed);
    }
}

impl PartialEq for Traffic {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Traffic {}

/// One request while it is under way: who hears of it, what it was, and what ended it.
pub(crate) struct Exchange {
    overseer: Arc<dyn Overseer>,
    asked: Asked,
    ended: OnceLock<Refusal>,
}

impl Exchange {
    pub(crate) fn new(
        overseer: &Arc<dyn Overseer>,
        target: &Target,
        secret: Option<SecretRef>,
        looks: bool,
    ) -> Arc<Self> {
        let mut target = target.clone();
        target.query.iter_mut().for_each(|(_, value)| value.clear());
        let asked = Asked { target, secret, looks, traffic: Traffic::default() };
        Arc::new(Self { overseer: Arc::clone(overseer), asked, ended: OnceLock::new() })
    }

    pub(crate) fn traffic(&self) -> &Traffic {
        &self.asked.traffic
    }

    /// Tells that a grant allows the request.
    pub(crate) fn allowed(&self, grant: &str) {
        self.note(Ok(grant.to_owned()));
    }

    /// Tells that something was refused without the exchange ending by it.
    pub(crate) fn found(&self, refusal: Refusal) {
        self.note(Err(refusal));
    }

    /// Ends the exchange. The first reason is the one that is told.
    pub(crate) fn end(&self, refusal: Refusal) -> Failure {
        let mut first = false;
        let reason = self.ended.get_or_init(|| {
            first = true;
            refusal
        });
        if first {
            self.note(Err(reason.clone()));
        }
        reason.clone().into()
    }

    /// Why something failed: the reason for which we ended it, else the trouble.
    pub(crate) fn failure(&self, trouble: Trouble) -> Failure {
        self.ended.get().map_or(trouble.into(), |refusal| refusal.clone().into())
    }

    fn note(&self, decision: Result<String, Refusal>) {
        self.overseer.hear(Note { subject: Subject::Request(self.asked.clone()), decision });
    }
}
