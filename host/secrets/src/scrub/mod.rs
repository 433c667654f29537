//! Takes known secrets out of text and bytes.

mod forms;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, MatchKind};

pub use stream::StreamScrub;

/// The shortest value that counts as a secret: shorter ones would be found in ordinary words.
pub(crate) const SHORTEST: usize = 8;
/// Bytes of a token that it is known by: a JWT is signed in its last ones.
const TAIL: usize = 64;
/// What stands in a secret's place.
const REMOVED: &str = "[secret removed]";

/// Known secrets, in every form in which they are usually written.
///
/// Clones share what they know: a value taught to one is taken out by all. Nothing is ever forgotten but what is good for
/// nothing any more, because what was a secret before a reload may still be on its way out. `Debug` shows none.
#[derive(Clone, Default)]
pub struct Scrub(Arc<RwLock<Arc<Known>>>);

/// The end of a token, which it is known by.
pub fn tail(token: &str) -> &str {
    &token[token.ceil_char_boundary(token.len().saturating_sub(TAIL))..]
}

/// What is looked for.
struct Known {
    /// Each with the moment from which on it is good for nothing, where there is one.
    forms: BTreeMap<Vec<u8>, Option<Instant>>,
    /// The length of the longest form.
    longest: usize,
    finder: AhoCorasick,
}

impl Scrub {
    /// Takes out these values: as they are, and as base64, hex, percent-encoded and JSON text. Values of fewer than eight
    /// bytes are left alone.
    pub fn new(secrets: &[String]) -> Self {
        let scrub = Self::default();
        scrub.learn(secrets.iter().map(String::as_str));
        scrub
    }

    /// Takes out these values too, from the next text and the next stream on.
    pub fn learn<'a>(&self, secrets: impl IntoIterator<Item = &'a str>) {
        let long = secrets.into_iter().map(str::trim).filter(|secret| secret.len() >= SHORTEST);
        let forms = long.flat_map(forms::of).filter(|form| form.len() >= SHORTEST);
        self.add(forms.map(|form| (form, None)).collect());
    }

    /// Takes out a token while it is good, as it is written: what is written otherwise is taken out of the answers to the
    /// requests that it is in. A long one is known by its last 64 bytes, without which the rest of it is good for nothing.
    pub fn learn_token(&self, token: &str, life: Duration) {
        let ends = Instant::now().checked_add(life);
        self.add(BTreeMap::from([(tail(token).as_bytes().to_owned(), ends)]));
    }

    fn add(&self, new: BTreeMap<Vec<u8>, Option<Instant>>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if new.keys().all(|form| known.forms.contains_key(form)) {
            return;
        }
        let now = Instant::now();
        let old = known.forms.iter().filter(|(_, ends)| ends.is_none_or(|ends| ends > now));
        *known = Arc::new(Known::of(old.map(|(form, ends)| (form.clone(), *ends)).chain(new).collect()));
    }

    /// The text without them.
    pub fn text(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        self.known().finder.replace_all_with(text, &mut clean, |_, _, clean| {
            clean.push_str(REMOVED);
            true
        });
        clean
    }

    /// The bytes without them.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut clean = Vec::with_capacity(bytes.len());
        self.known().finder.replace_all_with_bytes(bytes, &mut clean, |_, _, clean| {
            clean.extend_from_slice(REMOVED.as_bytes());
            true
        });
        clean
    }

    /// Whether one of them is there.
    pub fn finds(&self, bytes: impl AsRef<[u8]>) -> bool {
        self.known().finder.is_match(bytes.as_ref())
    }

    /// Takes them out of bytes that come in pieces, with what is known at this moment.
    pub fn stream(&self) -> StreamScrub {
        StreamScrub::new(self.known())
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    fn of(forms: BTreeMap<Vec<u8>, Option<Instant>>) -> Self {
        // The longest: a form that holds another must not be left half.
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms.keys());
        #[expect(clippy::expect_used, reason = "better to stop than to let secrets pass; memory ends long before")]
        let finder = finder.expect("the forms of all secrets have fewer than 2^31 bytes");
        Self { longest: forms.keys().map(Vec::len).max().unwrap_or(0), forms, finder }
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::of(BTreeMap::new())
    }
}

impl fmt::Debug for Scrub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrub(..)")
    }
}
