//! Text as pieces that are harmless alone and next to each other.
//!
//! Harmless by construction: code in a line is written anew, so that Discord sees code where we do; every other backtick,
//! every `[` and every `||` is escaped, so that nothing else is code, a link or hidden; what would be a mention has a
//! zero-width space in it; a URL is a piece, clickable only where its host is allowed.

use std::collections::BTreeSet;

use super::guard::host;
use super::pack::{prefix, units};
use super::{Guard, links, url};

/// Breaks a mention without being seen.
pub(super) const GAP: char = '\u{200b}';

/// What messages are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that may be torn only where it is longer than a message.
    Word(String),
    /// What belongs together: an escape, a broken mention, a URL.
    Atom(String),
    /// Code in a line, without its backticks.
    Code(String),
    /// Spaces.
    Space(String),
    /// The end of a line.
    Line,
    /// The end of a paragraph.
    Paragraph,
}

impl Piece {
    pub(super) fn is_space(&self) -> bool {
        matches!(self, Self::Space(_) | Self::Line | Self::Paragraph)
    }

    /// As it stands in a message.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Word(text) | Self::Atom(text) | Self::Space(text) => text.clone(),
            Self::Code(code) => span(code),
            Self::Line => "\n".to_owned(),
            Self::Paragraph => "\n\n".to_owned(),
        }
    }

    /// Its length in a message; one more for code, which may need a gap before it.
    pub(super) fn units(&self) -> usize {
        units(&self.text()) + usize::from(matches!(self, Self::Code(_)))
    }

    /// The longest beginning that fits into so many units, and the rest.
    pub(super) fn split(&self, most: usize) -> (Self, Option<Self>) {
        let (Self::Word(text) | Self::Code(text) | Self::Space(text) | Self::Atom(text)) = self else {
            return (self.clone(), None);
        };
        let around = self.units() - units(text);
        let (first, rest) = text.split_at(prefix(text, most - around));
        let same = |text: &str| match self {
            Self::Code(_) => Self::Code(text.to_owned()),
            _ => Self::Word(text.to_owned()),
        };
        (same(first), (!rest.is_empty()).then(|| same(rest)))
    }
}

/// The pieces as one text.
pub(super) fn emit(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        let text = piece.text();
        // Two spans of code would be read as one.
        if matches!(piece, Piece::Code(_)) && out.ends_with('`') {
            out.push(GAP);
        }
        out.push_str(&text);
    }
    out
}

/// The pieces of a text.
pub(super) fn pieces(text: &str, guard: &Guard) -> Vec<Piece> {
    let text = links::unmasked(text);
    let mut scanner = Scanner { text: &text, at: 0, guard, pieces: Vec::new(), foreign: BTreeSet::new() };
    scanner.run();
    scanner.pieces
}

/// The hosts of URLs that nobody allowed.
pub(super) fn foreign_hosts(text: &str, guard: &Guard) -> BTreeSet<String> {
    let text = links::unmasked(text);
    let mut scanner = Scanner { text: &text, at: 0, guard, pieces: Vec::new(), foreign: BTreeSet::new() };
    scanner.run();
    scanner.foreign
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    guard: &'a Guard,
    pieces: Vec<Piece>,
    foreign: BTreeSet<String>,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '\n' => self.lines(),
                c if c.is_whitespace() => self.spaces(),
                '\\' => self.backslash(),
                '`' => self.backticks(),
                '[' => self.atom(1, "\\["),
                '|' if self.rest().starts_with("||") || self.text[..self.at].ends_with('|') => self.pipes(),
                '<' => self.angle(),
                '@' if pings_all(&self.rest()[1..]) => self.atom(1, "@\u{200b}"),
                _ => self.word(c),
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn atom(&mut self, bytes: usize, text: &str) {
        self.pieces.push(Piece::Atom(text.to_owned()));
        self.at += bytes;
    }

    fn lines(&mut self) {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        // The spaces that indent the next line are not part of the break.
        let end = rest[..space].rfind('\n').map_or(1, |last| last + 1);
        let feeds = rest[..end].matches('\n').count();
        self.pieces.push(if feeds > 1 { Piece::Paragraph } else { Piece::Line });
        self.at += end;
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        let end = rest.find(|c: char| c == '\n' || !c.is_whitespace()).unwrap_or(rest.len());
        self.pieces.push(Piece::Space(rest[..end].replace('\t', "    ")));
        self.at += end;
    }

    /// An escape stays one; any other backslash is escaped, so that it cannot escape what we put behind it. Mentions are
    /// found by the server, escaped or not.
    fn backslash(&mut self) {
        match self.rest()[1..].chars().next() {
            Some(c) if c.is_ascii_punctuation() && !matches!(c, '<' | '@') => {
                let text = format!("\\{c}");
                self.atom(2, &text);
            }
            _ => self.atom(1, "\\\\"),
        }
    }

    fn backticks(&mut self) {
        match links::code_span(self.rest()) {
            Some((code, bytes)) => {
                self.code(&code.replace('\n', " "));
                self.at += bytes;
            }
            None => {
                for _ in 0..links::backticks(self.rest()) {
                    self.atom(1, "\\`");
                }
            }
        }
    }

    fn code(&mut self, code: &str) {
        self.pieces.push(Piece::Code(without_mentions(code)));
    }

    fn pipes(&mut self) {
        while self.rest().starts_with('|') {
            self.atom(1, "\\|");
        }
    }

    /// A URL that may not be clicked loses its brackets; what could be a mention, a time, an emoji or a command is broken.
    fn angle(&mut self) {
        let inside = &self.rest()[1..];
        if let Some(bytes) = url::at_start(inside) {
            self.bracketed(bytes);
        } else if inside.starts_with(|c: char| c.is_ascii_alphanumeric() || "@#:/!&+?".contains(c)) {
            self.atom(1, "<\u{200b}");
        } else {
            self.plain("<");
        }
    }

    /// The brackets stay around a URL that may be clicked: what follows them must not become a part of it.
    fn bracketed(&mut self, bytes: usize) {
        let whole = &self.rest()[..bytes + 1];
        let closed = self.rest()[whole.len()..].starts_with('>');
        if closed && self.may_click(&whole[1..]) {
            return self.atom(bytes + 2, &format!("{whole}>"));
        }
        self.at += 1;
        self.url(bytes);
        self.at += usize::from(closed);
    }

    fn may_click(&self, url: &str) -> bool {
        let pings = url.match_indices('@').any(|(at, _)| pings_all(&url[at + 1..]));
        self.guard.allows(url) && !url::is_invite(url) && !pings
    }

    /// A run of letters, or one other character.
    fn word(&mut self, c: char) {
        if let Some(bytes) = self.starts_word(c).then(|| url::at_start(self.rest())).flatten() {
            return self.url(bytes);
        }
        let run = match url::is_name(c) {
            true => url::name(self.rest()),
            false => &self.rest()[..c.len_utf8()],
        };
        self.plain(run);
    }

    /// Whether a URL could begin here: not behind a slash, which would be the middle of a path.
    fn starts_word(&self, c: char) -> bool {
        c != '/' || !self.text[..self.at].ends_with(['/', ':']) && !self.text[..self.at].ends_with(url::is_name)
    }

    fn url(&mut self, bytes: usize) {
        let url = &self.rest()[..bytes];
        if self.may_click(url) && url::is_whole(self.rest(), bytes) {
            self.atom(bytes, url);
        } else {
            let host = host(url);
            self.foreign.extend((!host.is_empty()).then_some(host));
            self.code(url);
            self.at += bytes;
        }
    }

    fn plain(&mut self, text: &str) {
        self.at += text.len();
        match self.pieces.last_mut() {
            Some(Piece::Word(word)) => word.push_str(text),
            _ => self.pieces.push(Piece::Word(text.to_owned())),
        }
    }
}

/// Whether what follows an `@` would make it ping everybody.
fn pings_all(after: &str) -> bool {
    let names = |name: &str| after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    names("everyone") || names("here")
}

/// Code as it stands between two backticks.
fn span(code: &str) -> String {
    if !code.contains('`') {
        return format!("`{code}`");
    }
    if code.contains("``") {
        return format!("`{}`", code.replace('`', "ˋ"));
    }
    format!("`` {code} ``")
}

/// Code in which no mention is left: they are found in code, too.
pub(super) fn without_mentions(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    for (at, c) in code.char_indices() {
        out.push(c);
        let after = &code[at + c.len_utf8()..];
        if (c == '@' && pings_all(after)) || (c == '<' && after.starts_with(['@', '#'])) {
            out.push(GAP);
        }
    }
    out
}

/// A line of fenced code that neither ends the fence nor pings.
pub(super) fn harmless_code(line: &str) -> String {
    let line = without_mentions(line);
    if line.contains("```") { line.replace("``", "`\u{200b}`") } else { line }
}
