//! Where something is wrong in the text.

use std::ops::Range;

use toml::Spanned;

use super::PolicyError;

/// Something wrong at a byte range of the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub span: Range<usize>,
    pub message: String,
}

impl Fault {
    /// A fault of what stands at `place`.
    pub fn at<T>(place: &Spanned<T>, message: impl Into<String>) -> Self {
        Self { span: place.span(), message: message.into() }
    }

    /// The same for people: lines and columns.
    pub fn locate(self, text: &str) -> PolicyError {
        let start = text.floor_char_boundary(self.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        PolicyError {
            line: line_of(text, start),
            column: text[line_start..start].chars().count() + 1,
            message: self.message,
        }
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self { span: error.span().unwrap_or(0..0), message: words_of(&error) }
    }
}

/// The words of the TOML reader, in the language of people who write TOML.
pub(crate) fn words_of(error: &toml::de::Error) -> String {
    const TERMS: &[(&str, &str)] = &[
        ("\n", ": "),
        ("missing field `schema`", "missing key `schema`; the file begins with `schema = 1`"),
        ("unknown field", "unknown key"),
        ("missing field", "missing key"),
        ("unknown variant", "unknown value"),
        ("duplicate key", "duplicate key; each key and table is written once"),
        ("a nonzero u32", "a whole number from 1 to 4,294,967,295"),
        ("a nonzero u64", "a whole number above 0"),
    ];
    TERMS.iter().fold(error.message().to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The 1-based line of a byte of the text.
pub(crate) fn line_of(text: &str, byte: usize) -> usize {
    let before = text.as_bytes().iter().take(byte);
    before.filter(|byte| **byte == b'\n').count() + 1
}

/// The values of a list, each of which may stand in it once.
pub(super) fn distinct<T, C>(list: Vec<Spanned<T>>) -> Result<C, Fault>
where
    T: PartialEq + std::fmt::Debug,
    C: FromIterator<T>,
{
    for (index, item) in list.iter().enumerate() {
        if list[..index].iter().any(|earlier| earlier.as_ref() == item.as_ref()) {
            return Err(Fault::at(item, "it is in the list twice; write it once"));
        }
    }
    Ok(list.into_iter().map(Spanned::into_inner).collect())
}
