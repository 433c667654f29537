//! What a reviewer reads in the channel, and that nothing of a plugin's own words gets out of its place.

use claudetools_chat::render::{self, Guard, LIMIT};
use claudetools_review::{Entry, Pair, Review, Rewording, Risk, RiskKind};
use insta::assert_snapshot;

use super::*;

fn line(points: u32, what: &str) -> RiskLine {
    RiskLine { kind: RiskKind::Effect, points, what: what.to_owned(), save: None }
}

fn entry(what: &str) -> Entry {
    Entry { what: what.to_owned(), why: None, line: None }
}

fn greedy() -> Review {
    Review {
        name: "greedy".into(),
        version: Some("1.0.0".into()),
        description: Some("Tidies up.".into()),
        file: Some("plugins/greedy.wasm".into()),
        built_in: false,
        state: State::Quarantined,
        reasons: vec!["supply.approval: nobody approved it".into()],
        line: None,
        asked: vec![entry("delete, read in repo/**"), entry("any method to any host")],
        granted: vec![],
        imported: vec![entry("make requests: `wasi:http/outgoing-handler`")],
        used: vec![],
        findings: vec![Finding {
            rule: Rule::ToxicPair,
            level: Level::Warning,
            message: "`greedy` reads files and sends requests: what it reads can leave".into(),
            line: None,
            fix: None,
        }],
        risk: Risk {
            total: 134,
            band: Band::Extreme,
            basis: Basis::Asked,
            lines: vec![
                line(80, "net.any on every host"),
                line(44, "fs.delete on repo/**"),
                line(10, "an approval without a signature"),
            ],
        },
        changes: None,
        digests: vec![Pair { of: "component", found: format!("sha256:{}", "0123456789ab".repeat(5)), approved: None }],
    }
}

fn posted(review: &Review, state: &str) -> String {
    let card = Card {
        key: String::new(),
        about: String::new(),
        title: verdict(review),
        state: format!("{} · {state}", named(review)),
        body: body(review, None),
        gone: None,
        file: None,
        place: Place::Review,
        ping: None,
        by: None,
        answers: None,
        menus: Vec::new(),
        offers: Vec::new(),
        news: true,
    };
    render::card(&card, &Guard::default()).content().to_owned()
}

#[test]
fn a_greedy_plugin_says_in_its_first_line_that_it_asks_for_too_much() {
    assert_snapshot!(posted(&greedy(), "**in quarantine**, nobody can call it"), @r"
    **Asks for TOO MUCH** · risk 134 extreme
    `greedy` `1.0.0` · **in quarantine**, nobody can call it
    - +80 `net.any on every host`
    - +44 `fs.delete on repo/**`
    - +10 `an approval without a signature`
    - warning PLG012 `greedy` reads files and sends requests: what it reads can leave
    **Asked** `delete, read in repo/**`, `any method to any host`
    **Granted** nothing
    **Imported** `make requests: 'wasi:http/outgoing-handler'`
    Digests: component `0123456789ab`
    It says of itself: `Tidies up.`
    ");
}

#[test]
fn a_changed_plugin_shows_what_grew_first() {
    let changes = Changes {
        added: vec!["asks for delete in repo/**".into()],
        widened: vec!["grant `read` reads repo/**, not only repo/docs/**".into()],
        removed: vec![],
        strings: vec![Rewording { what: "the description of `find`".into(), lines: vec![] }],
    };
    let review = Review {
        state: State::Admitted,
        risk: Risk {
            total: 31,
            band: Band::Medium,
            basis: Basis::Granted,
            lines: vec![line(31, "fs.read on repo/**")],
        },
        findings: vec![],
        changes: Some(changes),
        ..greedy()
    };
    assert_snapshot!(posted(&review, "**held back**"), @r"
    **May do some harm** · risk 31 medium
    `greedy` `1.0.0` · **held back**
    - +31 `fs.read on repo/**`
    - **widened** `grant 'read' reads repo/**, not only repo/docs/**`
    - **added** `asks for delete in repo/**`
    - **reworded** `the description of 'find'`
    **Asked** `delete, read in repo/**`, `any method to any host`
    **Granted** nothing
    **Imported** `make requests: 'wasi:http/outgoing-handler'`
    Digests: component `0123456789ab`
    It says of itself: `Tidies up.`
    ");
}

#[test]
fn what_can_not_be_read_is_said_so() {
    let review = Review {
        state: State::Unreadable,
        version: None,
        description: None,
        asked: vec![],
        imported: vec![],
        findings: vec![],
        risk: Risk::default(),
        digests: vec![],
        ..greedy()
    };
    assert_snapshot!(posted(&review, "**in quarantine**, nobody can call it"), @r"
    **Can't be read**: not a plugin that this program can judge
    `greedy` · **in quarantine**, nobody can call it
    **Asked** nothing
    **Granted** nothing
    **Imported** nothing
    No digests
    ");
}

#[test]
fn what_plugins_toml_says_and_is_not_in_force_is_a_card_of_its_own() {
    assert_eq!(held(&[]), None);
    let card = held(&["plugins.toml: [roles] is not taken, what was in force before stays; restart".to_owned()]);
    assert_snapshot!(render::card(&card.unwrap(), &Guard::default()).content(), @r"
    **plugins.toml changed and is not in force as it is written**
    **Held back**: what was in force before stays
    - plugins.toml: \[roles] is not taken, what was in force before stays; restart
    ");
}

#[test]
fn the_first_use_is_one_line() {
    let card = first_use("notes", "2026-11-22T17:40:00Z");
    assert_snapshot!(render::card(&card, &Guard::default()).content(), @"`notes` was called for the first time since its approval of `2026-11-22T17:40:00Z`.");
}

/// A manifest of ten thousand lies and names as long as they may be fits, keeps its verdict and its digests, and
/// nothing in it pings, links or hides.
#[test]
fn a_hostile_review_fits_and_is_harmless() {
    let bad = format!("@everyone <@&1> [x](https://evil.example) ```\n# HUGE ||{}", "\u{202e}`*_~|".repeat(700));
    let review = Review {
        name: bad.clone(),
        version: Some(bad.clone()),
        description: Some(bad.clone()),
        asked: vec![entry(&bad); 10_000],
        granted: vec![entry(&bad); 10_000],
        findings: vec![Finding { message: bad.replace('`', "'"), ..greedy().findings[0].clone() }; 10_000],
        risk: Risk { lines: vec![line(9, &bad); 10_000], ..greedy().risk },
        changes: Some(Changes {
            added: vec![bad.clone(); 10_000],
            widened: vec![bad.clone(); 10_000],
            ..Changes::default()
        }),
        ..greedy()
    };
    let text = posted(&review, "**in quarantine**");
    assert!(text.encode_utf16().count() <= LIMIT, "{}", text.encode_utf16().count());
    assert!(text.starts_with("**Asks for TOO MUCH** · risk 134 extreme"), "{text}");
    assert!(text.contains("Digests: component `0123456789ab`"), "{text}");
    for outside in text.split('`').step_by(2) {
        for alive in ["@everyone", "<@", "](http", "\u{202e}", "||"] {
            assert!(!outside.contains(alive), "{alive} is alive in {outside:?}\n{text}");
        }
    }
    assert!(!text.contains("\n# "), "{text}");
}
