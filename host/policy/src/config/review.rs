//! `[review]`: how plugins are reviewed.

/// `[review]`: where and by whom plugins may be approved, besides the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Whether members of the role `reviewer` may approve from chat and console. Default no.
    pub in_chat: bool,
    /// The Discord channel that gets a card for every plugin in quarantine.
    pub channel: Option<String>,
    /// Minisign public keys; where there are some, every approval must be signed by one of them.
    pub keys: Vec<String>,
}
