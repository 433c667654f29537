//! Fills messages: breaks only where nothing is torn, and never leaves a fence open.

use super::inline::{Piece, emit, harmless_code};

/// The length of a text as Discord counts it.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Fills one message after the other.
pub(super) struct Packer {
    limit: usize,
    done: Vec<String>,
    current: String,
}

impl Packer {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, done: Vec::new(), current: String::new() }
    }

    /// The messages; at least one.
    pub(super) fn finish(mut self) -> Vec<String> {
        if !self.current.is_empty() || self.done.is_empty() {
            self.next();
        }
        self.done
    }

    fn next(&mut self) {
        let message = std::mem::take(&mut self.current);
        self.done.push(message.trim_end().to_owned());
    }

    /// What the current message still takes, after a line feed.
    fn room(&self) -> usize {
        let between = usize::from(!self.current.is_empty());
        self.limit.saturating_sub(units(&self.current) + between)
    }

    fn add(&mut self, text: &str) {
        if !self.current.is_empty() {
            self.current.push('\n');
        }
        self.current.push_str(text);
    }

    /// Adds text. A new message begins where little of the text would stand in this one.
    pub(super) fn text(&mut self, pieces: &[Piece]) {
        let mut rest = trimmed(pieces);
        while !rest.is_empty() {
            let fits = fitting(rest, self.room());
            if fits == rest.len() {
                return self.add(&emit(rest));
            }
            let end = best_break(&rest[..fits], self.room());
            let little = self.room() < self.limit / 3 || end == 0;
            if little && !self.current.is_empty() {
                self.next();
            } else if end == 0 {
                // One piece is longer than a message.
                let (first, second) = rest[0].split(self.limit);
                self.add(&first.text());
                self.next();
                let after: Vec<Piece> = second.into_iter().chain(rest[1..].iter().cloned()).collect();
                return self.text(&after);
            } else {
                self.add(&emit(&rest[..end]));
                self.next();
                let space = matches!(rest[end], Piece::Space(_));
                rest = trimmed(&rest[end + usize::from(space)..]);
            }
        }
    }

    /// Adds code. It stays whole where a message can hold it; each part of one that is too long has its own fences.
    pub(super) fn code(&mut self, language: &str, lines: &[String]) {
        let open = format!("```{language}\n");
        let lines: Vec<String> = lines.iter().map(|line| harmless_code(line)).collect();
        let around = units(&open) + units("\n```");
        let whole = around + lines.iter().map(|line| units(line) + 1).sum::<usize>();
        if whole > self.room() && (whole <= self.limit || self.room() < self.limit / 2) && !self.current.is_empty() {
            self.next();
        }
        let mut body = String::new();
        let longest = self.limit - around - 1;
        for line in lines.iter().flat_map(|line| split_line(line, longest)) {
            if units(&body) + units(line) + 1 + around > self.room() {
                if !body.is_empty() {
                    self.fence(&open, &body);
                    body.clear();
                }
                if !self.current.is_empty() {
                    self.next();
                }
            }
            body.push_str(line);
            body.push('\n');
        }
        self.fence(&open, &body);
    }

    fn fence(&mut self, open: &str, body: &str) {
        // Discord takes a fence without anything in it for text.
        let body = if body.trim().is_empty() { " \n" } else { body };
        self.add(&format!("{open}{body}```"));
    }
}

/// Pieces without white space at the ends, but with the spaces that indent the first line.
fn trimmed(pieces: &[Piece]) -> &[Piece] {
    let line = |piece: &Piece| matches!(piece, Piece::Line | Piece::Paragraph);
    let start = pieces.iter().position(|piece| !line(piece)).unwrap_or(pieces.len());
    let end = pieces.iter().rposition(|piece| !piece.is_space()).map_or(start, |end| end + 1);
    &pieces[start..end.max(start)]
}

/// How many pieces fit.
fn fitting(pieces: &[Piece], room: usize) -> usize {
    let mut used = 0;
    let fits = |piece: &&Piece| {
        used += piece.units();
        used <= room
    };
    pieces.iter().take_while(fits).count()
}

/// Where to break: after a paragraph, a line or a word, the strongest of them that leaves the message at least half
/// full; else between any two pieces.
fn best_break(pieces: &[Piece], room: usize) -> usize {
    let half = fitting(pieces, room / 2);
    let last = |kind: fn(&Piece) -> bool| pieces.iter().rposition(kind).filter(|at| *at >= half.max(1));
    last(|piece| matches!(piece, Piece::Paragraph))
        .or_else(|| last(|piece| matches!(piece, Piece::Line)))
        .or_else(|| last(Piece::is_space))
        .unwrap_or(pieces.len())
}

/// A line in parts of at most so many units.
fn split_line(line: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while units(rest) > most {
        let (part, after) = rest.split_at(prefix(rest, most));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// The bytes of the longest beginning with at most so many units; at least one character.
pub(super) fn prefix(text: &str, most: usize) -> usize {
    let mut used = 0;
    let fits = |c: &(usize, char)| {
        used += c.1.len_utf16();
        used <= most
    };
    let count = text.char_indices().take_while(fits).count().max(1);
    text.char_indices().nth(count).map_or(text.len(), |(at, _)| at)
}
