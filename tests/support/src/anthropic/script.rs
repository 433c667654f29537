//! What the fake answers, request by request.

use std::sync::Arc;

use super::failure::Failure;
use super::reply::{Ending, Point, Reply};
use super::request::RequestView;

/// One answer to one request that was found valid.
#[derive(Clone, Debug)]
pub enum Step {
    /// A reply, streamed where the request asked for a stream.
    Reply(Box<Reply>),
    /// An error instead of a reply.
    Error(Failure),
}

impl Step {
    /// A reply of one text block.
    pub fn text(text: impl Into<String>) -> Self {
        Reply::new().text(text).into()
    }

    /// The connection closes without an answer.
    pub fn hang_up() -> Self {
        Reply::new().ending(Ending::Broken(Point::Start)).into()
    }
}

impl From<Reply> for Step {
    fn from(reply: Reply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

impl From<Failure> for Step {
    fn from(failure: Failure) -> Self {
        Self::Error(failure)
    }
}

/// What a changed history is answered with, where a thinking block depended on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Made on or after 2026-08-31: 400, unless the request says `drop_block`.
    New,
    /// Made before: 400 only where the request says `error`.
    Old,
}

/// The answers and the rules of one fake.
#[derive(Clone)]
pub struct Script {
    pub(super) answers: Answers,
    pub(super) account: Account,
    pub(super) key: String,
    pub(super) expected: Vec<String>,
}

type React = dyn Fn(&RequestView) -> Step + Send + Sync;

#[derive(Clone)]
pub(super) enum Answers {
    Steps(Vec<Step>),
    React(Arc<React>),
}

impl Script {
    /// One step per valid request, in order. Every step must be used.
    pub fn steps(steps: impl IntoIterator<Item = impl Into<Step>>) -> Self {
        Self::of(Answers::Steps(steps.into_iter().map(Into::into).collect()))
    }

    /// A function of the request; called for valid requests only.
    pub fn react(answer: impl Fn(&RequestView) -> Step + Send + Sync + 'static) -> Self {
        Self::of(Answers::React(Arc::new(answer)))
    }

    fn of(answers: Answers) -> Self {
        Self { answers, account: Account::New, key: super::KEY.to_owned(), expected: Vec::new() }
    }

    /// For an account of this age. Default [`Account::New`].
    pub fn account(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// With this API key instead of [`super::KEY`].
    pub fn key(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// Expects problems that contain this text; that none comes is then a problem.
    pub fn expecting(mut self, part: &str) -> Self {
        self.expected.push(part.to_owned());
        self
    }
}

impl From<Vec<Step>> for Script {
    fn from(steps: Vec<Step>) -> Self {
        Self::steps(steps)
    }
}

impl<const N: usize> From<[Step; N]> for Script {
    fn from(steps: [Step; N]) -> Self {
        Self::steps(steps)
    }
}
