//! Server-sent events: bytes in any pieces → the data of each event.

use std::collections::VecDeque;

/// The longest event, in bytes: a search result that arrives whole has some hundred kilobytes.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;
/// All of one reply, in bytes: the longest reply there is, one token an event, has a quarter of this.
const LONGEST_REPLY: usize = 128 * 1024 * 1024;

/// Cuts a stream into events. Of an event only its data is kept: `data.type` repeats its name.
#[derive(Default)]
pub(super) struct Decoder {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_cr: bool,
    total: usize,
}

/// Why the stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It sends more than a reply can be.
    TooMuch,
    /// It is not UTF-8.
    NotText,
}

impl Decoder {
    /// Takes bytes, gives the events that they complete.
    pub(super) fn push(&mut self, bytes: &[u8], events: &mut VecDeque<String>) -> Result<(), Unreadable> {
        self.total = self.total.saturating_add(bytes.len());
        if self.total > LONGEST_REPLY {
            return Err(Unreadable::TooMuch);
        }
        for &byte in bytes {
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => self.end_line(events)?,
                _ if self.line.len() + self.data.len() >= LONGEST_EVENT => {
                    return Err(Unreadable::TooMuch);
                }
                _ => self.line.push(byte),
            }
        }
        Ok(())
    }

    /// The stream ended: an event whose last line break is missing counts.
    pub(super) fn finish(&mut self, events: &mut VecDeque<String>) -> Result<(), Unreadable> {
        self.end_line(events)?;
        self.end_line(events)
    }

    fn end_line(&mut self, events: &mut VecDeque<String>) -> Result<(), Unreadable> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event(events);
        }
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
        if let Some(value) = line.strip_prefix(b"data:") {
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        Ok(())
    }

    fn end_event(&mut self, events: &mut VecDeque<String>) -> Result<(), Unreadable> {
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            events.push_back(String::from_utf8(data).map_err(|_| Unreadable::NotText)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let (mut decoder, mut events) = (Decoder::default(), VecDeque::new());
        for chunk in chunks {
            decoder.push(chunk, &mut events).unwrap();
        }
        decoder.finish(&mut events).unwrap();
        events.into()
    }

    #[test]
    fn an_event_without_end_is_not_kept_in_memory() {
        let (mut decoder, mut events) = (Decoder::default(), VecDeque::new());
        let piece = vec![b'x'; 64 * 1024];
        let outcome = (0..1000).try_for_each(|_| decoder.push(&piece, &mut events));
        assert_eq!(outcome, Err(Unreadable::TooMuch));
        assert!(decoder.line.len() <= LONGEST_EVENT);
    }

    #[test]
    fn data_lines_without_end_are_not_kept_in_memory() {
        let (mut decoder, mut events) = (Decoder::default(), VecDeque::new());
        let piece = b"data: 0123456789\n".repeat(4096);
        let outcome = (0..1000).try_for_each(|_| decoder.push(&piece, &mut events));
        assert_eq!(outcome, Err(Unreadable::TooMuch));
    }

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        let mut events = VecDeque::new();
        assert_eq!(Decoder::default().push(b"data: \xff\n\n", &mut events), Err(Unreadable::NotText));
    }

    #[test]
    fn comments_names_and_empty_events_are_skipped() {
        let text =
            "\u{feff}: hello\r\n\r\nevent: ping\r\ndata: {}\r\n\r\nevent: x\n\nretry: 3\ndata:a\ndata: b\n\ndata: last";
        assert_eq!(decode([text.as_bytes()]), ["{}", "a\nb", "last"]);
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_makes_no_difference(
            events in prop::collection::vec("[a-zäß€😀{}\": ]{1,12}", 0..6),
            breaks in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text: String = events.iter().map(|data| format!("event: e{breaks}data:x{data}{breaks}{breaks}")).collect();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let chunks = cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]);
            let expected: Vec<_> = events.iter().map(|data| format!("x{data}")).collect();
            prop_assert_eq!(decode(chunks), expected);
        }
    }
}
