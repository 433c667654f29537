//! What the fake remembers between requests.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};

use super::cache::{Cache, Counted};
use super::check::{Betas, Call, Endpoint, headers};
use super::failure::Failure;
use super::history::{History, Misplaced, Said};
use super::models::{Model, Takes};
use super::request::{Outcome, RequestView};
use super::script::{Account, Answers, Script, Step};

/// The largest body, in bytes.
const MOST: usize = 32 * 1024 * 1024;

/// The state behind its lock.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

pub(super) struct State {
    pub script: Script,
    pub steps: VecDeque<Step>,
    pub requests: Vec<RequestView>,
    /// When each chunk of a stream left, by the number of its request.
    pub sent: HashMap<usize, Vec<Instant>>,
    pub problems: Vec<String>,
    pub history: History,
    pub paused: Vec<Value>,
    /// Answers everything with an error.
    pub away: bool,
    cache: Cache,
}

/// A request that was found valid.
pub(super) struct Admitted {
    pub view: RequestView,
    pub model: &'static Model,
    pub said: Said,
    pub dropped: Vec<Value>,
}

impl Shared {
    pub fn new(script: Script) -> Self {
        let steps = match &script.answers {
            Answers::Steps(steps) => steps.iter().cloned().collect(),
            Answers::React(_) => VecDeque::new(),
        };
        Self(Arc::new(Mutex::new(State {
            script,
            steps,
            requests: Vec::new(),
            sent: HashMap::new(),
            problems: Vec::new(),
            history: History::default(),
            paused: Vec::new(),
            away: false,
            cache: Cache::default(),
        })))
    }

    /// The state; a test that panicked while it held the lock does not hide it.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a valid request. A function of the script runs without the lock.
    pub fn step(&self, view: &RequestView) -> Result<Step, Failure> {
        if self.lock().away {
            return Ok(Failure::overloaded().into());
        }
        let answers = self.lock().script.answers.clone();
        match answers {
            Answers::React(answer) => Ok(answer(view)),
            Answers::Steps(_) => self
                .lock()
                .steps
                .pop_front()
                .ok_or_else(|| Failure::invalid("the script of the fake is over, but another request came")),
        }
    }
}

impl State {
    /// Takes a request in, and gives back its number.
    pub fn open(&mut self, headers: BTreeMap<String, String>, raw: &[u8]) -> usize {
        let number = self.requests.len() + 1;
        self.requests.push(RequestView {
            number,
            headers,
            raw: String::from_utf8_lossy(raw).into_owned(),
            body: serde_json::from_slice(raw).unwrap_or_default(),
            outcome: Outcome::Open,
        });
        number
    }

    pub fn close(&mut self, number: usize, outcome: Outcome) {
        self.requests[number - 1].outcome = outcome;
    }

    pub fn problem(&mut self, place: &str, text: &str) {
        self.problems.push(format!("{place}: {text}"));
    }

    /// Checks one request by itself, then against what was said before.
    pub fn admit(&mut self, number: usize) -> Result<Admitted, Failure> {
        let view = self.requests[number - 1].clone();
        let betas = self.sender(&view.headers)?;
        let model = self.check(&view.headers, &view.raw, &betas, Endpoint::Messages)?;
        let unreadable = |error: serde_json::Error| Failure::invalid(error.to_string());
        let said = Said::of(&view.raw).map_err(unreadable)?;
        for change in self.history.changes(&said, view.messages()) {
            self.problem(&format!("request {number}"), &change);
        }
        let misplaced = self.history.thinking(&said, view.messages(), model)?;
        let dropped = self.dropped(number, &view.body, &misplaced)?;
        Ok(Admitted { view, model, said, dropped })
    }

    /// Checks who sends.
    pub fn sender(&self, all: &BTreeMap<String, String>) -> Result<Betas, Failure> {
        headers::sender(all, &self.script.key)
    }

    /// Checks a body by itself.
    pub fn check(
        &self,
        headers: &BTreeMap<String, String>,
        raw: &str,
        betas: &Betas,
        endpoint: Endpoint,
    ) -> Result<&'static Model, Failure> {
        headers::json(headers)?;
        if raw.len() > MOST {
            let message = "Request exceeds the maximum size";
            return Err(Failure::new(413, "request_too_large", message));
        }
        let not_json = |e| Failure::invalid(format!("The request body is not valid JSON: {e}"));
        let body: Value = serde_json::from_str(raw).map_err(not_json)?;
        let call = Call::new(&body, betas, endpoint, &self.paused)?;
        call.check()?;
        self.fits(call.model, &body)?;
        Ok(call.model)
    }

    fn fits(&self, model: &Model, body: &Value) -> Result<(), Failure> {
        match super::cache::tokens(model, body) {
            tokens if tokens > model.window => Err(Failure::prompt_too_long(tokens, model.window)),
            _ => Ok(()),
        }
    }

    /// Thinking blocks that lost their prefix: an error, or dropped where the account or the request allow it.
    fn dropped(&mut self, number: usize, body: &Value, misplaced: &[Misplaced]) -> Result<Vec<Value>, Failure> {
        let asked = body["thinking"]["block_binding"]["prefix_mismatch_behavior"].as_str();
        let refuse = match (asked, self.script.account) {
            (Some("drop_block"), _) | (None, Account::Old) => false,
            (Some(_), _) | (None, Account::New) => true,
        };
        let mut dropped = Vec::new();
        for block in misplaced {
            if refuse {
                return Err(block.failure());
            }
            self.problem(&format!("request {number}"), &block.failure().message);
            let (message, at) = (block.message, block.block);
            dropped.push(json!({ "type": "thinking_dropped", "message_index": message, "content_index": at }));
        }
        Ok(dropped)
    }

    pub fn count(&mut self, model: &Model, body: &Value) -> Counted {
        self.cache.count(model, body)
    }

    /// Every problem that no one expected, unused steps and unmet expectations included.
    pub fn unexpected(&self) -> Vec<String> {
        let expected = &self.script.expected;
        let is_expected = |problem: &&String| expected.iter().any(|part| problem.contains(part));
        let mut left: Vec<String> = self.problems.iter().filter(|problem| !is_expected(problem)).cloned().collect();
        for part in expected {
            if !self.problems.iter().any(|problem| problem.contains(part)) {
                left.push(format!("expected a problem about `{part}`, but there was none"));
            }
        }
        if !self.steps.is_empty() {
            left.push(format!("{} steps of the script were not asked for", self.steps.len()));
        }
        left
    }
}

/// A model as `GET /v1/models` shows it.
pub(super) fn card(model: &Model) -> Value {
    let supported = |what: Takes| json!({ "supported": model.takes(what) });
    json!({
        "type": "model",
        "id": model.id,
        "display_name": model.name,
        "created_at": format!("{}T00:00:00Z", model.released),
        "max_input_tokens": model.window,
        "max_tokens": model.max_output,
        "capabilities": {
            "effort": { "supported": !model.efforts.is_empty() },
            "thinking": { "types": {
                "adaptive": supported(Takes::Adaptive),
                "enabled": supported(Takes::Budget),
            } },
        },
    })
}
