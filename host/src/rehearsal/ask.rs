//! What a person asks for, in the few forms that are understood.

use serde_json::{Map, Value};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    Read {
        path: String,
    },
    List {
        path: String,
    },
    /// Files by name.
    Glob {
        pattern: String,
    },
    /// A regular expression, in a file or directory or everywhere.
    Grep {
        pattern: String,
        path: Option<String>,
    },
    Edit {
        path: String,
        old: String,
        new: String,
    },
    Write {
        path: String,
        content: String,
    },
    Skill {
        name: String,
        args: String,
    },
    Tool {
        name: String,
        input: Map<String, Value>,
    },
    Help,
}

/// Words that may stand before a request and say nothing.
const POLITE: &[&str] = &["please ", "can you ", "could you ", "now ", "then ", "and "];
/// Words that may stand before a file's name and say nothing.
const FILLERS: &[&str] = &["me ", "the ", "files ", "file ", "in ", "of ", "content ", "contents "];
/// What stands between two requests.
const BETWEEN: &[&str] = &[", and then ", " and then ", ", then ", " then ", ", and ", " and ", ", "];

/// Every request of a text, in order; none where it is not understood.
///
/// The first line that asks for something counts. Only what is to be written may go on over several lines.
pub(super) fn parse(text: &str) -> Vec<Ask> {
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let mut rests = starts.filter_map(|at| text.get(at..));
    rests.find_map(from_here).unwrap_or_default()
}

fn from_here(text: &str) -> Option<Vec<Ask>> {
    let text = bare(text);
    let one = long(text).or_else(|| simple(first_line(text)));
    let several = || together(first_line(text));
    match one {
        Some(one @ (Ask::Grep { .. } | Ask::Read { .. } | Ask::List { .. })) => {
            Some(several().unwrap_or_else(|| vec![one]))
        }
        Some(one) => Some(vec![one]),
        None => several(),
    }
}

/// Without mentions such as `<@123>` and polite words at the beginning.
fn bare(text: &str) -> &str {
    let mut text = text.trim_start_matches(' ');
    loop {
        let mention = text.strip_prefix("<@").and_then(|rest| rest.split_once('>'));
        let rest = match mention {
            Some((_, rest)) => Some(rest),
            None => POLITE.iter().find_map(|word| strip(text, word)),
        };
        match rest {
            Some(rest) => text = rest.trim_start_matches(' '),
            None => return text,
        }
    }
}

/// Requests that may have several lines, or that hold any text at all.
fn long(text: &str) -> Option<Ask> {
    if let Some(rest) = strip(text, "/tool ") {
        let (name, input) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), "{}"));
        let input = serde_json::from_str(input).ok()?;
        return Some(Ask::Tool { name: name.to_owned(), input });
    }
    if let Some((path, content)) = strip(text, "write ").and_then(|rest| rest.split_once(':')) {
        let content = content.strip_prefix('\n').unwrap_or(content.trim_start_matches(' '));
        return Some(Ask::Write { path: name(path)?, content: content.to_owned() });
    }
    let (path, change) = strip(text, "edit ")?.split_once(':')?;
    let (old, new) = replacement(strip(change.trim(), "replace ")?)?;
    Some(Ask::Edit { path: name(path)?, old, new })
}

/// `A with B`, where either may stand in quotes.
fn replacement(text: &str) -> Option<(String, String)> {
    let (old, new) = match quoted(text) {
        Some((old, rest)) => (old, strip(rest.trim_start(), "with ")?),
        None => text.split_once(" with ")?,
    };
    let new = quoted(new).map_or(new, |(new, _)| new);
    (!old.is_empty()).then(|| (old.to_owned(), new.to_owned()))
}

/// Several requests of one line, where each of them is understood. A bare name repeats the verb before it.
fn together(line: &str) -> Option<Vec<Ask>> {
    let mut asks: Vec<Ask> = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let (part, after) = next_part(rest);
        let ask = simple(bare(part)).or_else(|| again(asks.last()?, part))?;
        asks.push(ask);
        rest = after;
    }
    (!asks.is_empty()).then_some(asks)
}

fn next_part(text: &str) -> (&str, &str) {
    let found = BETWEEN.iter().filter_map(|between| Some((text.find(between)?, between.len())));
    let first = found.min_by_key(|(at, length)| (*at, std::cmp::Reverse(*length)));
    let Some((at, length)) = first else {
        return (text, "");
    };
    (text.get(..at).unwrap_or_default(), text.get(at + length..).unwrap_or_default())
}

fn again(before: &Ask, part: &str) -> Option<Ask> {
    let path = name(part)?;
    match before {
        Ask::Read { .. } => Some(Ask::Read { path }),
        Ask::List { .. } => Some(Ask::List { path }),
        _ => None,
    }
}

/// A request of one line.
fn simple(line: &str) -> Option<Ask> {
    let line = line.trim();
    let starts = |words: &[&str]| words.iter().find_map(|word| strip(line, word));
    if matches!(line.trim_end_matches(['?', '!', '.']).to_lowercase().as_str(), "help" | "/help") {
        return Some(Ask::Help);
    }
    if let Some(pattern) = starts(&["glob ", "find files matching ", "files matching "]) {
        return Some(Ask::Glob { pattern: name(pattern)? });
    }
    if let Some(rest) = starts(&["grep "]) {
        return grep(rest, str::to_owned);
    }
    if let Some(rest) = starts(&["search for ", "search ", "find "]) {
        return grep(rest, escaped);
    }
    if matches!(line.to_lowercase().as_str(), "ls" | "list" | "list files" | "list the files") {
        return Some(Ask::List { path: ".".to_owned() });
    }
    if let Some(path) = starts(&["list ", "ls "]) {
        return Some(Ask::List { path: name(path)? });
    }
    if let Some(rest) = starts(&["skill "]) {
        let (skill, args) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some(Ask::Skill { name: name(skill)?, args: args.trim().to_owned() });
    }
    let path = starts(&["read ", "show ", "open ", "cat "])?;
    Some(Ask::Read { path: name(path)? })
}

/// `Y` or `Y in Z`.
fn grep(text: &str, pattern: fn(&str) -> String) -> Option<Ask> {
    let place = text.rsplit_once(" in ").and_then(|(what, place)| Some((what, name(place)?)));
    let (what, path) = place.map_or((text, None), |(what, place)| (what, Some(place)));
    let what = quoted(what.trim()).map_or(what.trim(), |(what, _)| what);
    (!what.is_empty()).then(|| Ask::Grep { pattern: pattern(what), path })
}

/// The name of a file, directory, skill or pattern: in quotes, or one word.
fn name(text: &str) -> Option<String> {
    let mut text = text.trim();
    while let Some(rest) = FILLERS.iter().find_map(|word| strip(text, word)) {
        text = rest.trim();
    }
    if let Some((name, _)) = quoted(text) {
        return Some(name.to_owned());
    }
    let ended = text.trim_end_matches(['?', '!', ',']);
    let sentence = ended.strip_suffix('.').filter(|rest| rest.ends_with(char::is_alphanumeric));
    let word = sentence.unwrap_or(ended);
    let one = !word.is_empty() && !word.contains(char::is_whitespace);
    one.then(|| word.to_owned())
}

/// What stands in quotes at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    text.get(1..)?.split_once(quote)
}

/// Words as a regular expression that finds just them.
fn escaped(words: &str) -> String {
    let special = |c: char| r"\.+*?()|[]{}^$#&-~".contains(c);
    words.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The rest after a beginning, whatever its case.
fn strip<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| text.get(start.len()..))?
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
