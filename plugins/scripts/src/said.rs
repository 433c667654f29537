//! What a script said.

/// The most bytes of it that the model reads, as of Bash.
const SHOWN: usize = 30_000;

/// Both of its streams as they came, as text.
#[derive(Default)]
pub struct Said {
    text: String,
    /// The beginning of a character whose rest has not come yet.
    held: Vec<u8>,
}

impl Said {
    /// Takes the next bytes; answers the text that they complete.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.held.len());
        let mut begun = 0;
        for chunk in self.held.utf8_chunks() {
            text.push_str(chunk.valid());
            let is_last = chunk.invalid().as_ptr_range().end == self.held.as_ptr_range().end;
            match std::str::from_utf8(chunk.invalid()) {
                Err(error) if is_last && error.error_len().is_none() => begun = chunk.invalid().len(),
                Err(_) => text.push(char::REPLACEMENT_CHARACTER),
                Ok(_) => {}
            }
        }
        self.held.drain(..self.held.len() - begun);
        self.text.push_str(&text);
        text
    }

    /// What is left when nothing more comes.
    pub fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned();
        self.text.push_str(&text);
        text
    }

    /// All of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the model reads, and whether something is left out in its middle.
    pub fn shown(&self) -> (String, bool) {
        let text = self.text.trim_end();
        if text.len() <= SHOWN {
            return (text.to_owned(), false);
        }
        let (head, tail) = (text.floor_char_boundary(SHOWN / 2), text.ceil_char_boundary(text.len() - SHOWN / 2));
        (format!("{}\n…\n{}", &text[..head], &text[tail..]), true)
    }
}

/// The last line of a text that says something.
pub fn last_line(text: &str) -> Option<&str> {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_may_come_in_pieces() {
        let mut said = Said::default();
        assert_eq!(
            (said.push(b"gr\xc3"), said.push(b"\xbc\xc3\x9f"), said.push(b"\xff\xc3")),
            ("gr".into(), "üß".into(), "\u{fffd}".into())
        );
        assert_eq!((said.finish().as_str(), said.text()), ("\u{fffd}", "grüß\u{fffd}\u{fffd}"));
    }

    #[test]
    fn the_middle_of_much_is_left_out() {
        let mut said = Said::default();
        said.push("ä".repeat(30_000).as_bytes());
        let (text, is_cut) = said.shown();
        assert!(
            is_cut && text.len() < 30_100 && text.starts_with("ää") && text.ends_with("ää") && text.contains("\n…\n")
        );
    }

    #[test]
    fn the_status_is_the_last_line_that_says_something() {
        assert_eq!(last_line("one\ntwo\n\n  \n"), Some("two"));
        assert_eq!(last_line("\n"), None);
    }
}
