//! `$batch`: up to twenty questions in one request, each with a status of its own.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::journey::Journey;
use crate::pages::Pages;
use crate::retry::{TRIES, is_throttled, pause};
use crate::tenant::{Outcome, Tenant};
use crate::{Class, Gap};

/// What Graph takes in one batch.
const MOST: usize = 20;
const PATH: &str = "/v1.0/$batch";

/// What one question of a batch came to.
enum Part {
    Done(Outcome),
    /// The rest is on further pages.
    Goes(Pages, String),
    /// Throttled by itself.
    Again(Duration),
}

impl Ask {
    pub(crate) fn is_batch(&self) -> bool {
        self.path == PATH
    }
}

impl Tenant<'_> {
    /// Asks questions to Graph v1.0 (GET only) in batches. The outcomes come back in the order of the asks.
    pub fn batch(&mut self, asks: &[Ask]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = asks.iter().map(|_| Err(throttled())).collect();
        let mut left: Vec<usize> = (0..asks.len()).collect();
        for tries in 1..=TRIES {
            let mut longest = Duration::ZERO;
            let mut again = Vec::new();
            for (index, part) in self.round(asks, &left, tries) {
                match part {
                    Part::Done(outcome) => outcomes[index] = outcome,
                    Part::Goes(pages, link) => outcomes[index] = self.rest(&asks[index], pages, link),
                    Part::Again(pause) => {
                        self.counts.throttled += 1;
                        longest = longest.max(pause);
                        again.push(index);
                    }
                }
            }
            left = again;
            if left.is_empty() || tries == TRIES || longest > Duration::from_secs(60) {
                break;
            }
            self.sleep(longest);
        }
        outcomes
    }

    fn round(&mut self, asks: &[Ask], left: &[usize], tries: u32) -> Vec<(usize, Part)> {
        let envelopes = left.chunks(MOST).map(|chunk| envelope(asks, chunk)).collect();
        self.counts.graph += u32::try_from(left.len()).unwrap_or(u32::MAX);
        let answered = self.fetch(envelopes, &mut |_, _| ());
        let mut parts = Vec::new();
        for (chunk, answer) in left.chunks(MOST).zip(answered) {
            parts.extend(chunk.iter().map(|index| (*index, self.part(&asks[*index], *index, &answer, tries))));
        }
        parts
    }

    fn part(&self, ask: &Ask, index: usize, answer: &Outcome, tries: u32) -> Part {
        let reply = match answer {
            Ok(reply) => reply,
            Err(gap) => return Part::Done(Err(gap.clone())),
        };
        let responses = reply.body.get("responses").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let id = index.to_string();
        let Some(response) = responses.iter().find(|response| response["id"].as_str() == Some(&id)) else {
            return Part::Done(Err(Gap::malformed("the batch has no answer to this")));
        };
        let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
        if is_throttled(status) {
            return Part::Again(pause(retry_after(response), tries, self.wire.now()));
        }
        if !(200..300).contains(&status) {
            return Part::Done(Err(Gap::of_answer(ask.service(), status, &response["body"])));
        }
        let mut pages = Pages::default();
        match pages.take(ask, response["body"].clone()) {
            Ok(None) => Part::Done(Ok(pages.whole())),
            Ok(Some(link)) if link.starts_with(&self.places.graph) => Part::Goes(pages, link),
            Ok(Some(_)) => Part::Done(Err(Gap::malformed("its next page is somewhere else"))),
            Err(gap) => Part::Done(Err(gap)),
        }
    }

    fn rest(&mut self, ask: &Ask, pages: Pages, link: String) -> Outcome {
        let journey = Journey::seeded(ask.clone(), link, pages);
        self.travel(vec![journey], &mut |_, _| ()).pop().unwrap_or_else(|| Err(throttled()))
    }
}

fn envelope(asks: &[Ask], chunk: &[usize]) -> Ask {
    let requests: Vec<Value> = chunk.iter().map(|index| inner(*index, &asks[*index])).collect();
    Ask::send("POST", PATH, Some(json!({"requests": requests}))).repeatable()
}

fn inner(index: usize, ask: &Ask) -> Value {
    let url = ask.path.strip_prefix("/v1.0").unwrap_or(&ask.path);
    let mut inner = json!({"id": index.to_string(), "method": ask.method, "url": url});
    if !ask.headers.is_empty() {
        inner["headers"] = ask
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    inner
}

fn retry_after(response: &Value) -> Option<&str> {
    let headers = response.get("headers")?.as_object()?;
    headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?.1.as_str()
}

fn throttled() -> Gap {
    Gap::new(Class::Unavailable, "429 the service asks for patience")
}
