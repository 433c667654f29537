//! Which of the company's clients a call is about.
//!
//! Needs a request and a grant of the kind `client`. Where there is no host, as in a plugin's own tests, there is no client.

use crate::Refusal;
pub use crate::bindings::claudetools::plugin::client::Client;

/// The client of this call: the thread's, or the one that is named (name, alias, title or domain) where the thread may
/// name it. The call's requests are about this client from then on. `client.none`, `client.other`.
pub fn choose(named: Option<&str>) -> Result<Client, Refusal> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::claudetools::plugin::client::choose(named);
    #[cfg(not(target_family = "wasm"))]
    Err(no_host(named))
}

/// The names that [`choose`] takes, sorted.
pub fn choices() -> Vec<String> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::claudetools::plugin::client::choices();
    #[cfg(not(target_family = "wasm"))]
    Vec::new()
}

/// The application permissions in the access token that a secret of the plugin's grants gives for the client.
pub fn permissions(secret: &str) -> Result<Vec<String>, Refusal> {
    #[cfg(target_family = "wasm")]
    return crate::bindings::claudetools::plugin::client::permissions(secret);
    #[cfg(not(target_family = "wasm"))]
    Err(no_host(Some(secret)))
}

#[cfg(not(target_family = "wasm"))]
fn no_host(asked: Option<&str>) -> Refusal {
    let asked = asked.unwrap_or("the thread's client");
    Refusal { code: "client.none".to_owned(), message: format!("There is no host here that knows `{asked}`.") }
}
