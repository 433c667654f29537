//! The Messages API, streamed.

use std::time::Duration;

use futures::stream::BoxStream;

use crate::message::{Message, RawBlock};
use crate::models::{MicroUsd, Usage};
use crate::prompt::Head;
use crate::turn::ModelFailure;

/// Where the model is, and how to talk to it. `Debug` never shows the key.
#[derive(Clone)]
pub struct Endpoint {
    /// Such as `https://api.anthropic.com`, without `/v1`.
    pub base_url: String,
    /// The key; `None` sends no credential.
    pub auth: Auth,
    /// What the server understands beyond the common subset.
    pub dialect: Dialect,
    /// Longest silence of a stream. Default 180 s.
    pub idle: Duration,
}

/// A credential.
#[derive(Clone)]
pub enum Auth {
    /// `x-api-key`.
    ApiKey(String),
    /// `authorization: Bearer`.
    Bearer(String),
    /// None.
    None,
}

/// What a server understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Anthropic's own: caching, thinking, effort, betas as the model table says.
    Anthropic,
    /// The common subset of compatible servers: none of `output_config`, `thinking`, `cache_control`, `anthropic-beta`.
    Compatible,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The model's id.
    pub model: String,
    /// `low` … `max`; sent where the model takes it.
    pub effort: String,
    /// System and tools.
    pub head: Head,
    /// The messages, from [`crate::window::window`].
    pub messages: Vec<Message>,
}

/// What comes while a reply streams, in order; the last is `Done`.
#[derive(Clone, Debug, PartialEq)]
pub enum Streamed {
    /// A piece of text.
    Text(String),
    /// A piece of a note about what the model is doing.
    Note(String),
    /// A block is complete.
    Block(RawBlock),
    /// The reply is complete (`message_stop` came).
    Done {
        /// The model that answered.
        model: String,
        /// `end_turn`, `tool_use` …; `end_turn` where the server said nothing.
        stop_reason: String,
        /// What it used.
        usage: Usage,
        /// The API's request id; may be empty.
        request: String,
        /// Its price, where known.
        cost: Option<MicroUsd>,
        /// What the API says of a refusal: its category and, where given, the explanation.
        details: Option<String>,
    },
}

/// A client of the Messages API. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    _private: (),
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
#[error(
    "the model's address `{0}` is not a URL; expected something like https://api.anthropic.com"
)]
pub struct BadEndpoint(pub String);

impl Client {
    /// A client for this endpoint; opens no connection yet.
    pub fn new(_endpoint: Endpoint) -> Result<Self, BadEndpoint> {
        todo!()
    }

    /// Sends one request once (no retries here: the turn decides them). Dropping the stream closes the connection.
    pub fn stream(&self, _request: Request) -> BoxStream<'static, Result<Streamed, ModelFailure>> {
        todo!()
    }
}
