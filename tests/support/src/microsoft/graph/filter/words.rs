//! The words of a filter.

use serde_json::{Value, json};

use crate::clock;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A property, an operator, a function.
    Name(String),
    Literal(Value),
    /// `(`, `)`, `,` or `:`.
    Mark(char),
}

/// Takes a filter apart.
pub(super) fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, used) = match first {
            '(' | ')' | ',' | ':' => (Word::Mark(first), 1),
            '\'' => quoted(rest)?,
            _ => bare(rest),
        };
        words.push(word);
        rest = rest[used..].trim_start();
    }
    Ok(words)
}

/// A text in quotes, where a quote is written twice.
fn quoted(text: &str) -> Result<(Word, usize), String> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, one)) = chars.next() {
        match (one, chars.peek()) {
            ('\'', Some((_, '\''))) => {
                chars.next();
                out.push('\'');
            }
            ('\'', _) => return Ok((Word::Literal(Value::String(out)), at + 1)),
            _ => out.push(one),
        }
    }
    Err("a text in the filter has no end".to_owned())
}

fn bare(text: &str) -> (Word, usize) {
    let end = text.find([' ', '(', ')', ',']).unwrap_or(text.len());
    let whole = &text[..end];
    if clock::parse(whole).is_some() {
        return (Word::Literal(json!(whole)), end);
    }
    let end = whole.find(':').unwrap_or(end);
    let word = &text[..end];
    let literal = match word {
        "true" => Some(json!(true)),
        "false" => Some(json!(false)),
        "null" => Some(Value::Null),
        _ => word.parse::<f64>().ok().map(|_| serde_json::from_str(word).unwrap_or_default()),
    };
    (literal.map_or_else(|| Word::Name(word.to_owned()), Word::Literal), end.max(1))
}
