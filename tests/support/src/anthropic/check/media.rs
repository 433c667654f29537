//! Images and documents: their type, their base64, and that the bytes are what they are said to be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Checked, no_extras, required};
use crate::anthropic::failure::Failure;

/// Image types, and what their bytes begin with.
const IMAGES: &[(&str, &[u8])] = &[
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
    ("image/gif", b"GIF8"),
    ("image/webp", b"RIFF"),
];

/// The largest image, as base64.
const MOST: usize = 5 * 1024 * 1024;

/// Checks an image block.
pub(super) fn image(block: &Value, place: &str) -> Checked {
    no_extras(block, &["type", "source", "cache_control", "oversized_image"], place)?;
    let source = block.get("source").ok_or_else(|| required(&format!("{place}.source")))?;
    match source["type"].as_str() {
        Some("base64") => {}
        Some("url" | "file") => return Ok(()),
        _ => return Err(bad_source(place)),
    }
    let place = format!("{place}.source.base64");
    no_extras(source, &["type", "media_type", "data"], &place)?;
    let media_type = source["media_type"].as_str().unwrap_or_default();
    let Some((_, magic)) = IMAGES.iter().find(|(known, _)| *known == media_type) else {
        return Err(Failure::invalid(format!(
            "{place}.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
        )));
    };
    let data = source["data"].as_str().unwrap_or_default();
    if data.len() > MOST {
        return Err(Failure::invalid(format!(
            "{place}: image exceeds 5 MB maximum: {} bytes > {MOST} bytes",
            data.len()
        )));
    }
    match decode(data, &place)?.starts_with(magic) {
        true => Ok(()),
        false => {
            Err(Failure::invalid(format!("{place}.data: Image does not match the provided media type {media_type}")))
        }
    }
}

/// Checks a document block.
pub(super) fn document(block: &Value, place: &str) -> Checked {
    let known = ["type", "source", "cache_control", "title", "context", "citations"];
    no_extras(block, &known, place)?;
    let source = block.get("source").ok_or_else(|| required(&format!("{place}.source")))?;
    match (source["type"].as_str(), source["media_type"].as_str()) {
        (Some("base64"), Some("application/pdf")) => {
            let data = source["data"].as_str().unwrap_or_default();
            let place = format!("{place}.source.base64");
            match decode(data, &place)?.starts_with(b"%PDF-") {
                true => Ok(()),
                false => Err(Failure::invalid(format!("{place}.data: The PDF specified was not valid."))),
            }
        }
        (Some("base64"), _) => {
            Err(Failure::invalid(format!("{place}.source.base64.media_type: Input should be 'application/pdf'")))
        }
        (Some("text"), Some("text/plain")) | (Some("url" | "file" | "content"), _) => Ok(()),
        _ => Err(bad_source(place)),
    }
}

fn bad_source(place: &str) -> Failure {
    Failure::invalid(format!("{place}.source: Input tag found using 'type' does not match any of the expected tags"))
}

fn decode(data: &str, place: &str) -> Result<Vec<u8>, Failure> {
    let empty = || Failure::invalid(format!("{place}.data: base64 data must not be empty"));
    let bad = |_| Failure::invalid(format!("{place}.data: Invalid base64 data"));
    STANDARD.decode(data).map_err(bad).and_then(|bytes| match bytes.is_empty() {
        true => Err(empty()),
        false => Ok(bytes),
    })
}
