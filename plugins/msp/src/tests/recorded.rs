//! Recorded answers, and the world that plays them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use claudetools_kit::{Failure, Invocation, Output, Part};
use serde_json::{Value, json};

use crate::call::call;
use crate::request::{Answer, Client, Lost, Request, World};

/// An API of the shape that FastAPI gives.
pub const FASTAPI: &str = include_str!("fastapi.json");

/// A world of recorded answers.
#[derive(Default)]
pub struct Recorded {
    variables: BTreeMap<String, String>,
    /// By method and target, in the order in which they are given; the last one is given again.
    answers: RefCell<BTreeMap<String, Vec<Result<Answer, String>>>>,
    otherwise: Option<Value>,
    /// The client of the thread.
    pub thread: Option<&'static str>,
    /// Clients that a thread without one may name.
    pub may_name: Vec<&'static str>,
    /// What was sent: method, target, body.
    pub sent: RefCell<Vec<String>>,
    /// Digests that went along with changes.
    pub states: RefCell<Vec<String>>,
    /// What was offered, and how long was waited.
    pub files: RefCell<Vec<(String, String)>>,
    pub waited: RefCell<Vec<u64>>,
}

impl Recorded {
    /// The FastAPI-shaped API, in a thread of the client `contoso`, whose id there is 7.
    pub fn fastapi() -> Self {
        Self::of(&[("OPENAPI", "/openapi.json"), ("CLIENTS", "contoso=7, fabrikam=8")])
            .thread("contoso")
            .answer("GET /openapi.json", serde_json::from_str(FASTAPI).unwrap())
    }

    pub fn preset(name: &str) -> Self {
        Self::of(&[("PRESET", name), ("CLIENTS", "contoso=7, fabrikam=8")]).thread("contoso")
    }

    pub fn of(variables: &[(&str, &str)]) -> Self {
        let own = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let base = [("BASE_URL".to_owned(), "https://msp.example".to_owned())];
        Self { variables: base.into_iter().chain(own).collect(), ..Self::default() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn thread(mut self, client: &'static str) -> Self {
        self.thread = Some(client);
        self
    }

    /// A thread without a client, whose people may name these.
    pub fn internal(mut self, may_name: &[&'static str]) -> Self {
        self.thread = None;
        self.may_name = may_name.to_vec();
        self
    }

    pub fn answer(self, key: &str, body: Value) -> Self {
        self.status(key, 200, &[], body)
    }

    pub fn status(self, key: &str, status: u16, headers: &[(&str, &str)], body: Value) -> Self {
        let headers = headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.next(key, Ok(Answer { status, headers, body }))
    }

    /// The answer to whatever nothing is recorded for.
    pub fn otherwise(mut self, body: Value) -> Self {
        self.otherwise = Some(body);
        self
    }

    /// The answer is lost on its way.
    pub fn lost(self, key: &str) -> Self {
        self.next(key, Err("the service did not answer in time".to_owned()))
    }

    fn next(self, key: &str, answer: Result<Answer, String>) -> Self {
        self.answers.borrow_mut().entry(key.to_owned()).or_default().push(answer);
        self
    }

    /// One call; its texts and tables one below the other, or its failure.
    pub fn call(&self, tool: &str, input: Value) -> String {
        match self.output(tool, input) {
            Ok(output) => shown(&output),
            Err(failure) => format!("{failure:?}"),
        }
    }

    pub fn output(&self, tool: &str, input: Value) -> Result<Output, Failure> {
        let invocation =
            Invocation { id: "1".to_owned(), tool: tool.to_owned(), input: input.to_string(), budget_ms: 30_000 };
        call(&invocation, self, |name| self.variables.get(name).cloned())
    }

    /// What was sent, without the document.
    pub fn requests(&self) -> String {
        let sent = self.sent.borrow();
        sent.iter().filter(|line| !line.ends_with("/openapi.json")).cloned().collect::<Vec<_>>().join("\n")
    }
}

fn shown(output: &Output) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Table(text) => text.clone(),
        _ => "?".to_owned(),
    };
    let mut text = output.parts.iter().map(part).collect::<Vec<_>>().join("\n");
    if output.truncated {
        text.push_str("\n(truncated)");
    }
    text
}

impl World for Recorded {
    fn send(&self, origin: &str, request: &Request) -> Result<Answer, Lost> {
        assert_eq!(origin, "https://msp.example", "no other host is ever asked");
        let key = format!("{} {}", request.method, request.target);
        let body = request.body.as_ref().map_or_else(String::new, |body| format!(" {body}"));
        self.sent.borrow_mut().push(format!("{key}{body}"));
        self.states.borrow_mut().extend(request.state.clone());
        let mut answers = self.answers.borrow_mut();
        if let (false, Some(body)) = (answers.contains_key(&key), &self.otherwise) {
            return Ok(Answer { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() });
        }
        let queue = answers.get_mut(&key).unwrap_or_else(|| panic!("nothing is recorded for {key}"));
        let answer = if queue.len() > 1 { queue.remove(0) } else { queue[0].clone() };
        answer.map_err(Lost::Unknown)
    }

    fn wait(&self, milliseconds: u64) {
        self.waited.borrow_mut().push(milliseconds);
    }

    fn choose(&self, named: Option<&str>) -> Result<Client, Failure> {
        let name = match (self.thread, named) {
            (Some(own), None) => own,
            (Some(own), Some(named)) if own == named => own,
            (Some(_), Some(_)) => {
                return Err(Failure::Refused("client.other: this thread is about another client".to_owned()));
            }
            (None, Some(named)) if self.may_name.contains(&named) => named,
            (None, _) => {
                return Err(Failure::Refused("client.none: no client is named that this thread may name".to_owned()));
            }
        };
        let title = name.split_at(1);
        let title = format!("{}{} Ltd", title.0.to_uppercase(), title.1);
        Ok(Client { name: name.to_owned(), facts: json!({ "title": title, "aliases": [format!("{name} gmbh")] }) })
    }

    fn choices(&self) -> Vec<String> {
        self.may_name.iter().map(|&name| name.to_owned()).collect()
    }

    fn offer(&self, name: &str, content: Vec<u8>) -> Result<(), Failure> {
        self.files.borrow_mut().push((name.to_owned(), String::from_utf8(content).unwrap()));
        Ok(())
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, Failure> {
        match path {
            "/repo/api.json" => Ok(FASTAPI.as_bytes().to_vec()),
            _ => Err(Failure::Invalid(format!("{path} does not exist"))),
        }
    }
}
