//! When to ask again.

use std::time::Duration;

use jiff::Timestamp;

/// How often one request is sent at most where the service throttles.
pub const TRIES: u32 = 5;
/// How often where the network fails: once more, for a connection that broke.
pub const TRIES_OF_TROUBLE: u32 = 2;
/// The longest part of a second that is added, so that many callers do not come back at once.
const JITTER_MS: u64 = 250;

/// Whether the service asks for patience.
pub fn is_throttled(status: u16) -> bool {
    matches!(status, 429 | 503 | 504)
}

/// How long to wait after the `tries`-th try (from 1): what `Retry-After` says in seconds or as a date, else 1, 2, 4,
/// 8 seconds and a little.
pub fn pause(said: Option<&str>, tries: u32, now: Timestamp) -> Duration {
    let named = said.map(str::trim).and_then(|said| seconds(said).or_else(|| until(said, now)));
    named.unwrap_or_else(|| {
        let jitter = u64::from(now.subsec_millisecond().unsigned_abs()) % JITTER_MS;
        Duration::from_millis((1000 << tries.saturating_sub(1).min(3)) + jitter)
    })
}

fn seconds(said: &str) -> Option<Duration> {
    said.parse().ok().map(Duration::from_secs)
}

fn until(said: &str, now: Timestamp) -> Option<Duration> {
    let at = jiff::fmt::rfc2822::parse(said).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_says_how_long() {
        let now: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        assert_eq!(pause(Some("3"), 1, now), Duration::from_secs(3));
        assert_eq!(pause(Some("Sun, 22 Nov 2026 18:00:07 GMT"), 1, now), Duration::from_secs(7));
        assert_eq!(pause(Some("Sun, 22 Nov 2026 17:00:00 GMT"), 1, now), Duration::ZERO);
    }

    #[test]
    fn where_it_does_not_the_pause_doubles() {
        let now: Timestamp = "2026-11-22T18:00:00.1Z".parse().unwrap();
        let pauses: Vec<u128> = (1..=5).map(|tries| pause(None, tries, now).as_millis()).collect();
        assert_eq!(pauses, [1100, 2100, 4100, 8100, 8100]);
        assert_eq!(pause(Some("soon"), 1, now).as_millis(), 1100);
    }

    #[test]
    fn only_these_ask_for_patience() {
        let throttled: Vec<u16> = (200..600).filter(|status| is_throttled(*status)).collect();
        assert_eq!(throttled, [429, 503, 504]);
    }
}
