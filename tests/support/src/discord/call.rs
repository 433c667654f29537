//! One request, read.

use std::collections::HashMap;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use serde_json::Value;

/// The largest request: Discord's 25 MiB.
const MOST_BYTES: usize = 25 * 1024 * 1024;

/// A request.
#[derive(Default)]
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: HashMap<String, String>,
    pub(super) token: Option<String>,
    pub(super) user_agent: String,
    /// `Null` without a body.
    pub(super) body: Value,
    /// Field name, file name, bytes.
    pub(super) files: Vec<(String, String, Bytes)>,
    /// What could not be read.
    pub(super) malformed: Option<String>,
    /// The ids in the path, filled in by the route.
    pub(super) ids: Vec<String>,
}

impl Call {
    pub(super) async fn read(request: Request) -> Self {
        let (mut call, multipart) = Self::head(&request);
        let read = if multipart { call.read_parts(request).await } else { call.read_json(request).await };
        call.malformed = read.err();
        call
    }

    /// Everything but the body, and whether that comes in parts.
    fn head(request: &Request) -> (Self, bool) {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let call = Self {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: parse_query(request.uri().query().unwrap_or_default()),
            token: header(AUTHORIZATION),
            user_agent: header(USER_AGENT).unwrap_or_default(),
            ..Self::default()
        };
        let multipart = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("multipart/form-data"));
        (call, multipart)
    }

    async fn read_json(&mut self, request: Request) -> Result<(), String> {
        let bytes = to_bytes(request.into_body(), MOST_BYTES).await.map_err(|err| err.to_string())?;
        if !bytes.is_empty() {
            self.body = serde_json::from_slice(&bytes).map_err(|err| err.to_string())?;
        }
        Ok(())
    }

    async fn read_parts(&mut self, request: Request) -> Result<(), String> {
        let mut parts = Multipart::from_request(request, &()).await.map_err(|err| err.to_string())?;
        while let Some(part) = parts.next_field().await.map_err(|err| err.to_string())? {
            let name = part.name().unwrap_or_default().to_owned();
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|err| err.to_string())?;
            if name == "payload_json" {
                self.body = serde_json::from_slice(&bytes).map_err(|err| err.to_string())?;
            } else {
                self.files.push((name, file_name, bytes));
            }
        }
        Ok(())
    }

    /// The id at this place of the route; `0` where it is not a number.
    pub(super) fn id(&self, at: usize) -> u64 {
        self.ids.get(at).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    pub(super) fn text(&self, at: usize) -> &str {
        self.ids.get(at).map_or("", String::as_str)
    }

    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.query.get(key).and_then(|text| text.parse().ok())
    }
}

fn parse_query(query: &str) -> HashMap<String, String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
