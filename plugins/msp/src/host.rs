//! The world within the host.

use std::thread;
use std::time::Duration;

use claudetools_kit::http::{self, Trouble};
use claudetools_kit::{self as kit, Failure};

use crate::request::{Answer, Client, Lost, Request, World};

/// Bytes of one answer: what a call's memory takes twice, as text and as what it says.
const MAX_ANSWER: usize = 8 << 20;

/// The host, through its interfaces.
pub struct Host;

/// A variable of an `env` grant.
#[expect(clippy::disallowed_methods, reason = "a plugin's environment is what its grant gives it")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl World for Host {
    fn send(&self, origin: &str, request: &Request) -> Result<Answer, Lost> {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        if request.body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        headers.extend(request.state.iter().map(|state| ("client-request-id".to_owned(), state.clone())));
        let body = request.body.as_ref().map(ToString::to_string).unwrap_or_default().into_bytes();
        let url = format!("{origin}{}", request.target);
        http::send(http::Request { method: request.method.clone(), url, headers, body }, MAX_ANSWER).map_err(lost)
    }

    fn wait(&self, milliseconds: u64) {
        thread::sleep(Duration::from_millis(milliseconds));
    }

    fn choose(&self, named: Option<&str>) -> Result<Client, Failure> {
        let client = kit::client::choose(named)?;
        let facts = serde_json::from_str(&client.facts)
            .map_err(|error| Failure::Internal(format!("the facts of a client: {error}")))?;
        Ok(Client { name: client.name, facts })
    }

    fn choices(&self) -> Vec<String> {
        kit::client::choices()
    }

    fn offer(&self, name: &str, content: Vec<u8>) -> Result<(), Failure> {
        Ok(kit::artifact::offer(name, "text/csv", &content)?)
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let path = kit::path::resolve(path)?;
        std::fs::read(&path).map_err(|error| Failure::io(&path, &error))
    }
}

fn lost(trouble: Trouble) -> Lost {
    match trouble {
        Trouble::Refused | Trouble::Unreachable | Trouble::Unwritable(_) | Trouble::NoNetwork => {
            Lost::Unsent(trouble.into())
        }
        Trouble::TimedOut | Trouble::TooLong(_) | Trouble::Broken => Lost::Unknown(trouble.text()),
    }
}
