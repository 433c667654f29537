//! Requests to Discord's REST, real or compatible: one path for both.
//!
//! serenity's own HTTP client is not used: with its rate limiter on it ignores a configured server, with it off
//! nobody obeys a 429. Here every request waits for its bucket, obeys `Retry-After`, and is sent again only where
//! sending it twice does no harm.

mod api;
mod limits;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use claudetools_chat::render::File;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::base::Base;
use crate::trouble::OLD_MESSAGE;
use limits::{Shared, Told, Urgency, Wait};

pub(crate) use api::{Answered, PAGE};
pub(crate) use limits::Place;

/// Longest wait for one answer; an upload of 10 MB over a slow line takes most of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest `Retry-After` that a request sits out; a longer one is handed to the caller.
const MOST_WAIT: Duration = Duration::from_secs(30);
/// Attempts at one request.
const ATTEMPTS: u32 = 4;
/// Lanes that are kept before those nobody stands in are thrown away.
const MOST_LANES: usize = 1024;

/// When what can be spared is tried again where another request is on its way.
const BUSY: Duration = Duration::from_secs(1);

/// How long what can be spared waits for a place: requests over all routes are spaced by less.
const MOMENT: Duration = Duration::from_secs(1);

/// Held while a request of one route and major id is on its way.
type Lane = Arc<tokio::sync::Mutex<()>>;

/// A client of the REST API.
pub(crate) struct Rest {
    http: reqwest::Client,
    base: Base,
    authorization: String,
    limits: Shared,
    lanes: Mutex<HashMap<(&'static str, u64), Lane>>,
    /// Held by the request that goes next: the oldest wish first.
    asking: tokio::sync::Mutex<()>,
    /// The same of the live messages of all threads.
    drawing: tokio::sync::Mutex<()>,
    /// Cancelled when the token is refused.
    refused: CancellationToken,
}

/// Why a request was not answered as hoped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RestError {
    /// Discord said no; it was not done.
    #[error("Discord answered {status}, code {code}: {message}")]
    Refused {
        /// HTTP's status.
        status: u16,
        /// Discord's code; 0 without one.
        code: u32,
        /// What it said.
        message: String,
    },
    /// The wait asked for is longer than a request sits out; it was not done.
    #[error("Discord asks to wait {after:?}")]
    Limited {
        /// How long.
        after: Duration,
    },
    /// Nobody knows whether it was done: no answer, a server error, or an answer that cannot be read.
    #[error("it is not known whether Discord did it: {why}")]
    Unclear {
        /// What happened.
        why: String,
    },
}

/// A request.
struct Ask<'a> {
    method: Method,
    /// Method and path without ids: requests of one name and one major id go one after the other.
    route: &'static str,
    /// The channel, guild or application.
    major: u64,
    path: String,
    body: Option<Value>,
    files: &'a [File],
    again: Again,
    urgency: Urgency,
    /// Taken before, for the first attempt.
    place: Option<Place>,
}

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Twice is like once.
    Harmless,
    /// The caller has to look first.
    Never,
}

/// What became of one attempt.
enum Attempt {
    Done(Value),
    Failed(RestError),
    /// Another attempt makes sense, after this time; else the error stands.
    Later(Duration, RestError),
}

impl Rest {
    pub(crate) fn new(base: Base, token: &str) -> Self {
        let agent = concat!("DiscordBot (claudetools, ", env!("CARGO_PKG_VERSION"), ")");
        let mut builder =
            reqwest::Client::builder().user_agent(agent).timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
        if base.is_loopback() {
            builder = builder.no_proxy();
        }
        Self {
            http: builder.build().unwrap_or_default(),
            base,
            authorization: format!("Bot {token}"),
            limits: Shared::new(Instant::now()),
            lanes: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            drawing: tokio::sync::Mutex::default(),
            refused: CancellationToken::new(),
        }
    }

    pub(crate) fn base(&self) -> &Base {
        &self.base
    }

    /// Done when Discord refuses the token.
    pub(crate) async fn token_refused(&self) {
        self.refused.cancelled().await;
    }

    /// Fetches a file's bytes without credentials; `None` where it is larger than `most`.
    pub(crate) async fn fetch(&self, url: &str, most: usize) -> Result<Option<Vec<u8>>, String> {
        let said = |err: reqwest::Error| err.without_url().to_string();
        let mut response = self.http.get(url).send().await.map_err(said)?;
        if !response.status().is_success() {
            return Err(format!("the file server answered {}", response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(said)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Ok(None);
            }
        }
        Ok(Some(bytes))
    }

    async fn send(&self, mut ask: Ask<'_>) -> Result<Value, RestError> {
        let lane = self.lane(ask.route, ask.major);
        let _turn = match ask.urgency {
            Urgency::Spare => lane.try_lock().map_err(|_| RestError::Limited { after: BUSY })?,
            _ => lane.lock().await,
        };
        let mut place = ask.place.take().filter(|place| self.holds(&ask, place));
        let mut left = if ask.urgency == Urgency::Spare { 1 } else { ATTEMPTS };
        loop {
            let taken = match place.take() {
                Some(place) => place,
                None => self.take(ask.route, ask.major, ask.urgency).await?,
            };
            left -= 1;
            let attempt = self.attempt(&ask, ATTEMPTS - left).await;
            drop(taken);
            match attempt {
                Attempt::Done(value) => return Ok(value),
                Attempt::Later(after, error) if left > 0 => {
                    tracing::debug!(route = ask.route, ?after, %error, "the request is sent again");
                    sleep(after).await;
                }
                Attempt::Later(_, error) | Attempt::Failed(error) => return Err(error),
            }
        }
    }

    /// Requests of one route and major id go one after the other: the order of messages is kept, and each answer's
    /// headers are known before the next request.
    fn lane(&self, route: &'static str, major: u64) -> Lane {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() > MOST_LANES {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        lanes.entry((route, major)).or_default().clone()
    }

    /// Takes a place as soon as there is one. Wishes of one urgency are granted in their order; one that only its own bucket
    /// holds up does not hold up the others.
    async fn take(&self, route: &str, major: u64, urgency: Urgency) -> Result<Place, RestError> {
        let until = (urgency == Urgency::Spare).then(|| Instant::now() + MOMENT);
        let line = match urgency {
            Urgency::Now => Some(&self.asking),
            Urgency::Soon => Some(&self.drawing),
            Urgency::Unbound | Urgency::Spare => None,
        };
        let mut turn = None;
        loop {
            if let (Some(line), None) = (line, &turn) {
                turn = Some(line.lock().await);
            }
            let after = match self.limits.take(route, major, urgency) {
                Ok(place) => return Ok(place),
                Err(Wait::All(after)) => after,
                Err(Wait::Bucket(after)) => {
                    turn = None;
                    after
                }
            };
            if until.is_some_and(|until| Instant::now() + after > until) {
                return Err(RestError::Limited { after });
            }
            sleep(after).await;
        }
    }

    /// Whether a place that was taken before is still one.
    fn holds(&self, ask: &Ask<'_>, place: &Place) -> bool {
        self.limits.lock().holds(ask.route, ask.major, place.taken, Instant::now())
    }

    async fn attempt(&self, ask: &Ask<'_>, number: u32) -> Attempt {
        let backoff = Duration::from_millis(300) * 2_u32.pow(number);
        let response = match self.request(ask).send().await {
            Ok(response) => response,
            Err(err) => {
                let (connect, why) = (err.is_connect(), err.without_url().to_string());
                let error = RestError::Unclear { why };
                return if connect || ask.again == Again::Harmless {
                    Attempt::Later(backoff, error)
                } else {
                    Attempt::Failed(error)
                };
            }
        };
        self.read(ask, response, backoff).await
    }

    async fn read(&self, ask: &Ask<'_>, response: Response, backoff: Duration) -> Attempt {
        let (status, mut told) = (response.status(), Told::of(response.headers()));
        let text = response.text().await;
        let body: Option<Value> = text.as_ref().ok().and_then(|text| parse(text));
        if status == StatusCode::TOO_MANY_REQUESTS {
            let said = body.as_ref().and_then(|body| body["retry_after"].as_f64()).and_then(limits::whole);
            let wait = said.or(told.retry_after).unwrap_or(Duration::from_secs(1));
            told.retry_after = Some(wait);
        } else {
            told.retry_after = None;
        }
        // Edits of that one message are limited then, not those of others in the channel.
        if body.as_ref().is_none_or(|body| body["code"] != OLD_MESSAGE) {
            self.limits.lock().learn(ask.route, ask.major, &told, Instant::now());
        }
        self.judge(ask, status, told.retry_after, body, backoff)
    }

    fn judge(
        &self,
        ask: &Ask<'_>,
        status: StatusCode,
        wait: Option<Duration>,
        body: Option<Value>,
        backoff: Duration,
    ) -> Attempt {
        match (wait, body) {
            (Some(after), _) if after > MOST_WAIT => Attempt::Failed(RestError::Limited { after }),
            // The limits know of the wait; the next attempt's place comes after it.
            (Some(after), _) => Attempt::Later(Duration::ZERO, RestError::Limited { after }),
            // Whoever asks for something is not answered with nothing.
            (None, Some(body)) if status.is_success() && !(body.is_null() && ask.method == Method::GET) => {
                Attempt::Done(body)
            }
            (None, _) if status.is_success() || status.is_server_error() => {
                let error = RestError::Unclear { why: format!("the answer was {status}") };
                match ask.again {
                    Again::Harmless => Attempt::Later(backoff, error),
                    Again::Never => Attempt::Failed(error),
                }
            }
            (None, body) => {
                if status == StatusCode::UNAUTHORIZED && ask.urgency != Urgency::Unbound {
                    self.refused.cancel();
                }
                Attempt::Failed(refused(status, body.as_ref()))
            }
        }
    }

    fn request(&self, ask: &Ask<'_>) -> reqwest::RequestBuilder {
        let builder = self.http.request(ask.method.clone(), self.base.join(&ask.path));
        let builder = builder.header("authorization", &self.authorization);
        match &ask.body {
            None => builder.header("content-length", "0"),
            Some(body) if ask.files.is_empty() => builder.json(body),
            Some(body) => builder.multipart(form(body, ask.files)),
        }
    }
}

/// An answer's JSON; an empty answer is `null`.
fn parse(text: &str) -> Option<Value> {
    if text.is_empty() { Some(Value::Null) } else { serde_json::from_str(text).ok() }
}

fn refused(status: StatusCode, body: Option<&Value>) -> RestError {
    let code = body.and_then(|body| body["code"].as_u64()).and_then(|code| u32::try_from(code).ok());
    let message = body.and_then(|body| body["message"].as_str()).unwrap_or("no message");
    RestError::Refused { status: status.as_u16(), code: code.unwrap_or(0), message: message.to_owned() }
}

fn form(body: &Value, files: &[File]) -> Form {
    let form = Form::new().text("payload_json", body.to_string());
    files.iter().enumerate().fold(form, |form, (at, file)| {
        form.part(format!("files[{at}]"), Part::bytes(file.data.clone()).file_name(file.name.clone()))
    })
}

#[cfg(test)]
mod tests {
    use claudetools_support::discord::{FakeDiscord, TOKEN};

    use super::*;

    const ME: &str = "GET /users/@me";

    #[tokio::test]
    async fn a_place_from_before_a_429_is_not_used() {
        let discord = FakeDiscord::start().await.unwrap();
        let rest = Rest::new(Base::new(Some(&discord.api_base)).unwrap(), TOKEN);
        let place = Some(rest.take(ME, 0, Urgency::Soon).await.unwrap());
        let (began, retry_after) = (Instant::now(), Duration::from_millis(300));
        let told = Told { retry_after: Some(retry_after), global: true, ..Told::default() };
        rest.limits.lock().learn("another", 0, &told, began);
        let (method, path, again, urgency) = (Method::GET, "/users/@me".to_owned(), Again::Harmless, Urgency::Soon);
        let ask = Ask { method, route: ME, major: 0, path, body: None, files: &[], again, urgency, place };
        rest.send(ask).await.unwrap();
        assert!(began.elapsed() >= retry_after);
    }
}
