//! Output: in the order in which it came, cut to what a model reads, the whole of it in a file where it is cut.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::shell::Sink;

/// Characters of the beginning that are shown, and
const HEAD: usize = 20_000;
/// of the end, where errors stand.
const TAIL: usize = 10_000;
/// How often who watches is told, at most: a line at a time would be a call of the host for each.
const TELL_EVERY: Duration = Duration::from_millis(100);
/// How much may wait to be told.
const TELL_BYTES: usize = 16 << 10;

/// Takes output as it comes.
pub struct Transcript(Mutex<State>);

/// What a model reads.
pub struct Said {
    /// The text, without its last line feed.
    pub text: String,
    /// How many lines there were.
    pub lines: usize,
    /// Whether something is left out.
    pub cut: bool,
}

struct State {
    head: String,
    tail: String,
    /// Characters that are in neither.
    left_out: usize,
    lines: usize,
    /// The first bytes of a character whose last have not come.
    pending: Vec<u8>,
    file: Spill,
    untold: String,
    told: Option<Instant>,
}

impl Transcript {
    /// Nothing yet. The whole of a long output goes to a file in `directory` that is named after the call.
    pub fn new(directory: &Path, call: &str) -> Self {
        let plain = |next: &char| next.is_ascii_alphanumeric() || *next == '_' || *next == '-';
        let call: String = call.chars().filter(plain).take(64).collect();
        let file = Spill { path: directory.join(format!("bash-{call}.txt")), file: None, failed: false };
        let (head, tail, untold) = (String::new(), String::new(), String::new());
        Self(Mutex::new(State { head, tail, left_out: 0, lines: 0, pending: Vec::new(), file, untold, told: None }))
    }

    /// Tells the rest, and answers what is shown.
    pub fn finish(self) -> Said {
        let mut state = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let rest = String::from_utf8_lossy(&std::mem::take(&mut state.pending)).into_owned();
        state.take_text(&rest);
        state.cut_tail();
        tell(&mut state.untold);
        let cut = state.left_out > 0;
        let between = if cut { state.file.says(state.left_out) } else { String::new() };
        let text = format!("{}{between}{}", state.head, state.tail);
        Said { text: text.strip_suffix('\n').unwrap_or(&text).to_owned(), lines: state.lines, cut }
    }

    fn take(&self, bytes: &[u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.pending.extend_from_slice(bytes);
        let whole = whole_characters(&state.pending);
        let rest = state.pending.split_off(whole);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut state.pending, rest)).into_owned();
        state.take_text(&text);
    }
}

impl Sink for Transcript {
    fn stdout(&self, bytes: &[u8]) {
        self.take(bytes);
    }

    fn stderr(&self, bytes: &[u8]) {
        self.take(bytes);
    }
}

impl State {
    fn take_text(&mut self, text: &str) {
        self.lines += text.matches('\n').count();
        let room = HEAD - self.head.chars().count().min(HEAD);
        let split = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
        let (first, rest) = text.split_at(split);
        self.head.push_str(first);
        if !rest.is_empty() {
            self.take_tail(rest);
        }
        self.untold.push_str(text);
        let due = self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) || self.untold.len() >= TELL_BYTES;
        if due && self.untold.contains('\n') {
            tell(&mut self.untold);
            self.told = Some(Instant::now());
        }
    }

    fn take_tail(&mut self, text: &str) {
        self.file.write(&self.head, text);
        self.tail.push_str(text);
        // Cut seldom: each cut moves what is left.
        if self.tail.len() > 8 * TAIL {
            self.cut_tail();
        }
    }

    fn cut_tail(&mut self) {
        let surplus = self.tail.chars().count().saturating_sub(TAIL);
        let at = self.tail.char_indices().nth(surplus).map_or(0, |(at, _)| at);
        self.tail.drain(..at);
        self.left_out += surplus;
    }
}

/// The file that the whole of a long output is in.
struct Spill {
    path: PathBuf,
    file: Option<File>,
    failed: bool,
}

impl Spill {
    fn write(&mut self, head: &str, text: &str) {
        let opened = match self.file.take() {
            Some(file) => Ok(file),
            None => File::create(&self.path).and_then(|mut file| file.write_all(head.as_bytes()).map(|()| file)),
        };
        match opened.and_then(|mut file| file.write_all(text.as_bytes()).map(|()| file)) {
            Ok(file) if !self.failed => self.file = Some(file),
            _ => self.failed = true,
        }
    }

    fn says(&self, left_out: usize) -> String {
        let where_it_is = if self.failed {
            "they could not be kept; make the command say less".to_owned()
        } else {
            format!("the whole output is in {}, for Read or the next command", self.path.display())
        };
        format!("\n[{left_out} characters left out here; {where_it_is}]\n")
    }
}

/// How many of the bytes end with a whole character. Bytes that are no UTF-8 count as whole.
fn whole_characters(bytes: &[u8]) -> usize {
    let begun = (1..=bytes.len().min(3)).find(|back| bytes[bytes.len() - back] & 0xc0 == 0xc0);
    let Some(back) = begun else { return bytes.len() };
    let first = bytes[bytes.len() - back];
    let wanted = if first >= 0xf0 {
        4
    } else if first >= 0xe0 {
        3
    } else {
        2
    };
    if back < wanted { bytes.len() - back } else { bytes.len() }
}

/// Tells who watches; there is nobody outside of the host.
fn tell(text: &mut String) {
    if text.is_empty() {
        return;
    }
    #[cfg(target_family = "wasm")]
    claudetools_kit::progress::append(text);
    text.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(chunks: &[&[u8]]) -> Said {
        let transcript = Transcript::new(Path::new("/nowhere"), "call");
        chunks.iter().for_each(|chunk| transcript.stdout(chunk));
        transcript.finish()
    }

    #[test]
    fn a_character_that_comes_in_two_pieces_stays_whole() {
        assert_eq!(said(&[b"gr\xc3", b"\xbc\xc3\x9fe \xf0\x9f", b"\x99\x82\n"]).text, "grüße 🙂");
        assert_eq!(said(&[b"\xff\xfe", b"\xc3"]).text, "\u{fffd}\u{fffd}\u{fffd}");
    }

    #[test]
    fn output_of_thirty_thousand_characters_is_whole() {
        let all = "x".repeat(HEAD + TAIL);
        let said = said(&[all.as_bytes()]);
        assert_eq!((said.text.len(), said.cut), (HEAD + TAIL, false));
    }

    #[test]
    fn longer_output_keeps_its_ends_and_says_what_is_missing() {
        let said = said(&[&b"a".repeat(HEAD), &b"b".repeat(TAIL * 9), &b"c".repeat(TAIL)]);
        assert!(said.cut);
        let middle = said.text.trim_matches(['a', 'c']);
        insta::assert_snapshot!(middle, @r"

        [90000 characters left out here; they could not be kept; make the command say less]

        ");
    }
}
