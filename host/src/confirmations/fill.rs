//! Answers to the model's questions, as people press them.

use std::collections::BTreeSet;

use claudetools_chat::cards::{Answer, Deed, Field, Form, Press, Size};
use claudetools_ledger::{Asked, State};
use claudetools_policy::{Click, Code, MemberId, Refusal, may_answer};

use super::desk::{Desk, foreign, replayed};
use super::survey::{Given, Kind, Survey};
use crate::unwritable::unwritable;

/// The field for an answer in one's own words.
const OTHER: &str = "other";

impl Desk {
    /// What a press on questions comes to. Each choice is kept at once; the questions are settled when one press answers
    /// all there is, or all are sent.
    pub(super) async fn fill_in(
        &mut self,
        press: &Press,
        asked: &Asked,
        mut survey: Survey,
    ) -> Result<Answer, Refusal> {
        may(&survey, &press.member, &press.roles)?;
        match press.offer.deed {
            Deed::Pick { at, picked } => {
                let item =
                    survey.items.get_mut(usize::from(at)).filter(|item| item.fits(picked)).ok_or_else(foreign)?;
                let typed = press.typed.as_ref().and_then(|typed| typed.get(OTHER)).map(|text| text.trim().to_owned());
                let other = match (picked & item.other() != 0, typed) {
                    (false, _) => None,
                    (true, Some(text)) if !text.is_empty() => Some(self.visible(&text)),
                    (true, _) => return Ok(Answer::Ask(form(&item.question))),
                };
                item.answer = Some(Given { picked, other });
                if survey.at_once() {
                    return self.send(press, asked, &survey).await;
                }
                self.keep(asked, &survey).await?;
                Ok(Answer::Done("Noted. Press Send when all is answered.".to_owned()))
            }
            Deed::Send => match survey.items.iter().find(|item| item.answer.is_none()) {
                Some(item) => Ok(Answer::Refused(format!("Not yet answered: {}", item.question))),
                None => self.send(press, asked, &survey).await,
            },
            _ => Err(foreign()),
        }
    }

    async fn keep(&mut self, asked: &Asked, survey: &Survey) -> Result<(), Refusal> {
        if !self.confirmations.ledger.revise(&asked.id, &survey.written()).await.map_err(unwritable)? {
            return Err(replayed());
        }
        self.confirmations.moved();
        Ok(())
    }

    async fn send(&mut self, press: &Press, asked: &Asked, survey: &Survey) -> Result<Answer, Refusal> {
        self.keep(asked, survey).await?;
        self.settle(asked, State::Confirmed, &press.member, &press.roles).await?;
        Ok(Answer::Done("Answered; it goes on.".to_owned()))
    }
}

/// May this person answer in a message? It is no approval.
pub(super) fn may_say(survey: &Survey, member: &MemberId, roles: &BTreeSet<String>) -> Result<(), Refusal> {
    may_answer(&survey.requester, &survey.roles, &Click { member, roles, typed: None })
}

/// May this person answer? The words of the plan's approval are the starter's alone.
pub(super) fn may(survey: &Survey, member: &MemberId, roles: &BTreeSet<String>) -> Result<(), Refusal> {
    if matches!(survey.kind, Kind::Plan(_)) && *member != survey.requester {
        return Err(Refusal::new(Code::CallerRole, "Only the person whose turn it is approves its plan."));
    }
    may_say(survey, member, roles)
}

fn form(question: &str) -> Form {
    let title = "Your answer".to_owned();
    let label: String = question.chars().take(45).collect();
    Form { title, fields: vec![Field { name: OTHER, label, size: Size::Text }] }
}
