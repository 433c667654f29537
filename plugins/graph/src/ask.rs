//! One question, and the request that it becomes.

use claudetools_kit::http::Request;
use serde_json::Value;

use crate::encode::encoded;
use crate::tenant::Places;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Microsoft Graph.
    Graph,
    /// Exchange Online's admin API.
    Exchange,
    /// DNS over HTTPS.
    Dns,
}

/// What a good answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One JSON object.
    One,
    /// `{"value": […]}`, perhaps in pages.
    List,
}

/// The most items of a list, unless the ask says otherwise: what one check of one user can need.
const MOST: usize = 5_000;

/// One question to a service.
#[derive(Clone, Debug)]
pub struct Ask {
    pub(crate) service: Service,
    pub(crate) method: &'static str,
    /// Path and query, percent-encoded; `{tenant}` stands for the tenant's id.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) shape: Shape,
    pub(crate) most: usize,
    pub(crate) keep: &'static [&'static str],
    pub(crate) once: bool,
    name: String,
}

impl Ask {
    /// One object of Graph; `path` begins with `/v1.0/` or `/beta/` and is percent-encoded.
    pub fn one(path: impl Into<String>) -> Self {
        Self::of(Service::Graph, "GET", path.into(), Shape::One)
    }

    /// A list of Graph, in pages.
    pub fn list(path: impl Into<String>) -> Self {
        Self::of(Service::Graph, "GET", path.into(), Shape::List)
    }

    /// Something else than GET, answered with one object or nothing. It is sent once: whoever changes something reads
    /// back before trying again.
    pub fn send(method: &'static str, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { body, once: true, ..Self::of(Service::Graph, method, path.into(), Shape::One) }
    }

    /// The records of one type (`TXT`, `MX`, `CNAME`) of a name. The reply's `body` is `{"Status":0,"Answer":[…]}`.
    pub fn dns(name: &str, kind: &'static str) -> Self {
        let path = format!("/resolve?name={}&type={kind}", encoded(name));
        Self { name: format!("DNS {kind} {name}"), ..Self::of(Service::Dns, "GET", path, Shape::One) }
    }

    pub(crate) fn exchange(path: String, cmdlet: &str, anchor: String, body: Value) -> Self {
        let headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("prefer", "odata.maxpagesize=1000".to_owned()),
            ("x-anchormailbox", anchor),
        ];
        let ask = Self::of(Service::Exchange, "POST", path, Shape::List);
        Self { headers, body: Some(body), name: cmdlet.to_owned(), ..ask }
    }

    fn of(service: Service, method: &'static str, path: String, shape: Shape) -> Self {
        let name = format!("{method} {}", path.split('?').next().unwrap_or_default());
        Self { service, method, path, headers: Vec::new(), body: None, shape, most: MOST, keep: &[], once: false, name }
    }

    /// The same, for advanced queries (`$count`, `ne`, `endsWith`), which read an index that is slightly behind.
    #[must_use]
    pub fn eventual(self) -> Self {
        self.header("consistencylevel", "eventual")
    }

    /// The same with a header, named in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same, cut after this many items.
    #[must_use]
    pub fn most(self, items: usize) -> Self {
        Self { most: items, ..self }
    }

    /// The same, with these fields of each item only: a list of many large objects has to fit into the plugin's memory.
    #[must_use]
    pub fn keeping(self, fields: &'static [&'static str]) -> Self {
        Self { keep: fields, ..self }
    }

    /// The same question, asked only once whatever comes.
    #[must_use]
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    /// What only reads although it is sent as something else than GET.
    #[must_use]
    pub(crate) fn repeatable(self) -> Self {
        Self { once: false, ..self }
    }

    /// What was asked, for people: `GET /v1.0/users/…`, `Get-InboxRule`, `DNS TXT contoso.example`.
    pub fn source(&self) -> &str {
        &self.name
    }

    /// Who is asked.
    pub fn service(&self) -> Service {
        self.service
    }

    pub(crate) fn url(&self, places: &Places, tenant: &str) -> String {
        let base = match self.service {
            Service::Graph => &places.graph,
            Service::Exchange => &places.exchange,
            Service::Dns => &places.dns,
        };
        format!("{}{}", base.trim_end_matches('/'), self.path.replace("{tenant}", tenant))
    }

    pub(crate) fn request(&self, url: String, tenant: &str) -> Request {
        let filled = self.headers.iter().map(|(name, value)| ((*name).to_owned(), value.replace("{tenant}", tenant)));
        let mut headers: Vec<_> = filled.collect();
        if self.body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".into(), "application/json".into()));
        }
        let body = self.body.as_ref().map_or_else(Vec::new, |body| body.to_string().into_bytes());
        Request { method: self.method.into(), url, headers, body }
    }
}
