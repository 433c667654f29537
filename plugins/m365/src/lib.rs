//! The plugin `m365`: looks for signs of an attack in a client's Microsoft 365. It reads only.
//!
//! - `breach`: the tool `breach_check`, about one user; `sweep`: the tool `tenant_sweep`, about a whole tenant.
//! - `client`: whose tenant it is, and what is harmless there; `reach`: what can be asked in it.
//! - `inbox`, `signin`, `scopes`, `rogue`: what rules of mailboxes, sign-ins and apps say; pure, for both tools.
//! - `rule`, `rows`, `network`: what findings are made of, rows of answers, networks.
//! - `show`: results for people, in chat and as files; `outside`: the host, beside the network.

#![forbid(unsafe_code)]

pub mod breach;
pub mod client;
pub mod inbox;
pub mod network;
pub mod outside;
pub mod reach;
pub mod rogue;
pub mod rows;
pub mod rule;
pub mod scopes;
pub mod show;
pub mod signin;
pub mod sweep;

use claudetools_graph::jiff::SignedDuration;
use claudetools_graph::{Class, Gap, Network, Places, Tenant};
use claudetools_kit::{self as kit, Failure, Guest, Invocation, Output};

use client::Client;
use outside::Host;
use reach::Reach;

/// The secrets that the host adds to what is sent to each service.
const GRAPH: &str = "m365-read";
const EXCHANGE: &str = "m365-exo-read";

struct M365;

impl Guest for M365 {
    fn call(invocation: Invocation) -> Result<Output, Failure> {
        match invocation.tool.as_str() {
            "breach_check" => breach_check(&invocation),
            "tenant_sweep" => tenant_sweep(&invocation),
            other => Err(Failure::Internal(format!("the manifest has no tool {other}"))),
        }
    }
}

/// One call.
pub struct Call<'a> {
    /// What the audit knows it by.
    pub id: &'a str,
    /// How long it may take.
    pub budget: SignedDuration,
}

impl<'a> Call<'a> {
    fn of(invocation: &'a Invocation) -> Self {
        Self { id: &invocation.id, budget: SignedDuration::from_millis(invocation.budget_ms.into()) }
    }
}

fn breach_check(invocation: &Invocation) -> Result<Output, Failure> {
    let input: breach::Input = kit::input(invocation)?;
    let client = chosen(input.client.as_deref())?;
    let mut network = Network::default();
    let mut tenant = Tenant::new(&mut network, Places::configured(), client.tenant.as_str());
    breach::run(&Call::of(invocation), input, client, reach()?, &mut tenant, &mut Host)
}

fn tenant_sweep(invocation: &Invocation) -> Result<Output, Failure> {
    let input: sweep::Input = kit::input(invocation)?;
    let client = chosen(input.client.as_deref())?;
    let mut network = Network::default();
    let mut tenant = Tenant::new(&mut network, Places::configured(), client.tenant.as_str());
    sweep::run(&Call::of(invocation), input, client, reach()?, &mut tenant, &mut Host)
}

/// Whose tenant the call is about.
fn chosen(named: Option<&str>) -> Result<Client, Failure> {
    let client = kit::client::choose(named)?;
    Client::read(&client.name, &client.facts)
}

/// What the tokens let the plugin ask. Without a token for Graph nothing can be asked; without one for Exchange the rest can.
fn reach() -> Result<Reach, Failure> {
    let graph = kit::client::permissions(GRAPH)?;
    let exchange = kit::client::permissions(EXCHANGE);
    let without = exchange
        .as_ref()
        .err()
        .map(|refusal| Gap::new(Class::NotPermitted, format!("Exchange can't be asked: {}", refusal.message)));
    Ok(Reach { graph: Some(graph), exchange: exchange.ok(), plans: None, without_exchange: without })
}

kit::manifest!("manifest.toml");
kit::export!(M365);
