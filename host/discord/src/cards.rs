//! Keeps cards true: each is posted once, where it belongs, and its message follows what becomes of what it is about.

use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::ThreadId;
use claudetools_chat::cards::{Board, Card, Cards, Deed, Item, Menu, Offer, Place, Step};
use claudetools_chat::render;

use crate::body::{Body, Choice, Control};
use crate::core::{Core, FRONT};
use crate::custom_id::CustomId;
use crate::deliver::THREADS_COME_WITHIN;
use crate::rest::RestError;
use crate::trouble::{Deed as Doing, UNKNOWN_CHANNEL};
use tokio::time::timeout;

/// Where the boards are kept in the ledger.
pub(crate) const REVIEWS: &str = "discord.cards";
pub(crate) const CONFIRMATIONS: &str = "discord.confirmations";

/// The time after which what failed, or did not fit, is tried again.
const NEXT_TRY: Duration = Duration::from_secs(5);
const NEXT_CARDS: Duration = Duration::from_secs(60);

/// The most characters of a button, and of a row of a menu.
const BUTTON: usize = 80;
const SELECT: usize = 100;

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
    /// Shows every card of a desk, as long as the front runs. `kept` is the name of its board.
    pub(crate) async fn keep_cards(self: Arc<Self>, cards: Option<Cards>, kept: &'static str) {
        let Some(Cards { shown: mut cards, .. }) = cards else { return };
        let mut board = self.kept_board(kept).await;
        loop {
            let now: Vec<Card> =
                cards.borrow_and_update().iter().filter(|card| self.channel(card).is_some()).cloned().collect();
            let left = self.show_cards(kept, &mut board, &now).await;
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

    /// The channel that a card belongs to; `None` where that is another front's.
    fn channel(&self, card: &Card) -> Option<u64> {
        match &card.place {
            Place::Review => self.settings.review.as_ref().map(|review| review.channel),
            Place::Thread(thread) => channel_of(thread),
        }
    }

    async fn kept_board(&self, kept: &str) -> Board {
        match self.chat.cursor(kept).await {
            Ok(kept) => kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            Err(error) => {
                tracing::error!(%error, "what stands in the channels can't be read: cards may be posted again");
                Board::default()
            }
        }
    }

    async fn show_cards(&self, kept: &str, board: &mut Board, cards: &[Card]) -> Left {
        for step in board.steps(cards) {
            let (Step::Post(card) | Step::Edit { card, .. }) = &step;
            let Some(channel) = self.channel(card) else { continue };
            // The thread of a mention may still be being made.
            if timeout(NEXT_TRY, self.rooms.home(channel)).await.is_err() {
                return Left::Failed;
            }
            let (message, card) = match step {
                Step::Post(card) => (self.post_card(channel, &card).await.map(|id| id.to_string()), card),
                Step::Edit { message, card } => {
                    (self.edit_card(channel, &message, &card).await.map(|()| message), card)
                }
            };
            match message {
                Ok(message) => board.note(message, card),
                Err(error) if error.may_pass() || self.is_yet_to_come(&error) => return Left::Failed,
                Err(error) => {
                    let why = self.explained(&error, Doing::WriteInChannel, channel).await;
                    tracing::error!(why, "a card can't be shown");
                    return Left::More;
                }
            }
            let written = serde_json::to_string(board).unwrap_or_default();
            if let Err(error) = self.chat.set_cursor(kept, &written).await {
                tracing::error!(%error, "a card may be posted again after a restart");
            }
        }
        if board.steps(cards).is_empty() { Left::Nothing } else { Left::More }
    }

    /// Whether a thread may be missing because the last run died before it was made.
    fn is_yet_to_come(&self, error: &RestError) -> bool {
        error.code() == Some(UNKNOWN_CHANNEL) && self.born.elapsed() < THREADS_COME_WITHIN
    }

    /// The nonce makes a second attempt harmless for some minutes.
    async fn post_card(&self, channel: u64, card: &Card) -> Result<u64, RestError> {
        let out = render::card(card, self.chat.guard());
        let nonce = format!("card-{}", card.key.get(..16).unwrap_or(&card.key));
        let body = Body::create(&out, &nonce).with_controls(&self.controls(card)).decided_by(card.by.as_ref());
        // The message that began a thread stands above it, in the channel: it cannot be answered from inside.
        let answered = card.answers.as_ref().and_then(|message| message.parse().ok());
        let body = answered.filter(|message| *message != channel).into_iter().fold(body, Body::replying_to);
        self.rest.post(channel, &body, out.files()).await
    }

    /// A message that somebody deleted stays deleted.
    async fn edit_card(&self, channel: u64, message: &str, card: &Card) -> Result<(), RestError> {
        let out = render::card(card, self.chat.guard());
        let body = Body::edit(&out).with_controls(&self.controls(card)).decided_by(card.by.as_ref());
        let edited = self.rest.edit(channel, message.parse().unwrap_or(0), &body).await;
        match edited {
            Err(RestError::Refused { status: 404, .. }) => Ok(()),
            other => other,
        }
    }
}

impl Core {
    /// What a card lets people press: its menus, each in a row, and its offers in the last one.
    fn controls(&self, card: &Card) -> Vec<Control> {
        let menus = card.menus.iter().map(|menu| self.menu(menu));
        let offers = (!card.offers.is_empty()).then(|| Control::Buttons(buttons(card)));
        menus.chain(offers).collect()
    }

    fn menu(&self, menu: &Menu) -> Control {
        let label = |text: &str, most| render::label(text, most, self.chat.guard());
        let pick = |picked| CustomId::Decide(Offer { deed: Deed::Pick { at: menu.at, picked }, token: menu.token });
        if menu.as_buttons {
            let button = |(at, row): (usize, &Item)| (label(&row.label, BUTTON), pick(1 << at));
            return Control::Buttons(menu.rows.iter().enumerate().map(button).collect());
        }
        let option = |(at, row): (usize, &Item)| Choice {
            label: label(&row.label, SELECT),
            about: (!row.about.is_empty()).then(|| label(&row.about, SELECT)),
            picked: menu.picked & (1 << at) != 0,
        };
        let options = menu.rows.iter().enumerate().map(option).collect();
        Control::Menu { id: pick(0), title: label(&menu.title, SELECT), options, several: menu.several }
    }
}

/// The channel of one of our threads.
fn channel_of(thread: &ThreadId) -> Option<u64> {
    (thread.front() == FRONT).then(|| thread.name().parse().ok())?
}

fn buttons(card: &Card) -> Vec<(String, CustomId)> {
    let label = |deed| match deed {
        Deed::Approve => "Approve …",
        Deed::Revoke => "Revoke …",
        Deed::Confirm => "Confirm",
        Deed::Deny => "Deny",
        Deed::Queue => "⏭ Queue",
        Deed::Interrupt => "✋ Interrupt",
        Deed::TakeBack => "✖ Take back",
        Deed::Send => "Send",
        Deed::Pick { .. } => "Choose",
    };
    card.offers.iter().map(|offer| (label(offer.deed).to_owned(), CustomId::Decide(*offer))).collect()
}
