//! The body of a request, counted while it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use claudetools_policy::{Code, Refusal};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use tokio::runtime::Handle;

use crate::note::Exchange;

/// An error of a body that is not told to anybody.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// A guest's body, whatever it is made of.
pub(crate) type GuestBody = UnsyncBoxBody<Bytes, BodyError>;

/// No body.
pub(crate) fn nothing() -> GuestBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
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
    pub(crate) fn new(body: GuestBody, length: Option<u64>, most: u64, exchange: Arc<Exchange>) -> Self {
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

impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            ended => return Poll::Ready(ended),
        };
        let counted = match frame.data_ref() {
            Some(data) => self.count(data.len() as u64),
            // Trailers are headers that come after the decision on headers.
            None => Err(Refusal::new(Code::NetHeader, "A request of a plugin has no trailers.")),
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
