//! A request as the guest made it, and for whom it is sent.

use std::sync::Arc;
use std::time::Duration;

use claudetools_policy::{Admitted, Refusal, Target};
use tokio::time::Instant;

use crate::{Failure, MadeFor, Note, Overseer, Subject};

/// The most characters of a method and host that could not be read.
const MAX_SHOWN: usize = 200;

/// A request as the guest made it: nothing in it was looked at yet.
#[derive(Clone, Debug)]
pub struct Request<B> {
    /// The method.
    pub method: String,
    /// `https` or `http`, if it is to be sent.
    pub scheme: String,
    /// Host and port.
    pub authority: String,
    /// What stands behind the host.
    pub path_and_query: String,
    /// In the guest's order. What frames the body is not among them.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, streamed.
    pub body: B,
    /// The body's length where the guest said it; sent in pieces of unknown number otherwise.
    pub length: Option<u64>,
    /// How long the guest itself would wait, within what the call has left.
    pub patience: Patience,
}

/// How long the guest would wait; `None` leaves it to the host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// For the connection. At most ten seconds.
    pub connect: Option<Duration>,
    /// From there to the head of the answer.
    pub first_byte: Option<Duration>,
}

/// For whom a request is sent.
#[derive(Clone)]
pub struct Sender {
    /// The plugin: what it asked for and what it was granted.
    pub plugin: Arc<Admitted>,
    /// The tool that is called.
    pub tool: String,
    /// When the call ends, and with it everything that is still under way.
    pub until: Instant,
    /// Who hears of every decision, and answers for the people.
    pub overseer: Arc<dyn Overseer>,
    /// Passwords that were made for the call so far.
    pub made: MadeFor,
}

impl Sender {
    /// Parses what is asked for; what can't be read is noted.
    pub(crate) fn target<B>(&self, request: &Request<B>) -> Result<Target, Failure> {
        let Request { method, scheme, authority, path_and_query, .. } = request;
        let target = Target::parse(method, scheme, authority, path_and_query);
        target.map(|target| target.about(self.overseer.tenant())).map_err(|refusal| {
            let shown = format!("{} {}", method.escape_debug(), authority.escape_debug());
            self.unreadable(shown.chars().take(MAX_SHOWN).collect(), refusal)
        })
    }

    /// Refuses what is no request, and notes it.
    pub(crate) fn unreadable(&self, shown: String, refusal: Refusal) -> Failure {
        self.overseer.hear(Note { subject: Subject::Unreadable(shown), decision: Err(refusal.clone()) });
        refusal.into()
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("plugin", &self.plugin.found.manifest.name)
            .field("tool", &self.tool)
            .finish_non_exhaustive()
    }
}
