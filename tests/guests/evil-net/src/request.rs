//! One request, from a URL or from raw parts.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use claudetools_kit::{Failure, Output};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{ErrorCode, Fields, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme};

use crate::{Input, body};

/// A request in the pieces that `wasi:http` takes.
pub struct Parts<'a> {
    pub method: &'a str,
    pub scheme: &'a str,
    pub authority: &'a str,
    pub path: &'a str,
    pub headers: &'a [(String, String)],
}

impl<'a> Parts<'a> {
    /// Cuts a URL without looking at what is in it.
    pub fn of(input: &'a Input) -> Self {
        let (scheme, rest) = input.url.split_once("://").unwrap_or((&input.url, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Self { method: method(&input.method), scheme, authority, path, headers: &input.headers }
    }

    /// What cannot even be written down was refused by the host.
    pub fn build(&self) -> Result<OutgoingRequest, Failure> {
        let unwritable = |what: &str| Failure::Refused(format!("wasi:http takes no such {what}"));
        let pairs: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
        let fields = Fields::from_list(&pairs).map_err(|error| unwritable(&format!("header: {error:?}")))?;
        let request = OutgoingRequest::new(fields);
        request.set_method(&Method::Other(self.method.to_owned())).map_err(|()| unwritable("method"))?;
        request.set_scheme(Some(&Scheme::Other(self.scheme.to_owned()))).map_err(|()| unwritable("scheme"))?;
        request.set_authority(Some(self.authority)).map_err(|()| unwritable("host"))?;
        request.set_path_with_query(Some(self.path)).map_err(|()| unwritable("path"))?;
        Ok(request)
    }
}

fn method(text: &str) -> &str {
    if text.is_empty() { "GET" } else { text }
}

/// `{random}` in a body is another number in each call: what is confirmed is not what comes then.
pub fn request(input: &Input) -> Result<Output, Failure> {
    let random = RandomState::new().build_hasher().finish().to_string();
    answered(&Parts::of(input), &input.body.replace("{random}", &random))
}

pub fn raw(input: &Input) -> Result<Output, Failure> {
    let Input { scheme, authority, path, headers, .. } = input;
    answered(&Parts { method: method(&input.method), scheme, authority, path, headers }, "")
}

fn answered(parts: &Parts<'_>, text: &str) -> Result<Output, Failure> {
    let request = parts.build()?;
    let outgoing = if text.is_empty() { None } else { Some(request.body().map_err(|()| broken("body"))?) };
    let response = send(request, |()| match outgoing {
        Some(outgoing) => body::write(&outgoing, text.as_bytes()).and_then(|()| finish(outgoing)),
        None => Ok(()),
    })?;
    let headers = response.headers().entries();
    let lines = headers.iter().map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value)));
    let head = format!("{}\n{}", response.status(), lines.collect::<String>());
    Ok(Output::text(format!("{head}\n{}", String::from_utf8_lossy(&body::read(&response)?))))
}

/// Sends a request, lets `upload` write its body, and waits for the answer.
pub fn send(
    request: OutgoingRequest,
    upload: impl FnOnce(()) -> Result<(), Failure>,
) -> Result<IncomingResponse, Failure> {
    let answer = outgoing_handler::handle(request, None).map_err(|error| Failure::Refused(format!("{error:?}")))?;
    // Where the host ended the request, the answer says why.
    let uploaded = upload(());
    loop {
        match answer.get() {
            Some(Ok(Ok(response))) => return uploaded.map(|()| response),
            Some(Ok(Err(error))) => return Err(failed(error)),
            Some(Err(())) => return Err(broken("answer")),
            None => answer.subscribe().block(),
        }
    }
}

pub fn finish(outgoing: OutgoingBody) -> Result<(), Failure> {
    OutgoingBody::finish(outgoing, None).map_err(failed)
}

/// What the host refused is shown as the host's own record; the rest is the outside world.
pub fn failed(error: ErrorCode) -> Failure {
    match error {
        ErrorCode::HttpRequestDenied
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::DestinationIpProhibited => Failure::Refused(format!("{error:?}")),
        _ => Failure::Unavailable(format!("{error:?}")),
    }
}

pub fn broken(what: &str) -> Failure {
    Failure::Internal(format!("wasi:http gave no {what}"))
}
