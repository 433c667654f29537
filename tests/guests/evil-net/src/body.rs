//! Bodies, both ways.

use claudetools_kit::Failure;
use wasip2::http::types::{IncomingResponse, OutgoingBody};
use wasip2::io::streams::StreamError;

use crate::request::broken;

/// What one call of `blocking-write-and-flush` takes.
const PIECE: usize = 4096;

pub fn write(body: &OutgoingBody, bytes: &[u8]) -> Result<(), Failure> {
    let stream = body.write().map_err(|()| broken("stream"))?;
    bytes.chunks(PIECE).try_for_each(|piece| stream.blocking_write_and_flush(piece)).map_err(ended)
}

pub fn read(response: &IncomingResponse) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    each(response, |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

/// Hands over every piece of an answer.
pub fn each(response: &IncomingResponse, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
    let body = response.consume().map_err(|()| broken("body"))?;
    let stream = body.stream().map_err(|()| broken("stream"))?;
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => take(&piece),
            Err(StreamError::Closed) => return Ok(()),
            Err(error) => return Err(ended(error)),
        }
    }
}

/// A stream that breaks off: the host's record says whether it was the host.
fn ended(error: StreamError) -> Failure {
    Failure::Refused(format!("the stream ended: {error:?}"))
}
