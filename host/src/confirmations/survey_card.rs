//! Questions of the model as a message: what is asked, what may be answered, and what was.

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Card, Deed, Item as Row, Menu, Offer, Place, Token};
use claudetools_ledger::{Asked, State};
use claudetools_policy::MemberId;

use super::survey::{Kind, Survey};

/// The most of a plan that stands in the message itself, in characters.
const IN_MESSAGE: usize = 1400;

/// The card of questions in the state in which they are.
pub(super) fn card(asked: &Asked, survey: &Survey) -> Option<Card> {
    let token: Token = asked.id.parse().ok()?;
    let is_open = asked.state == State::Asked;
    let whole = match &survey.kind {
        Kind::Plan(plan) if plan.chars().count() > IN_MESSAGE => Some(plan.clone()),
        _ => None,
    };
    let send = is_open && !survey.at_once();
    Some(Card {
        key: asked.id.clone(),
        place: Place::Thread(ThreadId::from_stored(asked.thread.clone())),
        about: format!("question {}", asked.id),
        title: title(survey),
        state: state(asked, survey),
        body: body(survey, is_open),
        gone: Some("**Settled** while I was away".to_owned()),
        file: whole,
        ping: is_open.then(|| survey.requester.clone()),
        by: asked.member.clone().map(MemberId),
        answers: None,
        menus: if is_open { menus(survey, token) } else { Vec::new() },
        offers: if send { vec![Offer { deed: Deed::Send, token }] } else { Vec::new() },
        news: true,
    })
}

fn title(survey: &Survey) -> String {
    match (&survey.kind, survey.items.len()) {
        (Kind::Plan(_), _) => "**A plan**: nothing is changed before you approve it.".to_owned(),
        (Kind::Questions, 1) => "**A question**".to_owned(),
        (Kind::Questions, count) => format!("**{count} questions**"),
    }
}

fn state(asked: &Asked, survey: &Survey) -> String {
    let answered = match (&survey.kind, survey.in_message) {
        (_, true) => "**Answered** in a message",
        (Kind::Plan(_), _) if survey.items.iter().any(|item| item.answer.as_ref().is_some_and(|it| it.picked == 1)) => {
            "**Approved**: it is carried out"
        }
        (Kind::Plan(_), _) => "**Not approved**: it is planned anew",
        (Kind::Questions, _) => "**Answered**",
    };
    match asked.state {
        State::Asked => {
            let until = asked.expires.get(..16).unwrap_or_default().replace('T', " ");
            format!("-# Waits until {until} UTC. A message in this thread answers, too.")
        }
        State::Confirmed | State::Used => answered.to_owned(),
        State::Expired => "**Expired**: nobody answered in time. Say so in a message to be asked again.".to_owned(),
        State::Denied | State::Withdrawn => "**Withdrawn**: the turn was stopped or went on without it".to_owned(),
    }
}

fn body(survey: &Survey, is_open: bool) -> String {
    if let Kind::Plan(plan) = &survey.kind {
        let part: String = plan.chars().take(IN_MESSAGE).collect();
        let more = if part.len() < plan.len() { "\n**This is the beginning; the file has all of it.**" } else { "" };
        return format!("{part}{more}{}", survey.items.iter().filter_map(changes).collect::<String>());
    }
    let lines = survey.items.iter().flat_map(|item| {
        let answer = item.said().map(|said| format!("→ {said}"));
        let options = item.options.iter().filter(|_| is_open && survey.at_once());
        let options = options.map(|option| match option.description.as_str() {
            "" => format!("- {}", option.label),
            about => format!("- {}: {about}", option.label),
        });
        std::iter::once(item.question.clone()).chain(options).chain(answer).collect::<Vec<_>>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What the person wants changed in a plan.
fn changes(item: &super::survey::Item) -> Option<String> {
    let other = item.answer.as_ref()?.other.as_ref()?;
    Some(format!("\n→ {other}"))
}

fn menus(survey: &Survey, token: Token) -> Vec<Menu> {
    let other = match survey.kind {
        Kind::Plan(_) => "Keep planning …",
        Kind::Questions => "Other …",
    };
    let menu = |(at, item): (usize, &super::survey::Item)| {
        let row = |label: &str, about: &str| Row { label: label.to_owned(), about: about.to_owned() };
        let rows = item.options.iter().map(|option| row(&option.label, &option.description));
        Menu {
            at: u8::try_from(at).unwrap_or(u8::MAX),
            token,
            title: format!("{}: {}", item.header, item.question),
            rows: rows.chain([row(other, "")]).collect(),
            several: item.several,
            as_buttons: survey.at_once(),
            picked: item.answer.as_ref().map(|answer| answer.picked).unwrap_or_default(),
        }
    };
    survey.items.iter().enumerate().map(menu).collect()
}
