//! HTTP: no.

use std::sync::Arc;

use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::guard::Guard;
use crate::quote::quoted;

/// Refuses every request, and notes where it was to go.
pub(crate) struct NoHttp(pub(crate) Arc<Guard>);

type Ended = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for NoHttp {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _ended: Ended,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Ended), Error>> + Send> {
        // Only where to: a path or a query may carry what should not be in an audit.
        let host = request.uri().authority().map_or("", |authority| authority.as_str());
        super::network::refuse(&self.0, format!("{} {}", request.method(), quoted(host)));
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}
