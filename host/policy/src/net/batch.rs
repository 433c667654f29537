//! Requests inside a request: `POST /v1.0/$batch` of Microsoft Graph.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Body, NetGrant, Target, decide_header, decide_json};
use crate::path::shown;
use crate::{Code, Refusal};

/// As many as Graph takes.
const MOST: usize = 20;
/// The longest id of one of them.
const LONGEST_ID: usize = 64;

/// One request inside a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// Unique in the batch.
    id: String,
    /// Where it goes: the batch's host, and the version before `$batch`.
    pub target: Target,
    headers: BTreeMap<String, String>,
    /// Its body, where it has one.
    pub body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    requests: Vec<One>,
}

/// A key that is not here, such as `dependsOn`, is refused.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct One {
    id: String,
    method: String,
    url: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Map<String, Value>>,
}

/// Reads the requests of a batch that is sent to `outer`. `net.body` where it is none, and what [`Target::parse`] refuses.
pub(super) fn read(outer: &Target, body: Option<&Body>) -> Result<Vec<Inner>, Refusal> {
    let no = |what: &str| {
        Refusal::new(Code::NetBody, format!("The body of `{}` is no batch: {what}.", shown(&outer.to_string())))
    };
    let written = body.and_then(Body::json).ok_or_else(|| no("it is not JSON that is read in one way only"))?;
    let Written { requests } = Written::deserialize(written).map_err(|_| {
        no("expected {\"requests\": […]}, each with `id`, `method`, `url`, and maybe `headers` and an object as `body`")
    })?;
    if !(1..=MOST).contains(&requests.len()) {
        return Err(no(&format!("expected 1 to {MOST} requests")));
    }
    let ids: BTreeSet<&str> = requests.iter().map(|one| one.id.as_str()).collect();
    if ids.len() < requests.len() || ids.iter().any(|id| id.is_empty() || id.len() > LONGEST_ID) {
        return Err(no("each request has an id of its own, of at most 64 bytes"));
    }
    requests.into_iter().map(|one| one.read(outer)).collect()
}

impl One {
    fn read(self, outer: &Target) -> Result<Inner, Refusal> {
        let target = outer.beside(&self.method, &self.url).map_err(|refusal| in_request(&self.id, refusal))?;
        let body = self.body.map(|body| Body::of(Value::Object(body)));
        Ok(Inner { id: self.id, target, headers: self.headers, body })
    }
}

impl Inner {
    /// Whether a grant gives its headers. Servers take its body for what `content-type` says.
    pub(super) fn check_headers(&self, grant: &NetGrant) -> Result<(), Refusal> {
        let pairs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        pairs.clone().try_for_each(|(name, value)| decide_header(grant, name, value))?;
        decide_json(pairs)
    }

    fn written(&self, outer: &Target) -> One {
        let body = self.body.as_ref().and_then(|body| body.json()?.as_object().cloned());
        let (id, method, headers) = (self.id.clone(), self.target.method.clone(), self.headers.clone());
        One { id, method, url: self.target.relative_to(outer), headers, body }
    }

    /// A refusal of it, which says which one of the batch it is.
    pub(super) fn refuse(&self, refusal: Refusal) -> Refusal {
        in_request(&self.id, refusal)
    }
}

impl Body {
    /// The batch to `outer` as the host writes it, out of what was decided on.
    pub fn batch(outer: &Target, requests: &[Inner]) -> Self {
        let requests: Vec<One> = requests.iter().map(|inner| inner.written(outer)).collect();
        Self::of(json!({ "requests": requests }))
    }
}

fn in_request(id: &str, refusal: Refusal) -> Refusal {
    Refusal { message: format!("In the batch's request `{}`: {}", shown(id), refusal.message), ..refusal }
}
