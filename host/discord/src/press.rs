//! What people press on cards: a button decides, or opens a form that does. Who may is decided by the host, each time
//! anew.

use std::collections::BTreeSet;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Answer, Cards, Deed, Offer, Place, Typed};
use serenity::model::application::{ActionRowComponent, ComponentInteractionDataKind, ModalInteraction};
use tokio::time::timeout;

use crate::body::Body;
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::intake::member;
use crate::reply::Shown;
use crate::wish::Wish;

/// A click must be answered with the form within three seconds, and a form can't be opened after an acknowledgement.
const FORM_WITHIN: Duration = Duration::from_secs(2);

/// What somebody typed; a field that was left empty is not there.
pub(crate) fn typed(form: &ModalInteraction) -> Typed {
    let inputs = form.data.components.iter().flat_map(|row| &row.components);
    let fields = inputs.filter_map(|input| match input {
        ActionRowComponent::InputText(input) => Some((input.custom_id.clone(), input.value.clone()?)),
        _ => None,
    });
    fields.collect()
}

/// A click with what was chosen in a menu; `None` for values that this program would not write.
pub(crate) fn picked(id: CustomId, kind: &ComponentInteractionDataKind) -> Option<CustomId> {
    let ComponentInteractionDataKind::StringSelect { values } = kind else { return Some(id) };
    let CustomId::Decide(Offer { deed: Deed::Pick { at, .. }, token }) = id else { return None };
    let bits = values.iter().map(|value| 1_u8.checked_shl(value.parse().ok()?));
    let picked = bits.collect::<Option<Vec<u8>>>()?.into_iter().fold(0, |all, bit| all | bit);
    Some(CustomId::Decide(Offer { deed: Deed::Pick { at, picked }, token }))
}

impl Core {
    /// Answers a click on a card: with the form, with what was done, or with why it was not.
    pub(crate) async fn click(&self, wish: &Wish, offer: Offer) {
        let answer = timeout(FORM_WITHIN, self.press(wish, offer, None)).await;
        let text = match answer {
            Ok(Answer::Ask(form)) => {
                let fields: Vec<_> =
                    form.fields.iter().map(|field| (field.name, field.label.as_str(), field.size)).collect();
                let body = Body::form(CustomId::Decide(offer), &form.title, &fields);
                if let Err(error) = self.rest.open_form(wish.id, &wish.token, &body).await {
                    tracing::warn!(%error, "a form could not be opened");
                }
                return;
            }
            Ok(Answer::Later(later)) => {
                // Where that fails, nobody could be shown it: it is dropped, and nothing is made.
                if self.acknowledge(wish, Shown::Alone).await {
                    let text = later.text().await;
                    self.tell(wish, Shown::Alone, Ok(text.into())).await;
                }
                return;
            }
            Ok(Answer::Refused(text) | Answer::Done(text)) => text,
            Err(_) => "That takes a moment; the card shows what came of it.".to_owned(),
        };
        if self.acknowledge(wish, Shown::Alone).await {
            self.tell(wish, Shown::Alone, Ok(text.into())).await;
        }
    }

    /// Carries out what a form says; one sentence either way.
    pub(crate) async fn decide(&self, wish: &Wish, offer: Offer, typed: Typed) -> String {
        match self.press(wish, offer, Some(typed)).await {
            Answer::Done(text) | Answer::Refused(text) => text,
            Answer::Later(later) => later.text().await,
            Answer::Ask(_) => "Click the button of the card again.".to_owned(),
        }
    }

    /// Only where the card belongs, and only with the roles that the event itself names.
    async fn press(&self, wish: &Wish, offer: Offer, typed: Option<Typed>) -> Answer {
        let member = member(wish.user);
        let served = wish.guild.is_some_and(|guild| self.serves(guild));
        let Some((cards, place)) = self.desk(wish.channel, offer.deed).filter(|_| served) else {
            let why = "This is decided in another channel.";
            self.chat.note_refused(&member, &format!("to {} something", offer.deed.as_str()), why).await;
            return Answer::Refused(why.to_owned());
        };
        let roles: BTreeSet<String> = self.chat.roles(&member, &wish.roles);
        cards.press(offer, (member, roles), place, typed).await
    }

    /// Who decides on a press in this channel.
    fn desk(&self, channel: u64, deed: Deed) -> Option<(&Cards, Place)> {
        match deed {
            Deed::Approve | Deed::Revoke => {
                let here = self.settings.review.as_ref().filter(|review| review.channel == channel)?;
                Some((&here.reviews, Place::Review))
            }
            _ => {
                let thread = ThreadId::new(FRONT, channel);
                Some((self.settings.confirmations.as_ref()?, Place::Thread(thread)))
            }
        }
    }
}
