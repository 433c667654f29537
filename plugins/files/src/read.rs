//! Read: shows a file as what it is.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;

use crate::plain::{self, Lines};
use crate::text::Encoding;
use crate::window::{Count, Window};
use crate::{notebook, pdf, seen};

/// Larger files are not held in memory: windows of them are read, but they cannot be edited.
/// A quarter of a call's memory, and what one call into the host may carry.
pub const MAX_WHOLE: u64 = 15 << 20;
/// What the Messages API takes as one image: 5 MiB of base64.
pub const MAX_IMAGE: u64 = (5 << 20) / 4 * 3;
/// A file with a NUL here is not text.
const SNIFF: usize = 8_000;

/// Read's input.
#[derive(Deserialize)]
pub struct Input {
    file_path: String,
    offset: Option<usize>,
    limit: Option<usize>,
    pages: Option<String>,
}

/// What a file's name and first bytes say that it is.
#[derive(Debug, PartialEq)]
enum Kind {
    Image(&'static str),
    Pdf,
    Notebook,
    Text,
    Binary,
}

impl Kind {
    fn of(path: &str, head: &[u8]) -> Self {
        match head {
            [0x89, b'P', b'N', b'G', ..] => Self::Image("image/png"),
            [0xff, 0xd8, 0xff, ..] => Self::Image("image/jpeg"),
            [b'G', b'I', b'F', b'8', ..] => Self::Image("image/gif"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Image("image/webp"),
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            _ if path.ends_with(".ipynb") => Self::Notebook,
            _ if matches!(Encoding::of(head), Encoding::Utf16Le | Encoding::Utf16Be) => Self::Text,
            _ if head.iter().take(SNIFF).any(|byte| *byte == 0) => Self::Binary,
            _ => Self::Text,
        }
    }

    /// Why a file of this kind and size cannot be shown whole, to be read after "… is ".
    fn check(&self, size: u64) -> Result<(), String> {
        match self {
            Self::Binary => Err(format!("a binary file of {size} bytes; Read shows text, images, PDF and notebooks")),
            Self::Image(_) if size > MAX_IMAGE => Err(format!(
                "an image of {size} bytes; {MAX_IMAGE} is the most that can be shown. A smaller copy can be: fewer \
                     pixels, or saved as JPEG"
            )),
            _ if size > MAX_WHOLE => {
                Err(format!("a file of {size} bytes; {MAX_WHOLE} is the most that can be read whole"))
            }
            _ => Ok(()),
        }
    }
}

impl Input {
    fn lines(&self) -> Lines {
        Lines { offset: self.offset, limit: self.limit }
    }
}

/// Shows a file.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let path = path::resolve(&input.file_path)?;
    let failed = |error| Failure::io(&path, &error);
    let file = File::open(&path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let (shown, size) = (path::shown(&path), metadata.len());
    if metadata.is_dir() {
        return Err(Failure::Invalid(format!("{shown} is a directory; LS lists what is in it")));
    }
    let mut reader = BufReader::with_capacity(64 << 10, file);
    let kind = Kind::of(&path, reader.fill_buf().map_err(failed)?);
    if kind == Kind::Text && size > MAX_WHOLE {
        let window = Window::read(&mut reader, plain::wanted(&input.lines(), Count::No)).map_err(failed)?;
        return plain::render(&window, &shown, &input.lines(), &format!("a file of {size} bytes"));
    }
    kind.check(size).map_err(|why| Failure::Invalid(format!("{shown} is {why}")))?;
    let mut bytes = Vec::new();
    // A file may grow while it is read, or say that it is smaller than it is.
    reader.take(MAX_WHOLE + 1).read_to_end(&mut bytes).map_err(failed)?;
    kind.check(bytes.len() as u64).map_err(|why| Failure::Invalid(format!("{shown} is {why}")))?;
    seen::remember(&path, &bytes);
    match kind {
        Kind::Image(media_type) => Ok(Output::image(media_type, bytes).summary("Read an image")),
        Kind::Pdf => pdf::call(bytes, &shown, input.pages.as_deref()),
        Kind::Notebook => notebook::call(&bytes, &shown),
        Kind::Text | Kind::Binary => plain::call(&bytes, &shown, &input.lines()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_is_refused_with_the_reason() {
        let checked = |kind: Kind, size| kind.check(size).map_or_else(|why| why, |()| "fine".into());
        insta::assert_snapshot!(checked(Kind::Binary, 70), @"a binary file of 70 bytes; Read shows text, images, PDF and notebooks");
        insta::assert_snapshot!(checked(Kind::Image("image/png"), MAX_IMAGE + 1), @"an image of 3932161 bytes; 3932160 is the most that can be shown. A smaller copy can be: fewer pixels, or saved as JPEG");
        insta::assert_snapshot!(checked(Kind::Pdf, 1 << 30), @"a file of 1073741824 bytes; 15728640 is the most that can be read whole");
        insta::assert_snapshot!(checked(Kind::Image("image/png"), MAX_IMAGE), @"fine");
    }

    #[test]
    fn bytes_say_what_a_file_is() {
        assert_eq!(Kind::of("a.txt", b"\x89PNG\r\n\x1a\n"), Kind::Image("image/png"));
        assert_eq!(Kind::of("a.png", b"not an image"), Kind::Text);
        assert_eq!(Kind::of("a", b"RIFF\0\0\0\0WEBPVP8 "), Kind::Image("image/webp"));
        assert_eq!(Kind::of("a.bin", b"ab\0c"), Kind::Binary);
        assert_eq!(Kind::of("a.reg", b"\xff\xfeW\0i\0"), Kind::Text);
        assert_eq!(Kind::of("a.ipynb", b"{}"), Kind::Notebook);
        assert_eq!(Kind::of("a", b""), Kind::Text);
    }
}
