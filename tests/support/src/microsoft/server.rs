//! The front door: which service a request is for, how long it takes, and the log.

use std::time::{Duration, Instant};

use axum::extract::{Request, State as From};
use axum::response::Response;

use super::log::{Seen, Service};
use super::state::{Shared, State};
use super::{dns, exchange, graph, login};
use crate::answer::{Answer, Content};
use crate::call::Call;

/// Answers one request.
pub(super) async fn answer(From(shared): From<Shared>, request: Request) -> Response {
    let call = Call::read(request).await;
    let (tenant, latency) = shared.lock().arrive(&call);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let mut state = shared.lock();
    let answer = state.serve(&call);
    state.leave(tenant);
    drop(state);
    answer.into_response()
}

impl State {
    /// Counts a request as under way, and says how long its answer takes.
    fn arrive(&mut self, call: &Call) -> (Option<String>, Duration) {
        let tenant = self.tokens.get(call.bearer()).map(|token| token.tenant.clone());
        let latency = tenant.as_ref().and_then(|id| self.tenants.get(id)).map(|tenant| tenant.conduct.latency);
        if let Some(tenant) = &tenant {
            let (now, most) = self.flying.entry(tenant.clone()).or_default();
            *now += 1;
            *most = (*most).max(*now);
        }
        let leaked = self.secrets().any(|secret| call.raw_query.contains(secret) || call.path.contains(secret));
        if leaked {
            self.problem(format!("{} {}: a secret stands in the URL", call.method, call.path.split('/').count()));
        }
        (tenant, latency.unwrap_or_default())
    }

    fn leave(&mut self, tenant: Option<String>) {
        if let Some((now, _)) = tenant.and_then(|tenant| self.flying.get_mut(&tenant)) {
            *now -= 1;
        }
    }

    fn serve(&mut self, call: &Call) -> Answer {
        let at = self.log.len();
        let service = service(&call.path);
        self.note(call, service);
        let answer = match service {
            Service::Login => login::answer(self, call),
            Service::Graph => graph::answer(self, call),
            Service::Exchange => exchange::answer(self, call),
            Service::Dns => dns::answer(self, call),
            Service::Nowhere => {
                self.problem(format!("{} {}: there is no such service", call.method, call.path));
                Answer::fault(404, "NotFound", "Not found.")
            }
        };
        self.log[at].status = if matches!(answer.body, Content::Lost) { 0 } else { answer.status };
        answer
    }

    /// Notes a request before it is answered.
    pub(super) fn note(&mut self, call: &Call, service: Service) {
        let token = self.tokens.get(call.bearer());
        let cmdlet = call.body["CmdletInput"]["CmdletName"].as_str().map(str::to_owned);
        let seen = Seen {
            service,
            method: call.method.clone(),
            path: call.path.clone(),
            query: call.raw_query.clone(),
            cmdlet,
            tenant: token.map(|token| token.tenant.clone()),
            app: token.map(|token| token.app),
            batched: call.batched,
            wrote: false,
            body: if service == Service::Login { serde_json::Value::Null } else { call.body.clone() },
            request_id: call.header("client-request-id").to_owned(),
            status: 0,
            at: Instant::now(),
        };
        self.log.push(seen);
    }
}

fn service(path: &str) -> Service {
    match path.split('/').nth(1) {
        Some("v1.0" | "beta") => Service::Graph,
        Some("adminapi") => Service::Exchange,
        Some("resolve") => Service::Dns,
        _ if path.contains("/oauth2/") || path.contains("/.well-known/") => Service::Login,
        _ => Service::Nowhere,
    }
}
