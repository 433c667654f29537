//! One ask, from its first request to its outcome.

use claudetools_kit::http::{Answer, Trouble};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::pages::Pages;
use crate::retry::{TRIES, TRIES_OF_TROUBLE, is_throttled, pause};
use crate::tenant::Outcome;
use crate::{Ask, Class, Gap};

/// How long one ask may take, its pages and pauses included.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Where an ask stands.
pub(crate) struct Journey {
    pub ask: Ask,
    pub url: String,
    pages: Pages,
    tries: u32,
    until: Option<Timestamp>,
}

/// What an answer leads to.
pub(crate) enum Next {
    /// Send the request again, or that for the next page, not before this moment.
    Again(Timestamp),
    /// It is over.
    Over(Outcome),
}

impl Journey {
    pub fn new(ask: Ask, url: String) -> Self {
        Self::seeded(ask, url, Pages::default())
    }

    pub fn seeded(ask: Ask, url: String, pages: Pages) -> Self {
        Self { ask, url, pages, tries: 0, until: None }
    }

    /// Notes that a request is sent.
    pub fn sets_out(&mut self, now: Timestamp) {
        self.tries += 1;
        self.until.get_or_insert(now.saturating_add(PATIENCE).unwrap_or(Timestamp::MAX));
    }

    /// Takes an answer. `base` is where the service is: a link may lead nowhere else.
    pub fn landed(&mut self, answer: Result<Answer, Trouble>, base: &str, now: Timestamp) -> Next {
        match answer {
            Err(trouble) => self.again_or(now, TRIES_OF_TROUBLE, None, trouble.into()),
            Ok(answer) if is_throttled(answer.status) => {
                let gap = Gap::new(Class::Unavailable, format!("{} the service asks for patience", answer.status));
                self.again_or(now, TRIES, answer.header("retry-after"), gap)
            }
            Ok(answer) => match self.read(&answer, base) {
                Ok(None) => Next::Over(Ok(std::mem::take(&mut self.pages).whole())),
                Ok(Some(link)) => self.turns_to(link, now),
                Err(gap) => Next::Over(self.ends(gap)),
            },
        }
    }

    fn read(&mut self, answer: &Answer, base: &str) -> Result<Option<String>, Gap> {
        let body = if answer.body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&answer.body) };
        if !(200..300).contains(&answer.status) {
            return Err(Gap::of_answer(self.ask.service(), answer.status, &body.unwrap_or_default()));
        }
        let body = body.map_err(|_| Gap::malformed("it is no JSON, or was cut off"))?;
        let link = self.pages.take(&self.ask, body)?;
        match link {
            Some(link) if !link.starts_with(base) => Err(Gap::malformed("its next page is somewhere else")),
            link => Ok(link),
        }
    }

    fn turns_to(&mut self, link: String, now: Timestamp) -> Next {
        (self.url, self.tries) = (link, 0);
        if self.until.is_some_and(|until| now > until) {
            return Next::Over(self.ends(Gap::new(Class::Unavailable, "it took longer than 60 s")));
        }
        Next::Again(now)
    }

    fn again_or(&mut self, now: Timestamp, most: u32, said: Option<&str>, gap: Gap) -> Next {
        let at = now.saturating_add(pause(said, self.tries, now)).unwrap_or(Timestamp::MAX);
        let refused = gap.class == Class::NotPermitted || gap.class == Class::Malformed;
        if refused || self.ask.once || self.tries >= most || self.until.is_some_and(|until| at > until) {
            return Next::Over(self.ends(gap));
        }
        Next::Again(at)
    }

    /// Where some pages are there, they are kept, as cut short.
    fn ends(&mut self, gap: Gap) -> Outcome {
        let pages = std::mem::take(&mut self.pages);
        if pages.has_some() && gap.class == Class::Unavailable { Ok(pages.cut()) } else { Err(gap) }
    }
}
