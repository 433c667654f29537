//! The page of the console, without a browser: it signs in, posts, and applies frames as `conversation.js` does.

use std::collections::HashMap;

use claudetools_tests::bot::PATIENCE;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

/// Who holds the console's cookie, or nobody.
pub struct Browser {
    client: Client,
    origin: String,
    cookie: String,
}

impl Browser {
    /// Opens the address that the program printed, and takes the cookie for its token.
    pub async fn open(url: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let (origin, token) = url.split_once("/?token=").unwrap();
        assert!(token.len() >= 32, "{url}");
        let response = client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 303);
        let set = response.headers()["set-cookie"].to_str().unwrap();
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
        let cookie = set.split(';').next().unwrap().to_owned();
        Self { client, origin: origin.to_owned(), cookie }
    }

    /// Somebody without a cookie.
    pub fn stranger(&self) -> Self {
        Self { client: self.client.clone(), origin: self.origin.clone(), cookie: String::new() }
    }

    /// A request with these headers and the cookie.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.client.request(Method::from_bytes(method.as_bytes()).unwrap(), self.url(path));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.header("cookie", &self.cookie).send().await.unwrap()
    }

    /// A GET of the page.
    pub async fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[]).await
    }

    /// Begins a thread, and answers its id.
    pub async fn new_thread(&self) -> String {
        self.post("/api/threads", &Value::Null).await["id"].as_str().unwrap().to_owned()
    }

    /// Says something in a thread.
    pub async fn say(&self, thread: &str, text: &str) -> Value {
        let message = json!({ "message": uuid::Uuid::now_v7().to_string(), "text": text });
        self.post(&format!("/api/threads/{thread}/messages"), &message).await
    }

    /// Presses Stop.
    pub async fn stop(&self, thread: &str) -> Value {
        self.post(&format!("/api/threads/{thread}/stop"), &Value::Null).await
    }

    /// Sends what a reviewer typed; the status and the answer.
    pub async fn decide(&self, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.url("/api/reviews")).json(body);
        let response = request.header("cookie", &self.cookie).header("origin", &self.origin).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Presses a button of a card in a thread; the status and the answer.
    pub async fn press(&self, thread: &str, button: &Value) -> (u16, Value) {
        let body = json!({ "deed": button["deed"], "token": button["token"] });
        let request = self.client.post(self.url(&format!("/api/threads/{thread}/confirm"))).json(&body);
        let response = request.header("cookie", &self.cookie).header("origin", &self.origin).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Opens a thread.
    pub async fn page(&self, thread: &str) -> Page {
        self.listen(&format!("/events?thread={thread}")).await
    }

    /// Opens a page that shows no thread.
    pub async fn listing(&self) -> Page {
        self.listen("/events").await
    }

    async fn listen(&self, path: &str) -> Page {
        let stream = self.get(path).await;
        assert_eq!(stream.status(), 200);
        let (order, html) = (Vec::new(), HashMap::new());
        Page { stream, unread: Vec::new(), order, html, status: Value::Null, cards: Value::Null, frames: 0, plugins: 0 }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(self.url(path)).json(body);
        let request = request.header("cookie", &self.cookie).header("origin", &self.origin);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

/// An open page.
pub struct Page {
    stream: Response,
    unread: Vec<u8>,
    order: Vec<String>,
    html: HashMap<String, String>,
    /// The status line, as the last frame with one said.
    pub status: Value,
    /// What waits for a click, as the last frame with cards said.
    pub cards: Value,
    /// How many frames came.
    pub frames: usize,
    /// How many of them said that the plugins changed.
    plugins: usize,
}

impl Page {
    /// What the page shows, from top to bottom.
    pub fn shown(&self) -> String {
        self.order.iter().map(|key| self.html[key].as_str()).collect::<Vec<_>>().join("\n")
    }

    /// What of it the model said.
    pub fn answers(&self) -> String {
        let items = self.order.iter().map(|key| self.html[key].as_str());
        items.filter(|html| html.starts_with("<div class=\"answer\"")).collect::<Vec<_>>().join("\n")
    }

    /// Reads frames until the page shows what is wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Self) -> bool) {
        let reading = async {
            while !wanted(self) {
                self.frame().await;
            }
        };
        let done = tokio::time::timeout(PATIENCE, reading).await.is_ok();
        assert!(done, "it never came; the page shows:\n{}\n{}", self.shown(), self.status);
    }

    /// Reads frames until no turn runs and the model has said this.
    pub async fn idle_with(&mut self, text: &str) {
        self.until(|page| page.status["running"] == false && page.shown().contains(text)).await;
    }

    /// Reads frames until one says that the plugins changed.
    pub async fn until_plugins_changed(&mut self) {
        let before = self.plugins;
        self.until(|page| page.plugins > before).await;
    }

    async fn frame(&mut self) {
        let end = loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                break end;
            }
            let bytes = self.stream.chunk().await.unwrap();
            self.unread.extend(bytes.expect("the stream is over"));
        };
        let event: Vec<u8> = self.unread.drain(..end + 2).collect();
        let event = String::from_utf8(event).unwrap();
        if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
            self.apply(&serde_json::from_str(data).unwrap());
        }
    }

    fn apply(&mut self, frame: &Value) {
        assert_eq!(frame.get("failed"), None);
        self.frames += 1;
        self.plugins += usize::from(frame["plugins"] == true);
        for pair in frame["change"]["put"].as_array().into_iter().flatten() {
            self.html.insert(pair[0].as_str().unwrap().into(), pair[1].as_str().unwrap().into());
        }
        if let Some(order) = frame["change"]["order"].as_array() {
            self.order = order.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        }
        if let Some(status) = frame.get("status") {
            self.status = status.clone();
        }
        if let Some(cards) = frame.get("cards").filter(|cards| cards.is_array()) {
            self.cards = cards.clone();
        }
    }
}
