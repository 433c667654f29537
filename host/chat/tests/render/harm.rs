//! No answer can do harm, whatever is in it.

use claudetools_chat::render::{self, LIMIT};
use proptest::prelude::*;

use super::{answer, guard};

/// What Discord would act on, read as literally as it reads it.
pub(super) fn harm(content: &str) -> Option<String> {
    if content.encode_utf16().count() > LIMIT {
        return Some("too long".to_owned());
    }
    let lower = content.to_lowercase();
    for live in ["@everyone", "@here", "<@", "<#"] {
        if lower.contains(live) {
            return Some(format!("has {live}"));
        }
    }
    if !content.matches("```").count().is_multiple_of(2) {
        return Some("an open fence".to_owned());
    }
    outside_code(content).iter().find_map(|text| live_text(text))
}

fn live_text(text: &str) -> Option<String> {
    let bytes: Vec<char> = text.chars().collect();
    for (at, c) in bytes.iter().enumerate() {
        let escapes = bytes[..at].iter().rev().take_while(|c| **c == '\\').count();
        if *c == '[' && escapes % 2 == 0 {
            return Some(format!("a bracket that could open a link: {text}"));
        }
    }
    let lower = text.to_lowercase();
    if let Some(markup) = ["<t:", "<:", "<a:", "</", "||"].iter().find(|markup| lower.contains(**markup)) {
        return Some(format!("has {markup}"));
    }
    // A URL in the query of another is a part of it.
    lower.split(char::is_whitespace).find_map(live_url)
}

fn live_url(word: &str) -> Option<String> {
    let (before, rest) = word.split_once("://")?;
    let scheme = before.chars().rev().take_while(char::is_ascii_alphabetic).count();
    let host = rest.split(|c: char| !c.is_alphanumeric()).next();
    let live = scheme > 0 && !matches!(host, Some("docs" | "api" | ""));
    live.then(|| format!("a live link: {word}"))
}

/// The parts of a message that are not code, split as Discord's parser does: escapes first, then code.
fn outside_code(content: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let chars: Vec<char> = content.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if chars[at] == '\\' && chars.get(at + 1).is_some_and(|c| !c.is_alphanumeric() && !c.is_whitespace()) {
            parts.last_mut().unwrap().extend(&chars[at..at + 2]);
            at += 2;
        } else if chars[at] == '`' {
            let run = chars[at..].iter().take_while(|c| **c == '`').count();
            let mut end = at + run;
            while end < chars.len() && !closes(&chars, end, run) {
                end += 1;
            }
            if end >= chars.len() {
                parts.last_mut().unwrap().push('`');
                at += 1;
            } else {
                parts.push(String::new());
                at = end + run;
            }
        } else {
            parts.last_mut().unwrap().push(chars[at]);
            at += 1;
        }
    }
    parts
}

fn closes(chars: &[char], at: usize, run: usize) -> bool {
    let length = chars[at..].iter().take_while(|c| **c == '`').count();
    chars[at - 1] != '`' && (length == run || run >= 3 && length >= 3)
}

/// Text made of what parsers stumble over.
fn hostile() -> impl Strategy<Value = String> {
    const TOKENS: &[&str] = &[
        "`",
        "``",
        "```",
        "````",
        "~~~",
        "\n",
        "\n\n",
        " ",
        "[",
        "]",
        "(",
        ")",
        "](",
        "<",
        ">",
        "@everyone",
        "@here",
        "<@1>",
        "<@&2>",
        "<#3>",
        "https://evil.tld/x",
        "https://docs.rs/y",
        "https:",
        "//evil.tld",
        "\\",
        "\\\\",
        "|",
        "||",
        "*",
        "_",
        "**",
        "!",
        "rust",
        "x",
        "word ",
        "é",
        "\u{200b}",
        "\u{202e}",
        "👩‍👧",
        "@",
        "every",
        "one",
        "://",
        "evil.tld",
        "discord.gg/a",
        "| a | b |\n|---|---|\n| c | d |\n",
        "- ",
        "> ",
        "# ",
        "\t",
        "\"",
        "'",
        ".",
        ":",
        "<https://evil.tld>",
        "[a](https://evil.tld)",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ];
    prop::collection::vec(
        prop_oneof![8 => prop::sample::select(TOKENS).prop_map(str::to_owned), 1 => ".{0,200}"],
        0..120,
    )
    .prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_goes_out_can_do_harm(text in hostile()) {
        for message in answer(&text) {
            prop_assert_eq!(harm(message.content()), None, "{}", message.content());
        }
        let notice = render::notice(&text, None, &guard());
        prop_assert_eq!(harm(notice.content()), None, "{}", notice.content());
    }

    #[test]
    fn long_text_is_never_torn(words in prop::collection::vec((prop::sample::select(&["a", "🦀", "é", "xyz"][..]), 1..300_usize), 0..40)) {
        let text: String = words.iter().map(|(word, times)| word.repeat(*times) + " ").collect();
        let messages = answer(&text);
        let joined: String = messages.iter().map(|message| message.content()).collect();
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        if messages.iter().all(|message| message.files().is_empty()) && !text.trim().is_empty() {
            prop_assert_eq!(letters(&joined), letters(&text));
        }
    }
}

#[test]
fn the_check_itself_finds_harm() {
    for bad in ["@everyone", "<@1>", "[a](b)", "see https://evil.tld", "``` open", "\\\\[a](b)", "`x``https://evil.tld"]
    {
        assert!(harm(bad).is_some(), "{bad}");
    }
}
