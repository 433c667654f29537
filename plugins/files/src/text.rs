//! Text in files: encodings and line endings.

/// How a text lies in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Marked,
    /// UTF-16, low byte first, after a byte order mark.
    Utf16Le,
    /// UTF-16, high byte first, after a byte order mark.
    Utf16Be,
}

/// What stands between lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`.
    Lf,
    /// `\r\n`.
    CrLf,
}

impl Encoding {
    /// What the first bytes say.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xef, 0xbb, 0xbf, ..] => Self::Utf8Marked,
            [0xff, 0xfe, ..] => Self::Utf16Le,
            [0xfe, 0xff, ..] => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    /// The bytes of the mark.
    pub fn mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 => b"",
            Self::Utf8Marked => b"\xef\xbb\xbf",
            Self::Utf16Le => b"\xff\xfe",
            Self::Utf16Be => b"\xfe\xff",
        }
    }

    /// The text of a whole file, or `None` where it is not text in this encoding.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        let bytes = &bytes[self.mark().len()..];
        match self.units(bytes) {
            None => std::str::from_utf8(bytes).ok().map(str::to_owned),
            Some(units) => bytes.len().is_multiple_of(2).then(|| String::from_utf16(&units).ok()).flatten(),
        }
    }

    /// The text of a whole file with U+FFFD for what is not text.
    pub fn decode_lossy(self, bytes: &[u8]) -> String {
        let bytes = &bytes[self.mark().len()..];
        match self.units(bytes) {
            None => String::from_utf8_lossy(bytes).into_owned(),
            Some(units) => String::from_utf16_lossy(&units),
        }
    }

    /// The bytes of a whole file.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let mut bytes = self.mark().to_vec();
        match self {
            Self::Utf8 | Self::Utf8Marked => bytes.extend_from_slice(text.as_bytes()),
            Self::Utf16Le => bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Self::Utf16Be => bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
        }
        bytes
    }

    fn units(self, bytes: &[u8]) -> Option<Vec<u16>> {
        let from = match self {
            Self::Utf16Le => u16::from_le_bytes,
            Self::Utf16Be => u16::from_be_bytes,
            Self::Utf8 | Self::Utf8Marked => return None,
        };
        Some(bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect())
    }
}

impl LineEnd {
    /// What most lines of a text end with.
    pub fn of(text: &str) -> Self {
        let all = text.matches('\n').count();
        let with_return = text.matches("\r\n").count();
        if with_return * 2 > all { Self::CrLf } else { Self::Lf }
    }

    /// The text with these line ends.
    pub fn apply(self, text: &str) -> String {
        let plain = text.replace("\r\n", "\n");
        match self {
            Self::Lf => plain,
            Self::CrLf => plain.replace('\n', "\r\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_back_byte_for_byte() {
        for encoding in [Encoding::Utf8, Encoding::Utf8Marked, Encoding::Utf16Le, Encoding::Utf16Be] {
            let bytes = encoding.encode("Grüße 🦀\r\n");
            assert_eq!(Encoding::of(&bytes), encoding);
            assert_eq!(encoding.decode(&bytes).as_deref(), Some("Grüße 🦀\r\n"));
        }
    }

    #[test]
    fn half_a_character_is_not_text() {
        assert_eq!(Encoding::Utf8.decode(b"a\xff"), None);
        assert_eq!(Encoding::Utf16Le.decode(b"\xff\xfea"), None);
        assert_eq!(Encoding::Utf16Le.decode(b"\xff\xfe\x00\xd8"), None);
        assert_eq!(Encoding::Utf8.decode_lossy(b"a\xff"), "a\u{fffd}");
    }

    #[test]
    fn most_lines_decide_the_line_end() {
        assert_eq!(LineEnd::of("a\r\nb\r\nc\n"), LineEnd::CrLf);
        assert_eq!(LineEnd::of("a\r\nb\n"), LineEnd::Lf);
        assert_eq!(LineEnd::of("a"), LineEnd::Lf);
        assert_eq!(LineEnd::CrLf.apply("a\nb\r\n"), "a\r\nb\r\n");
    }
}
