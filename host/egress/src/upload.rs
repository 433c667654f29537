//! The body of a request, counted while it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use claudetools_policy::{Body, Code, Refusal};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use tokio::runtime::Handle;

use crate::note::Exchange;
use crate::{Failure, Trouble};

/// An error of a body that is not told to anybody.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A guest's body, whatever it is made of.
pub(crate) type GuestBody = UnsyncBoxBody<Bytes, BodyError>;

/// No body.
pub(crate) fn nothing() -> GuestBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// The most bytes of a body that is read whole: more than any call to an API that says what it does, and what a person can
/// be shown before a click.
const WHOLE: u64 = 256 << 10;

/// The body of a request before it is sent.
pub(crate) enum Sent {
    /// As the guest hands it over, and how long it said that it is.
    Streamed(GuestBody, Option<u64>),
    /// As it was read and decided on.
    Whole(Body),
}

impl Sent {
    pub(crate) fn nothing() -> Self {
        Self::Streamed(nothing(), None)
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Streamed(body, _) => body.is_end_stream(),
            Self::Whole(body) => body.bytes().is_empty(),
        }
    }

    /// How long it is, where that is known.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Streamed(_, length) => *length,
            Self::Whole(body) => Some(body.bytes().len() as u64),
        }
    }

    /// What was read of it.
    pub(crate) fn body(&self) -> Option<&Body> {
        match self {
            Self::Streamed(..) => None,
            Self::Whole(body) => Some(body),
        }
    }

    /// Reads it whole, where that was not done: `net.bytes` where it is longer than `most`, `confirm.unshowable` where it is
    /// longer than what is read whole.
    pub(crate) async fn read(self, most: u64) -> Result<Self, Failure> {
        let Self::Streamed(mut body, length) = self else { return Ok(self) };
        let fits = |bytes: u64| match bytes {
            _ if bytes > most => Err(too_long(most)),
            _ if bytes > WHOLE => Err(unshowable()),
            _ => Ok(()),
        };
        fits(length.unwrap_or(0))?;
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Trouble::Protocol)?;
            bytes.extend_from_slice(&frame.into_data().map_err(|_| no_trailers())?);
            fits(bytes.len() as u64)?;
        }
        Ok(Self::Whole(Body::read(bytes)))
    }

    /// What is sent, and how long it is.
    fn into_parts(self) -> (GuestBody, Option<u64>) {
        let length = self.length();
        match self {
            Self::Streamed(body, _) => (body, length),
            Self::Whole(body) => {
                let bytes = Bytes::copy_from_slice(body.bytes());
                (Full::new(bytes).map_err(|never| match never {}).boxed_unsync(), length)
            }
        }
    }
}

fn unshowable() -> Refusal {
    let message =
        format!("The body of the request is longer than {WHOLE} bytes, more than is decided on or shown whole.");
    Refusal::new(Code::ConfirmUnshowable, message)
}

fn no_trailers() -> Refusal {
    // Trailers are headers that come after the decision on headers.
    Refusal::new(Code::NetHeader, "A request of a plugin has no trailers.")
}

/// A body that ends the exchange when it becomes longer than the grant allows.
pub(crate) struct Upload {
    body: GuestBody,
    /// Where the guest said how long it is: what is still to come.
    length: Option<u64>,
    /// Bytes that may still be sent.
    left: u64,
    most: u64,
    exchange: Arc<Exchange>,
}

impl Upload {
    pub(crate) fn new(sent: Sent, most: u64, exchange: Arc<Exchange>) -> Self {
        let (body, length) = sent.into_parts();
        Self { body, length, left: most, most, exchange }
    }

    fn count(&mut self, bytes: u64) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| too_long(self.most))?;
        self.length = self.length.map(|length| length.saturating_sub(bytes));
        self.exchange.traffic().add_up(bytes);
        Ok(())
    }
}

/// The refusal of a body that is longer than `most`.
pub(crate) fn too_long(most: u64) -> Refusal {
    Refusal::new(Code::NetBytes, format!("The body of the request is longer than the {most} bytes that are granted."))
}

impl Drop for Upload {
    /// A connection lets go of a body once it has as many bytes as were said. The guest has still to say that it is
    /// finished, and must not take that for a failure.
    fn drop(&mut self) {
        if self.length == Some(0)
            && let Ok(runtime) = Handle::try_current()
        {
            let mut rest = std::mem::replace(&mut self.body, nothing());
            runtime.spawn(async move { while let Some(Ok(_)) = rest.frame().await {} });
        }
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            ended => return Poll::Ready(ended),
        };
        let counted = match frame.data_ref() {
            Some(data) => self.count(data.len() as u64),
            None => Err(no_trailers()),
        };
        Poll::Ready(Some(match counted {
            Ok(()) => Ok(frame),
            Err(refusal) => Err(self.exchange.end(refusal).into()),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(|| self.body.size_hint(), SizeHint::with_exact)
    }
}
