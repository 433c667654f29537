//! The body of an answer: counted, scrubbed, and ended with the call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use claudetools_policy::{Code, Refusal};
use claudetools_secrets::StreamScrub;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::connect::Driver;
use crate::note::Exchange;
use crate::{Failure, Trouble};

/// The body of an answer. Dropping it closes the connection. It has no trailers.
pub struct Answer {
    incoming: Incoming,
    exchange: Arc<Exchange>,
    scrub: Option<StreamScrub>,
    /// Bytes that may still come.
    left: u64,
    most: u64,
    late: Pin<Box<Sleep>>,
    /// `None` when nothing more is to come.
    driver: Option<Driver>,
}

impl Answer {
    pub(crate) fn new(
        incoming: Incoming,
        exchange: Arc<Exchange>,
        scrub: Option<StreamScrub>,
        most: u64,
        until: Instant,
        driver: Driver,
    ) -> Self {
        let late = Box::pin(sleep_until(until));
        Self { incoming, exchange, scrub, left: most, most, late, driver: Some(driver) }
    }

    fn end(&mut self, failure: Failure) -> Failure {
        self.driver = None;
        failure
    }

    /// Counts what came and takes the secrets out of it.
    fn pass_on(&mut self, data: Bytes) -> Result<Bytes, Failure> {
        let bytes = data.len() as u64;
        self.exchange.traffic().add_down(bytes);
        self.left = self.left.checked_sub(bytes).ok_or_else(|| self.exchange.end(too_long(self.most)))?;
        Ok(match &mut self.scrub {
            Some(scrub) => scrubbed(scrub, &self.exchange, |scrub| scrub.push(&data)),
            None => data,
        })
    }

    /// What was held back, when nothing more comes.
    fn rest(&mut self) -> Bytes {
        self.driver = None;
        let scrub = self.scrub.as_mut();
        scrub.map_or_else(Bytes::new, |scrub| scrubbed(scrub, &self.exchange, StreamScrub::finish))
    }
}

/// Lets the scrubber work, and notes the first secret that it finds.
fn scrubbed(scrub: &mut StreamScrub, exchange: &Exchange, work: impl FnOnce(&mut StreamScrub) -> Vec<u8>) -> Bytes {
    let before = scrub.found();
    let clean = work(scrub);
    if before == 0 && scrub.found() > 0 {
        exchange.found(came_back());
    }
    clean.into()
}

/// What is noted when a secret came back.
pub(crate) fn came_back() -> Refusal {
    Refusal::new(Code::SecretInOutput, "The answer had a secret in it, which was taken out.")
}

/// The refusal of an answer that is longer than `most`.
pub(crate) fn too_long(most: u64) -> Refusal {
    Refusal::new(Code::NetBytes, format!("The answer is longer than the {most} bytes that are granted."))
}

/// The refusal of what outlives its call.
pub(crate) fn too_late() -> Refusal {
    Refusal::new(Code::LimitTime, "The call's time was up before the answer was there.")
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        while self.driver.is_some() {
            if self.late.as_mut().poll(cx).is_ready() {
                let failure = self.exchange.end(too_late());
                return Poll::Ready(Some(Err(self.end(failure))));
            }
            let passed = match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
                Some(Ok(frame)) => frame.into_data().map_or(Ok(Bytes::new()), |data| self.pass_on(data)),
                Some(Err(_)) => Err(self.exchange.failure(Trouble::Protocol)),
                None => Ok(self.rest()),
            };
            match passed {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Err(failure) => return Poll::Ready(Some(Err(self.end(failure)))),
            }
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.driver.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        // A secret that is taken out changes the length.
        if self.scrub.is_some() { SizeHint::default() } else { self.incoming.size_hint() }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}
