//! Requests whose body a person confirms: shown whole, sent exactly so, and a password that only that person sees.

use std::sync::{Arc, Mutex};

use claudetools_policy::NetGrant;
use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Interaction, Message, Person, State};
use claudetools_tests::bot::PATIENCE;
use claudetools_tests::built::guest;
use claudetools_tests::canary::files;
use claudetools_tests::company::{approval, signed};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

/// A directory of users that gives back what it is sent, with this status, and remembers it.
async fn directory(status: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Arc::<Mutex<Vec<String>>>::default();
    let all = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all(&[answer.as_bytes(), &body].concat()).await.unwrap();
            all.lock().unwrap().push(String::from_utf8(body).unwrap());
        }
    });
    (port, came)
}

/// A model that sends this body for Ann once, and says what came of it.
async fn world(port: u16, body: String, more: &str) -> World {
    let url = format!("http://127.0.0.1:{port}/v1.0/users/ann@contoso.example");
    let world = World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => {
            let headers = json!([["client-request-id", "state-1"], ["content-type", "application/json"]]);
            let input = json!({ "url": url, "method": "PATCH", "headers": headers, "body": body });
            Reply::new().tool("net-request", input).into()
        }
    })
    .await;
    std::fs::create_dir_all(world.places.path("base/plugins")).unwrap();
    std::fs::write(world.places.path("base/plugins/evil-net.wasm"), guest("evil-net")).unwrap();
    let path = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let service = format!("scheme = \"http\", host = \"127.0.0.1\", port = {port}");
    let policy = format!(
        "{text}\n[plugin.evil-net]\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n\
         [[plugin.evil-net.grant]]\nid = \"users\"\nwhy = \"a test\"\nkind = \"net\"\nreach = [\"127.0.0.1/32\"]\n\
         headers = [\"client-request-id\"]\nallow = [{{ {service}, method = [\"PATCH\"], path = \"/v1.0/users/*\" }}]\n\
         {more}\n{}",
        approval(&guest("evil-net"))
    );
    std::fs::write(path, signed(&policy)).unwrap();
    world
}

const CONFIRM: &str = "confirm = { when = \"always\", by = [\"tech\"] }";
const RESET: &str = "confirm = { when = \"always\", by = [\"tech\"], typed = { path = 3 } }\n\
                     fill = { \"/passwordProfile/password\" = \"password\" }";

async fn card(world: &World) -> (u64, Message) {
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude do it");
    let is = |message: &&Message| message.content.contains("Waits for");
    let found = |state: &State| state.by_bot(asked).find(is).cloned();
    (asked, world.discord.wait_for("a card", PATIENCE, found).await)
}

fn confirm(card: &Message) -> String {
    card.buttons().into_iter().find(|(label, _)| label == "Confirm").unwrap().1
}

/// What the one who pressed was told, alone.
async fn told(world: &World, interaction: u64) -> String {
    let done = |state: &State| {
        let Interaction { answer, ephemeral, .. } = &state.interactions[&interaction];
        answer.clone().inspect(|_| assert!(*ephemeral))
    };
    world.discord.wait_for("an answer to a click", PATIENCE, done).await
}

fn reset(password: &str) -> String {
    json!({ "passwordProfile": { "password": password, "forceChangePasswordNextSignIn": true } }).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_another_after_the_yes_is_not_sent() {
    let (port, came) = directory("200 OK").await;
    let world = world(port, "{\"accountEnabled\":false,\"note\":\"{random}\"}".to_owned(), CONFIRM).await;
    let bot = world.start().await;
    let (thread, card) = card(&world).await;
    world.discord.click(&Person::alice(), &confirm(&card));
    world.said(thread, "It says: confirm.mismatch").await;
    assert!(came.lock().unwrap().is_empty());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_shows_the_whole_body_and_exactly_that_is_sent() {
    let (port, came) = directory("200 OK").await;
    let body = "{ \"accountEnabled\" : false, \"note\": \"\u{202e}@everyone\" }";
    let world = world(port, body.to_owned(), CONFIRM).await;
    let bot = world.start().await;
    let (thread, card) = card(&world).await;
    for part in
        ["client-request-id: state-1", "\"accountEnabled\": false", "\"note\": \"⟨U+202E⟩", "ann@contoso.example"]
    {
        assert!(card.content.contains(part), "{part}: {}", card.content);
    }
    assert!(came.lock().unwrap().is_empty());
    world.discord.click(&Person::alice(), &confirm(&card));
    world.said(thread, "It says: ").await;
    assert_eq!(*came.lock().unwrap(), ["{\"accountEnabled\":false,\"note\":\"\u{202e}@everyone\"}"]);
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_the_guest_made_is_not_sent() {
    let (port, came) = directory("200 OK").await;
    let world = world(port, reset("Hunter2!Hunter2!Hunter2!"), RESET).await;
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude do it");
    world.said(thread, "It says: net.body").await;
    assert!(came.lock().unwrap().is_empty());
    world.end(bot);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_password_is_shown_to_the_one_who_said_yes_and_found_nowhere_else() {
    let (port, came) = directory("200 OK").await;
    let world = world(port, reset(NetGrant::MADE), RESET).await;
    let mut bot = world.start().await;
    let (thread, card) = card(&world).await;
    assert!(card.content.contains(NetGrant::MADE), "{}", card.content);
    assert!(card.content.contains("who types `ann@contoso.example`"), "{}", card.content);
    let opened = world.discord.click(&Person::bob(), &confirm(&card));
    let form = |state: &State| state.interactions[&opened].form.clone();
    world.discord.wait_for("a form", PATIENCE, form).await;
    let other = world.discord.fills_in(&Person::bob(), opened, &["bob@contoso.example"]);
    assert_eq!(told(&world, other).await, "What you typed is not `ann@contoso.example`; nothing was done.");
    assert!(came.lock().unwrap().is_empty());
    let typed = world.discord.fills_in(&Person::bob(), opened, &["ann@contoso.example"]);
    let said = told(&world, typed).await;
    let sent = came.lock().unwrap().pop().unwrap();
    let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
    let password = sent["passwordProfile"]["password"].as_str().unwrap().to_owned();
    assert_eq!(said, format!("The new password, shown once and to you alone: `{password}`"));
    assert!(password.len() >= 20);

    let answer = world.said(thread, "It says: ").await;
    assert!(answer.content.contains("[secret removed]"), "{}", answer.content);
    world.quiet().await;
    let printed = bot.said();
    let requests: Vec<String> = world.model.requests().into_iter().map(|request| request.raw).collect();
    world.end(bot);
    assert!(!printed.contains(&password) && !requests.iter().any(|raw| raw.contains(&password)));
    assert!(!world.discord.see(|state| format!("{:?}", state.messages)).contains(&password));
    let others = |state: &State| {
        let others = state.interactions.values().filter(|other| other.id != typed);
        others.map(|other| format!("{other:?}")).collect::<String>()
    };
    assert!(!world.discord.see(others).contains(&password));
    for file in files(&world.places.path("data")) {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(password.len()).any(|window| window == password.as_bytes());
        assert!(!found, "in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_said_yes_hears_that_it_failed() {
    let (port, came) = directory("403 Forbidden").await;
    let world = world(port, reset(NetGrant::MADE), &RESET.replace(", typed = { path = 3 }", "")).await;
    let bot = world.start().await;
    let (thread, card) = card(&world).await;
    let click = world.discord.click(&Person::alice(), &confirm(&card));
    assert_eq!(told(&world, click).await, "The request was answered with the status 403: the password was not set.");
    world.said(thread, "It says: ").await;
    assert_eq!(came.lock().unwrap().len(), 1);
    world.end(bot);
}
