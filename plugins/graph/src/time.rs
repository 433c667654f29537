//! Moments: read from answers, shown to people.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A moment in RFC 3339, or one without a zone, which Exchange means as UTC.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
}

/// The moment in a field of an object.
pub fn at(object: &Value, field: &str) -> Option<Timestamp> {
    parse(object.get(field)?.as_str()?)
}

/// A zone of the IANA database, UTC where there is no such name.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A moment for people: `2026-11-22 19:00 CET (18:00 UTC)`; the UTC date too, where it is another day.
pub fn shown(at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let utc = at.to_zoned(TimeZone::UTC);
    if local.offset() == utc.offset() {
        return utc.strftime("%Y-%m-%d %H:%M UTC").to_string();
    }
    let form = if local.date() == utc.date() { "%H:%M UTC" } else { "%Y-%m-%d %H:%M UTC" };
    format!("{} ({})", local.strftime("%Y-%m-%d %H:%M %Z"), utc.strftime(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_shown_in_the_tenants_zone_and_in_utc() {
        let shown = |text: &str, name: &str| super::shown(parse(text).unwrap(), &zone(name));
        insta::assert_snapshot!(shown("2026-11-22T18:00:00Z", "Europe/Berlin"), @"2026-11-22 19:00 CET (18:00 UTC)");
        insta::assert_snapshot!(shown("2026-11-22T23:30:00Z", "Europe/Berlin"), @"2026-11-23 00:30 CET (2026-11-22 23:30 UTC)");
        insta::assert_snapshot!(shown("2026-11-22T18:00:00Z", "No/Where"), @"2026-11-22 18:00 UTC");
    }

    #[test]
    fn a_moment_without_a_zone_is_utc() {
        assert_eq!(parse("2026-11-22T18:00:00"), parse("2026-11-22T18:00:00Z"));
        assert_eq!(parse("yesterday"), None);
    }
}
