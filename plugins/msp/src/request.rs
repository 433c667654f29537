//! A request to the API, its answer, and the world that carries it.

use claudetools_kit::Failure;
pub use claudetools_kit::http::Answer;
use serde_json::Value;

/// What is sent, always to the connection's own host.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// Path and query, encoded.
    pub target: String,
    /// A JSON body.
    pub body: Option<Value>,
    /// What the state is that a change was planned on: goes along, so that a yes to it is no yes to another one.
    pub state: Option<String>,
}

/// A client as the host knows it.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name in `plugins.toml`.
    pub name: String,
    /// What is said of it there.
    pub facts: Value,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Lost {
    /// It was never sent.
    Unsent(Failure),
    /// It may have been sent: a fragment that says what went wrong.
    Unknown(String),
}

/// Everything outside: the host in the sandbox, recorded answers in tests.
pub trait World {
    /// Sends one request, and waits for its answer.
    fn send(&self, origin: &str, request: &Request) -> Result<Answer, Lost>;
    /// Lets time pass.
    fn wait(&self, milliseconds: u64);
    /// The client of this call: the thread's, or the named one where the thread may name it.
    fn choose(&self, named: Option<&str>) -> Result<Client, Failure>;
    /// The clients that could be named.
    fn choices(&self) -> Vec<String>;
    /// Gives a file to the people of the thread.
    fn offer(&self, name: &str, content: Vec<u8>) -> Result<(), Failure>;
    /// A file below /repo.
    fn file(&self, path: &str) -> Result<Vec<u8>, Failure>;
}

impl Request {
    /// A GET of a path with a query, names and values as they are.
    pub fn get(path: &str, query: &[(String, String)]) -> Self {
        Self { method: "GET".to_owned(), target: with_query(path, query), body: None, state: None }
    }
}

/// A path with a query behind it.
pub fn with_query(path: &str, query: &[(String, String)]) -> String {
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}{}{}", if path.contains('?') { '&' } else { '?' }, pairs.join("&")),
    }
}

/// Text as a part of a path or a query: all but letters, digits and `-._~` is escaped.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
