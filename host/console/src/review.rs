//! What is decided on the page: on plugins, and on effects that wait. The host decides whether it counts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use claudetools_chat::cards::{Answer, Cards, Deed, Form, Offer, Place, Token, Typed};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refused::Refused;
use crate::routes::{Console, member, parse, role_ids, thread};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    deed: Deed,
    token: Token,
    /// Left out where nothing has been typed yet.
    typed: Option<Typed>,
}

/// Takes a decision on a plugin.
pub(crate) async fn decide(State(console): State<Console>, body: Bytes) -> Result<Json<Value>, Refused> {
    let cards = console.settings.reviews.clone();
    press(&console, cards, Place::Review, &body).await
}

/// Takes a decision on an effect that waits in a thread.
pub(crate) async fn confirm(
    State(console): State<Console>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refused> {
    let cards = console.settings.confirmations.clone();
    press(&console, cards, Place::Thread(thread(&name)?), &body).await
}

async fn press(console: &Console, cards: Option<Cards>, place: Place, body: &[u8]) -> Result<Json<Value>, Refused> {
    let cards = cards.ok_or_else(|| Refused::new(StatusCode::FORBIDDEN, "nothing is decided here"))?;
    let decision: Result<Decision, Refused> = parse(body);
    let Decision { deed, token, typed } = match decision {
        Ok(decision) => decision,
        Err(refused) => {
            console.chat.note_refused(&member(), "a decision that is none", "its form is not as expected").await;
            return Err(refused);
        }
    };
    let roles = console.chat.roles(&member(), &role_ids());
    match cards.press(Offer { deed, token }, (member(), roles), place, typed).await {
        Answer::Done(said) => Ok(Json(json!({ "said": said }))),
        Answer::Later(later) => Ok(Json(json!({ "said": later.text().await, "alone": true }))),
        Answer::Refused(why) => Err(Refused::new(StatusCode::FORBIDDEN, why)),
        Answer::Ask(Form { title, fields }) => {
            let fields: Vec<Value> =
                fields.iter().map(|field| json!({ "name": field.name, "label": field.label })).collect();
            Ok(Json(json!({ "form": { "title": title, "fields": fields } })))
        }
    }
}
