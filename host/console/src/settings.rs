//! What the console is started with.

use std::net::SocketAddr;
use std::sync::Arc;

use claudetools_chat::cards::Cards;
use futures::future::BoxFuture;
use rand::RngCore as _;

use crate::PluginRow;

/// What the console is started with. `Debug` is not implemented: it holds the token.
pub struct Settings {
    /// A loopback address; port 0 takes a free one. A port in use leads to one of the next [`crate::PORTS`].
    pub bind: SocketAddr,
    /// What opens the console, from [`token`].
    pub token: String,
    /// What the model is called on the page, such as `Rehearsal model (no ANTHROPIC_API_KEY)`.
    pub label: String,
    /// Ids of the models that a thread may choose; empty hides the choice.
    pub models: Vec<String>,
    /// The plugins there are, asked each time the page is opened.
    pub plugins: Arc<dyn Fn() -> BoxFuture<'static, Plugins> + Send + Sync>,
    /// Tells an open page that the plugins changed, and decides on what is pressed there. Default: neither.
    pub reviews: Option<Cards>,
    /// The effects that wait for a person, and who decides on them. Default: none.
    pub confirmations: Option<Cards>,
}

/// What the page of the plugins shows.
#[derive(Clone, Debug, Default)]
pub struct Plugins {
    /// One for each plugin.
    pub rows: Vec<PluginRow>,
    /// What `plugins.toml` says and is not in force, one sentence each.
    pub notices: Vec<String>,
}

/// A token: 32 random bytes in hex.
pub fn token() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn tokens_are_long_and_differ() {
        assert_eq!(token().len(), 64);
        assert_ne!(token(), token());
    }
}
