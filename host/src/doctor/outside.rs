//! What is reached over the network; only what is configured is asked.

use std::collections::BTreeSet;

use claudetools_agent::client::Client;
use claudetools_discord::{DiscordError, Lack};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{Check, State};
use crate::config::{Config, DiscordConfig};

/// `named` are the ids of channels that the policy names: what is missing there is a fault, elsewhere it may be meant.
pub(super) async fn checks(config: &Config, named: &BTreeSet<String>) -> Vec<Check> {
    let mut checks = match &config.discord {
        None => {
            let says = "DISCORD_TOKEN is not set; the bot opens the console instead";
            vec![Check::new("discord", State::Note, says)]
        }
        Some(discord) => self::discord(discord, named).await,
    };
    checks.push(model(config).await);
    checks
}

async fn discord(config: &DiscordConfig, named: &BTreeSet<String>) -> Vec<Check> {
    let seen = match claudetools_discord::look(&config.token, config.api_base.as_deref(), config.guild).await {
        Ok(seen) => seen,
        Err(error) => return vec![Check::new("discord", State::Bad, error.to_string())],
    };
    let known = match seen.reads_messages {
        true => Ok(format!("{} is known at {}", seen.name.escape_debug(), seen.base)),
        false => Err(DiscordError::IntentNotAllowed),
    };
    let mut checks = vec![Check::of("discord", known)];
    checks.extend(seen.sessions.map(sessions));
    checks.extend(seen.date.as_deref().and_then(|date| clock(date, OffsetDateTime::now_utc())));
    checks.extend(permissions(&seen.lacks, named));
    checks
}

/// Discord resets the token of a bot that begins more sessions than it may.
fn sessions((left, total): (u64, u64)) -> Check {
    let says = format!("{left} of {total} may be begun today");
    match left {
        0 => Check::new("sessions", State::Bad, format!("{says}: something ends them; look in the bot's log")),
        _ if left < total / 2 => {
            Check::new("sessions", State::Note, format!("{says}: many were ended; look in the bot's log"))
        }
        _ => Check::new("sessions", State::Ok, says),
    }
}

/// Seconds that a clock may be off: limits of money and expiries are said in minutes.
const OFF: i64 = 60;

/// Whether this machine's clock is right.
fn clock(date: &str, now: OffsetDateTime) -> Option<Check> {
    let there = OffsetDateTime::parse(date, &Rfc2822).ok()?;
    let off = (now - there).whole_seconds();
    Some(match off.abs() <= OFF {
        true => Check::new("clock", State::Ok, "agrees with Discord's"),
        false => {
            let (by, how) = (off.abs(), if off > 0 { "fast" } else { "slow" });
            let says =
                format!("is {by} s {how}, so that days, expiries and what was missed are wrong; run an NTP client");
            Check::new("clock", State::Bad, says)
        }
    })
}

fn permissions(lacks: &[Lack], named: &BTreeSet<String>) -> Vec<Check> {
    if lacks.is_empty() {
        return vec![Check::new("permissions", State::Ok, "the bot has what it needs in every channel")];
    }
    lacks.iter().map(|lack| permission(lack, named)).collect()
}

fn permission(lack: &Lack, named: &BTreeSet<String>) -> Check {
    let needed = lack.channels.iter().any(|(id, _)| named.contains(&id.to_string()));
    let state = if needed { State::Bad } else { State::Note };
    let names: Vec<String> = lack.channels.iter().map(|(_, name)| format!("#{}", name.escape_debug())).collect();
    Check::new("permissions", state, format!("in {} the bot {}", names.join(", "), lack.says))
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn said(check: &Check) -> String {
        format!("{:?} · {} · {}", check.state, check.name, check.says)
    }

    #[test]
    fn a_clock_that_is_off_is_said_with_how_much() {
        let at = |seconds: i64| {
            let now = OffsetDateTime::from_unix_timestamp(1_795_900_000 + seconds).unwrap();
            said(&clock("Sat, 28 Nov 2026 21:06:40 GMT", now).unwrap())
        };
        assert_snapshot!(at(59), @"Ok · clock · agrees with Discord's");
        assert_snapshot!(at(90), @"Bad · clock · is 90 s fast, so that days, expiries and what was missed are wrong; run an NTP client");
        assert_snapshot!(at(-3600), @"Bad · clock · is 3600 s slow, so that days, expiries and what was missed are wrong; run an NTP client");
        assert_eq!(clock("yesterday", OffsetDateTime::UNIX_EPOCH), None);
    }

    #[test]
    fn few_sessions_left_are_said() {
        let all = [999, 499, 0].map(|left| said(&sessions((left, 1000))));
        assert_snapshot!(all.join("\n"), @r"
        Ok · sessions · 999 of 1000 may be begun today
        Note · sessions · 499 of 1000 may be begun today: many were ended; look in the bot's log
        Bad · sessions · 0 of 1000 may be begun today: something ends them; look in the bot's log
        ");
    }
}
