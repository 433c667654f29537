//! One word of an argument list.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use regex::Regex;

use crate::RootName;
use crate::path::RelPath;

/// The longest value of a slot that a pattern or a kind describes: above it a word is no name, number or address.
const MAX_VALUE: usize = 128;
/// The most bytes of a compiled pattern: `.{1,9999}` has to stay out.
const MAX_COMPILED: usize = 64 << 10;

/// What one word of an argument list may be. A word that an operator did not write out never begins with `-`: it would
/// be an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// This very word.
    Literal(String),
    /// One of these very words.
    OneOf(BTreeSet<String>),
    /// A whole number in plain digits, from the first to the second.
    Int(i64, i64),
    /// A word that the pattern fits from end to end.
    Match(Pattern),
    /// A guest path in a root, such as `/repo/docs/a.md`, in its plainest spelling and not hidden.
    Path(RootName),
    /// A host's name or IPv4 address.
    Hostname,
    /// A UUID in its usual spelling.
    Uuid,
    /// Up to so many words, each of which the slot describes; last in its list only.
    Rest(Box<Slot>, u32),
}

/// A regular expression that has to fit the whole of a word. Equal when written the same.
#[derive(Clone, Debug)]
pub struct Pattern {
    written: String,
    compiled: Regex,
}

impl Pattern {
    /// Compiles a pattern of at most 128 bytes; the error is a fragment for a message.
    pub(crate) fn new(written: &str) -> Result<Self, String> {
        if written.len() > MAX_VALUE {
            return Err(format!("it is longer than {MAX_VALUE} bytes"));
        }
        let built = |text: &str| regex::RegexBuilder::new(text).size_limit(MAX_COMPILED).build();
        let short = |error: regex::Error| error.to_string().lines().last().unwrap_or_default().to_owned();
        // By itself first: in the anchors, `a)|(b` would close what it did not open.
        built(written).map_err(short)?;
        let compiled = built(&format!("\\A(?:{written})\\z")).map_err(short)?;
        Ok(Self { written: written.to_owned(), compiled })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn fits(&self, word: &str) -> bool {
        self.compiled.is_match(word)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl Slot {
    /// Whether a word fits. `may_read` says whether a path in a root is one that the jail sees.
    pub(crate) fn fits(&self, word: &str, may_read: &dyn Fn(&RootName, &RelPath) -> bool) -> bool {
        match self {
            Self::Literal(literal) => word == literal,
            Self::OneOf(words) => words.contains(word),
            Self::Rest(slot, _) => slot.fits(word, may_read),
            _ if word.starts_with('-') || word.chars().any(char::is_control) => false,
            Self::Path(root) => path_in(root, word).is_some_and(|path| may_read(root, &path)),
            _ if word.len() > MAX_VALUE => false,
            Self::Int(least, most) => int(word).is_some_and(|number| (*least..=*most).contains(&number)),
            Self::Match(pattern) => pattern.fits(word),
            Self::Hostname => is_hostname(word),
            Self::Uuid => is_uuid(word),
        }
    }
}

/// Whether words fit slots, one by one.
pub(super) fn fit(slots: &[Slot], words: &[String], may_read: &dyn Fn(&RootName, &RelPath) -> bool) -> bool {
    let one = |(slot, word): (&Slot, &String)| slot.fits(word, may_read);
    match slots.split_last() {
        Some((rest @ Slot::Rest(_, most), head)) => {
            let more = words.len().checked_sub(head.len());
            more.is_some_and(|more| more as u64 <= u64::from(*most))
                && head.iter().zip(words).all(one)
                && words[head.len()..].iter().all(|word| rest.fits(word, may_read))
        }
        _ => slots.len() == words.len() && slots.iter().zip(words).all(one),
    }
}

/// The path below a root that a guest path names.
fn path_in(root: &str, word: &str) -> Option<RelPath> {
    let below = word.strip_prefix('/')?.strip_prefix(root)?;
    match below.strip_prefix('/') {
        Some(path) => RelPath::parse(path).ok(),
        None => below.is_empty().then(RelPath::root),
    }
}

/// A number in the one spelling that it prints as: no sign but `-`, no leading zero.
fn int(word: &str) -> Option<i64> {
    let number: i64 = word.parse().ok()?;
    (number.to_string() == word).then_some(number)
}

fn is_hostname(word: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inner)
    };
    word.split('.').all(is_label)
}

fn is_uuid(word: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = word.split('-').collect();
    let is_part = |(part, length): (&&str, usize)| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    parts.len() == lengths.len() && parts.iter().zip(lengths).all(is_part)
}
