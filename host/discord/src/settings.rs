//! What the front is configured with.

use std::sync::Arc;

use claudetools_chat::cards::Cards;
use futures::future::BoxFuture;

use crate::outage::Watch;

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
    /// The models that `/model` suggests.
    pub models: Vec<String>,
    /// The name of the role whose members may stop anybody's turn.
    pub admin_role: String,
    /// Where plugins are reviewed. Default: nowhere.
    pub review: Option<ReviewChannel>,
    /// The effects that wait for a person, each in its thread. Default: none.
    pub confirmations: Option<Cards>,
    /// How closely the front watches itself.
    pub watch: Watch,
    /// What commands ask of the program.
    pub program: Program,
}

/// A skill's name and arguments to what it says.
pub type StartSkill = dyn Fn(&str, &str) -> Result<String, String> + Send + Sync;

/// What commands ask of the program beside the desk.
#[derive(Clone)]
pub struct Program {
    /// The clients that `plugins.toml` names at the moment, which `/client` suggests. Must not block.
    pub clients: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// The skills and commands of the repository that people may start, by name. Reads files, and may block.
    pub skills: Arc<dyn Fn() -> Vec<Skill> + Send + Sync>,
    /// What the skill of this name says with these arguments filled in; one sentence where it can't be started. Reads
    /// files, and may block.
    pub skill: Arc<StartSkill>,
    /// The plugins at the moment, in force and in quarantine. Must not block.
    pub plugins: Arc<dyn Fn() -> Vec<Plugin> + Send + Sync>,
    /// The review of a plugin, as Markdown; `None` where there is no plugin of this name.
    pub review: Arc<dyn Fn(String) -> BoxFuture<'static, Option<String>> + Send + Sync>,
}

/// A skill or command of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skill {
    /// What it is started by.
    pub name: String,
    /// What it says of itself; may be empty.
    pub about: String,
    /// What its arguments are, in its words.
    pub hint: Option<String>,
}

/// A plugin as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// What `claudetools plugin list` says of it.
    pub text: String,
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
