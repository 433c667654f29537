//! One block of a reply under construction.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::client::Streamed;
use crate::message::RawBlock;

/// A block between its start and the moment it is handed out.
pub(super) struct Block {
    index: Option<u64>,
    kind: String,
    /// As it started. What no delta touches is handed out byte for byte.
    raw: Box<RawValue>,
    fields: Map<String, Value>,
    /// The pieces of a call's input, joined.
    input: String,
    touched: bool,
    open: bool,
}

/// A block that is complete.
pub(super) enum Closed {
    /// It is as the server meant it.
    Whole(RawBlock),
    /// A call whose input is not the JSON of an object.
    BrokenCall,
}

impl Block {
    /// `None` where the block is not even an object with a type. Of one that we cannot read (a number too large …)
    /// only the bytes are kept.
    pub(super) fn start(index: Option<u64>, raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Kind {
            r#type: String,
        }
        let Kind { r#type: kind } = serde_json::from_str(raw.get()).ok()?;
        let fields = serde_json::from_str(raw.get()).unwrap_or_default();
        let (raw, input) = (raw.to_owned(), String::new());
        Some(Self { index, kind, raw, fields, input, touched: false, open: true })
    }

    pub(super) fn index(&self) -> Option<u64> {
        self.index
    }

    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn is_text(&self) -> bool {
        self.kind == "text"
    }

    pub(super) fn is_call(&self) -> bool {
        self.kind == "tool_use"
    }

    pub(super) fn close(&mut self) {
        self.open = false;
    }

    /// The model that went on, where another one gave up in the middle of the reply.
    pub(super) fn fallback(&self) -> Option<&str> {
        (self.kind == "fallback").then(|| self.fields.get("to")?.get("model")?.as_str()).flatten()
    }

    /// Text that is there from the start.
    pub(super) fn first_words(&self) -> Option<Streamed> {
        let field = |name: &str| self.fields.get(name).and_then(Value::as_str).unwrap_or_default();
        match self.kind.as_str() {
            "text" => spoken(field("text"), Streamed::Text),
            "thinking" => spoken(field("thinking"), Streamed::Note),
            _ => None,
        }
    }

    /// Applies a delta; says what of it a person can see.
    pub(super) fn delta(&mut self, delta: &Map<String, Value>) -> Option<Streamed> {
        let field = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match delta.get("type").and_then(Value::as_str)? {
            "text_delta" => {
                self.append("text", field("text"));
                let as_text = if self.is_text() { Streamed::Text } else { Streamed::Note };
                return spoken(field("text"), as_text);
            }
            "thinking_delta" => {
                self.append("thinking", field("thinking"));
                return spoken(field("thinking"), Streamed::Note);
            }
            "input_json_delta" => self.input.push_str(field("partial_json")),
            "signature_delta" => self.set("signature", delta.get("signature")),
            "compaction_delta" => self.set("content", delta.get("content")),
            "citations_delta" => self.cite(delta.get("citation")),
            _ => {}
        }
        None
    }

    fn append(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        self.touched = true;
        match self.fields.get_mut(name) {
            Some(Value::String(whole)) => whole.push_str(text),
            _ => {
                self.fields.insert(name.to_owned(), text.into());
            }
        }
    }

    fn set(&mut self, name: &str, value: Option<&Value>) {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            self.touched = true;
            self.fields.insert(name.to_owned(), value.clone());
        }
    }

    fn cite(&mut self, citation: Option<&Value>) {
        let Some(citation) = citation else { return };
        self.touched = true;
        match self.fields.get_mut("citations") {
            Some(Value::Array(citations)) => citations.push(citation.clone()),
            _ => {
                self.fields.insert("citations".to_owned(), Value::Array(vec![citation.clone()]));
            }
        }
    }

    /// The finished block. The input of a call is the joined text of its pieces, not a copy of what it means.
    pub(super) fn closed(self) -> Closed {
        if self.is_as_it_started() {
            return Closed::Whole(RawBlock::from(self.raw));
        }
        let input = match self.input.trim() {
            "" => "{}",
            input => input,
        };
        let input = RawValue::from_string(input.to_owned()).ok();
        let Some(input) = input.filter(|raw| raw.get().starts_with('{')) else {
            return Closed::BrokenCall;
        };
        let input = self.kind.ends_with("tool_use").then_some(&*input);
        match serde_json::value::to_raw_value(&Whole { fields: &self.fields, input }) {
            Ok(raw) => Closed::Whole(RawBlock::from(raw)),
            Err(_) => Closed::BrokenCall,
        }
    }

    fn is_as_it_started(&self) -> bool {
        let has_input = match self.fields.get("input") {
            Some(input) => input.is_object(),
            None => !self.is_call(),
        };
        self.fields.is_empty() || !self.touched && self.input.trim().is_empty() && has_input
    }
}

/// The fields of a block in the order they came, with the input of a call as its raw text.
struct Whole<'a> {
    fields: &'a Map<String, Value>,
    input: Option<&'a RawValue>,
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.fields.iter().filter(|(name, _)| self.input.is_none() || *name != "input") {
            map.serialize_entry(name, value)?;
        }
        if let Some(input) = self.input {
            map.serialize_entry("input", input)?;
        }
        map.end()
    }
}

fn spoken(text: &str, how: fn(String) -> Streamed) -> Option<Streamed> {
    (!text.is_empty()).then(|| how(text.to_owned()))
}
