//! A page: it applies frames exactly as `conversation.js` does.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{Response, StatusCode};
use futures::StreamExt as _;
use serde_json::Value;

use super::World;

/// Far above what a step needs; reached only where something never comes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) struct Page {
    stream: BodyDataStream,
    unread: String,
    order: Vec<String>,
    html: HashMap<String, String>,
    pub(super) status: Value,
}

impl Page {
    /// Opens a thread.
    pub(super) async fn open(world: &World, thread: &str) -> Self {
        let response: Response<Body> = world.get(&format!("/events?thread={thread}")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let stream = response.into_body().into_data_stream();
        Self { stream, unread: String::new(), order: vec![], html: HashMap::new(), status: Value::Null }
    }

    /// What the page shows, from top to bottom.
    pub(super) fn shown(&self) -> String {
        self.order.iter().map(|key| self.html[key].as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Reads frames until the page shows what is wanted.
    pub(super) async fn until(&mut self, wanted: impl Fn(&Self) -> bool) {
        let reading = async {
            while !wanted(self) {
                self.frame().await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, reading).await.is_ok();
        assert!(done, "it never came; the page shows:\n{}\n{}", self.shown(), self.status);
    }

    /// Reads frames until no turn runs and this is on the page.
    pub(super) async fn idle_with(&mut self, text: &str) {
        self.until(|page| page.status["running"] == false && page.shown().contains(text)).await;
    }

    /// Whether the stream is over.
    pub(super) async fn ends(mut self) -> bool {
        let reading = async { while self.stream.next().await.is_some() {} };
        tokio::time::timeout(PATIENCE, reading).await.is_ok()
    }

    async fn frame(&mut self) {
        let end = loop {
            if let Some(end) = self.unread.find("\n\n") {
                break end;
            }
            let bytes = self.stream.next().await.expect("the stream is over").unwrap();
            self.unread.push_str(std::str::from_utf8(&bytes).unwrap());
        };
        let event: String = self.unread.drain(..end + 2).collect();
        let data = event.lines().find_map(|line| line.strip_prefix("data: "));
        if let Some(data) = data {
            self.apply(serde_json::from_str(data).unwrap());
        }
    }

    fn apply(&mut self, frame: Value) {
        assert_eq!(frame.get("failed"), None);
        for pair in frame["change"]["put"].as_array().into_iter().flatten() {
            self.html.insert(pair[0].as_str().unwrap().into(), pair[1].as_str().unwrap().into());
        }
        if let Some(order) = frame["change"]["order"].as_array() {
            self.order = order.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        }
        if let Some(status) = frame.get("status") {
            self.status = status.clone();
        }
    }
}
