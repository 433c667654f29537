//! The parts of a document.

use std::path::PathBuf;

/// The root of the checkout.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the checkout.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The fenced blocks of a language.
pub fn blocks<'a>(text: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let blocks: Vec<&str> = text.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    blocks.into_iter()
}

/// The targets of links to files.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#'))
}

/// What stands behind `claudetools` where it is called: its commands, such as `plugin list`.
pub fn commands(text: &str) -> Vec<String> {
    let is_command = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    let code = text.split('`').skip(1).step_by(2).filter(|span| !span.contains('\n'));
    let code = code.chain(blocks(text, "sh").flat_map(str::lines)).chain(blocks(text, "ini").flat_map(str::lines));
    let call = |line: &str| -> Option<String> {
        let (before, call) = line.split_once("claudetools ")?;
        let is_program = before.is_empty() || before.ends_with('/');
        let call = is_program.then_some(call)?;
        let words: Vec<&str> = call.split(' ').take_while(is_command).collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    code.filter_map(call).collect()
}
