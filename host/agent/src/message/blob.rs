//! Images and documents: what the API takes, decided once for whatever hands one in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use thiserror::Error;

use super::RawBlock;

/// The most base64 that the API takes as one image: about 3.75 MiB of a file.
const MAX_IMAGE: usize = 5 << 20;
/// The most base64 of one document, and of all images and documents of a thread together: every request carries all
/// of them, and the API takes 32 MB, of which a full window of text needs a fifth.
pub(crate) const MAX_BLOBS: usize = 24 << 20;

/// Why bytes are no image or document that the API would take. Sent all the same, they would make every later
/// request of the thread fail.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unfit {
    /// They are something else, whatever they are called.
    #[error("its bytes are no PNG, JPEG, GIF, WebP or PDF")]
    Unknown,
    /// They are too many.
    #[error("{kind} of {size} bytes; the model takes {most} at most. {remedy} can be shown")]
    TooLarge {
        /// "an image", "a PDF".
        kind: &'static str,
        /// How many.
        size: usize,
        /// How many there may be.
        most: usize,
        /// What to make of it.
        remedy: &'static str,
    },
}

/// The media type that the bytes bear out, whatever anybody says of them.
pub fn media_type(data: &[u8]) -> Option<&'static str> {
    match data {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        _ => None,
    }
}

impl RawBlock {
    /// An image or a document from its bytes, base64 inside; its media type is what the bytes say.
    pub fn blob(data: &[u8]) -> Result<Self, Unfit> {
        #[derive(Serialize)]
        struct Blob<'a> {
            r#type: &'a str,
            source: Source<'a>,
        }
        #[derive(Serialize)]
        struct Source<'a> {
            r#type: &'a str,
            media_type: &'a str,
            data: String,
        }
        let media_type = media_type(data).ok_or(Unfit::Unknown)?;
        let image = media_type.starts_with("image/");
        let (r#type, kind, remedy, most) = match image {
            true => ("image", "an image", "A smaller copy (fewer pixels, or JPEG)", MAX_IMAGE),
            false => ("document", "a PDF", "A part of it", MAX_BLOBS),
        };
        if data.len().div_ceil(3) * 4 > most {
            return Err(Unfit::TooLarge { kind, size: data.len(), most: most / 4 * 3, remedy });
        }
        let data = STANDARD.encode(data);
        Ok(Self::of(&Blob { r#type, source: Source { r#type: "base64", media_type, data } }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(size: usize) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        bytes.resize(size, 0);
        bytes
    }

    fn refused(data: &[u8]) -> String {
        RawBlock::blob(data).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused_with_the_reason() {
        insta::assert_snapshot!(refused(b"hi"), @"its bytes are no PNG, JPEG, GIF, WebP or PDF");
        insta::assert_snapshot!(refused(b""), @"its bytes are no PNG, JPEG, GIF, WebP or PDF");
        insta::assert_snapshot!(refused(b"<svg/>"), @"its bytes are no PNG, JPEG, GIF, WebP or PDF");
        insta::assert_snapshot!(refused(&png(MAX_IMAGE / 4 * 3 + 1)), @"an image of 3932161 bytes; the model takes 3932160 at most. A smaller copy (fewer pixels, or JPEG) can be shown");
        let mut pdf = b"%PDF-1.7".to_vec();
        pdf.resize(MAX_BLOBS / 4 * 3 + 1, b' ');
        insta::assert_snapshot!(refused(&pdf), @"a PDF of 18874369 bytes; the model takes 18874368 at most. A part of it can be shown");
    }

    #[test]
    fn the_largest_image_is_taken() {
        let block = RawBlock::blob(&png(MAX_IMAGE / 4 * 3)).unwrap();
        assert!(
            block
                .json()
                .starts_with(r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBOR"#)
        );
    }

    #[test]
    fn the_type_is_what_the_bytes_say() {
        assert_eq!(media_type(b"GIF89a..."), Some("image/gif"));
        assert_eq!(media_type(b"GIF86a..."), None);
        assert_eq!(media_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(media_type(b"RIFF\0\0\0\0WAVEfmt "), None);
        assert_eq!(media_type(b"\xff\xd8\xff\xe0"), Some("image/jpeg"));
        assert_eq!(media_type(b"%PDF-1.7"), Some("application/pdf"));
    }
}
