//! Output: what a call gives back, part by part.

use crate::{Blob, Output, Part};

impl Output {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self { parts: Vec::new(), summary: String::new(), truncated: false }
    }

    /// One text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::empty().and_text(text)
    }

    /// One image of an IANA media type such as `image/png`.
    pub fn image(media_type: &str, data: Vec<u8>) -> Self {
        Self::empty().and_image(media_type, data)
    }

    /// One document of an IANA media type such as `application/pdf`.
    pub fn document(media_type: &str, data: Vec<u8>) -> Self {
        Self::empty().with(Part::Document(Blob { media_type: media_type.into(), data }))
    }

    /// The same output with a text after its parts.
    pub fn and_text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// The same output with an image after its parts.
    pub fn and_image(self, media_type: &str, data: Vec<u8>) -> Self {
        self.with(Part::Image(Blob { media_type: media_type.into(), data }))
    }

    /// The same output with a table after its parts: flat objects with the same keys.
    /// Rows that are not JSON become a text that says so.
    pub fn and_table<Row: serde::Serialize>(self, rows: &[Row]) -> Self {
        match serde_json::to_string(rows) {
            Ok(json) => self.with(Part::Table(json)),
            Err(error) => self.and_text(format!("the table could not be written as JSON: {error}")),
        }
    }

    /// The same output with one line for the person who watches.
    pub fn summary(mut self, line: impl Into<String>) -> Self {
        self.summary = line.into();
        self
    }

    /// The same output, marked as cut. Its last text says what is missing and how to get it.
    pub fn truncated(mut self) -> Self {
        self.truncated = true;
        self
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}
