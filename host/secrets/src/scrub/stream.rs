//! The same for bytes that come in pieces.

use std::fmt;
use std::ops::Bound::{Excluded, Unbounded};
use std::sync::Arc;

use aho_corasick::Input;

use super::{Known, REMOVED};

/// Takes known secrets out of a stream. However it is cut into pieces, what comes out is the same.
///
/// Only what may be the beginning of a secret is held back. `Debug` shows nothing of it.
pub struct StreamScrub {
    known: Arc<Known>,
    held: Vec<u8>,
    found: usize,
}

impl StreamScrub {
    pub(super) fn new(known: Arc<Known>) -> Self {
        Self { known, held: Vec::new(), found: 0 }
    }

    /// Takes the next piece; the answer is what can be passed on.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        self.pass_on(Known::undecided)
    }

    /// The rest, when nothing more comes.
    pub fn finish(&mut self) -> Vec<u8> {
        self.pass_on(|_, held, _| held.len())
    }

    /// How many were taken out so far.
    pub fn found(&self) -> usize {
        self.found
    }

    /// Passes on everything before the position that `undecided` gives for what begins at another one.
    fn pass_on(&mut self, undecided: impl Fn(&Known, &[u8], usize) -> usize) -> Vec<u8> {
        let mut clean = Vec::with_capacity(self.held.len());
        let mut at = 0;
        loop {
            let hold = undecided(&self.known, &self.held, at);
            // One that begins at `hold` or later may become longer, or something longer may begin before it.
            let Some(found) = self.known.next(&self.held, at).filter(|found| found.start < hold) else {
                clean.extend_from_slice(&self.held[at..hold]);
                self.held.drain(..hold);
                return clean;
            };
            clean.extend_from_slice(&self.held[at..found.start]);
            clean.extend_from_slice(REMOVED.as_bytes());
            at = found.end;
            self.found += 1;
        }
    }
}

impl Known {
    /// The first position from `from` on where the bytes may be the beginning of a form that is longer than they are.
    fn undecided(&self, bytes: &[u8], from: usize) -> usize {
        let begins = |at: &usize| {
            let rest = &bytes[*at..];
            let mut after = self.forms.range::<[u8], _>((Excluded(rest), Unbounded));
            after.next().is_some_and(|(form, _)| form.starts_with(rest))
        };
        let first = from.max((bytes.len() + 1).saturating_sub(self.longest));
        (first..bytes.len()).find(begins).unwrap_or(bytes.len())
    }

    fn next(&self, bytes: &[u8], from: usize) -> Option<aho_corasick::Span> {
        self.finder.find(Input::new(bytes).span(from..bytes.len())).map(|found| found.span())
    }
}

impl fmt::Debug for StreamScrub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamScrub(..)")
    }
}
