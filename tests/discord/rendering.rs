//! The rows of `attacks.toml`: each text as answer, notice and live message, its harmless neighbour beside it.

use claudetools_chat::live::{Button, Frame};
use claudetools_chat::render::{self, Guard, LIMIT, Outbound, Scrub};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attack: Vec<Row>,
}

/// One attack.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    what: String,
    text: String,
    never: Vec<String>,
    #[serde(default)]
    shows: Vec<String>,
    control: String,
    /// What the control looks like where it does not stay as it is.
    becomes: Option<String>,
}

#[test]
fn no_text_of_a_model_can_do_harm_in_a_chat() {
    let rows = toml::from_str::<File>(include_str!("attacks.toml")).unwrap().attack;
    for id in ["DSC-01", "DSC-02", "DSC-03", "DSC-08"] {
        assert!(rows.iter().any(|row| row.id.starts_with(id)), "{id} has no row");
    }
    let broken: Vec<String> = rows.iter().flat_map(broken).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Everything that is not as the row says.
fn broken(row: &Row) -> Vec<String> {
    let text = row.text.replace("{pad}", &"x".repeat(1900)).replace("{wide}", &"🦀".repeat(1500));
    let mut wrong = Vec::new();
    for (kind, messages) in kinds(&text) {
        wrong.extend(
            messages.iter().flat_map(|message| wrong_in(row, message)).map(|what| format!("as {kind}, {what}")),
        );
        let all: String = messages.iter().map(|message| message.content().replace('\u{200b}', "·")).collect();
        let missing = row.shows.iter().filter(|part| !all.contains(part.as_str()));
        wrong.extend(missing.map(|part| format!("as {kind}, {part:?} is not shown: {all:?}")));
    }
    for (kind, messages) in kinds(&row.control) {
        let shown: Vec<&str> = messages.iter().map(Outbound::content).collect();
        if shown != [row.becomes.as_ref().unwrap_or(&row.control)] {
            wrong.push(format!("as {kind}, the harmless text became {shown:?}"));
        }
    }
    wrong.into_iter().map(|what| format!("{} {}: {what}", row.id, row.what)).collect()
}

fn wrong_in(row: &Row, message: &Outbound) -> Vec<String> {
    let text = message.content();
    let mut wrong: Vec<String> = row
        .never
        .iter()
        .filter(|never| text.contains(never.as_str()))
        .map(|never| format!("{never:?} stands in {text:?}"))
        .collect();
    if text.encode_utf16().count() > LIMIT {
        wrong.push(format!("a message has {} units", text.encode_utf16().count()));
    }
    if text.matches("```").count() % 2 == 1 {
        wrong.push(format!("a fence is open in {text:?}"));
    }
    if message.ping().is_some() {
        wrong.push("somebody is pinged".to_owned());
    }
    wrong
}

/// The ways in which a text goes out.
fn kinds(text: &str) -> [(&'static str, Vec<Outbound>); 3] {
    let guard = Guard::new(["docs.rs".to_owned()], Scrub::new(&["sk-ant-secret-of-the-test".to_owned()]));
    let frame = Frame { message: 0, text: text.to_owned(), button: Button::Stop };
    [
        ("an answer", render::answer(text, None, &guard)),
        ("a notice", vec![render::notice(text, None, &guard)]),
        ("a live message", vec![render::live(&frame, &guard)]),
    ]
}
