//! What the front is configured with.

use claudetools_chat::cards::Cards;

/// Settings of the Discord front.
#[derive(Clone)]
pub struct Settings {
    /// The bot's token.
    pub token: String,
    /// A Discord-compatible server, such as `http://127.0.0.1:3001/api/v10`. Without a path, `/api/v10` is appended.
    /// REST and the gateway go there, and nothing goes to the real Discord. Default: the real one.
    pub api_base: Option<String>,
    /// The only guild the bot works in. Default: every guild it is in.
    pub guild: Option<u64>,
    /// The models that `/model` offers; at most 25 are shown.
    pub models: Vec<String>,
    /// The name of the role whose members may stop anybody's turn.
    pub admin_role: String,
    /// Where plugins are reviewed. Default: nowhere.
    pub review: Option<ReviewChannel>,
    /// The effects that wait for a person, each in its thread. Default: none.
    pub confirmations: Option<Cards>,
}

/// The channel in which plugins are reviewed.
#[derive(Clone)]
pub struct ReviewChannel {
    /// Its id.
    pub channel: u64,
    /// What is shown there, and who decides on what is pressed.
    pub reviews: Cards,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("token", &"…")
            .field("api_base", &self.api_base)
            .field("guild", &self.guild)
            .field("models", &self.models)
            .field("admin_role", &self.admin_role)
            .field("review", &self.review.as_ref().map(|review| review.channel))
            .finish()
    }
}
