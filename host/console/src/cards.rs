//! The effects that wait in a thread, as its page shows them.

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Card, Deed, Menu, Offer, Place};
use serde::Serialize;

use crate::{escape, markdown};

/// Settled cards that stay on the page.
const SETTLED: usize = 1;

/// One card. Its words are harmless: they went through Markdown that takes no HTML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    key: String,
    html: String,
    offers: Vec<Button>,
    menus: Vec<Choice>,
}

/// A menu; the page makes text of its words, never markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Choice {
    at: u8,
    token: String,
    title: String,
    rows: Vec<claudetools_chat::cards::Item>,
    several: bool,
    picked: u8,
}

fn menu(menu: &Menu) -> Choice {
    let Menu { at, token, title, rows, several, picked, .. } = menu.clone();
    Choice { at, token: token.to_string(), title, rows, several, picked }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Button {
    deed: Deed,
    token: String,
    label: &'static str,
}

/// What waits in a thread, and what was settled there last; oldest first.
pub(crate) fn shown(cards: &[Card], thread: &ThreadId) -> Vec<Shown> {
    let here = |card: &&Card| card.place == Place::Thread(thread.clone());
    let settled = cards.iter().filter(here).filter(|card| card.offers.is_empty()).count();
    let mut old = settled.saturating_sub(SETTLED);
    let mut keep = |card: &&Card| {
        let goes = card.offers.is_empty() && old > 0;
        old -= usize::from(goes);
        !goes
    };
    cards.iter().filter(here).filter(|card| keep(card)).map(of).collect()
}

fn of(card: &Card) -> Shown {
    let body = card.body.replace("\n-# ", "\n\n");
    let html = [&card.title, &card.state, &body].map(|part| markdown::to_html(part)).concat();
    let whole = card
        .file
        .as_ref()
        .map(|whole| format!("<details><summary>All of it</summary><pre>{}</pre></details>", escape::text(whole)));
    Shown {
        key: card.key.clone(),
        html: html + &whole.unwrap_or_default(),
        offers: card.offers.iter().map(button).collect(),
        menus: card.menus.iter().map(menu).collect(),
    }
}

fn button(Offer { deed, token }: &Offer) -> Button {
    let label = match deed {
        Deed::Confirm => "Confirm",
        Deed::Deny => "Deny",
        Deed::Approve => "Approve",
        Deed::Revoke => "Revoke",
        Deed::Queue => "⏭ Queue",
        Deed::Interrupt => "✋ Interrupt",
        Deed::TakeBack => "✖ Take back",
        Deed::Send => "Send",
        Deed::Pick { .. } => "Choose",
    };
    Button { deed: *deed, token: token.to_string(), label }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(key: &str, thread: &str, open: bool) -> Card {
        let offer = Offer { deed: Deed::Confirm, token: "00112233445566778899aabbccddeeff".parse().unwrap() };
        Card {
            key: key.into(),
            place: Place::Thread(ThreadId::new("console", thread)),
            about: String::new(),
            title: "**Write** would `<img src=x>`".into(),
            state: "Waits".into(),
            body: "```diff\n+<b>\n```\n-# `files`".into(),
            gone: None,
            file: Some("<script>".into()),
            ping: None,
            by: None,
            answers: None,
            menus: Vec::new(),
            offers: if open { vec![offer] } else { Vec::new() },
            news: true,
        }
    }

    fn keys(cards: &[Card]) -> Vec<String> {
        shown(cards, &ThreadId::new("console", "a")).into_iter().map(|card| card.key).collect()
    }

    #[test]
    fn a_thread_shows_what_waits_in_it_and_what_was_settled_last() {
        let cards = [
            card("1", "a", true),
            card("2", "b", true),
            card("3", "a", false),
            card("4", "a", false),
            card("5", "a", false),
            card("6", "a", false),
        ];
        assert_eq!(keys(&cards), ["1", "6"]);
    }

    #[test]
    fn nothing_of_an_effect_becomes_markup() {
        let html = of(&card("1", "a", true)).html;
        assert!(!html.contains("<img") && !html.contains("<b>") && !html.contains("<script"), "{html}");
    }
}
