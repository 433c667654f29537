//! One reply as it streams, against silence, cuts and nonsense.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream, Stream};
use reqwest::header::CONTENT_TYPE;

use crate::turn::ModelFailure;

use super::Streamed;
use super::assembly::Assembly;
use super::fault::{cut, hopeless, said, silent};
use super::sse::{Decoder, Unreadable};

/// How long the end of the response is waited for after its last event: read to its end, the connection serves
/// the next request, too.
const TRAILER: Duration = Duration::from_millis(20);
/// How long a recorded reply may be silent, which it never is.
const SILENCE: Duration = Duration::from_secs(1);

/// A reply under way.
pub(super) struct Reply {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    decoder: Decoder,
    events: VecDeque<String>,
    assembly: Assembly,
    ready: VecDeque<Streamed>,
    /// Why no more events come. What came before it is handed out first, however the stream was cut into pieces.
    broken: Option<ModelFailure>,
    idle: Duration,
    secret: Option<String>,
}

/// A reply that was recorded: the bytes of its body in the pieces in which they came.
///
/// It ends as a live one does, with `Done` or with an error, and waits for nothing.
pub fn recorded(pieces: Vec<Bytes>, model: &str) -> BoxStream<'static, Result<Streamed, ModelFailure>> {
    let body = stream::iter(pieces.into_iter().map(Ok)).boxed();
    Reply::of(body, Assembly::new(model, ""), SILENCE, None).into_stream().boxed()
}

impl Reply {
    /// The reply in a successful response; an error where the response is a page or a document instead of a stream.
    pub(super) fn new(
        response: reqwest::Response,
        model: &str,
        idle: Duration,
        secret: Option<&str>,
    ) -> Result<Self, ModelFailure> {
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = header(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
        if matches!(kind, "text/html" | "application/json") {
            let message = format!("The model's server answers with {kind} instead of a stream; check its address");
            return Err(hopeless(&message));
        }
        let assembly = Assembly::new(model, &said(header("request-id"), None));
        Ok(Self::of(response.bytes_stream().boxed(), assembly, idle, secret))
    }

    fn of(
        body: BoxStream<'static, reqwest::Result<Bytes>>,
        assembly: Assembly,
        idle: Duration,
        secret: Option<&str>,
    ) -> Self {
        let (decoder, events, ready) = (Decoder::default(), VecDeque::new(), VecDeque::new());
        Self { body, decoder, events, assembly, ready, broken: None, idle, secret: secret.map(str::to_owned) }
    }

    /// What the reply brings, ending with `Done` or with an error.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Streamed, ModelFailure>> {
        stream::unfold(Some(self), |reply| async {
            let mut reply = reply?;
            match reply.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(reply))),
                Ok(None) => None,
                Err(failure) => Some((Err(failure), None)),
            }
        })
    }

    async fn next(&mut self) -> Result<Option<Streamed>, ModelFailure> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.assembly.is_done() {
                return Ok(None);
            }
            match self.events.pop_front() {
                Some(event) => self.assembly.event(&event, &mut self.ready, self.secret.as_deref())?,
                None => self.read().await?,
            }
            if self.assembly.is_done() {
                let trailer = async { while let Some(Ok(_)) = self.body.next().await {} };
                let _ended = tokio::time::timeout(TRAILER, trailer).await;
            }
        }
    }

    /// Reads at least one event, or fails.
    async fn read(&mut self) -> Result<(), ModelFailure> {
        while self.events.is_empty() {
            if let Some(failure) = self.broken.take() {
                return Err(failure);
            }
            let decoded = match tokio::time::timeout(self.idle, self.body.next()).await {
                Err(_) => return Err(silent(self.idle)),
                Ok(Some(Err(_))) => return Err(cut("The connection to the model was lost")),
                Ok(Some(Ok(bytes))) => self.decoder.push(&bytes, &mut self.events),
                Ok(None) => {
                    let finished = self.decoder.finish(&mut self.events);
                    self.broken = Some(cut("The model's reply ended in the middle"));
                    finished
                }
            };
            if let Err(why) = decoded {
                self.broken = Some(unreadable(why));
            }
        }
        Ok(())
    }
}

fn unreadable(why: Unreadable) -> ModelFailure {
    match why {
        Unreadable::TooMuch => hopeless("The model's server sends more than a reply can be"),
        Unreadable::NotText => cut("The model's reply cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &[u8] = b"data: {\"type\":\"content_block_start\",\"index\":0,\
        \"content_block\":{\"type\":\"text\",\"text\":\"heard\"}}\n\ndata: \xff\n\n";

    #[tokio::test]
    async fn what_came_before_unreadable_bytes_is_heard_however_they_are_cut() {
        for length in [1, 7, REPLY.len()] {
            let pieces = REPLY.chunks(length).map(Bytes::copy_from_slice).collect();
            let heard: Vec<_> = recorded(pieces, "claude-sonnet-4-5").collect().await;
            let heard: Vec<_> = heard.into_iter().map(|item| item.map_err(|failure| failure.message)).collect();
            let failure = "The model's reply cannot be read".to_owned();
            assert_eq!(heard, [Ok(Streamed::Text("heard".to_owned())), Err(failure)], "in pieces of {length}");
        }
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_heard() {
        let heard: Vec<_> = recorded(vec![Bytes::from_static(&REPLY[..REPLY.len() - 9])], "m").collect().await;
        assert_eq!(heard.len(), 2, "{heard:?}");
    }
}
