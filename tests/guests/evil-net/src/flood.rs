//! Very much of everything.

use claudetools_kit::{Failure, Output};
use wasip2::http::types::{Fields, OutgoingBody};

use crate::request::{Parts, broken, failed, finish, send};
use crate::{Input, body};

/// Many headers of some bytes each.
pub fn headers(input: &Input) -> Result<Output, Failure> {
    let headers: Vec<_> = (0..input.count).map(|_| ("x-flood".to_owned(), "v".repeat(input.bytes))).collect();
    let response = send(Parts { headers: &headers, ..Parts::of(input) }.build()?, Ok)?;
    Ok(Output::text(response.status().to_string()))
}

/// A body without a length, a piece at a time.
pub fn upload(input: &Input) -> Result<Output, Failure> {
    let request = Parts { method: "POST", ..Parts::of(input) }.build()?;
    let outgoing = request.body().map_err(|()| broken("body"))?;
    let response = send(request, |()| {
        body::write(&outgoing, &vec![b'x'; input.bytes])?;
        finish(outgoing)
    })?;
    Ok(Output::text(response.status().to_string()))
}

/// Reads everything and keeps nothing.
pub fn download(input: &Input) -> Result<Output, Failure> {
    let response = send(Parts::of(input).build()?, Ok)?;
    let mut bytes = 0;
    body::each(&response, |piece| bytes += piece.len())?;
    Ok(Output::text(format!("{bytes} bytes")))
}

/// Requests whose answers are never read, and never let go.
pub fn many(input: &Input) -> Result<Output, Failure> {
    let parts = Parts::of(input);
    let held = (0..input.count).map(|_| send(parts.build()?, Ok)).collect::<Result<Vec<_>, _>>()?;
    Ok(Output::text(format!("{} answers", held.len())))
}

/// Headers that come after the body.
pub fn trailers(input: &Input) -> Result<Output, Failure> {
    let request = Parts { method: "POST", headers: &[], ..Parts::of(input) }.build()?;
    let outgoing = request.body().map_err(|()| broken("body"))?;
    let pairs: Vec<_> = input.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
    let fields = Fields::from_list(&pairs).map_err(|error| Failure::Refused(format!("{error:?}")))?;
    let response = send(request, |()| {
        body::write(&outgoing, b"body")?;
        OutgoingBody::finish(outgoing, Some(fields)).map_err(failed)
    })?;
    Ok(Output::text(response.status().to_string()))
}
