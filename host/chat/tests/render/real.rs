//! Real Markdown, and text that is made to be slow: nothing is lost, and the work stays in proportion.

use std::path::Path;

use claudetools_chat::render::Outbound;
use proptest::prelude::*;

use super::{answer, guard};

/// What is written in this repository for people to read.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let names =
        ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "host/ARCHITECTURE.md", "tests/attacks.md"];
    names.iter().map(|name| std::fs::read_to_string(root.join(name)).unwrap()).collect()
}

/// The words of a text, as far as a reader cares: without marks, which a table's cells do not keep.
fn words(text: &str) -> Vec<String> {
    let text = text.replace(['`', '*'], "");
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Everything that arrives, in order: each file stands where it is named.
fn arrived(messages: &[Outbound]) -> String {
    let mut text: String = messages.iter().map(|message| message.content().to_owned() + "\n").collect();
    for file in messages.iter().flat_map(Outbound::files) {
        text = text.replace(&format!("`{}`", file.name), &String::from_utf8_lossy(&file.data));
    }
    text.replace('\u{200b}', "")
}

/// The first word that does not arrive, or not in its place.
fn lost(markdown: &str) -> Option<String> {
    // Behind a fence only the language is kept.
    let fence =
        |line: &str| line.trim_start().starts_with("```").then(|| words(line).first().cloned().unwrap_or_default());
    let source: String = markdown.lines().map(|line| fence(line).unwrap_or_else(|| line.to_owned()) + "\n").collect();
    let arrived = words(&arrived(&answer(markdown)));
    let mut there = arrived.iter();
    words(&source).into_iter().find(|word| !there.any(|found| found == word))
}

#[test]
fn real_documents_arrive_with_every_word_in_its_place() {
    for document in documents() {
        assert_eq!(lost(&document), None, "{:.80}", document);
        for part in document.split("\n## ") {
            assert_eq!(lost(part), None, "{:.80}", part);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_of_real_documents_arrive_whole_and_the_same_each_time(at in 0..6_usize, from in 0..400_usize, lines in 1..120_usize) {
        let document = &documents()[at];
        let part: Vec<&str> = document.lines().skip(from).take(lines).collect();
        let part = part.join("\n");
        prop_assert_eq!(lost(&part), None);
        prop_assert_eq!(answer(&part), answer(&part));
    }
}

/// Work that grows with the square of these would not end.
#[test]
fn text_that_is_made_to_be_slow_is_rendered_all_the_same() {
    let tokens = [
        "`", "` ", "``` ", "|", "| a ", "> ", "[", "](", "[a](", "(", "<", "*", "_", "||", "\\", "@", "https://", "- ",
        "#", "&", "\u{200b}", "~~~\n", "|-|\n",
    ];
    for token in tokens {
        let text = token.repeat(100_000 / token.len());
        let messages = answer(&text);
        assert!(messages.iter().all(|message| super::harm::harm(message.content()).is_none()), "{token:?}");
        guard().foreign_hosts(&text);
    }
    let deep: String = (0..2000).map(|depth| "> ".repeat(depth % 200) + "- deep\n").collect();
    assert!(!answer(&deep).is_empty());
}
