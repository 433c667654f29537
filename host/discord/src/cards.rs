//! Keeps the review channel true: each card is posted once, and its message follows what becomes of the plugin.

use std::sync::Arc;
use std::time::Duration;

use claudetools_chat::render;
use claudetools_chat::review::{Board, Card, Deed, Step};

use crate::body::Body;
use crate::core::Core;
use crate::custom_id::CustomId;
use crate::rest::RestError;
use crate::settings::ReviewChannel;
use crate::trouble::{Deed as Doing, explain};

/// Where the board is kept in the ledger.
const KEPT: &str = "discord.cards";

/// The time after which what failed, or did not fit, is tried again.
const NEXT_TRY: Duration = Duration::from_secs(5);
const NEXT_CARDS: Duration = Duration::from_secs(60);

/// What is left to do after a pass.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    /// More cards than are posted at once.
    More,
    /// Something failed that may pass.
    Failed,
}

impl Core {
    /// Shows every card, as long as the front runs.
    pub(crate) async fn keep_cards(self: Arc<Self>) {
        let Some(ReviewChannel { channel, reviews }) = self.settings.review.clone() else { return };
        let mut cards = reviews.cards;
        let mut board = self.kept_board().await;
        loop {
            let now = Arc::clone(&cards.borrow_and_update());
            let left = self.show_cards(channel, &mut board, &now).await;
            let pause = match left {
                Left::Nothing => None,
                Left::More => Some(NEXT_CARDS),
                Left::Failed => Some(NEXT_TRY),
            };
            let wait = async {
                match pause {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = cards.changed() => if changed.is_err() { return },
                () = wait => {}
            }
        }
    }

    async fn kept_board(&self) -> Board {
        match self.chat.cursor(KEPT).await {
            Ok(kept) => kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "what stands in the review channel can't be read: cards may be posted again");
                Board::default()
            }
        }
    }

    async fn show_cards(&self, channel: u64, board: &mut Board, cards: &[Card]) -> Left {
        for step in board.steps(cards) {
            let (message, card) = match step {
                Step::Post(card) => (self.post_card(channel, &card).await.map(|id| id.to_string()), card),
                Step::Edit { message, card } => {
                    (self.edit_card(channel, &message, &card).await.map(|()| message), card)
                }
            };
            match message {
                Ok(message) => board.note(message, card),
                Err(error) if error.may_pass() => return Left::Failed,
                Err(error) => {
                    let why = explain(&error, Doing::WriteInChannel, channel);
                    tracing::error!(why, "a card can't be shown in the review channel");
                    return Left::More;
                }
            }
            let kept = serde_json::to_string(board).unwrap_or_default();
            if let Err(error) = self.chat.set_cursor(KEPT, &kept).await {
                tracing::error!(%error, "a card may be posted again after a restart");
            }
        }
        if board.steps(cards).is_empty() { Left::Nothing } else { Left::More }
    }

    /// The nonce makes a second attempt harmless for some minutes.
    async fn post_card(&self, channel: u64, card: &Card) -> Result<u64, RestError> {
        let out = render::card(card, self.chat.guard());
        let nonce = format!("card-{}", card.key.get(..16).unwrap_or(&card.key));
        let body = Body::create(&out, &nonce).with_button(button(card));
        self.rest.post(channel, &body, out.files()).await
    }

    /// A message that somebody deleted stays deleted.
    async fn edit_card(&self, channel: u64, message: &str, card: &Card) -> Result<(), RestError> {
        let out = render::card(card, self.chat.guard());
        let body = Body::edit(&out).with_button(button(card));
        let edited = self.rest.edit(channel, message.parse().unwrap_or(0), &body).await;
        match edited {
            Err(RestError::Refused { status: 404, .. }) => Ok(()),
            other => other,
        }
    }
}

fn button(card: &Card) -> Option<(&'static str, CustomId)> {
    let offer = card.offer?;
    let label = match offer.deed {
        Deed::Approve => "Approve …",
        Deed::Revoke => "Revoke …",
    };
    Some((label, CustomId::Review(offer)))
}
