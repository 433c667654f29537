//! One tenant, and the questions to it.

use std::env;
use std::time::Duration;

use claudetools_kit::http::{Answer, Trouble};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journey::{Journey, Next};
use crate::queue::Queue;
use crate::retry::is_throttled;
use crate::wire::Wire;
use crate::{Ask, Gap, Reply, Service};

/// What came of an ask.
pub type Outcome = Result<Reply, Gap>;

/// Where the services are; another cloud, or a fake, has other places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Microsoft Graph.
    pub graph: String,
    /// Exchange Online.
    pub exchange: String,
    /// DNS over HTTPS, with a JSON API at `/resolve`.
    pub dns: String,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            graph: "https://graph.microsoft.com".into(),
            exchange: "https://outlook.office365.com".into(),
            dns: "https://dns.google".into(),
        }
    }
}

impl Places {
    /// What the variables `GRAPH_BASE`, `EXO_BASE` and `DNS_BASE` of the plugin's configuration say.
    #[expect(clippy::disallowed_methods, reason = "a plugin's environment is what its grant gives it")]
    pub fn configured() -> Self {
        let known = Self::default();
        let or = |name: &str, known: String| env::var(name).ok().filter(|base| !base.is_empty()).unwrap_or(known);
        Self {
            graph: or("GRAPH_BASE", known.graph),
            exchange: or("EXO_BASE", known.exchange),
            dns: or("DNS_BASE", known.dns),
        }
    }

    fn of(&self, service: Service) -> &str {
        match service {
            Service::Graph => &self.graph,
            Service::Exchange => &self.exchange,
            Service::Dns => &self.dns,
        }
    }
}

/// How many requests were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// To Graph, those within a batch one by one.
    pub graph: u32,
    /// To Exchange.
    pub exo: u32,
    /// To DNS.
    pub dns: u32,
    /// How many were answered with a request for patience.
    pub throttled: u32,
}

/// A tenant, reached over a wire.
pub struct Tenant<'a> {
    pub(crate) wire: &'a mut dyn Wire,
    pub(crate) places: Places,
    pub(crate) counts: Counts,
    id: String,
}

impl<'a> Tenant<'a> {
    /// The tenant with this id, a GUID.
    pub fn new(wire: &'a mut dyn Wire, places: Places, id: impl Into<String>) -> Self {
        Self { wire, places, counts: Counts::default(), id: id.into() }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many requests were sent so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The moment.
    pub fn now(&self) -> Timestamp {
        self.wire.now()
    }

    /// Waits, with nothing under way.
    pub fn sleep(&mut self, time: Duration) {
        self.wire.next(Some(time));
    }

    /// Asks one question.
    pub fn ask(&mut self, ask: Ask) -> Outcome {
        let mut outcomes = self.fetch(vec![ask], &mut |_, _| ());
        outcomes.pop().unwrap_or_else(|| Err(lost()))
    }

    /// Asks several questions, four at a time, and tells of each outcome as it comes, by the ask's index. The outcomes
    /// come back in the order of the asks.
    pub fn fetch(&mut self, asks: Vec<Ask>, on: &mut dyn FnMut(usize, &Outcome)) -> Vec<Outcome> {
        let journeys = asks.into_iter().map(|ask| {
            let url = ask.url(&self.places, &self.id);
            Journey::new(ask, url)
        });
        let journeys = journeys.collect();
        self.travel(journeys, on)
    }

    pub(crate) fn travel(&mut self, mut journeys: Vec<Journey>, on: &mut dyn FnMut(usize, &Outcome)) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = journeys.iter().map(|_| None).collect();
        let mut queue = Queue::of(journeys.len());
        loop {
            while let Some(number) = queue.next_to_send() {
                self.send(number, &mut journeys[number]);
            }
            if queue.is_over() {
                break;
            }
            let landed = self.wire.next(queue.pause(self.wire.now()));
            queue.wake(self.wire.now());
            let Some((number, answer)) = landed else { continue };
            queue.flying -= 1;
            match self.landed(&mut journeys[number], answer) {
                Next::Again(at) => queue.later(at, number),
                Next::Over(outcome) => {
                    on(number, &outcome);
                    outcomes[number] = Some(outcome);
                }
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(lost()))).collect()
    }

    fn landed(&mut self, journey: &mut Journey, answer: Result<Answer, Trouble>) -> Next {
        self.counts.throttled += u32::from(answer.as_ref().is_ok_and(|answer| is_throttled(answer.status)));
        journey.landed(answer, self.places.of(journey.ask.service()), self.wire.now())
    }

    fn send(&mut self, number: usize, journey: &mut Journey) {
        match journey.ask.service() {
            // A batch counts what is in it, where it is made.
            Service::Graph => self.counts.graph += u32::from(!journey.ask.is_batch()),
            Service::Exchange => self.counts.exo += 1,
            Service::Dns => self.counts.dns += 1,
        }
        journey.sets_out(self.wire.now());
        self.wire.start(number, journey.ask.request(journey.url.clone(), &self.id));
    }
}

fn lost() -> Gap {
    Gap::new(crate::Class::Unavailable, "no answer came")
}
