//! What is reached over the network; only what is configured is asked.

use claudetools_agent::client::Client;

use super::{Check, State};
use crate::config::{Config, DiscordConfig};

pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let discord = match &config.discord {
        None => Check::new("discord", State::Note, "DISCORD_TOKEN is not set; the bot opens the console instead"),
        Some(discord) => self::discord(discord).await,
    };
    vec![discord, model(config).await]
}

async fn discord(config: &DiscordConfig) -> Check {
    let seen = claudetools_discord::look(&config.token, config.api_base.as_deref(), config.guild).await;
    let says = seen.and_then(|seen| match seen.reads_messages {
        true => Ok(format!("{} is known at {}", seen.name.escape_debug(), seen.base)),
        false => Err(claudetools_discord::DiscordError::IntentNotAllowed),
    });
    Check::of("discord", says)
}

async fn model(config: &Config) -> Check {
    let Some(endpoint) = &config.model else {
        let says = "ANTHROPIC_API_KEY is not set; the rehearsal model answers, which is not Claude";
        return Check::new("model", State::Note, says);
    };
    let base = endpoint.base_url.clone();
    let client = match Client::new(endpoint.clone()) {
        Ok(client) => client,
        Err(error) => return Check::new("model", State::Bad, error.to_string()),
    };
    match client.greet().await {
        Ok(()) => Check::new("model", State::Ok, format!("{base} answers")),
        Err(failure) => Check::new("model", State::Bad, failure.message),
    }
}
