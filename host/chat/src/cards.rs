//! What waits for a person: a plugin for its review, an effect for its confirmation. What a front shows of it, and what
//! it hands back.
//!
//! The host makes the [`Card`]s and decides on every [`Press`]; a front only shows and asks. No tool and no turn holds a
//! [`Cards`], so that the model has no way to approve or confirm anything.

mod board;
mod joined;
mod later;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use claudetools_agent::ThreadId;
use claudetools_policy::MemberId;
use tokio::sync::{mpsc, oneshot, watch};

pub use board::{Board, Step};
pub use joined::joined;
pub use later::Later;

/// What is to be read of one thing that waits, in one state, as one message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// The same for the same thing in the same form (a plugin's name and digests, one question), and for nothing else:
    /// 32 hex digits.
    pub key: String,
    /// Where it is shown.
    pub place: Place,
    /// What it is about; a newer card about the same makes an older one out of date.
    pub about: String,
    /// The verdict, in one line.
    pub title: String,
    /// What became of it, in one line; changes while the rest stays.
    pub state: String,
    /// The rest, in Markdown. Foreign words may be in it: [`crate::render::card`] makes them harmless.
    pub body: String,
    /// The state line once it is gone; without one the card stays as it is.
    pub gone: Option<String>,
    /// The whole of it, for a file beside the message; not kept.
    #[serde(skip)]
    pub file: Option<String>,
    /// The only person it may ping.
    pub ping: Option<MemberId>,
    /// Who decided, once it is settled.
    pub by: Option<MemberId>,
    /// The front's id of the message that it answers, where it does.
    #[serde(default)]
    pub answers: Option<String>,
    /// What may be chosen from here.
    #[serde(default)]
    pub menus: Vec<Menu>,
    /// What may be decided from here.
    pub offers: Vec<Offer>,
    /// Whether it is posted where it does not stand yet, or only kept true where it does.
    pub news: bool,
}

/// Where a card is shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Where plugins are reviewed.
    Review,
    /// In the thread that waits for it.
    Thread(ThreadId),
}

/// One thing to choose: [`Deed::Pick`] says what was.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Menu {
    /// Which of the card's.
    pub at: u8,
    /// What it is about.
    pub token: Token,
    /// What is asked, for where it stands alone.
    pub title: String,
    /// At most five, the last of which is an answer in one's own words. Foreign words: [`crate::render::label`] makes them
    /// harmless.
    pub rows: Vec<Item>,
    /// Whether several may be chosen.
    pub several: bool,
    /// Whether each row is a button of its own.
    pub as_buttons: bool,
    /// What is chosen at the moment: a bit for each row.
    pub picked: u8,
}

/// One row of a menu.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Item {
    /// What is chosen.
    pub label: String,
    /// What choosing it means; may be empty.
    pub about: String,
}

/// A decision that a person may make from chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Offer {
    /// Which.
    pub deed: Deed,
    /// On what, as it was shown.
    pub token: Token,
}

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The plugin may run as it was shown.
    Approve,
    /// It may not any more.
    Revoke,
    /// The effect may happen, once.
    Confirm,
    /// It may not.
    Deny,
    /// The message waits for a turn of its own.
    Queue,
    /// The running turn is stopped for the message.
    Interrupt,
    /// The message is taken back.
    TakeBack,
    /// These rows of a menu are chosen, a bit for each.
    Pick {
        /// Which menu.
        at: u8,
        /// Which rows.
        picked: u8,
    },
    /// What was chosen is the answer.
    Send,
}

impl Deed {
    /// Every deed that has no more to it than its word.
    pub const PLAIN: &'static [Self] = &[
        Self::Send,
        Self::Approve,
        Self::Revoke,
        Self::Confirm,
        Self::Deny,
        Self::Queue,
        Self::Interrupt,
        Self::TakeBack,
    ];

    /// The word for it, as it stands in ids and in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Revoke => "revoke",
            Self::Confirm => "confirm",
            Self::Deny => "deny",
            Self::Queue => "queue",
            Self::Interrupt => "interrupt",
            Self::TakeBack => "take-back",
            Self::Pick { .. } => "pick",
            Self::Send => "send",
        }
    }
}

/// Names what was shown: 32 hex digits. It is no secret: who may decide is asked again at every press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Token(u128);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<Token> for String {
    fn from(token: Token) -> Self {
        token.to_string()
    }
}

impl TryFrom<String> for Token {
    type Error = BadToken;

    fn try_from(text: String) -> Result<Self, BadToken> {
        text.parse()
    }
}

/// A text that names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is the token of no card; expected 32 hex digits")]
pub struct BadToken;

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        let token = u128::from_str_radix(text, 16).map(Self).map_err(|_| BadToken)?;
        if token.to_string() == text { Ok(token) } else { Err(BadToken) }
    }
}

/// A person's wish, as a front understood it.
#[derive(Debug)]
pub struct Press {
    /// What is to be done, on what.
    pub offer: Offer,
    /// Who.
    pub member: MemberId,
    /// Their roles at this moment.
    pub roles: BTreeSet<String>,
    /// Where it was pressed.
    pub place: Place,
    /// What they typed; `None` asks for the form, where there is one.
    pub typed: Option<Typed>,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Answer>,
}

/// What a person typed into a form, by the names of its fields.
pub type Typed = BTreeMap<String, String>;

/// What a press comes to.
#[derive(Debug)]
pub enum Answer {
    /// The form is to be filled in.
    Ask(Form),
    /// It is done: one sentence.
    Done(String),
    /// It is done, and what comes of it is for this person's eyes alone: it is shown once, and kept nowhere.
    Later(Later),
    /// It is not: one sentence.
    Refused(String),
}

/// What a person has to type. What is expected stands on the card, not here: it is to be typed by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it decides.
    pub title: String,
    /// At most five.
    pub fields: Vec<Field>,
}

/// One line of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its key in [`Typed`].
    pub name: &'static str,
    /// What a person reads beside it.
    pub label: String,
    /// How much is typed.
    pub size: Size,
}

/// How much is typed into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A few words.
    Line,
    /// Some sentences.
    Text,
}

/// The host's desk of what waits, as a front knows it.
#[derive(Clone)]
pub struct Cards {
    /// Every card that is true at the moment.
    pub shown: watch::Receiver<Arc<Vec<Card>>>,
    /// Where presses go.
    pub presses: mpsc::Sender<Press>,
}

impl Cards {
    /// Hands a wish in and waits for what it comes to.
    pub async fn press(
        &self,
        offer: Offer,
        (member, roles): (MemberId, BTreeSet<String>),
        place: Place,
        typed: Option<Typed>,
    ) -> Answer {
        let (reply, answer) = oneshot::channel();
        let press = Press { offer, member, roles, place, typed, reply };
        let gone = || Answer::Refused("Nothing can be decided now: the program is stopping.".to_owned());
        if self.presses.send(press).await.is_err() {
            return gone();
        }
        answer.await.unwrap_or_else(|_| gone())
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_is_read_in_the_one_form_in_which_it_is_written() {
        let text = "00112233445566778899aabbccddeeff";
        assert_eq!(text.parse::<Token>().unwrap().to_string(), text);
        let upper = text.to_uppercase();
        for forged in ["", "1", "+0112233445566778899aabbccddeeff", upper.as_str(), &format!("{text}0"), "zz"] {
            assert!(forged.parse::<Token>().is_err(), "{forged}");
        }
    }
}
