//! A reviewer's decision on the page of the plugins. The host decides whether it counts.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use claudetools_chat::review::{Answer, Deed, Offer, Token, Typed};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::refused::Refused;
use crate::routes::{Console, member, parse, role_ids};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    deed: Deed,
    token: Token,
    name: String,
    risk: String,
}

/// Takes a filled-in form.
pub(crate) async fn decide(State(console): State<Console>, body: Bytes) -> Result<Json<Value>, Refused> {
    let Some(reviews) = &console.settings.reviews else {
        return Err(Refused::new(StatusCode::FORBIDDEN, "nothing is reviewed here"));
    };
    let decision: Result<Decision, Refused> = parse(&body);
    let Decision { deed, token, name, risk } = match decision {
        Ok(decision) => decision,
        Err(refused) => {
            console.chat.note_refused(&member(), "a decision that is none", "its form is not as expected").await;
            return Err(refused);
        }
    };
    let roles = console.chat.roles(&member(), &role_ids());
    match reviews.press(Offer { deed, token }, member(), roles, Some(Typed { name, risk })).await {
        Answer::Done(said) => Ok(Json(json!({ "said": said }))),
        Answer::Refused(why) => Err(Refused::new(StatusCode::FORBIDDEN, why)),
        Answer::Ask(_) => Err(Refused::bad("the form is empty")),
    }
}
