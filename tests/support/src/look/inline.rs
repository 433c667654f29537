//! Discord's marks within a line.

use serde_json::Value;

use super::{escaped, text};

/// Marks that enclose text, the longer ones first.
const MARKS: [(&str, &str); 6] =
    [("**", "b"), ("__", "u"), ("~~", "s"), ("||", "span class=\"spoiler\""), ("*", "i"), ("_", "i")];

/// A text as HTML.
pub(super) fn html(source: &str, names: &Value) -> String {
    let mut out = String::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        match special(source, at, names) {
            Some((html, bytes)) => {
                out.push_str(&html);
                at += bytes;
            }
            None => {
                out.push_str(&escaped(&rest[..c.len_utf8()]));
                at += c.len_utf8();
            }
        }
    }
    out
}

/// What begins here, and how many bytes it has.
fn special(source: &str, at: usize, names: &Value) -> Option<(String, usize)> {
    let rest = &source[at..];
    escape(rest)
        .or_else(|| code(rest))
        .or_else(|| angle(rest, names))
        .or_else(|| everyone(rest))
        .or_else(|| masked(rest, names))
        .or_else(|| url(rest))
        .or_else(|| mark(source, at, names))
}

fn escape(rest: &str) -> Option<(String, usize)> {
    let c = rest.strip_prefix('\\')?.chars().next().filter(char::is_ascii_punctuation)?;
    Some((escaped(&c.to_string()), 2))
}

fn code(rest: &str) -> Option<(String, usize)> {
    let run = &rest[..rest.len() - rest.trim_start_matches('`').len()];
    if run.is_empty() || run.len() > 2 {
        return None;
    }
    let (inside, _) = rest[run.len()..].split_once(run).filter(|(inside, _)| !inside.is_empty())?;
    let bytes = inside.len() + 2 * run.len();
    Some((format!("<code>{}</code>", escaped(inside.trim())), bytes))
}

/// Mentions, times, emoji, links without a preview.
fn angle(rest: &str, names: &Value) -> Option<(String, usize)> {
    let (inside, _) = rest.strip_prefix('<')?.split_once('>')?;
    let whole = &rest[..inside.len() + 2];
    if let Some(name) = names[whole.replace("<@!", "<@")].as_str() {
        return Some((format!("<span class=\"mention\">{}</span>", escaped(name)), whole.len()));
    }
    if let Some(time) = inside.strip_prefix("t:") {
        return Some((format!("<span class=\"time\">{}</span>", escaped(time)), whole.len()));
    }
    if inside.starts_with("https://") || inside.starts_with("http://") {
        return Some((link(inside, &escaped(inside)), whole.len()));
    }
    let emoji = inside.strip_prefix(':').and_then(|emoji| emoji.split_once(':'))?;
    Some((format!("<span class=\"mention\">:{}:</span>", escaped(emoji.0)), whole.len()))
}

fn everyone(rest: &str) -> Option<(String, usize)> {
    let name = ["@everyone", "@here"].into_iter().find(|name| rest.starts_with(name))?;
    Some((format!("<span class=\"mention\">{name}</span>"), name.len()))
}

fn masked(rest: &str, names: &Value) -> Option<(String, usize)> {
    let (title, after) = rest.strip_prefix('[')?.split_once("](")?;
    let (target, _) =
        after.split_once(')').filter(|(target, _)| target.trim_matches(['<', '>']).starts_with("http"))?;
    let bytes = title.len() + target.len() + 4;
    (!title.contains('\n')).then(|| (link(target.trim_matches(['<', '>']), &html(title, names)), bytes))
}

fn url(rest: &str) -> Option<(String, usize)> {
    if !rest.starts_with("https://") && !rest.starts_with("http://") {
        return None;
    }
    let end = rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
    let url = rest[..end].trim_end_matches(['.', ',', ';', ':', ')', '!', '?', '*']);
    Some((link(url, &escaped(url)), url.len()))
}

fn link(target: &str, shown: &str) -> String {
    format!("<a href=\"{}\">{shown}</a>", escaped(target))
}

fn mark(source: &str, at: usize, names: &Value) -> Option<(String, usize)> {
    let rest = &source[at..];
    let (mark, tag) = MARKS.into_iter().find(|(mark, _)| rest.starts_with(mark))?;
    let after = &rest[mark.len()..];
    // Within a word, an underscore is a letter; before a space, a star is one.
    let word = mark == "_" && source[..at].ends_with(char::is_alphanumeric);
    if word || mark.len() == 1 && after.starts_with(char::is_whitespace) {
        return None;
    }
    let inside = &after[..end(after, mark)?];
    let close = tag.split(' ').next().unwrap_or(tag);
    Some((format!("<{tag}>{}</{close}>", html(inside, names)), inside.len() + 2 * mark.len()))
}

/// Where a mark ends: not escaped, not empty, not in code.
fn end(after: &str, mark: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(c) = after[at..].chars().next() {
        let rest = &after[at..];
        if at > 0 && rest.starts_with(mark) && !rest[mark.len()..].starts_with(&mark[..1]) {
            return Some(at);
        }
        at += escape(rest).or_else(|| code(rest)).map_or(c.len_utf8(), |(_, bytes)| bytes);
        if mark.len() == 1 && rest.starts_with(mark) {
            at += 1;
        }
    }
    None
}

/// The plain words of a text, as an answer to it quotes them.
pub(super) fn one_line(value: &Value, names: &Value) -> String {
    html(&text(value).replace('\n', " ").chars().take(120).collect::<String>(), names)
}
