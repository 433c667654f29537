//! The Messages API, streamed.
//!
//! `body` writes the request, `sse` cuts the answer into events, `assembly` makes blocks of them, `reply` drives both
//! against silence and cuts, `fault` says what an error means. What a model turns out not to accept is left out from
//! then on. Nothing that a server sends can take more memory than the caps in `sse` and `assembly` say.

mod assembly;
mod body;
mod compaction;
mod fault;
mod feature;
mod reply;
mod sse;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use futures::TryStreamExt as _;
use futures::stream::{self, BoxStream};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::message::{Message, RawBlock};
use crate::models::{self, MicroUsd, Usage};
use crate::prompt::Head;
use crate::turn::ModelFailure;

use fault::Fault;
use feature::Feature;
use reply::Reply;

pub use compaction::spell_out;
pub use reply::recorded;

/// Where the model is, and how to talk to it. `Debug` never shows the key.
#[derive(Clone, Debug)]
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
    /// Tokens that the reply may have, where that is less than the model's own limit.
    pub longest_reply: Option<u32>,
    /// Tokens that the conversation may have.
    pub budget: u64,
    /// What a summary of the messages is to keep, where one is asked for instead of an answer.
    pub summary: Option<String>,
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
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: reqwest::Client,
    url: reqwest::Url,
    auth: Auth,
    dialect: Dialect,
    idle: Duration,
    /// What each model was seen not to accept.
    lacking: Mutex<HashMap<String, BTreeSet<Feature>>>,
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the model's address `{0}` is not a URL; expected something like https://api.anthropic.com")]
pub struct BadEndpoint(pub String);

/// A server that does not even accept the connection in this time is down.
const CONNECT: Duration = Duration::from_secs(10);
/// Keeps a connection known to firewalls that forget a silent one, while a model thinks for minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);
const API_VERSION: &str = "2023-06-01";

impl Client {
    /// A client for this endpoint; opens no connection yet.
    ///
    /// It uses no proxy of the environment and follows no redirect: the key goes to this address or nowhere.
    pub fn new(endpoint: Endpoint) -> Result<Self, BadEndpoint> {
        let Endpoint { base_url, auth, dialect, idle } = endpoint;
        let url = messages_url(&base_url).ok_or(BadEndpoint(base_url))?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .tcp_keepalive(KEEPALIVE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("claudetools/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| BadEndpoint(url.to_string()))?;
        let lacking = Mutex::default();
        Ok(Self(Arc::new(Inner { http, url, auth, dialect, idle, lacking })))
    }

    /// Sends one request once (no retries here: the turn decides them). Dropping the stream closes the connection.
    ///
    /// Only a field that the model turns out not to accept is left out and the request sent again; nothing was
    /// generated then.
    pub fn stream(&self, request: Request) -> BoxStream<'static, Result<Streamed, ModelFailure>> {
        let client = self.clone();
        let opened = async move { client.open(&request).await.map(Reply::into_stream) };
        stream::once(opened).try_flatten().boxed()
    }

    /// Tokens of a request's prompt as the server counts them, which costs nothing; `None` where it does not.
    pub async fn count(&self, request: &Request) -> Option<u64> {
        #[derive(serde::Deserialize)]
        struct Counted {
            input_tokens: u64,
        }
        let inner = &*self.0;
        if inner.dialect != Dialect::Anthropic {
            return None;
        }
        let sent = inner.features(request);
        let mut url = inner.url.clone();
        url.set_path(&format!("{}/count_tokens", url.path()));
        let body = body::count(request, inner.dialect, &sent);
        let asking = inner.http.post(url).headers(inner.headers(&sent)).body(body).send();
        let response = tokio::time::timeout(CONNECT, asking).await.ok()?.ok()?.error_for_status().ok()?;
        let text = tokio::time::timeout(CONNECT, response.text()).await.ok()?.ok()?;
        serde_json::from_str::<Counted>(&text).ok().map(|counted| counted.input_tokens)
    }

    /// Asks the server for its models, to see whether it is there and takes the key. Whoever has no such list, as
    /// compatible servers may not, is there all the same.
    pub async fn greet(&self) -> Result<(), ModelFailure> {
        let inner = &*self.0;
        let mut url = inner.url.clone();
        url.set_path(&url.path().replace("/messages", "/models"));
        let asking = inner.http.get(url).headers(inner.headers(&BTreeSet::new())).send();
        let response = match tokio::time::timeout(CONNECT, asking).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(fault::unreachable(&inner.url, error)),
            Err(_) => return Err(fault::silent(CONNECT)),
        };
        let status = response.status();
        if status.is_success() || matches!(status.as_u16(), 404 | 405) {
            return Ok(());
        }
        Err(Fault::read(response, CONNECT).await.into_failure("", inner.auth.secret()))
    }

    async fn open(&self, request: &Request) -> Result<Reply, ModelFailure> {
        let inner = &*self.0;
        loop {
            let sent = inner.features(request);
            let response = inner.send(request, &sent).await?;
            if response.status().is_success() {
                return Reply::new(response, &request.model, inner.idle, inner.auth.secret());
            }
            let fault = Fault::read(response, inner.idle).await;
            match feature::culprit(&fault, &sent) {
                Some(feature) => inner.forget(&request.model, feature),
                None => return Err(fault.into_failure(&request.model, inner.auth.secret())),
            }
        }
    }
}

impl Inner {
    fn features(&self, request: &Request) -> BTreeSet<Feature> {
        let lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        let mut features = feature::of(self.dialect, models::find(&request.model), lacking.get(&request.model));
        let summary = request.messages.first().and_then(|first| first.content.first());
        if request.summary.is_some() {
            features.remove(&Feature::Clearing);
        } else if !summary.is_some_and(RawBlock::is_compaction) {
            features.remove(&Feature::Compaction);
        }
        features
    }

    fn forget(&self, model: &str, feature: Feature) {
        tracing::warn!(model, ?feature, "the model does not accept this; leaving it out from here on");
        let mut lacking = self.lacking.lock().unwrap_or_else(PoisonError::into_inner);
        lacking.entry(model.to_owned()).or_default().insert(feature);
    }

    async fn send(&self, request: &Request, sent: &BTreeSet<Feature>) -> Result<reqwest::Response, ModelFailure> {
        let body = body::write(request, self.dialect, sent);
        let sending = self.http.post(self.url.clone()).headers(self.headers(sent)).body(body).send();
        match tokio::time::timeout(self.idle, sending).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(fault::unreachable(&self.url, error)),
            Err(_) => Err(fault::silent(self.idle)),
        }
    }

    fn headers(&self, sent: &BTreeSet<Feature>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert("anthropic-version", HeaderValue::from_static(API_VERSION));
        let betas: Vec<_> = sent.iter().filter_map(|feature| feature.beta()).collect();
        if let (false, Ok(betas)) = (betas.is_empty(), HeaderValue::from_str(&betas.join(","))) {
            headers.insert("anthropic-beta", betas);
        }
        if let Some((name, mut value)) = self.auth.header() {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        headers
    }
}

impl Auth {
    /// The secret, to be found and removed wherever a server repeats it.
    fn secret(&self) -> Option<&str> {
        match self {
            Self::ApiKey(secret) | Self::Bearer(secret) => Some(secret),
            Self::None => None,
        }
    }

    /// The header; a key that no header can hold is not sent, and the server will say that there is none.
    fn header(&self) -> Option<(reqwest::header::HeaderName, HeaderValue)> {
        let (name, text) = match self {
            Self::ApiKey(key) => (reqwest::header::HeaderName::from_static("x-api-key"), key.clone()),
            Self::Bearer(token) => (AUTHORIZATION, format!("Bearer {token}")),
            Self::None => return None,
        };
        HeaderValue::from_str(&text).ok().map(|value| (name, value))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ApiKey(_) => "ApiKey(…)",
            Self::Bearer(_) => "Bearer(…)",
            Self::None => "None",
        })
    }
}

/// Where messages are posted. People write the address with and without `/` and `/v1` at its end.
fn messages_url(base: &str) -> Option<reqwest::Url> {
    let mut url = reqwest::Url::parse(base.trim()).ok()?;
    let path = url.path().trim_end_matches('/');
    let path = format!("{}/v1/messages", path.strip_suffix("/v1").unwrap_or(path));
    url.set_path(&path);
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

#[cfg(test)]
mod tests;
