//! Discord lets a bot begin so many sessions a day, and resets the token of one that begins more.

use std::time::Duration;

use claudetools_chat::render::Guard;
use serde_json::Value;

use crate::body::Body;
use crate::rest::Rest;
use crate::{wire, words};

/// Sessions that are kept back while a connection is lost again and again: between two looks at what is left, so many may
/// be begun.
pub(crate) const RESERVE: u64 = 20;
/// The longest wait before Discord is asked again what is left.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// How many sessions may still be begun, of how many, and when they are all back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    pub(crate) left: u64,
    pub(crate) total: u64,
    again: Duration,
}

impl Starts {
    /// What an answer about the gateway says of them; a compatible server may say nothing.
    pub(crate) fn of(gateway: &Value) -> Option<Self> {
        let limit = &gateway["session_start_limit"];
        Some(Self {
            left: limit["remaining"].as_u64()?,
            total: limit["total"].as_u64()?,
            again: Duration::from_millis(limit["reset_after"].as_u64()?),
        })
    }
}

/// Waits while no more than `reserve` sessions are left, and says so once: in the log, and in the channel where plugins
/// are reviewed.
pub(crate) async fn wait(rest: &Rest, guard: &Guard, review: Option<u64>, reserve: u64) {
    let mut said = false;
    while let Some(starts) = left(rest).await.filter(|starts| starts.left <= reserve) {
        if !std::mem::replace(&mut said, true) {
            say(rest, guard, review, starts).await;
        }
        tokio::time::sleep(starts.again.min(ASK_AGAIN)).await;
    }
}

/// What is left; `None` where Discord does not say, which is no reason to wait.
pub(crate) async fn left(rest: &Rest) -> Option<Starts> {
    let gateway = rest.gateway().await.inspect_err(|error| tracing::warn!(%error, "sessions left are not known"));
    Starts::of(&gateway.ok()?)
}

async fn say(rest: &Rest, guard: &Guard, review: Option<u64>, starts: Starts) {
    let again = u64::try_from(starts.again.as_millis()).unwrap_or(u64::MAX);
    let text = sentence(starts, wire::now_ms().saturating_add(again));
    tracing::error!("{text}");
    let Some(review) = review else { return };
    let body = Body::create(&words::line(&text, guard), &format!("sessions-{:x}", wire::now_ms()));
    if let Err(error) = rest.post(review, &body, &[]).await {
        tracing::warn!(%error, "it can't be said in the channel where plugins are reviewed");
    }
}

fn sentence(starts: Starts, again: u64) -> String {
    format!(
        "I have begun nearly all of the {} sessions that Discord allows in a day, and wait until {} UTC before I begin \
         another: Discord resets the token of a bot that begins more. Look in my log for what ends them.",
        starts.total,
        wire::clock_at(again)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_discord_says_is_read_and_what_it_does_not_say_is_nothing() {
        let limit = json!({"session_start_limit": {"total": 1000, "remaining": 0, "reset_after": 60_000}});
        let starts = Starts::of(&limit).unwrap();
        assert_eq!(starts, Starts { left: 0, total: 1000, again: Duration::from_secs(60) });
        assert_eq!(Starts::of(&json!({"url": "ws://127.0.0.1"})), None);
        insta::assert_snapshot!(sentence(starts, 1_795_900_000_000), @"I have begun nearly all of the 1000 sessions that Discord allows in a day, and wait until 21:06 UTC before I begin another: Discord resets the token of a bot that begins more. Look in my log for what ends them.");
    }
}
