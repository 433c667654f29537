//! One request under way, over `wasi:http` and `wasi:io`.

#[cfg(not(target_family = "wasm"))]
pub use outside::Flight;
#[cfg(target_family = "wasm")]
pub use within::Flight;

/// Outside the host.
#[cfg(not(target_family = "wasm"))]
mod outside {
    use std::thread;
    use std::time::Duration;

    use crate::http::{Answer, Request, Trouble};

    pub struct Flight;

    impl Flight {
        pub fn begin(_request: &Request, _longest: usize) -> Self {
            Self
        }

        pub fn first_of(
            flying: &mut Vec<(usize, Self)>,
            longest: Option<Duration>,
        ) -> Option<(usize, Result<Answer, Trouble>)> {
            if flying.is_empty() {
                thread::sleep(longest.unwrap_or_default());
                return None;
            }
            Some((flying.remove(0).0, Err(Trouble::NoNetwork)))
        }
    }
}

/// Within the host.
#[cfg(target_family = "wasm")]
mod within {
    use std::time::Duration;

    use wasip2::clocks::monotonic_clock;
    use wasip2::http::outgoing_handler;
    use wasip2::http::types::{
        ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody,
        OutgoingRequest, Scheme,
    };
    use wasip2::io::poll::{Pollable, poll};
    use wasip2::io::streams::{InputStream, StreamError};

    use crate::http::{Answer, Request, Trouble};

    /// What one call of `blocking-write-and-flush` takes.
    const PIECE: usize = 4096;
    /// How much of an answer is read at once.
    const GULP: u64 = 64 << 10;

    /// A request, from its sending to the last byte of its answer.
    pub enum Flight {
        Asked { answer: FutureIncomingResponse, longest: usize },
        Reading(Reading),
        Over(Result<Answer, Trouble>),
    }

    /// An answer whose head is there. What is read from goes before what it is a part of: fields drop in order.
    pub struct Reading {
        stream: InputStream,
        _body: IncomingBody,
        _response: IncomingResponse,
        so_far: Answer,
        longest: usize,
    }

    impl Flight {
        pub fn begin(request: &Request, longest: usize) -> Self {
            match sent(request) {
                Ok(answer) => Self::Asked { answer, longest },
                Err(trouble) => Self::Over(Err(trouble)),
            }
        }

        /// Waits until one is over, or until `longest` has passed, and takes it out.
        pub fn first_of(
            flying: &mut Vec<(usize, Self)>,
            longest: Option<Duration>,
        ) -> Option<(usize, Result<Answer, Trouble>)> {
            let nanos = longest.map(|longest| u64::try_from(longest.as_nanos()).unwrap_or(u64::MAX));
            let alarm = nanos.map(monotonic_clock::subscribe_duration);
            loop {
                if let Some(at) = flying.iter().position(|(_, flight)| matches!(flight, Self::Over(_)))
                    && let (number, Self::Over(answer)) = flying.remove(at)
                {
                    return Some((number, answer));
                }
                if !wait(flying, alarm.as_ref()) {
                    return None;
                }
            }
        }

        fn signal(&self) -> Option<Pollable> {
            match self {
                Self::Asked { answer, .. } => Some(answer.subscribe()),
                Self::Reading(reading) => Some(reading.stream.subscribe()),
                Self::Over(_) => None,
            }
        }

        /// Goes as far as it can without waiting.
        fn go_on(&mut self) {
            let next = match self {
                Self::Asked { answer, longest } => match answer.get() {
                    None => return,
                    Some(Ok(Ok(response))) => Reading::of(response, *longest).map(Self::Reading),
                    Some(Ok(Err(error))) => Err(trouble(&error)),
                    Some(Err(())) => Err(Trouble::Broken),
                },
                Self::Reading(reading) => match reading.gulp() {
                    Ok(false) => return,
                    Ok(true) => Ok(Self::Over(Ok(std::mem::take(&mut reading.so_far)))),
                    Err(trouble) => Err(trouble),
                },
                Self::Over(_) => return,
            };
            *self = next.unwrap_or_else(|trouble| Self::Over(Err(trouble)));
        }
    }

    /// Waits until something can go on, and lets it. False where there is nothing, or the alarm came first.
    fn wait(flying: &mut [(usize, Flight)], alarm: Option<&Pollable>) -> bool {
        let signals: Vec<Pollable> = flying.iter().filter_map(|(_, flight)| flight.signal()).collect();
        let all: Vec<&Pollable> = signals.iter().chain(alarm).collect();
        if all.is_empty() {
            return false;
        }
        let ready = poll(&all);
        let moved = ready.iter().any(|index| (*index as usize) < signals.len());
        drop(signals);
        flying.iter_mut().for_each(|(_, flight)| flight.go_on());
        moved
    }

    impl Reading {
        fn of(response: IncomingResponse, longest: usize) -> Result<Self, Trouble> {
            let headers = response.headers().entries();
            let text = |value: Vec<u8>| String::from_utf8_lossy(&value).into_owned();
            let headers = headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), text(value)));
            let so_far = Answer { status: response.status(), headers: headers.collect(), body: Vec::new() };
            let body = response.consume().map_err(|()| Trouble::Broken)?;
            let stream = body.stream().map_err(|()| Trouble::Broken)?;
            Ok(Self { stream, _body: body, _response: response, so_far, longest })
        }

        /// Reads what is there; true at the end.
        fn gulp(&mut self) -> Result<bool, Trouble> {
            match self.stream.read(GULP) {
                Ok(piece) if self.so_far.body.len() + piece.len() > self.longest => Err(Trouble::TooLong(self.longest)),
                Ok(piece) => {
                    self.so_far.body.extend_from_slice(&piece);
                    Ok(false)
                }
                Err(StreamError::Closed) => Ok(true),
                Err(StreamError::LastOperationFailed(_)) => Err(Trouble::Broken),
            }
        }
    }

    fn sent(request: &Request) -> Result<FutureIncomingResponse, Trouble> {
        let outgoing = built(request)?;
        let body = if request.body.is_empty() { None } else { Some(outgoing.body().map_err(|()| Trouble::Broken)?) };
        let answer = outgoing_handler::handle(outgoing, None).map_err(|error| trouble(&error))?;
        if let Some(body) = body {
            // Where the host ended the request while it was written, the answer says why.
            write(&body, &request.body).and_then(|()| OutgoingBody::finish(body, None).ok()).unwrap_or_default();
        }
        Ok(answer)
    }

    fn built(request: &Request) -> Result<OutgoingRequest, Trouble> {
        let (scheme, rest) = request.url.split_once("://").ok_or(Trouble::Unwritable("URL without a scheme"))?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let pairs: Vec<_> =
            request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
        let headers = Fields::from_list(&pairs).map_err(|_| Trouble::Unwritable("header"))?;
        let outgoing = OutgoingRequest::new(headers);
        outgoing.set_method(&Method::Other(request.method.clone())).map_err(|()| Trouble::Unwritable("method"))?;
        outgoing.set_scheme(Some(&Scheme::Other(scheme.to_owned()))).map_err(|()| Trouble::Unwritable("scheme"))?;
        outgoing.set_authority(Some(authority)).map_err(|()| Trouble::Unwritable("host"))?;
        outgoing.set_path_with_query(Some(path)).map_err(|()| Trouble::Unwritable("path"))?;
        Ok(outgoing)
    }

    fn write(body: &OutgoingBody, bytes: &[u8]) -> Option<()> {
        let stream = body.write().ok()?;
        bytes.chunks(PIECE).try_for_each(|piece| stream.blocking_write_and_flush(piece)).ok()
    }

    fn trouble(error: &ErrorCode) -> Trouble {
        match error {
            ErrorCode::HttpRequestDenied
            | ErrorCode::HttpRequestUriInvalid
            | ErrorCode::HttpRequestMethodInvalid
            | ErrorCode::HttpRequestBodySize(_)
            | ErrorCode::DestinationIpProhibited => Trouble::Refused,
            ErrorCode::DnsTimeout
            | ErrorCode::DnsError(_)
            | ErrorCode::DestinationNotFound
            | ErrorCode::DestinationUnavailable
            | ErrorCode::DestinationIpUnroutable
            | ErrorCode::ConnectionRefused
            | ErrorCode::TlsProtocolError
            | ErrorCode::TlsCertificateError
            | ErrorCode::TlsAlertReceived(_) => Trouble::Unreachable,
            ErrorCode::ConnectionTimeout
            | ErrorCode::ConnectionReadTimeout
            | ErrorCode::ConnectionWriteTimeout
            | ErrorCode::HttpResponseTimeout => Trouble::TimedOut,
            _ => Trouble::Broken,
        }
    }
}
