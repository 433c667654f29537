//! A thread's name, from the words that began it.

use claudetools_chat::render;

/// Discord takes 100 characters; a list of threads shows about so many.
const MOST: usize = 80;
/// Where there are no words.
const UNNAMED: &str = "A question";

/// The first words of a message, made fit for a name: one line, no mentions, no markup, at most 80 characters.
pub(crate) fn of(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(plain).filter(|word| !word.is_empty()).collect();
    let mut name = String::new();
    for word in &words {
        if !name.is_empty() && name.chars().count() + 1 + word.chars().count() > MOST {
            return finished(&name, "…");
        }
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    finished(&name, "")
}

/// A word without what means something to Discord, and without what cannot be seen.
fn plain(word: &str) -> String {
    if word.starts_with('<') && word.ends_with('>') {
        return String::new();
    }
    let kept = without_references(word);
    if kept != word && !kept.contains(char::is_alphanumeric) {
        return String::new();
    }
    kept.chars()
        .filter(|c| {
            !matches!(c, '`' | '*' | '_' | '~' | '|' | '<' | '>' | '#') && !c.is_control() && !render::invisible(*c)
        })
        .collect()
}

/// A word without `<@1>`, `<#2>` and the like.
fn without_references(word: &str) -> String {
    let mut pieces = word.split('<');
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let reference = piece.split_once('>').filter(|_| piece.starts_with(['@', '#', ':', '/']));
        kept.push_str(reference.map_or(piece, |(_, behind)| behind));
    }
    kept
}

fn finished(name: &str, end: &str) -> String {
    let name = name.trim_end_matches([',', ';', ':', '-', ' ']);
    match name.chars().count() {
        0 => UNNAMED.to_owned(),
        count if count > MOST => name.chars().take(MOST - 1).chain(['…']).collect(),
        _ => format!("{name}{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn a_name_is_the_first_words() {
        insta::assert_snapshot!(of("read the README and\ntell me **what** it says"), @"read the README and tell me what it says");
        insta::assert_snapshot!(of("<@123> please ask <@&5> about `plugins.toml`,"), @"please ask about plugins.toml");
        insta::assert_snapshot!(of("may <@&5>? I, (<@7>) and Vec<T> come,<@1>"), @"may I, and VecT come");
        insta::assert_snapshot!(of(&"word ".repeat(40)), @"word word word word word word word word word word word word word word word word…");
    }

    #[test]
    fn a_name_is_never_empty_nor_too_long() {
        assert_eq!(of(" <@1> \u{200b} ** "), "A question");
        for text in [&"x".repeat(300), &"é".repeat(101), "a\u{202e}gnp.exe"] {
            let length = of(text).chars().count();
            assert!((1..=100).contains(&length), "{text}: {length}");
        }
        assert_eq!(of("a\u{202e}gnp.exe"), "agnp.exe");
    }
}
