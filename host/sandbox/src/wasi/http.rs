//! `wasi:http`: from upstream's types to the one function of egress, and back.

use std::sync::Arc;
use std::time::Instant;

use claudetools_egress::{Egress, Failure, MadeFor, Overseer, Patience, Request, Sender, Trouble};
use claudetools_policy::{Admitted, Code};
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpHooks};

use crate::guard::Guard;

/// The size of one map of headers, with what it takes in memory: a little more than egress allows on the wire, so that
/// a guest is refused there, where it is noted, and the host's memory is bounded all the same.
const MAX_FIELDS: usize = 48 << 10;
/// The most bytes of a body that the guest hands over at once.
const MAX_CHUNK: usize = 64 << 10;

/// Requests of one call that wait for the head of their answer at once: more than browsers ask one host, and few enough
/// that a name which resolves slowly does not take all the threads on which names are looked up and calls run.
const MAX_WAITING: usize = 16;

type Ended = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// The requests of one call.
pub(crate) struct Http {
    egress: Arc<Egress>,
    sender: Sender,
    waiting: Arc<Semaphore>,
}

impl Http {
    /// For a call that ends at `until`; the guard oversees it.
    pub(crate) fn new(egress: &Arc<Egress>, plugin: &Arc<Admitted>, guard: &Arc<Guard>, until: Instant) -> Self {
        let overseer: Arc<dyn Overseer> = Arc::clone(guard) as _;
        let (plugin, tool) = (Arc::clone(plugin), guard.tool().to_owned());
        let sender = Sender { plugin, tool, until: until.into(), overseer, made: MadeFor::default() };
        Self { egress: Arc::clone(egress), sender, waiting: Arc::new(Semaphore::new(MAX_WAITING)) }
    }

    /// For whom requests are sent.
    pub(crate) fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The way out, for what is no request of the guest itself.
    pub(crate) fn way_out(&self) -> &Arc<Egress> {
        &self.egress
    }
}

/// What bounds the headers of a guest before they are decided on.
pub(crate) fn context() -> WasiHttpCtx {
    let mut http = WasiHttpCtx::new();
    http.set_field_size_limit(MAX_FIELDS);
    http
}

impl WasiHttpHooks for Http {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _ended: Ended,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Ended), Error>> + Send> {
        let (egress, sender, waiting) = (Arc::clone(&self.egress), self.sender.clone(), Arc::clone(&self.waiting));
        Box::new(async move {
            // It is never closed: an error cannot come.
            let _place = waiting.acquire().await;
            let response = egress.send(asked(request, options), &sender).await.map_err(told)?;
            let response = response.map(|answer| answer.map_err(told).boxed_unsync());
            Ok((response, Box::new(async { Ok(()) }) as Ended))
        })
    }

    /// None: what may not be set is refused by egress, where the audit hears of it.
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|_| false)
    }

    /// All: the same.
    fn is_supported_scheme(&mut self, _scheme: &http::uri::Scheme) -> bool {
        true
    }

    /// Egress does, from what it decided on.
    fn set_host_header(&mut self) -> bool {
        false
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        MAX_CHUNK
    }
}

/// The request as the guest made it. Its length is not a header: it was compared with the body by upstream, and the
/// host writes it.
fn asked(request: http::Request<WasiBody>, options: Option<RequestOptions>) -> Request<WasiBody> {
    let (mut head, body) = request.into_parts();
    let length = head.headers.remove(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let options = options.unwrap_or_default();
    Request {
        method: head.method.as_str().to_owned(),
        scheme: head.uri.scheme_str().unwrap_or_default().to_owned(),
        authority: head.uri.authority().map_or_else(String::new, ToString::to_string),
        path_and_query: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_owned())).collect(),
        body,
        length,
        patience: Patience { connect: options.connect_timeout, first_byte: options.first_byte_timeout },
    }
}

/// What the guest is told. Its refusal has no words here: the person is shown the host's own record.
fn told(failure: Failure) -> Error {
    match failure {
        Failure::Refused(refusal) => match refusal.code {
            Code::NetPrivate => Error::DestinationIpProhibited,
            Code::NetBadTarget => Error::HttpRequestUriInvalid,
            Code::LimitTime => Error::HttpResponseTimeout,
            _ => Error::HttpRequestDenied,
        },
        Failure::Trouble(Trouble::Resolve) => Error::DnsError { rcode: None, info_code: None },
        Failure::Trouble(Trouble::Connect) => Error::DestinationUnavailable,
        Failure::Trouble(Trouble::Tls) => Error::TlsProtocolError,
        Failure::Trouble(Trouble::Timeout) => Error::HttpResponseTimeout,
        Failure::Trouble(Trouble::Protocol) => Error::HttpProtocolError,
    }
}
