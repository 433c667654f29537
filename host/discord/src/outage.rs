//! What does not work for long: one line for the people who run the bot, and one when it is over. Never a flood: what
//! comes and goes is one outage.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::body::Body;
use crate::core::Core;
use crate::health::Part;
use crate::{wire, words};

/// How often it is looked, as a part of how long an outage is long.
const LOOKS: u32 = 60;
/// How often it is asked again what is in trouble, as such a part, and for how long something must work again before the
/// outage is over.
const PROBES: u32 = 5;

/// Something that does not work, or did not until a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    /// Milliseconds since 1970, as every moment here.
    since: u64,
    pub(crate) why: String,
    pub(crate) ended: Option<u64>,
    told: bool,
}

/// One line to be said of an outage.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    part: Part,
    text: String,
    over: bool,
}

impl Outage {
    pub(crate) fn new(since: u64) -> Self {
        Self { since, why: String::new(), ended: None, told: false }
    }

    /// What is to be said of it now; outages that are over and were short are none.
    fn line(&self, part: Part, now: u64, long: u64) -> Option<Line> {
        let (what, since) = (part.what(), wire::clock_at(self.since));
        match self.ended {
            None if self.told || now - self.since < long => None,
            None => {
                let why = self.why.trim_end_matches('.');
                let text = format!("Since {since} UTC {what}: {why}. I keep trying, and say it here when it is over.");
                Some(Line { part, text, over: false })
            }
            Some(ended) => {
                let text = format!("It is over: from {since} to {} UTC {what}.", wire::clock_at(ended));
                Some(Line { part, text, over: true })
            }
        }
    }

    fn was_long(&self, long: u64) -> bool {
        self.told || self.ended.is_some_and(|ended| ended - self.since >= long)
    }
}

impl Part {
    /// Behind a moment.
    fn what(self) -> &'static str {
        match self {
            Self::Ledger => "my ledger can't be written, so that I do nothing",
            Self::Model => "the model does not answer",
            Self::Gateway => "Discord's gateway does not tell me everything",
            Self::Answers => "answers can't be posted",
            Self::Threads => "threads can't be begun",
            Self::Asking => "Discord does not say where and by whom something was said",
            Self::Reading => "missed messages can't be read",
        }
    }
}

/// The lines to be said now. An outage that is over and was short is forgotten.
fn lines(outages: &mut BTreeMap<Part, Outage>, now: u64, long: u64) -> Vec<Line> {
    let settled =
        |outage: &Outage| outage.ended.is_none_or(|ended| now.saturating_sub(ended) >= long / u64::from(PROBES));
    outages.retain(|_, outage| outage.was_long(long) || outage.ended.is_none() || !settled(outage));
    let due = outages.iter().filter(|(_, outage)| settled(outage));
    due.filter_map(|(part, outage)| outage.line(*part, now, long)).collect()
}

fn said(outages: &mut BTreeMap<Part, Outage>, line: &Line) {
    match (outages.get_mut(&line.part), line.over) {
        (Some(outage), true) if outage.ended.is_some() => drop(outages.remove(&line.part)),
        (Some(outage), _) => outage.told = true,
        (None, _) => {}
    }
}

impl Core {
    /// Follows how the model and the ledger are, and tells of outages, until the front ends.
    pub(crate) async fn keep_watch(self: Arc<Self>) {
        let long = self.settings.watch.outage;
        let mut probed = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(long / LOOKS).await;
            if probed.elapsed() >= long / PROBES {
                self.chat.probe().await;
                probed = tokio::time::Instant::now();
            }
            self.follow();
            let long = u64::try_from(long.as_millis()).unwrap_or(u64::MAX);
            for line in self.health.outages(|outages| lines(outages, wire::now_ms(), long)) {
                if self.announce(&line).await {
                    self.health.outages(|outages| said(outages, &line));
                }
            }
        }
    }

    fn follow(&self) {
        let troubles = self.chat.troubles();
        for (part, trouble) in [(Part::Model, troubles.model), (Part::Ledger, troubles.ledger)] {
            match trouble {
                Some(why) => self.in_trouble(part, &why),
                None => self.is_fine(part),
            }
        }
    }

    /// This works.
    pub(crate) fn is_fine(&self, part: Part) {
        self.health.fine(part, wire::now_ms());
    }

    /// This does not work, and why.
    pub(crate) fn in_trouble(&self, part: Part, why: &str) {
        self.health.trouble(part, why, wire::now_ms());
    }

    /// False where it is to be said again later.
    async fn announce(&self, line: &Line) -> bool {
        tracing::warn!(part = ?line.part, "{}", line.text);
        let Some(review) = self.settings.review.as_ref() else { return true };
        let nonce = format!("outage-{:x}", wire::now_ms());
        let body = Body::create(&words::line(&line.text, self.chat.guard()), &nonce);
        match self.rest.post(review.channel, &body, &[]).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "an outage can't be told of in the channel where plugins are reviewed");
                !error.may_pass()
            }
        }
    }
}

/// How closely the front watches itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Between two looks for what the gateway did not tell. Default: five minutes.
    pub sweep: Duration,
    /// How long something does not work before it is told of. Default: five minutes.
    pub outage: Duration,
}

impl Default for Watch {
    fn default() -> Self {
        let five_minutes = Duration::from_secs(300);
        Self { sweep: five_minutes, outage: five_minutes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Health;

    const MINUTE: u64 = 60_000;
    const LONG: u64 = 5 * MINUTE;
    /// 21:06 UTC.
    const BEGIN: u64 = 1_795_900_000_000;

    /// What is said at each minute, where everything that is said arrives.
    fn told(health: &Health, minutes: std::ops::Range<u64>) -> Vec<String> {
        let at = |minute: u64| {
            health.outages(|outages| {
                let due = lines(outages, BEGIN + minute * MINUTE, LONG);
                due.iter().for_each(|line| said(outages, line));
                due.into_iter().map(|line| line.text)
            })
        };
        minutes.flat_map(at).collect()
    }

    fn trouble(health: &Health, minute: u64) {
        health.trouble(Part::Model, "The model is overloaded (529).", BEGIN + minute * MINUTE);
    }

    #[test]
    fn a_long_outage_is_one_line_and_its_end_another() {
        let health = Health::default();
        trouble(&health, 0);
        assert_eq!(told(&health, 0..5), Vec::<String>::new());
        insta::assert_snapshot!(told(&health, 5..60).join("\n"), @"Since 21:06 UTC the model does not answer: The model is overloaded (529). I keep trying, and say it here when it is over.");
        health.fine(Part::Model, BEGIN + 60 * MINUTE);
        insta::assert_snapshot!(told(&health, 60..90).join("\n"), @"It is over: from 21:06 to 22:06 UTC the model does not answer.");
    }

    #[test]
    fn what_comes_and_goes_is_one_outage_and_a_short_one_is_none() {
        let health = Health::default();
        for minute in 0..30 {
            trouble(&health, minute);
            health.fine(Part::Model, BEGIN + minute * MINUTE + MINUTE / 2);
        }
        trouble(&health, 30);
        assert_eq!(told(&health, 30..60).len(), 1);
        health.fine(Part::Model, BEGIN + 60 * MINUTE);
        assert_eq!(told(&health, 60..90).len(), 1);
        trouble(&health, 90);
        health.fine(Part::Model, BEGIN + 91 * MINUTE);
        assert_eq!(told(&health, 90..120), Vec::<String>::new(), "it was short");
    }

    #[test]
    fn an_outage_that_could_not_be_told_of_is_told_of_when_it_is_over() {
        let health = Health::default();
        health.trouble(Part::Answers, "Discord answered 500.", BEGIN);
        health.fine(Part::Answers, BEGIN + 6 * MINUTE);
        insta::assert_snapshot!(told(&health, 7..9).join("\n"), @"It is over: from 21:06 to 21:12 UTC answers can't be posted.");
    }
}
