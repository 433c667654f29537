//! Asks Discord who the bot is before anything is promised to anybody.

use std::sync::Arc;
use std::time::Duration;

use claudetools_chat::Chat;
use tokio_util::sync::CancellationToken;

use crate::base::Base;
use crate::cards::{CONFIRMATIONS, REVIEWS};
use crate::core::{Core, FRONT};
use crate::deliver::Door;
use crate::error::{DiscordError, Exit};
use crate::permissions::{Lack, Standing};
use crate::rest::{Rest, RestError};
use crate::sessions::{self, Starts};
use crate::settings::Settings;
use crate::{gateway, wire};

/// The Discord front, known to Discord and attached to the desk. Nothing is heard before [`Discord::run`].
pub struct Discord {
    core: Arc<Core>,
    gateway: String,
}

/// How long the first wait for a Discord that does not answer is; each is twice the one before.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait: a network that is back is noticed within it.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Asks Discord who the bot is and where the gateway is, and attaches the front to the desk: before [`Chat::recover`],
/// so that what is owed is delivered. A Discord that does not answer is asked again, for as long as it takes.
pub async fn connect(settings: Settings, chat: Chat) -> Result<Discord, DiscordError> {
    let rest = Arc::new(Rest::new(Base::new(settings.api_base.as_deref())?, &settings.token));
    let Known { id, name, gateway, starts } = known(&rest, settings.guild).await?;
    if starts.is_some_and(|starts| starts.left == 0) {
        sessions::wait(&rest, chat.guard(), settings.review.as_ref().map(|review| review.channel), 0).await;
    }
    let core = Arc::new(Core::new(settings, rest, chat, id));
    restore(&core).await;
    core.chat.attach(Arc::new(Door(Arc::downgrade(&core))));
    tracing::info!(bot = name, base = %core.rest.base(), "known to Discord");
    Ok(Discord { core, gateway })
}

/// What Discord says of a bot that is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What the bot is called.
    pub name: String,
    /// Where it was asked.
    pub base: String,
    /// Whether the message content intent is on: without it the gateway refuses the bot.
    pub reads_messages: bool,
    /// How many sessions may be begun today, and of how many, where the server says.
    pub sessions: Option<(u64, u64)>,
    /// The time there, as HTTP writes it.
    pub date: Option<String>,
    /// What the bot lacks in channels of the guilds it works in.
    pub lacks: Vec<Lack>,
}

/// Asks Discord what [`connect`] would need to know, and attaches nothing.
pub async fn look(token: &str, api_base: Option<&str>, guild: Option<u64>) -> Result<Seen, DiscordError> {
    let rest = Rest::new(Base::new(api_base)?, token);
    let Known { id, name, starts, .. } = ask(&rest, guild).await?;
    let application = rest.application().await.map_err(|error| refused(&rest, error))?;
    let reads_messages = application["flags"].as_u64().is_some_and(|flags| flags & MESSAGE_CONTENT != 0);
    let lacks = lacks(&rest, id, guild).await.map_err(|error| refused(&rest, error))?;
    let (base, date) = (rest.base().to_string(), rest.date().await);
    Ok(Seen { name, base, reads_messages, sessions: starts.map(|starts| (starts.left, starts.total)), date, lacks })
}

/// What the bot lacks in every channel of the guild, or of all that it is in.
async fn lacks(rest: &Rest, me: u64, guild: Option<u64>) -> Result<Vec<Lack>, RestError> {
    let guilds = match guild {
        Some(guild) => vec![guild],
        None => wire::list(&rest.guilds().await?).iter().filter_map(|guild| wire::id(&guild["id"])).collect(),
    };
    let mut lacks = Vec::new();
    for guild in guilds {
        let (roles, member) = (rest.roles(guild).await?, rest.member(guild, me).await?);
        lacks.extend(Standing::new(guild, me, &roles, &member).lacks(&rest.channels(guild).await?));
    }
    Ok(lacks)
}

/// The two flags of an application that may read messages: one that Discord has verified, and one that is small.
const MESSAGE_CONTENT: u64 = 1 << 18 | 1 << 19;

/// Who the bot is.
struct Known {
    id: u64,
    name: String,
    gateway: String,
    starts: Option<Starts>,
}

/// Asks until Discord answers: a network that is away for a while must not end the program.
async fn known(rest: &Rest, guild: Option<u64>) -> Result<Known, DiscordError> {
    let mut wait = FIRST_WAIT;
    loop {
        match ask(rest, guild).await {
            Err(error @ DiscordError::Unreachable { .. }) => {
                tracing::warn!("{error}; trying again in {} s", wait.as_secs());
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            answered => return answered,
        }
    }
}

async fn ask(rest: &Rest, guild: Option<u64>) -> Result<Known, DiscordError> {
    let me = rest.me().await.map_err(|error| refused(rest, error))?;
    let id = wire::id(&me["id"]).ok_or_else(|| odd(rest, "it does not say who the bot is"))?;
    let gateway = rest.gateway().await.map_err(|error| refused(rest, error))?;
    let starts = Starts::of(&gateway);
    let gateway = wire::text(&gateway["url"]).to_owned();
    rest.base().check_gateway(&gateway).map_err(|why| DiscordError::BadGateway { url: gateway.clone(), why })?;
    if let Some(guild) = guild {
        rest.channels(guild).await.map_err(|error| no_guild(rest, error, guild))?;
    }
    Ok(Known { id, name: wire::text(&me["username"]).to_owned(), gateway, starts })
}

impl Discord {
    /// Hears and answers until the token is cancelled, or until Discord will have no more of the bot. Then nothing more
    /// is heard, and until `drained` is done what ends is still answered, and what is left is said to be paused.
    pub async fn run(
        self,
        shutdown: CancellationToken,
        drained: impl Future<Output = ()>,
    ) -> Result<Exit, DiscordError> {
        self.core.correct_cards().await;
        self.core.learn_skills().await;
        self.core.remember().await;
        let keeper = tokio::spawn(self.core.clone().keep_up());
        let watcher = tokio::spawn(self.core.clone().keep_watch());
        let commands = tokio::spawn(self.core.clone().keep_commands());
        let reviews = self.core.settings.review.as_ref().map(|review| review.reviews.clone());
        let confirmations = self.core.settings.confirmations.clone();
        let cards = [(reviews, REVIEWS), (confirmations, CONFIRMATIONS)]
            .map(|(cards, kept)| tokio::spawn(self.core.clone().keep_cards(cards, kept)));
        let end = gateway::stay(self.core.clone(), self.gateway, shutdown).await;
        keeper.abort();
        watcher.abort();
        commands.abort();
        cards.iter().for_each(tokio::task::JoinHandle::abort);
        drained.await;
        self.core.screens.pause_all().await;
        self.core.keep_cursor().await;
        end
    }
}

/// Goes on reading where the last run ended.
async fn restore(core: &Core) {
    match core.chat.cursor(FRONT).await {
        Ok(kept) => core.cursor.restore(kept.and_then(|id| id.parse().ok()).unwrap_or(0)),
        Err(error) => tracing::warn!(%error, "the reading position cannot be read: missed messages stay missed"),
    }
}

fn refused(rest: &Rest, error: RestError) -> DiscordError {
    match error {
        RestError::Refused { status: 401, .. } => DiscordError::BadToken,
        RestError::Refused { .. } => odd(rest, &error.to_string()),
        RestError::Limited { after } => {
            DiscordError::Unreachable { base: rest.base().to_string(), why: format!("it asks to wait {after:?}") }
        }
        RestError::Unclear { why } => DiscordError::Unreachable { base: rest.base().to_string(), why },
    }
}

fn no_guild(rest: &Rest, error: RestError, guild: u64) -> DiscordError {
    match error {
        RestError::Refused { status: 403 | 404, .. } => DiscordError::NotInGuild { guild },
        other => refused(rest, other),
    }
}

fn odd(rest: &Rest, why: &str) -> DiscordError {
    DiscordError::NotDiscord { base: rest.base().to_string(), why: why.to_owned() }
}
