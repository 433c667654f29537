//! The fake over its own sockets, read by a client that knows nothing of it.

mod batch;
mod data;
mod documented;
mod examples;
mod exchange;
mod login;
mod names;
mod queries;
mod refusals;
mod trouble;
mod writes;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::{FakeMicrosoft, Scenario};

const GRAPH: &str = "https://graph.microsoft.com/.default";
const EXCHANGE: &str = "https://outlook.office365.com/.default";

/// What a plain client makes of an answer.
struct Answer {
    status: u16,
    body: Value,
    text: String,
    retry_after: Option<String>,
}

impl Answer {
    async fn of(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let text = response.text().await?;
        Ok(Self { status, body: serde_json::from_str(&text).unwrap_or_default(), text, retry_after })
    }

    fn list(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap_or_else(|| panic!("{} {}", self.status, self.text))
    }

    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

async fn fake() -> FakeMicrosoft {
    FakeMicrosoft::start().await.unwrap()
}

async fn ask_token(fake: &FakeMicrosoft, tenant: &str, form: &[(&str, &str)]) -> Answer {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", fake.base_url);
    let body: Vec<String> = form.iter().map(|(key, value)| format!("{key}={}", escape(value))).collect();
    let request = Client::new().post(url).header("content-type", "application/x-www-form-urlencoded");
    Answer::of(request.body(body.join("&"))).await.unwrap()
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~$=&/(),".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

async fn token(fake: &FakeMicrosoft, scenario: Scenario, app: &str, scope: &str) -> String {
    let app = fake.app(app);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", app.secret.as_str()),
        ("scope", scope),
    ];
    let answer = ask_token(fake, &scenario.tenant(), &form).await;
    answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

async fn call(fake: &FakeMicrosoft, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let url =
        if path.starts_with("http") { path.to_owned() } else { format!("{}{}", fake.base_url, escape_query(path)) };
    let request = Client::new().request(method, url).bearer_auth(token);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    Answer::of(request).await.unwrap()
}

fn escape_query(path: &str) -> String {
    match path.split_once('?') {
        Some((path, query)) => format!("{path}?{}", escape(query)),
        None => path.to_owned(),
    }
}

async fn get(fake: &FakeMicrosoft, token: &str, path: &str) -> Answer {
    call(fake, token, Method::GET, path, None).await
}

/// A reader of Graph in a tenant.
async fn reader(fake: &FakeMicrosoft, scenario: Scenario) -> String {
    token(fake, scenario, "m365-read", GRAPH).await
}

/// Every page of a list.
async fn pages(fake: &FakeMicrosoft, token: &str, path: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(url) = next {
        let answer = get(fake, token, &url).await;
        pages.push(answer.list().clone());
        next = answer.body["@odata.nextLink"].as_str().map(str::to_owned);
        assert!(pages.len() < 50, "the pages have no end");
    }
    pages
}

/// One cmdlet of Exchange, anchored as it should be.
async fn invoke(fake: &FakeMicrosoft, token: &str, scenario: Scenario, cmdlet: &str, parameters: Value) -> Answer {
    let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
    let path = format!("/adminapi/beta/{}/InvokeCommand", scenario.tenant());
    exchange_call(fake, token, scenario, &path, &body).await
}

async fn exchange_call(fake: &FakeMicrosoft, token: &str, scenario: Scenario, path: &str, body: &Value) -> Answer {
    let system = format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{}", scenario.tenant());
    let parameters = &body["CmdletInput"]["Parameters"];
    let anchor = parameters["Mailbox"].as_str().unwrap_or(&system).to_owned();
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", fake.base_url) };
    let request = Client::new().post(url).bearer_auth(token).header("x-anchormailbox", anchor).json(body);
    Answer::of(request).await.unwrap()
}
