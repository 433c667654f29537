//! Why the front ended.

use crate::base::BadBase;

/// How [`crate::Discord::run`] ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to: the shutdown token was cancelled.
    Asked,
}

/// Why the front cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscordError {
    /// `DISCORD_API_BASE` is not usable.
    #[error(transparent)]
    BadBase(#[from] BadBase),
    /// Discord refused the token (401 over REST, 4004 at the gateway).
    #[error(
        "Discord refused DISCORD_TOKEN; copy the token again from discord.com/developers/applications, your application, Bot, Reset Token"
    )]
    BadToken,
    /// The API does not answer: it is asked again.
    #[error("Discord cannot be reached at {base}: {why}; check the network, or DISCORD_API_BASE where it is set")]
    Unreachable {
        /// Where it was looked for.
        base: String,
        /// What happened.
        why: String,
    },
    /// The API answered what no Discord answers.
    #[error("{base} does not answer like Discord: {why}; check DISCORD_API_BASE")]
    NotDiscord {
        /// Where it was asked.
        base: String,
        /// What is odd.
        why: String,
    },
    /// The gateway's address leads to Discord although another server is configured (or to nowhere).
    #[error("the gateway address `{url}` is not used: {why}")]
    BadGateway {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The message content intent is off (4014).
    #[error(
        "Discord refused the bot's intents (4014); switch on `Message Content Intent` at discord.com/developers/applications, your application, Bot, Privileged Gateway Intents"
    )]
    IntentNotAllowed,
    /// The server does not know an intent (4013).
    #[error(
        "the gateway does not know the intents that the bot asks for (4013); this version of claudetools does not fit the server"
    )]
    IntentsUnknown,
    /// The bot is not in the configured guild.
    #[error("the bot is not in the guild {guild} of DISCORD_GUILD_ID; invite it there, or correct the id")]
    NotInGuild {
        /// The guild.
        guild: u64,
    },
    /// The gateway closed for good for another reason.
    #[error("the gateway closed for good: {why}")]
    Closed {
        /// What it said.
        why: String,
    },
}
