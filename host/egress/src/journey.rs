//! One request of a guest: a hop, and one more for each redirect that is followed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claudetools_policy::{
    Ask, Body, Code, Inner, NetEffect, NetGrant, Refusal, Target, Yes, decide_json, decide_net, looks_at_body,
};
use claudetools_secrets::Scrub;
use http::{HeaderMap, Response};
use hyper::body::Incoming;
use tokio::time::{timeout, timeout_at};
use zeroize::Zeroizing;

use crate::answer::{self, Answer};
use crate::connect::{Driver, connect};
use crate::header;
use crate::note::Exchange;
use crate::request::{Patience, Sender};
use crate::resolve::addresses;
use crate::secret::{Key, Keys};
use crate::token::Token;
use crate::upload::{self, Sent, Upload};
use crate::{Egress, Failure, Made, Trouble, Wish, made, redirect};

/// The longest wait for the addresses of a name: what a resolver needs to ask its second server.
const MAX_RESOLVE: Duration = Duration::from_secs(10);

/// What holds for all hops.
pub(crate) struct Journey<'s> {
    pub(crate) egress: &'s Egress,
    pub(crate) sender: &'s Sender,
    pub(crate) keys: Arc<Keys>,
    /// The guest's headers, decided on for each hop.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) patience: Patience,
    pub(crate) followed: u8,
    /// Names of the secrets that were sent so far.
    pub(crate) used: BTreeSet<String>,
    /// Those of them that a server gave.
    pub(crate) tokens: Vec<Arc<Token>>,
    /// Whether a person said yes to it: a yes counts once.
    pub(crate) confirmed: bool,
}

/// What was decided on a hop before anything was asked of anybody.
struct Decided<'a> {
    id: &'a str,
    grant: &'a NetGrant,
    headers: HeaderMap,
    key: Option<Key<'a>>,
    /// Whether it changes nothing.
    looks: bool,
    /// The requests inside it, where it is a batch.
    inner: Vec<Inner>,
    sent: Sent,
    /// The password that was put into it.
    made: Option<Zeroizing<String>>,
    confirmed: bool,
}

impl<'s> Journey<'s> {
    /// Goes on until an answer is to be handed back.
    pub(crate) async fn go(&mut self, mut target: Target, mut sent: Sent) -> Result<Response<Answer>, Failure> {
        loop {
            let has_body = !sent.is_empty();
            let (response, most) = self.hop(&target, sent).await?;
            if self.may_ask_again(&response, has_body) {
                sent = Sent::nothing();
                continue;
            }
            let Some(location) = redirect::location(&response).filter(|_| most > 0) else { return Ok(response) };
            let next = redirect::next(&target, response.status(), &location);
            let next = next.and_then(|next| self.may_follow(&target, next, most, has_body));
            self.followed += 1;
            target = next.map_err(|refusal| self.sender.unreadable(shown(&location), self.redirected(refusal)))?;
            sent = Sent::nothing();
        }
    }

    /// Whether a request is repeated with a new token, once: its answer says that the one it had is forgotten there.
    fn may_ask_again(&self, response: &Response<Answer>, has_body: bool) -> bool {
        let is_rejected = response.status() == http::StatusCode::UNAUTHORIZED;
        let first = self.tokens.len() == 1 && !self.confirmed;
        is_rejected && self.tokens.last().is_some_and(|token| token.was_rejected()) && first && !has_body
    }

    /// Whether one more redirect is followed, the decision on its target aside.
    fn may_follow(&mut self, from: &Target, next: Target, most: u8, has_body: bool) -> Result<Target, Refusal> {
        let refused = |message: String| Err(Refusal::new(Code::NetRedirect, message));
        if self.followed >= most {
            return refused(format!("It is one more than the {most} that are followed."));
        }
        if from.method == next.method && has_body {
            return refused("The body of the request cannot be sent a second time.".to_owned());
        }
        if from.method != next.method {
            // They describe the body, which is not sent again.
            self.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("content-"));
        }
        Ok(next)
    }

    async fn hop(&mut self, target: &Target, sent: Sent) -> Result<(Response<Answer>, u8), Failure> {
        let keys = Arc::clone(&self.keys);
        if keys.stand_in(target) {
            // Nor is it written into the audit.
            return Err(self
                .sender
                .unreadable("a URL with a secret in it".to_owned(), self.redirected(secret_in_url())));
        }
        let overseer = &self.sender.overseer;
        let until = self.sender.until;
        let decided = timeout_at(until, self.decide(&keys, target, sent)).await;
        let decided = decided.unwrap_or_else(|_| Err(answer::too_late().into())).map_err(|failure| match failure {
            Failure::Refused(refusal) => Exchange::new(overseer, target, None, false).end(self.redirected(refusal)),
            trouble @ Failure::Trouble(_) => trouble,
        })?;
        let exchange = Exchange::new(overseer, target, decided.key.map(|key| key.for_audit()), decided.looks);
        self.used.extend(decided.key.map(|key| key.name.to_owned()));
        self.confirmed |= decided.confirmed;
        let most = decided.grant.redirects;
        let sent = timeout_at(until, self.exchange(target, decided, Arc::clone(&exchange))).await;
        let response = sent.unwrap_or_else(|_| Err(exchange.end(answer::too_late())))?;
        Ok((response, most))
    }

    /// Every decision that needs nobody else but a person's yes.
    async fn decide<'a>(&self, keys: &'a Keys, target: &Target, mut sent: Sent) -> Result<Decided<'a>, Failure>
    where
        's: 'a,
    {
        let sender = self.sender;
        if let Some(most) = looks_at_body(target, &sender.plugin, &sender.tool) {
            sent = sent.read(most).await?;
        }
        let effect = NetEffect { target, body: sent.body() };
        let Yes { id, grant, ask } = decide_net(&effect, &sender.plugin, &sender.tool, sender.overseer.flow())?;
        let headers = header::decided(grant, &self.headers)?;
        if effect.body.is_some_and(|body| body.json().is_some()) {
            decide_json(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())))?;
        }
        let (looks, inner) = (grant.only_looks(&effect), grant.inner(&effect)?);
        if !inner.is_empty() {
            sent = Sent::Whole(Body::batch(target, &inner));
        }
        if sent.length().is_some_and(|length| length > grant.up) {
            return Err(upload::too_long(grant.up).into());
        }
        let key = keys.of(grant)?;
        if let Some((_, token)) = key.and_then(|key| key.wants()) {
            token.source.target(target.tenant.as_ref())?;
        }
        let mut decided = Decided { id, grant, headers, key, looks, inner, sent, made: None, confirmed: false };
        if let Some(ask) = sender.overseer.asks(target, looks, ask)? {
            self.ask_people(target, &mut decided, &ask).await?;
            decided.confirmed = true;
        }
        Ok(decided)
    }

    /// Asks for a person's yes to all of it, and makes what is to be made after that.
    async fn ask_people(&self, target: &Target, decided: &mut Decided<'_>, ask: &Ask) -> Result<(), Failure> {
        if let Some(inner) = decided.inner.iter().find(|inner| !decided.grant.only_looks(&inner.effect())) {
            return Err(send_alone(&inner.target).into());
        }
        let sent = std::mem::replace(&mut decided.sent, Sent::nothing()).read(decided.grant.up).await?;
        decided.sent = sent;
        let Some(body) = decided.sent.body() else { return Ok(()) };
        let pointers: Vec<&str> = decided.grant.filled(Some(body)).collect();
        let wish = Wish { target, headers: &self.headers, body, is_filled: !pointers.is_empty() };
        self.sender.overseer.ask(&wish, decided.id, ask)?;
        if !pointers.is_empty() {
            let password = made::password()?;
            let filled = pointers.iter().fold(body.clone(), |body, pointer| body.with(pointer, &password));
            (decided.sent, decided.made) = (Sent::Whole(filled), Some(password));
        }
        Ok(())
    }

    /// Resolves, decides on the addresses, sends, and waits for the head of the answer.
    async fn exchange(
        &mut self,
        target: &Target,
        mut decided: Decided<'_>,
        exchange: Arc<Exchange>,
    ) -> Result<Response<Answer>, Failure> {
        let grant = decided.grant;
        if let Some(value) = decided.made.take() {
            self.sender.made.add(&value);
            self.sender.overseer.made(Made { value: Arc::new(value), traffic: exchange.traffic().clone() });
        }
        let resolved = timeout(MAX_RESOLVE, addresses(&*self.egress.resolve, &target.host, &grant.reach)).await;
        let addresses = resolved.unwrap_or(Err(Trouble::Resolve.into()));
        if let Err(Failure::Refused(refusal)) = addresses {
            return Err(exchange.end(self.redirected(refusal)));
        }
        self.allow(&decided, &exchange);
        let addresses = addresses?;
        let token = self.token(target, decided.key).await.map_err(|refusal| exchange.end(refusal))?;
        let request = wire(target, decided, token.as_deref(), &exchange).map_err(|refusal| exchange.end(refusal))?;
        self.tokens.extend(token);
        let (response, driver) = self.ask(&addresses, target, request, &exchange).await?;
        self.received(response, driver, grant, exchange)
    }

    /// The token that the grant adds, if it does.
    async fn token(&self, target: &Target, key: Option<Key<'_>>) -> Result<Option<Arc<Token>>, Refusal> {
        match key.and_then(|key| key.wants()) {
            Some((name, key)) => self.keys.tokens.get(self.egress, name, key, target.tenant.as_ref()).await.map(Some),
            None => Ok(None),
        }
    }

    /// Who hears that a hop is allowed: of a batch, of each request in it, too.
    fn allow(&self, decided: &Decided<'_>, exchange: &Exchange) {
        exchange.allowed(decided.id);
        for inner in &decided.inner {
            let looks = decided.grant.only_looks(&inner.effect());
            Exchange::new(&self.sender.overseer, &inner.target, None, looks).allowed(decided.id);
        }
    }

    async fn ask(
        &self,
        addresses: &[IpAddr],
        target: &Target,
        request: http::Request<Upload>,
        exchange: &Exchange,
    ) -> Result<(Response<Incoming>, Driver), Failure> {
        let (mut sender, driver) =
            connect(addresses, target, &self.egress.tls, self.patience.connect).await.map_err(Failure::from)?;
        let patience = self.patience.first_byte.unwrap_or(Duration::MAX);
        let response = timeout(patience, sender.send_request(request)).await;
        let response = response.map_err(|_| exchange.failure(Trouble::Timeout))?.map_err(|error| {
            if error.is_parse_too_large() {
                exchange.end(head_too_large())
            } else {
                exchange.failure(Trouble::Protocol)
            }
        })?;
        Ok((response, driver))
    }

    /// Makes of an answer's head what the guest gets.
    fn received(
        &self,
        response: Response<Incoming>,
        driver: Driver,
        grant: &NetGrant,
        exchange: Arc<Exchange>,
    ) -> Result<Response<Answer>, Failure> {
        let (mut head, incoming) = response.into_parts();
        exchange.traffic().answered(head.status.as_u16());
        if header::are_too_large(&head.headers) {
            return Err(exchange.end(head_too_large()));
        }
        let scrub = self.keys.scrub(&self.used, &self.tokens, &self.sender.made);
        if scrub.is_some() && header::is_encoded(&head.headers) {
            return Err(exchange.end(unsearchable()));
        }
        if http_body::Body::size_hint(&incoming).lower() > grant.down {
            return Err(exchange.end(answer::too_long(grant.down)));
        }
        if header::hand_on(&mut head.headers, scrub.as_ref()) {
            exchange.found(answer::came_back());
        }
        head.extensions.clear();
        let scrub = scrub.as_ref().map(Scrub::stream);
        let body = Answer::new(incoming, exchange, scrub, grant.down, self.sender.until, driver);
        Ok(Response::from_parts(head, body))
    }

    /// After a redirect, every refusal is one of the redirect.
    fn redirected(&self, refusal: Refusal) -> Refusal {
        if self.followed == 0 {
            return refusal;
        }
        let message = format!("The answer redirects the request, which is not followed: {}", refusal.message);
        let hint = format!("{}: {}", refusal.code, refusal.hint.as_deref().unwrap_or("no grant can allow it"));
        Refusal::new(Code::NetRedirect, message).hinted(hint)
    }
}

/// The request as it is sent: everything in it comes from the target, the decided headers, and the host.
fn wire(
    target: &Target,
    decided: Decided<'_>,
    token: Option<&Token>,
    exchange: &Arc<Exchange>,
) -> Result<http::Request<Upload>, Refusal> {
    let Decided { mut headers, key, sent, grant, .. } = decided;
    let body = Upload::new(sent, grant.up, Arc::clone(exchange));
    header::frame(&mut headers, target)?;
    let mut path_and_query = target.path_and_query();
    key.map_or(Ok(()), |key| key.inject(token, &mut headers, &mut path_and_query))?;
    let request = http::Request::builder().method(target.method.as_str()).uri(path_and_query).body(body);
    let mut request = request.map_err(|_| Refusal::new(Code::NetBadTarget, "The request cannot be sent as it is."))?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// A batch with a change in it would have people confirm several effects with one click, of which some may fail.
fn send_alone(target: &Target) -> Refusal {
    let message = format!("A person has to confirm `{target}`, and never in a batch; send it alone.");
    Refusal::new(Code::ConfirmNeeded, message)
}

fn head_too_large() -> Refusal {
    Refusal::new(Code::NetBytes, "The head of the answer has too many headers, or is too large.")
}

fn secret_in_url() -> Refusal {
    Refusal::new(Code::NetPath, "The path or query has a secret in it, which no plugin may send.")
}

fn unsearchable() -> Refusal {
    let message = "The answer is compressed, so that the request's secret could not be taken out of it.";
    Refusal::new(Code::SecretInOutput, message)
}

/// The host of a location that is not followed, cut.
fn shown(location: &str) -> String {
    let host = location.split('/').take(3).collect::<Vec<_>>().join("/");
    host.split('?').next().unwrap_or_default().escape_debug().take(200).collect()
}
