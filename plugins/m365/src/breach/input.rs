//! What `breach_check` is asked.

use claudetools_graph::jiff::{SignedDuration, Timestamp};
use claudetools_graph::time;
use claudetools_kit::Failure;
use serde::Deserialize;

/// The input of a call.
#[derive(Debug, Deserialize)]
pub struct Input {
    /// UPN, mail address or object id.
    pub user: String,
    /// The client, where the thread does not say it.
    pub client: Option<String>,
    #[serde(default = "days")]
    window_days: i64,
    incident_time: Option<String>,
    /// How deep to look.
    #[serde(default)]
    pub depth: Depth,
    /// Whether subjects of mail may be shown.
    #[serde(default)]
    pub include_subjects: bool,
}

/// How deep to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// What decides, within seconds.
    Quick,
    /// All but what takes minutes.
    #[default]
    Standard,
    /// The audit log of mailboxes and sign-ins of programs, too.
    Deep,
}

/// The longest that the logs go back.
const LONGEST: i64 = 90;
/// How long before an incident looking begins.
const BEFORE: SignedDuration = SignedDuration::from_hours(72);

fn days() -> i64 {
    30
}

/// The time that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning: what is later is new.
    pub from: Timestamp,
    /// Its end, the moment of the call.
    pub to: Timestamp,
    /// When the incident was, where that is known.
    pub incident: Option<Timestamp>,
}

impl Input {
    /// Checks what the schema can't.
    pub fn checked(self) -> Result<Self, Failure> {
        let user = self.user.trim();
        let fits = (1..=256).contains(&user.len())
            && !user.chars().any(|character| character.is_control() || character.is_whitespace());
        if !fits {
            return Err(Failure::Invalid(
                "`user` is a sign-in name such as ann@contoso.example, a mail address or an object id, without spaces"
                    .into(),
            ));
        }
        if !(1..=LONGEST).contains(&self.window_days) {
            return Err(Failure::Invalid(format!("`window_days` is {}; give 1 to {LONGEST}", self.window_days)));
        }
        Ok(Self { user: user.to_owned(), ..self })
    }

    /// The time to look at: the window, and three days before an incident that is earlier.
    pub fn span(&self, now: Timestamp) -> Result<Span, Failure> {
        let incident = self.incident_time.as_deref().map(|written| moment(written, now)).transpose()?;
        let oldest = now - SignedDuration::from_hours(24 * LONGEST);
        let window = now - SignedDuration::from_hours(24 * self.window_days);
        let from = incident.map_or(window, |incident| window.min(incident - BEFORE)).max(oldest);
        Ok(Span { from, to: now, incident })
    }
}

fn moment(written: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let read = time::parse(written).filter(|at| *at <= now && *at >= now - SignedDuration::from_hours(24 * LONGEST));
    read.ok_or_else(|| {
        Failure::Invalid(format!(
            "`incident_time` is a moment of the last {LONGEST} days in RFC 3339, such as 2026-11-22T18:00:00Z"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn input(changes: Value) -> Result<Input, Failure> {
        let mut input = json!({"user": "ann@contoso.example"});
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value::<Input>(input).unwrap().checked()
    }

    fn span(changes: Value) -> Result<String, Failure> {
        let now: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
        input(changes)?.span(now).map(|span| span.from.to_string())
    }

    #[test]
    fn the_window_is_one_to_ninety_days() {
        assert_eq!(span(json!({})).unwrap(), "2026-10-31T00:00:00Z");
        assert_eq!(span(json!({"window_days": 1})).unwrap(), "2026-11-29T00:00:00Z");
        assert_eq!(span(json!({"window_days": 90})).unwrap(), "2026-09-01T00:00:00Z");
        for days in [0, 91, -1] {
            assert!(matches!(input(json!({"window_days": days})), Err(Failure::Invalid(_))), "{days}");
        }
    }

    #[test]
    fn an_incident_before_the_window_makes_it_longer() {
        assert_eq!(
            span(json!({"window_days": 7, "incident_time": "2026-11-10T00:00:00Z"})).unwrap(),
            "2026-11-07T00:00:00Z"
        );
        assert_eq!(
            span(json!({"window_days": 30, "incident_time": "2026-11-28T00:00:00Z"})).unwrap(),
            "2026-10-31T00:00:00Z"
        );
        assert_eq!(span(json!({"incident_time": "2026-09-02T00:00:00Z"})).unwrap(), "2026-09-01T00:00:00Z");
        for wrong in ["yesterday", "2026-12-01T00:00:00Z", "2026-08-01T00:00:00Z"] {
            assert!(span(json!({ "incident_time": wrong })).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_user_is_one_word() {
        for user in ["", "  ", "ann smith", "a\u{0}b", &"a".repeat(257)] {
            assert!(input(json!({ "user": user })).is_err(), "{user:?}");
        }
        assert_eq!(input(json!({"user": " ann_p#EXT#@contoso.example "})).unwrap().user, "ann_p#EXT#@contoso.example");
    }
}
