//! Discord's blocks: fences, headings, small print, quotes, lists.

use serde_json::Value;

use super::{escaped, inline};

/// A text as HTML.
pub(super) fn html(text: &str, names: &Value) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, code, after)) = fence(rest) {
        out.push_str(&lines(before, names));
        out.push_str(&format!("<pre>{}</pre>", escaped(code)));
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out + &lines(rest, names)
}

/// What stands before the first fence, in it and behind it. Discord takes the first three backticks for the end.
fn fence(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_once("```")?;
    let (inside, after) = from.split_once("```")?;
    let (first, body) = inside.split_once('\n').unwrap_or(("", inside));
    let language = !first.is_empty() && first.chars().all(|c| c.is_ascii_alphanumeric() || "+-#._".contains(c));
    let code = if language || first.is_empty() { body } else { inside };
    let code = code.trim_end_matches('\n').trim_start_matches('\n');
    // Without anything in it, it is text.
    (!code.is_empty()).then_some((before, code, after))
}

fn lines(text: &str, names: &Value) -> String {
    let mut out = String::new();
    let mut plain: Vec<&str> = Vec::new();
    let mut quote: Vec<&str> = Vec::new();
    let trimmed = text.strip_suffix('\n').unwrap_or(text);
    for line in trimmed.split('\n') {
        let quoted = line.strip_prefix("> ");
        let block = block(line, names);
        if quoted.is_none() {
            end_quote(&mut quote, &mut out, names);
        }
        if quoted.is_some() || block.is_some() {
            end_text(&mut plain, &mut out, names);
        }
        match (quoted, block) {
            (Some(inner), _) => quote.push(inner),
            (None, Some(block)) => out.push_str(&block),
            (None, None) => plain.push(line),
        }
    }
    end_quote(&mut quote, &mut out, names);
    end_text(&mut plain, &mut out, names);
    out
}

fn end_quote(quote: &mut Vec<&str>, out: &mut String, names: &Value) {
    if !quote.is_empty() {
        let inner = lines(&std::mem::take(quote).join("\n"), names);
        out.push_str(&format!("<blockquote>{inner}</blockquote>"));
    }
}

fn end_text(plain: &mut Vec<&str>, out: &mut String, names: &Value) {
    let text = std::mem::take(plain).join("\n");
    if !text.is_empty() {
        out.push_str(&format!("<div class=\"text\">{}</div>", inline::html(&text, names)));
    }
}

/// A line that is a block of its own: a heading, small print, an item of a list.
fn block(line: &str, names: &Value) -> Option<String> {
    for (mark, tag) in [("# ", "h1"), ("## ", "h2"), ("### ", "h3"), ("-# ", "small")] {
        if let Some(title) = line.strip_prefix(mark).filter(|title| !title.trim().is_empty()) {
            return Some(format!("<{tag}>{}</{tag}>", inline::html(title, names)));
        }
    }
    let indent = line.len() - line.trim_start_matches(' ').len();
    let (mark, item) = line[indent..].split_once(' ').filter(|(mark, item)| is_mark(mark) && !item.is_empty())?;
    let bullet = if mark.starts_with(|c: char| c.is_ascii_digit()) { mark } else { "•" };
    let depth = (indent / 2).min(10);
    let item = inline::html(item, names);
    Some(format!("<div class=\"item\" style=\"--depth:{depth}\"><b>{bullet}</b><span>{item}</span></div>"))
}

fn is_mark(mark: &str) -> bool {
    let number = mark.strip_suffix('.').is_some_and(|number| number.len() < 10 && number.parse::<u64>().is_ok());
    mark == "-" || mark == "*" || number
}
