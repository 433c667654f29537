//! Reviews of plugins where people are: what a front shows of them, and what it hands back.
//!
//! The host makes the [`Card`]s and decides on every [`Press`]; a front only shows and asks. No tool and no turn holds a
//! [`Reviews`], so that the model has no way to approve anything.

mod board;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use claudetools_policy::MemberId;
use tokio::sync::{mpsc, oneshot, watch};

pub use board::{Board, Step};

/// What is to be read of one plugin in one state, as one message.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// The same for the same name and digests, and for nothing else: 32 hex digits.
    pub key: String,
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
    /// The whole of the review, for a file beside the message; not kept.
    #[serde(skip)]
    pub file: Option<String>,
    /// What may be decided from here.
    pub offer: Option<Offer>,
    /// Whether it is posted where it does not stand yet, or only kept true where it does.
    pub news: bool,
}

/// A decision that a reviewer may make from chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Offer {
    /// Which.
    pub deed: Deed,
    /// On what: plugin, digests and state, as they were shown.
    pub token: Token,
}

/// What may be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// The plugin may run as it was shown.
    Approve,
    /// It may not any more.
    Revoke,
}

impl Deed {
    /// The word for it, as it stands in ids and in the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Revoke => "revoke",
        }
    }
}

/// Names what was shown: 32 hex digits of a hash. It is no secret: who may decide is asked again at every press.
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
#[error("that names no review; expected 32 hex digits")]
pub struct BadToken;

impl FromStr for Token {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        let token = u128::from_str_radix(text, 16).map(Self).map_err(|_| BadToken)?;
        if token.to_string() == text { Ok(token) } else { Err(BadToken) }
    }
}

/// A reviewer's wish, as a front understood it.
#[derive(Debug)]
pub struct Press {
    /// What is to be done, on what.
    pub offer: Offer,
    /// Who.
    pub member: MemberId,
    /// Their roles at this moment.
    pub roles: BTreeSet<String>,
    /// What they typed; `None` asks for the form.
    pub typed: Option<Typed>,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Answer>,
}

/// What a reviewer typed into the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The plugin's name, by hand.
    pub name: String,
    /// The risk's number, by hand, where the form asks for it.
    pub risk: String,
}

/// What a press comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The form is to be filled in.
    Ask(Form),
    /// It is done: one sentence.
    Done(String),
    /// It is not: one sentence.
    Refused(String),
}

/// What a reviewer has to type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The plugin's name, which is to be typed.
    pub name: String,
    /// The risk, which is to be typed, too, where it is so high that it must be accepted by itself.
    pub risk: Option<u32>,
}

/// The host's desk of reviews, as a front knows it.
#[derive(Clone)]
pub struct Reviews {
    /// Every card that is true at the moment.
    pub cards: watch::Receiver<Arc<Vec<Card>>>,
    /// Where presses go.
    pub presses: mpsc::Sender<Press>,
}

impl Reviews {
    /// Hands a wish in and waits for what it comes to.
    pub async fn press(&self, offer: Offer, member: MemberId, roles: BTreeSet<String>, typed: Option<Typed>) -> Answer {
        let (reply, answer) = oneshot::channel();
        let press = Press { offer, member, roles, typed, reply };
        let gone = || Answer::Refused("Reviews are closed: the program is stopping.".to_owned());
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
