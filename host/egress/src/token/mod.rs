//! Tokens: secrets that a server gives. One is asked for where a request needs it, and kept while it is good.

mod ask;
mod claims;
mod given;
mod refused;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudetools_policy::{Refusal, Tenant, TokenWay};
use claudetools_secrets::{Scrub, SecretValue, TokenKey, tail};
use tokio::time::Instant;

use crate::Egress;

/// The tokens of one version of the policy. Whoever needs one while it is asked for waits for it, and asks nobody.
pub(crate) struct Tokens {
    slots: Mutex<BTreeMap<Wanted, Arc<Slot>>>,
    /// Finds what no guest may write into a URL.
    all: Scrub,
}

/// The secret's name, and whose tenant where each has its own.
type Wanted = (String, Option<Tenant>);
type Slot = tokio::sync::Mutex<Option<Arc<Token>>>;

/// A token.
pub(crate) struct Token {
    pub(crate) value: SecretValue,
    /// The application permissions that it says it has.
    pub(crate) roles: Vec<String>,
    /// When a new one is asked for.
    until: Instant,
    /// What it is renewed with.
    refresh: Option<SecretValue>,
    /// How long it is good, which is longer.
    life: Duration,
    /// Whether somebody logged in for it.
    is_login: bool,
    rejected: AtomicBool,
}

impl Tokens {
    /// None yet; `all` learns each.
    pub(crate) fn new(all: Scrub) -> Self {
        Self { slots: Mutex::default(), all }
    }

    /// The token of a secret for this tenant. The sentences are for everybody: none has a secret's name, nor a word of the
    /// server. `secret.token`, `secret.tenant`, `client.none`.
    pub(crate) async fn get(
        &self,
        egress: &Egress,
        name: &str,
        key: &TokenKey,
        tenant: Option<&Tenant>,
    ) -> Result<Arc<Token>, Refusal> {
        let tenant = tenant.filter(|_| key.source.is_per_tenant());
        let slot = self.slot(name, tenant);
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(ask::token(egress, key, tenant, kept.as_deref()).await?);
        self.learn(&token, &egress.scrub);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }

    fn slot(&self, name: &str, tenant: Option<&Tenant>) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry((name.to_owned(), tenant.cloned())).or_default())
    }

    /// Has a token taken out of every text before it is used.
    fn learn(&self, token: &Token, everywhere: &Scrub) {
        for value in [Some(&token.value), token.refresh.as_ref()].into_iter().flatten() {
            self.all.learn_token(value.expose(), token.life);
            everywhere.learn_token(value.expose(), token.life);
        }
    }
}

impl Token {
    fn is_fresh(&self) -> bool {
        Instant::now() < self.until && !self.rejected.load(Ordering::Relaxed)
    }

    /// Notes that a service did not take it. Whether another one may help: one that somebody logged in for ends where the
    /// service forgets it.
    pub(crate) fn was_rejected(&self) -> bool {
        self.is_login && !self.rejected.swap(true, Ordering::Relaxed)
    }

    /// Has a scrubber take it out, in every form of what it is known by; headers come in lower case.
    pub(crate) fn teach(&self, scrub: &Scrub) {
        let end = tail(self.value.expose());
        scrub.learn([end, &end.to_ascii_lowercase()]);
    }
}

/// When a token that is good for `life` is asked for anew: two minutes before its end, which is how far clocks and queues
/// may be off; one that is renewed, after four fifths.
fn good_for(life: Duration, way: &TokenWay) -> Duration {
    match way {
        TokenWay::Client { .. } => life.saturating_sub(Duration::from_secs(120)),
        TokenWay::Login { .. } => life * 4 / 5,
    }
}
