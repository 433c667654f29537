//! A question as a message: what would happen, who may let it, and what became of it.

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Card, Deed, Offer, Place, Token};
use claudetools_ledger::{Asked, State};
use claudetools_policy::{Code, MemberId};

use super::question::Question;

/// The most of an effect that stands in the message itself, in characters: Discord's 2,000 less what stands around it.
const IN_MESSAGE: usize = 1200;

/// The card of a question in the state in which it is.
pub(super) fn card(asked: &Asked, question: &Question) -> Option<Card> {
    let token: Token = asked.id.parse().ok()?;
    let is_open = asked.state == State::Asked;
    let offer = |deed| Offer { deed, token };
    let fits = question.shown.text.chars().count() <= IN_MESSAGE;
    Some(Card {
        key: asked.id.clone(),
        place: Place::Thread(ThreadId::from_stored(asked.thread.clone())),
        about: format!("confirmation {}", asked.id),
        title: format!("**{}** would `{}`", code(&question.tool), inline(&question.effect)),
        state: state(asked, question),
        body: body(asked, question, fits),
        gone: Some("**Settled** while I was away".to_owned()),
        file: (!fits).then(|| format!("{}\n\n{}", question.effect, question.shown.text)),
        ping: is_open.then(|| question.requester.clone()),
        by: asked.member.clone().map(MemberId),
        answers: None,
        menus: Vec::new(),
        offers: if is_open { vec![offer(Deed::Confirm), offer(Deed::Deny)] } else { Vec::new() },
        news: true,
    })
}

fn state(asked: &Asked, question: &Question) -> String {
    match asked.state {
        State::Asked => waits(asked, question),
        State::Confirmed => "**Confirmed**: it goes on".to_owned(),
        State::Used => "**Confirmed** and begun".to_owned(),
        State::Denied => "**Denied**: nothing was done".to_owned(),
        State::Expired => {
            "**Expired**: nobody confirmed it in time, and nothing was done. Ask again to go on".to_owned()
        }
        State::Withdrawn => "**Withdrawn**: the turn was stopped or went on without it; nothing was done".to_owned(),
    }
}

fn waits(asked: &Asked, question: &Question) -> String {
    let roles: Vec<String> = question.by.iter().map(|role| code(role)).collect();
    let who = if question.two_person { "somebody else with the role" } else { "a person with the role" };
    let starters = question.why() == Code::CallerThread;
    let who = if starters { "you, with the role" } else { who };
    let until = asked.expires.get(11..16).unwrap_or_default();
    let typed = question.phrase.as_ref().map(|phrase| format!(", who types {}", code(phrase))).unwrap_or_default();
    let why = if question.code == Code::FlowTwo.as_str() {
        "\nThis thread has read something confidential and something that anybody may have written, so whatever leaves \
         needs a click."
    } else if starters {
        "\nNot everybody whose words are in this thread may do this, so it is done only if you say so."
    } else {
        ""
    };
    format!("Waits for {who} {}{typed}, until {until} UTC{why}", roles.join(" or "))
}

fn body(asked: &Asked, question: &Question, fits: bool) -> String {
    let text = &question.shown.text;
    let fence = if text.contains("```") { "````" } else { "```" };
    let part: String = if fits { text.clone() } else { text.chars().take(IN_MESSAGE).collect() };
    let more = if fits { "" } else { "\n**This is the beginning; the file has all of it.**" };
    let digest = asked.hash.get(..19).unwrap_or(&asked.hash);
    format!(
        "{fence}{}\n{}\n{fence}{more}\n-# {} · {digest}…",
        question.shown.language,
        part.trim_end_matches('\n'),
        code(&question.plugin)
    )
}

fn code(text: &str) -> String {
    format!("`{}`", inline(text))
}

/// One line that ends no code span.
fn inline(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().replace('`', "'");
    match line.char_indices().nth(200) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}
