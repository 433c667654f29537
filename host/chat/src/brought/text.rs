//! Text in whatever encoding it comes, and as much of it as a message shows.

use std::borrow::Cow;

use claudetools_agent::prompt::Attached;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Keep, sized};

/// How far into a file its encoding is guessed from.
const SAMPLE: usize = 64 << 10;

/// A text, and what it was written in where that is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    encoding: Option<&'static str>,
}

/// The text that these bytes are; none where they are no text.
pub(super) fn decode<'a>(data: &'a [u8], media_type: &str) -> Option<Decoded<'a>> {
    if data.is_empty() {
        return None;
    }
    let recorded = ["image/", "audio/", "video/"].iter().any(|kind| media_type.starts_with(kind));
    let marked = Encoding::for_bom(data).filter(|_| !recorded);
    let guess = || guessed(data).filter(|encoding| !recorded || *encoding == UTF_8);
    let (encoding, bom) = marked.or_else(|| Some((guess()?, 0)))?;
    let (text, wrong) = encoding.decode_without_bom_handling(&data[bom..]);
    let is_text = !wrong && !text.chars().any(|c| matches!(c, '\0' | '\u{80}'..='\u{9f}'));
    is_text.then(|| Decoded { text, encoding: (encoding != UTF_8).then(|| encoding.name()) })
}

/// Windows writes logs in UTF-16, with or without a mark, and old programs write one byte a letter.
fn guessed(data: &[u8]) -> Option<&'static Encoding> {
    // Two bytes a letter are valid UTF-8, too, where the text is English: every second one is a zero.
    if !data.contains(&0) && std::str::from_utf8(data).is_ok() {
        return Some(UTF_8);
    }
    let sample = &data[..data.len().min(SAMPLE)];
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let mostly = |count: usize| count * 5 > sample.len() / 2 * 3;
    let control = |byte: &u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127);
    let high = sample.iter().filter(|byte| **byte >= 0x80).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if mostly(odd) => Some(UTF_16LE),
        (even, 0) if mostly(even) => Some(UTF_16BE),
        (0, 0) if !sample.iter().any(control) && high * 3 < sample.len() => Some(WINDOWS_1252),
        _ => None,
    }
}

impl Decoded<'_> {
    /// As the model reads it: whole, or its head and tail with a word on where the whole of it is.
    pub(super) fn shown(&self, name: &str, most: usize, keep: &Keep<'_>) -> Attached {
        let mut about: Vec<String> =
            self.encoding.map(|encoding| format!("decoded from {encoding}")).into_iter().collect();
        let text = match cut(&self.text, most) {
            None => self.text.clone().into_owned(),
            Some(cut) => {
                about.push(format!("{}, {} lines", sized(self.text.len() as u64), self.text.lines().count()));
                about.push(match keep(&stored_name(name), self.text.as_bytes()) {
                    Ok(path) => format!("whole at {path} for Read, and for grep in Bash"),
                    Err(why) => format!("only head and tail are here: {why}"),
                });
                cut
            }
        };
        Attached::Text { name: name.to_owned(), about: about.join("; "), text }
    }
}

/// The head and the tail of a text that has more bytes than this, cut between lines where there are some.
pub(super) fn cut(text: &str, most: usize) -> Option<String> {
    if text.len() <= most {
        return None;
    }
    let head = &text[..text.floor_char_boundary(most / 4 * 3)];
    let head = head.rfind('\n').filter(|at| *at > head.len() / 2).map_or(head, |at| &head[..at]);
    let tail = &text[text.ceil_char_boundary(text.len() - most / 4)..];
    let tail = tail.find('\n').filter(|at| *at < tail.len() / 2).map_or(tail, |at| &tail[at + 1..]);
    let left = &text[head.len()..text.len() - tail.len()];
    let lines = left.matches('\n').count().saturating_sub(1);
    Some(format!("{head}\n[… {lines} lines, {} are left out here …]\n{tail}", sized(left.len() as u64)))
}

/// A name that is one on any disk: letters, digits, `-`, `_` and dots within.
pub(super) fn stored_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let stored: String = last.chars().map(safe).take(80).collect();
    match stored.trim_matches(['.', '-']) {
        "" => "file".to_owned(),
        stored => stored.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(data: &[u8]) -> Option<(String, Option<&'static str>)> {
        decode(data, "text/plain").map(|found| (found.text.into_owned(), found.encoding))
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_read_in_the_encodings_that_people_have() {
        let text = "Grüße, naïve café: señor\r\n";
        let (little, big) = (utf16(text, u16::to_le_bytes), utf16(text, u16::to_be_bytes));
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let plain = utf16("nothing but ASCII\r\n", u16::to_le_bytes);
        assert_eq!(decoded(&plain), Some(("nothing but ASCII\r\n".to_owned(), Some("UTF-16LE"))));
        let rows: [(Vec<u8>, Option<&str>); 7] = [
            (text.as_bytes().to_vec(), None),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), None),
            ([&b"\xff\xfe"[..], &little].concat(), Some("UTF-16LE")),
            ([&b"\xfe\xff"[..], &big].concat(), Some("UTF-16BE")),
            (little, Some("UTF-16LE")),
            (big, Some("UTF-16BE")),
            (latin, Some("windows-1252")),
        ];
        for (data, encoding) in rows {
            assert_eq!(decoded(&data), Some((text.to_owned(), encoding)), "{data:x?}");
        }
    }

    #[test]
    fn what_is_no_text_is_not_made_one() {
        let noise: Vec<u8> = (0..4000_u32).map(|at| ((at * 7919) >> 3) as u8).collect();
        for data in [&b""[..], b"a\0b", b"MZ\x90\0\x03\0\xff", b"\x01\x02\xff", &noise, b"\xff\xfe\0\xd8"] {
            assert_eq!(decoded(data), None, "{data:x?}");
        }
        assert_eq!(decode(b"caf\xe9", "image/jpeg"), None);
    }

    #[test]
    fn a_long_text_is_shown_by_its_head_and_tail() {
        let lines: String = (1..=1000).map(|number| format!("line {number}\n")).collect();
        let cut = cut(&lines, 100).unwrap();
        insta::assert_snapshot!(cut, @r"
        line 1
        line 2
        line 3
        line 4
        line 5
        line 6
        line 7
        line 8
        line 9
        line 10
        [… 988 lines, 9 KiB are left out here …]
        line 999
        line 1000
        ");
        assert_eq!(super::cut("short", 5), None);
        assert!(super::cut(&"ä".repeat(500), 100).is_some_and(|cut| cut.len() < 300));
    }

    #[test]
    fn a_stored_name_stays_in_its_directory() {
        let names = ["../../etc/passwd", "C:\\x\\a b.log", ".bashrc", "..", "", "ü.txt", "-rf"];
        let stored: Vec<String> = names.iter().map(|name| stored_name(name)).collect();
        assert_eq!(stored, ["passwd", "a-b.log", "bashrc", "file", "file", "txt", "rf"]);
    }
}
