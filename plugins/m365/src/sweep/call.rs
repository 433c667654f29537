//! The tool `tenant_sweep`: what it is asked, and what it keeps.

use claudetools_graph::Tenant;
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_kit::{Failure, Output};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer;
use super::deep::Token;
use super::gather::{Deep, Listener};
use super::last::Last;
use super::run::{self, Request};
use crate::Call;
use crate::client::Client;
use crate::outside::Outside;
use crate::reach::Reach;

/// The input of a call.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// The client, where the thread does not say it.
    pub client: Option<String>,
    #[serde(default = "all")]
    profile: String,
    #[serde(default = "week")]
    window_days: i64,
    /// Whether to look into every mailbox, too.
    #[serde(default)]
    deep: bool,
}

fn all() -> String {
    "all".into()
}

fn week() -> i64 {
    7
}

/// The windows that there are: logs go back 30 days.
const WINDOWS: [i64; 2] = [7, 30];

impl Input {
    /// Checks what the schema can't.
    pub fn checked(self) -> Result<Self, Failure> {
        if !WINDOWS.contains(&self.window_days) {
            return Err(Failure::Invalid(format!("`window_days` is {}; give 7 or 30", self.window_days)));
        }
        if !matches!(self.profile.as_str(), "security" | "hygiene" | "all") {
            let written = claudetools_graph::text::quoted(&self.profile);
            return Err(Failure::Invalid(format!("there is no profile {written}; give security, hygiene or all")));
        }
        Ok(self)
    }
}

/// Sweeps the client's tenant, and answers.
pub fn run(
    call: &Call<'_>,
    input: Input,
    client: Client,
    reach: Reach,
    tenant: &mut Tenant<'_>,
    outside: &mut dyn Outside,
) -> Result<Output, Failure> {
    let input = input.checked()?;
    let id = tenant.id().to_owned();
    let last: Option<Last> = recalled(outside, &last_key(&id));
    let now = tenant.now();
    let deep = input.deep.then(|| Deep {
        token: Token::go_on(recalled(outside, &token_key(&id)), now),
        deadline: deadline(now, call.budget),
    });
    let request = Request {
        call: call.id,
        client: &client,
        reach,
        profile: &input.profile,
        window_days: input.window_days,
        deep,
        last: last.as_ref(),
    };
    let mut listener = Told { outside, token: token_key(&id) };
    let (sweep, kept) = run::run(tenant, request, &mut listener);
    keep(outside, &last_key(&id), &kept);
    Ok(answer::output(&sweep, &client, outside))
}

fn last_key(tenant: &str) -> String {
    format!("sweep/{tenant}/last")
}

fn token_key(tenant: &str) -> String {
    format!("sweep/{tenant}/mailboxes")
}

/// Looking into mailboxes ends when two thirds of the call's time are over: the answer takes time, too.
fn deadline(now: Timestamp, budget: SignedDuration) -> Timestamp {
    now.saturating_add(budget * 2 / 3).unwrap_or(now)
}

fn recalled<T: DeserializeOwned>(outside: &mut dyn Outside, key: &str) -> Option<T> {
    serde_json::from_str(&outside.recall(key)?).ok()
}

fn keep<T: serde::Serialize>(outside: &mut dyn Outside, key: &str, value: &T) {
    if let Ok(text) = serde_json::to_string(value) {
        outside.keep(key, &text);
    }
}

/// Tells the host what goes on.
struct Told<'a> {
    outside: &'a mut dyn Outside,
    token: String,
}

impl Listener for Told<'_> {
    fn tell(&mut self, done: usize, of: usize, line: &str) {
        self.outside.tell(done, of, line);
    }

    fn keep(&mut self, token: &Token, all: usize) {
        if token.done < all {
            keep(self.outside, &self.token, token);
        } else {
            // The next sweep begins anew.
            self.outside.keep(&self.token, "");
        }
    }
}
