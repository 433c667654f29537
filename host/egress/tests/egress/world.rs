//! A plugin with grants, names that resolve as a test says, and notes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use claudetools_egress::{
    Answer, Asked, BodyError, Egress, Failure, MadeFor, Note, Patience, Request, Resolve, Sender, Subject,
};
use claudetools_policy::{Admission, Admitted, Digest, Found, Manifest, Policy, admit};
use claudetools_secrets::{Places, Secrets};
use claudetools_support::microsoft::{CERTIFICATE_PEM, KEY_PEM};
use http::{HeaderMap, Response};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;

const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For tests."
[[tool]]
name = "Try"
description = "Tries something."
effects = ["read"]
input = { type = "object", additionalProperties = false, properties = {} }
[[request]]
why = "For tests."
kind = "net"
hosts = ["*"]
methods = ["GET", "HEAD", "POST", "PUT"]
"#;

/// The secret that tests use: with characters that every encoding writes in its own way.
pub const SECRET: &str = "CANARY-SECRET:7f3a/+\"é";

/// Names, the answers that each still has, and what was asked. The last answer is given again and again.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<Zone>>);

#[derive(Default)]
struct Zone {
    answers: BTreeMap<String, Vec<Vec<IpAddr>>>,
    asked: Vec<String>,
}

impl Names {
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let answers = answers.iter().map(|list| list.iter().map(|ip| ip.parse().unwrap()).collect()).collect();
        self.0.lock().unwrap().answers.insert(name.to_owned(), answers);
    }

    pub fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().asked.clone()
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut all = self.0.lock().unwrap();
        all.asked.push(name.to_owned());
        let answers = all.answers.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

/// Everything that one request needs.
pub struct World {
    pub egress: Egress,
    pub sender: Sender,
    pub names: Names,
    pub notes: Arc<Mutex<Vec<Note>>>,
}

impl World {
    /// With these tables of `plugins.toml` behind `[plugin.guest]`. `api.test` is this machine.
    pub fn of(policy: &str) -> Self {
        Self::trusting(policy, &[])
    }

    pub fn trusting(policy: &str, authorities: &[Vec<u8>]) -> Self {
        Self::knowing(policy, authorities, SECRET)
    }

    /// The same where the variable `KEY` is this secret.
    pub fn knowing(policy: &str, authorities: &[Vec<u8>], secret: &str) -> Self {
        let policy = Policy::parse(&format!("schema = 1\n{policy}")).unwrap();
        let env = |name: &str| match name {
            "KEY" => Some(secret.to_owned()),
            "NAME" => Some("CANARY-SECRET".to_owned()),
            "PEM" => Some(format!("{KEY_PEM}{CERTIFICATE_PEM}")),
            _ => None,
        };
        let places = Places { base: "/nowhere".as_ref(), vault: None, env: &env };
        let (secrets, _) = Secrets::load(&policy, &places);
        let names = Names::default();
        names.set("api.test", &[&["127.0.0.1"]]);
        let egress = Egress::new(names.clone(), authorities, Arc::new(secrets)).unwrap();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&notes);
        let sender = Sender {
            plugin: Arc::new(admitted(&policy)),
            tool: "Try".to_owned(),
            until: Instant::now() + Duration::from_secs(60),
            overseer: Arc::new(move |note| heard.lock().unwrap().push(note)),
            made: MadeFor::default(),
        };
        Self { egress, sender, names, notes }
    }

    /// With one grant for `http://api.test` at this port, all paths, `GET` and `POST`, and more lines of the grant.
    pub fn granted(port: u16, more: &str) -> Self {
        Self::of(&format!("[plugin.guest]\n{}", grant("g", &rule("api.test", port), more)))
    }

    pub async fn get(&self, url: &str) -> Result<Reply, Failure> {
        self.send(request("GET", url, &[], "")).await
    }

    pub async fn send<B>(&self, request: Request<B>) -> Result<Reply, Failure>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let response: Response<Answer> = self.egress.send(request, &self.sender).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Reply { status: head.status.as_u16(), headers: head.headers, body: String::from_utf8(body.into()).unwrap() })
    }

    /// Every decision so far: the grant or the code.
    pub fn decisions(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap();
        let word = |note: &Note| note.decision.as_ref().map_or_else(|refusal| refusal.code.to_string(), Clone::clone);
        notes.iter().map(word).collect()
    }

    /// What the first note is about.
    pub fn asked(&self) -> Asked {
        match &self.notes.lock().unwrap()[0].subject {
            Subject::Request(asked) => asked.clone(),
            Subject::Unreadable(shown) | Subject::Service(shown) => panic!("{shown}"),
        }
    }
}

fn admitted(policy: &Policy) -> Admitted {
    let found = Found {
        component: Digest::of("guest"),
        manifest: Manifest::parse(MANIFEST).unwrap(),
        imports: BTreeSet::new(),
        exports: BTreeSet::from(["claudetools:plugin/tool@1.0.0".to_owned()]),
        bytes: 5,
    };
    match admit(found, policy, true) {
        Admission::Admitted(admitted) => admitted,
        Admission::Quarantined(why) => panic!("{why:?}"),
    }
}

/// A rule for plain HTTP on this machine.
pub fn rule(host: &str, port: u16) -> String {
    format!(
        r#"{{ scheme = "http", host = "{host}", port = {port}, method = ["GET", "POST"], path = "/**", query = ["q"] }}"#
    )
}

/// A grant as TOML, which reaches this machine unless `more` says what else.
pub fn grant(id: &str, rules: &str, more: &str) -> String {
    let reach = if more.contains("reach") { "" } else { "reach = [\"127.0.0.0/8\"]\n" };
    format!(
        "[[plugin.guest.grant]]\nid = \"{id}\"\nwhy = \"tests\"\nkind = \"net\"\nallow = [{rules}]\n{reach}{more}\n"
    )
}

/// A request for a URL, in pieces as a guest gives them.
pub fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Request<Full<Bytes>> {
    let (scheme, rest) = url.split_once("://").unwrap_or((url, ""));
    let (authority, path_and_query) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Request {
        method: method.to_owned(),
        scheme: scheme.to_owned(),
        authority: authority.to_owned(),
        path_and_query: path_and_query.to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_owned())).collect(),
        body: Full::new(Bytes::copy_from_slice(body.as_bytes())),
        length: None,
        patience: Patience::default(),
    }
}

/// An answer as a guest sees it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// The status and body, the code, or the words for what failed.
pub fn said(reply: &Result<Reply, Failure>) -> String {
    match reply {
        Ok(reply) => format!("{} {}", reply.status, reply.body),
        Err(Failure::Refused(refusal)) => refusal.code.to_string(),
        Err(Failure::Trouble(trouble)) => trouble.to_string(),
    }
}
