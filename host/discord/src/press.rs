//! What reviewers press: a button opens a form, a form decides. Who may is decided by the host, each time anew.

use std::collections::BTreeSet;
use std::time::Duration;

use claudetools_chat::review::{Answer, Deed, Form, Offer, Typed};
use serenity::model::application::{ActionRowComponent, ModalInteraction};
use tokio::time::timeout;

use crate::body::Body;
use crate::core::Core;
use crate::custom_id::CustomId;
use crate::intake::member;
use crate::interact::Wish;

/// A click must be answered with the form within three seconds, and a form can't be opened after an acknowledgement.
const FORM_WITHIN: Duration = Duration::from_secs(2);

/// The fields of the form.
const NAME: &str = "name";
const RISK: &str = "risk";

/// What somebody typed; a field that is not there is empty.
pub(crate) fn typed(form: &ModalInteraction) -> Typed {
    let inputs = form.data.components.iter().flat_map(|row| &row.components);
    let field = |wanted: &str| {
        let text = inputs.clone().find_map(|input| match input {
            ActionRowComponent::InputText(input) if input.custom_id == wanted => input.value.clone(),
            _ => None,
        });
        text.unwrap_or_default()
    };
    Typed { name: field(NAME), risk: field(RISK) }
}

impl Core {
    /// Answers a click on a card: with the form, or with why there is none.
    pub(crate) async fn open_form(&self, wish: &Wish, offer: Offer) {
        let answer = timeout(FORM_WITHIN, self.press(wish, offer, None)).await;
        let text = match answer {
            Ok(Answer::Ask(form)) => {
                let body = shown(offer, &form);
                if let Err(error) = self.rest.open_form(wish.id, &wish.token, &body).await {
                    tracing::warn!(%error, "a form could not be opened");
                }
                return;
            }
            Ok(Answer::Refused(text) | Answer::Done(text)) => text,
            Err(_) => "Another decision is being carried out; click again in a moment.".to_owned(),
        };
        match self.rest.acknowledge(wish.id, &wish.token).await {
            Ok(()) => self.answer(wish, &text).await,
            Err(error) => tracing::warn!(%error, "a click on a card could not be acknowledged"),
        }
    }

    /// Carries out what a form says; one sentence either way.
    pub(crate) async fn decide(&self, wish: &Wish, offer: Offer, typed: Typed) -> String {
        match self.press(wish, offer, Some(typed)).await {
            Answer::Done(text) | Answer::Refused(text) => text,
            Answer::Ask(_) => "Click the button of the card again.".to_owned(),
        }
    }

    /// Only in the review channel, and only with the roles that the event itself names.
    async fn press(&self, wish: &Wish, offer: Offer, typed: Option<Typed>) -> Answer {
        let member = member(wish.user);
        let here = self.settings.review.as_ref().filter(|review| review.channel == wish.channel);
        let served = wish.guild.is_some_and(|guild| self.serves(guild));
        let Some(review) = here.filter(|_| served) else {
            let why = "Plugins are reviewed in another channel.";
            self.chat.note_refused(&member, &format!("to {} a plugin", offer.deed.as_str()), why).await;
            return Answer::Refused(why.to_owned());
        };
        let roles: BTreeSet<String> = self.chat.roles(&member, &wish.roles);
        review.reviews.press(offer, member, roles, typed).await
    }
}

/// The form. The plugin's name is not in it: it stands on the card, and is to be typed by hand.
fn shown(offer: Offer, form: &Form) -> Body {
    let (title, risk) = match offer.deed {
        Deed::Approve => {
            ("Approve exactly what the card shows", form.risk.map(|_| "The number of its risk, to accept it"))
        }
        Deed::Revoke => ("Take the approval back", None),
    };
    let mut fields = vec![(NAME, "The plugin's name")];
    fields.extend(risk.map(|label| (RISK, label)));
    Body::form(CustomId::Review(offer), title, &fields)
}
