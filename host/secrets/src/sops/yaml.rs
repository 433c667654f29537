//! Reads YAML, in its order, as SOPS writes it: no aliases, no tags but the plain types, text keys only.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use zeroize::Zeroizing;

use super::error::Malformed;
use super::node::{DEEPEST, Kind, Leaf, Node};

/// The documents of a file; each is a map. Aliases are refused, so that no file is larger inside than outside.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Malformed> {
    let mut events = Events { parser: Parser::new_from_str(text), line: 0 };
    let mut documents = Vec::new();
    loop {
        match events.next()? {
            Event::StreamEnd => return Ok(documents),
            Event::DocumentStart(_) => {
                let first = events.next()?;
                match events.node(first, 0)? {
                    document @ Node::Map(_) => documents.push(document),
                    Node::Null => documents.push(Node::Map(Vec::new())),
                    Node::Leaf(_) | Node::List(_) => return Err(events.fault("a document that is no map")),
                }
            }
            _ => {}
        }
    }
}

struct Events<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// 0-based.
    line: usize,
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Event<'t>, Malformed> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line().saturating_sub(1);
                Ok(event)
            }
            Some(Err(error)) => {
                Err(Malformed::at(error.marker().line().saturating_sub(1), "something that is not YAML"))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn fault(&self, what: &'static str) -> Malformed {
        Malformed::at(self.line, what)
    }

    /// The node that begins with this event.
    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Node, Malformed> {
        if depth > DEEPEST {
            return Err(self.fault("more than 64 levels"));
        }
        match event {
            Event::Scalar(text, style, _, tag) => {
                scalar(&text, style, tag.as_deref()).ok_or(self.fault("an unknown tag"))
            }
            Event::SequenceStart(_, None) => self.list(depth),
            Event::MappingStart(_, None) => self.map(depth),
            Event::Alias(_) => Err(self.fault("an alias")),
            _ => Err(self.fault("an unknown tag")),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node, Malformed> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Node::List(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, Malformed> {
        let (mut entries, mut keys) = (Vec::new(), BTreeSet::new());
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Node::Map(entries)),
                Event::Scalar(text, style, ..)
                    if !matches!(plain(&text, style), Node::Leaf(Leaf { kind: Kind::Text, .. })) =>
                {
                    return Err(self.fault("a key that is no text"));
                }
                Event::Scalar(text, _, _, None) => text.into_owned(),
                _ => return Err(self.fault("a key that is no text")),
            };
            if !keys.insert(key.clone()) {
                return Err(self.fault("a key twice"));
            }
            let event = self.next()?;
            entries.push((key, self.node(event, depth + 1)?));
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Option<Node> {
    match tag {
        None => Some(plain(text, style)),
        Some(tag) if !tag.is_yaml_core_schema() => None,
        Some(tag) => match tag.suffix.as_str() {
            "str" => Some(Node::text(text)),
            "binary" => {
                let bytes = STANDARD.decode(text.split_ascii_whitespace().collect::<String>()).ok()?;
                Some(Node::Leaf(Leaf { kind: Kind::Text, bytes: Zeroizing::new(bytes) }))
            }
            "null" | "bool" | "int" | "float" => Some(plain(text, ScalarStyle::Plain)),
            _ => None,
        },
    }
}

/// What a scalar without a tag is, by the rules of the YAML library that SOPS uses. Times stay as they are written,
/// because SOPS writes them in the one form that it takes into the MAC.
fn plain(text: &str, style: ScalarStyle) -> Node {
    if style != ScalarStyle::Plain {
        return Node::text(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::truth(true),
        "false" | "False" | "FALSE" => Node::truth(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Node::number(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Node::number(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Node::number(f64::NAN),
        _ => number(text).unwrap_or_else(|| Node::text(text)),
    }
}

fn number(text: &str) -> Option<Node> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return None;
    }
    let text = text.replace('_', "");
    if let Some(whole) = integer(&text) {
        return Some(Node::other(whole.to_string()));
    }
    let decimal = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let value: f64 = text.chars().all(decimal).then(|| text.parse().ok())??;
    value.is_finite().then(|| Node::number(value))
}

/// An integer as Go reads one: decimal, `0x`, `0b`, `0o`, and octal where it begins with `0`.
fn integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let bases = [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)];
    let prefixed = bases.into_iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, base)));
    let (digits, base) = match prefixed {
        Some(prefixed) => prefixed,
        None if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        None => (digits, 10),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = sign * i128::from_str_radix(digits, base).ok()?;
    (i64::MIN.into()..=u64::MAX.into()).contains(&value).then_some(value)
}
