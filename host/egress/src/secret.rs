//! Puts a secret into a request, and knows how to take it out of the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudetools_policy::{Code, NetGrant, Refusal, SecretPlace, Target};
use claudetools_secrets::{Scrub, SecretValue, Secrets, TokenKey};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::MadeFor;
use crate::note::SecretRef;
use crate::token::{Token, Tokens};

/// What a secret leaves as it is in a query: the form that the scrubber looks for.
pub(crate) const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secrets of one version of the policy.
pub(crate) struct Keys {
    secrets: Arc<Secrets>,
    /// Finds every secret, whoever may use it.
    all: Scrub,
    /// What servers gave for them.
    pub(crate) tokens: Tokens,
    /// Made once for each set of names: building one takes longer than a request on a local network.
    scrubs: Mutex<BTreeMap<BTreeSet<String>, Scrub>>,
}

/// The secret of one request.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    place: &'a SecretPlace,
    kept: Kept<'a>,
}

/// What there is of a secret before a request.
#[derive(Clone, Copy)]
enum Kept<'a> {
    Value(&'a SecretValue),
    /// A server gives it for this.
    Token(&'a Arc<TokenKey>),
}

impl Keys {
    pub(crate) fn new(secrets: Arc<Secrets>) -> Self {
        let all = secrets.scrub();
        Self { tokens: Tokens::new(all.clone()), all, secrets, scrubs: Mutex::default() }
    }

    /// The secret that a grant adds, if it does: `secret.unknown` where it has no value.
    pub(crate) fn of<'a>(&'a self, grant: &'a NetGrant) -> Result<Option<Key<'a>>, Refusal> {
        let Some(used) = &grant.secret else { return Ok(None) };
        let value = self.secrets.get(&used.name).map(Kept::Value);
        match value.or_else(|| self.token(&used.name).map(Kept::Token)) {
            Some(kept) => Ok(Some(Key { name: &used.name, place: &used.place, kept })),
            None => {
                let refusal =
                    Refusal::new(Code::SecretUnknown, "The secret that this request needs has no value here.");
                Err(refusal
                    .hinted(format!("see why the secret `{}` could not be read when the program started", used.name)))
            }
        }
    }

    /// What a token is asked for with, where the secret is one.
    pub(crate) fn token(&self, name: &str) -> Option<&Arc<TokenKey>> {
        self.secrets.token(name)
    }

    /// The value of a secret.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(SecretValue::expose)
    }

    /// Whether a request, before the host adds anything, would write a secret into logs: servers and proxies keep URLs.
    /// A guest is never given one, but a person or a file may have shown it one.
    pub(crate) fn stand_in(&self, target: &Target) -> bool {
        let query = target.query.iter().flat_map(|(name, value)| [name, value]);
        target.segments.iter().chain(query).any(|text| self.all.finds(text))
    }

    /// What takes exactly these out, and what was made for the call; `None` where there are none.
    pub(crate) fn scrub(&self, names: &BTreeSet<String>, tokens: &[Arc<Token>], made: &MadeFor) -> Option<Scrub> {
        let made = made.all();
        if !made.is_empty() {
            let scrub = self.make_scrub(names);
            scrub.learn(made.iter().map(|value| value.as_str()));
            tokens.iter().for_each(|token| token.teach(&scrub));
            return Some(scrub);
        }
        if names.is_empty() {
            return None;
        }
        if !tokens.is_empty() {
            let scrub = self.make_scrub(names);
            tokens.iter().for_each(|token| token.teach(&scrub));
            return Some(scrub);
        }
        let mut scrubs = self.scrubs.lock().unwrap_or_else(PoisonError::into_inner);
        Some(scrubs.entry(names.clone()).or_insert_with(|| self.make_scrub(names)).clone())
    }

    /// The names of headers come in lower case, whatever was sent.
    fn make_scrub(&self, names: &BTreeSet<String>) -> Scrub {
        let scrub = Scrub::default();
        for value in names.iter().filter_map(|name| self.secrets.get(name)) {
            scrub.learn([value.expose(), &value.expose().to_ascii_lowercase()]);
        }
        scrub
    }
}

impl<'a> Key<'a> {
    pub(crate) fn for_audit(&self) -> SecretRef {
        let fingerprint = match self.kept {
            Kept::Value(value) => value.fingerprint(),
            Kept::Token(key) => key.fingerprint(),
        };
        SecretRef { name: self.name.to_owned(), fingerprint }
    }

    /// The token that has to be asked for first.
    pub(crate) fn wants(&self) -> Option<(&'a str, &'a TokenKey)> {
        match self.kept {
            Kept::Value(_) => None,
            Kept::Token(key) => Some((self.name, key)),
        }
    }

    /// Puts it where the grant says: into the headers, or at the end of the path and query.
    pub(crate) fn inject(
        &self,
        token: Option<&Token>,
        headers: &mut HeaderMap,
        path_and_query: &mut String,
    ) -> Result<(), Refusal> {
        let value = match (self.kept, token) {
            (Kept::Value(value), _) => value.expose(),
            (Kept::Token(_), Some(token)) => token.value.expose(),
            (Kept::Token(_), None) => return Err(unsendable()),
        };
        match self.place {
            SecretPlace::Header(name) => insert(headers, name, value),
            SecretPlace::Bearer => insert(headers, header::AUTHORIZATION.as_str(), &format!("Bearer {value}")),
            SecretPlace::Basic(user) => {
                let pair = STANDARD.encode(format!("{user}:{value}"));
                insert(headers, header::AUTHORIZATION.as_str(), &format!("Basic {pair}"))
            }
            SecretPlace::Query(name) => {
                let encoded = |text| utf8_percent_encode(text, UNRESERVED);
                let separator = if path_and_query.contains('?') { '&' } else { '?' };
                *path_and_query += &format!("{separator}{}={}", encoded(name), encoded(value));
                Ok(())
            }
        }
    }
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), Refusal> {
    let pair = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(value.as_bytes()).ok());
    // Both were checked when they were read; what is wrong with them must not be told.
    let (name, mut value) = pair.ok_or_else(unsendable)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn unsendable() -> Refusal {
    Refusal::new(Code::SecretUnknown, "The secret cannot be sent.")
}
