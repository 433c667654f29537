//! Jupyter notebooks: cells and what they gave out, in order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use claudetools_kit::{Failure, Output};
use serde_json::Value;

use crate::read::MAX_IMAGE;
use crate::window::MAX_TEXT;

/// One output of a cell; more is mostly a log.
const MAX_OUTPUT: usize = 10_000;
/// All images of a notebook together, in bytes: no more than one image may have.
const MAX_IMAGES: usize = MAX_IMAGE as usize;

/// Shows a notebook.
pub fn call(bytes: &[u8], shown: &str) -> Result<Output, Failure> {
    let notebook: Value = serde_json::from_slice(bytes).map_err(|error| {
        Failure::Invalid(format!("{shown} is not a notebook: {error}. Grep can search it as text."))
    })?;
    let cells = notebook["cells"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut page = Page { output: Output::empty(), text: String::new(), used: 0, images: 0 };
    for (index, cell) in cells.iter().enumerate() {
        if page.used > MAX_TEXT {
            let left = cells.len() - index;
            page.text.push_str(&format!("PARTIAL view: the last {left} cells are left out; Grep can search them."));
            return Ok(page.finish(index).truncated());
        }
        page.cell(index, cell);
    }
    Ok(page.finish(cells.len()))
}

/// Output as it grows: text is gathered until an image comes.
struct Page {
    output: Output,
    text: String,
    used: usize,
    images: usize,
}

impl Page {
    fn cell(&mut self, index: usize, cell: &Value) {
        let kind = cell["cell_type"].as_str().unwrap_or("unknown");
        let id = cell["id"].as_str().map_or_else(|| index.to_string(), str::to_owned);
        self.push(&format!("<cell id=\"{id}\" type=\"{kind}\">\n"));
        self.limited(&joined(&cell["source"]), MAX_TEXT);
        self.push("</cell>\n");
        for output in cell["outputs"].as_array().into_iter().flatten() {
            self.cell_output(output);
        }
    }

    fn cell_output(&mut self, output: &Value) {
        let data = &output["data"];
        let image = ["image/png", "image/jpeg"].into_iter().find(|media_type| data[*media_type].is_string());
        if let Some(media_type) = image {
            return self.image(media_type, data[media_type].as_str().unwrap_or_default());
        }
        let text = match output["output_type"].as_str() {
            Some("stream") => joined(&output["text"]),
            Some("error") => joined(&output["traceback"]),
            _ => joined(&data["text/plain"]),
        };
        if !text.is_empty() {
            self.push("<output>\n");
            self.limited(&without_colours(&text), MAX_OUTPUT);
            self.push("</output>\n");
        }
    }

    fn image(&mut self, media_type: &str, encoded: &str) {
        let encoded: String = encoded.split_whitespace().collect();
        match STANDARD.decode(encoded) {
            Ok(bytes) if self.images + bytes.len() <= MAX_IMAGES => {
                self.images += bytes.len();
                self.flush();
                self.output = std::mem::replace(&mut self.output, Output::empty()).and_image(media_type, bytes);
            }
            Ok(bytes) => self.push(&format!("<output>\n(an image of {} bytes, left out)\n</output>\n", bytes.len())),
            Err(_) => self.push("<output>\n(an image that cannot be decoded)\n</output>\n"),
        }
    }

    /// Adds lines, cut between characters.
    fn limited(&mut self, text: &str, most: usize) {
        let end = text.floor_char_boundary(most);
        self.push(&text[..end]);
        if !text[..end].ends_with('\n') {
            self.push("\n");
        }
        if end < text.len() {
            self.push(&format!("({} more bytes)\n", text.len() - end));
        }
    }

    fn push(&mut self, text: &str) {
        self.used += text.len();
        self.text.push_str(text);
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.output = std::mem::replace(&mut self.output, Output::empty()).and_text(text);
        }
    }

    fn finish(mut self, cells: usize) -> Output {
        if self.used == 0 {
            self.push("The notebook has no cells.");
        }
        self.flush();
        self.output.summary(format!("Read {cells} cells"))
    }
}

/// Notebooks keep text as one string or as a list of lines.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// Tracebacks are coloured for terminals: `ESC [ … letter`.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|c: char| c.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        plain.push_str(&piece[end..]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    const NOTEBOOK: &str = r##"{"cells": [
        {"cell_type": "markdown", "id": "intro", "source": ["# Title\n", "Text"]},
        {"cell_type": "code", "source": "plot()", "outputs": [
            {"output_type": "stream", "name": "stdout", "text": ["drawn\n"]},
            {"output_type": "display_data", "data": {"image/png": "aGk=\n", "text/plain": "<Figure>"}},
            {"output_type": "error", "traceback": ["\u001b[0;31mNameError\u001b[0m: x"]}]}
    ]}"##;

    #[test]
    fn what_is_not_a_notebook_is_refused() {
        insta::assert_snapshot!(format!("{:?}", call(b"{", "a.ipynb").unwrap_err()), @r#"Failure::Invalid("a.ipynb is not a notebook: EOF while parsing an object at line 1 column 1. Grep can search it as text.")"#);
    }

    #[test]
    fn cells_and_outputs_come_in_order() {
        let output = call(NOTEBOOK.as_bytes(), "a.ipynb").unwrap();
        let [Part::Text(before), Part::Image(image), Part::Text(after)] = &output.parts[..] else {
            panic!("{output:?}")
        };
        assert_eq!((image.media_type.as_str(), &image.data[..]), ("image/png", &b"hi"[..]));
        insta::assert_snapshot!(format!("{before}[image]\n{after}"), @r#"
        <cell id="intro" type="markdown">
        # Title
        Text
        </cell>
        <cell id="1" type="code">
        plot()
        </cell>
        <output>
        drawn
        </output>
        [image]
        <output>
        NameError: x
        </output>
        "#);
    }

    #[test]
    fn a_long_log_is_cut_and_said_so() {
        let text = "x".repeat(MAX_OUTPUT + 5);
        let json = format!(
            r#"{{"cells":[{{"cell_type":"code","source":"","outputs":[{{"output_type":"stream","text":"{text}"}}]}}]}}"#
        );
        let output = call(json.as_bytes(), "a.ipynb").unwrap();
        assert!(matches!(&output.parts[..], [Part::Text(text)] if text.contains("(5 more bytes)")));
    }
}
