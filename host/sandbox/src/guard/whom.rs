//! Whom of the company's clients a call is about.

use std::sync::{Arc, OnceLock};

use claudetools_policy::{Client, Clients, Code, Refusal, Tenant};

use super::Guard;

/// The clients that a call may be about, and the one that it has chosen.
#[derive(Debug, Default)]
pub(crate) struct Whom {
    clients: Clients,
    /// With its name.
    chosen: OnceLock<(String, Arc<Client>)>,
}

impl Guard {
    /// With the clients that the call may be about.
    pub(crate) fn about(self, clients: Clients) -> Self {
        Self { whom: Whom { clients, chosen: OnceLock::new() }, ..self }
    }
}

impl Whom {
    /// The names of those that may be chosen.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.clients.names()
    }

    /// Chooses the client of the call: what was chosen holds.
    pub(crate) fn choose(&self, named: Option<&str>) -> Result<(String, Arc<Client>), Refusal> {
        let (name, client) = self.clients.choose(named.or_else(|| self.name()))?;
        let chosen = self.chosen.get_or_init(|| (name.to_owned(), Arc::clone(client)));
        if chosen.0 == name {
            return Ok(chosen.clone());
        }
        let message =
            format!("This call is about the client `{}` already; ask for `{name}` in a call of its own.", chosen.0);
        Err(Refusal::new(Code::ClientOther, message))
    }

    /// The tenant of the one that was chosen.
    pub(super) fn tenant(&self) -> Option<Tenant> {
        self.chosen.get().and_then(|(_, client)| client.tenant.clone())
    }

    /// What is to happen, and for whom: a yes for one client is none for another.
    pub(super) fn words(&self, effect: String) -> String {
        self.name().map_or_else(|| effect.clone(), |name| format!("{effect} for the client {name}"))
    }

    fn name(&self) -> Option<&str> {
        self.chosen.get().map(|(name, _)| name.as_str())
    }
}
