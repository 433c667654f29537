//! A world with a service that counts what was ordered there, each order by its mark.

use std::path::Path;
use std::sync::{Arc, Mutex};

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::State;
use claudetools_tests::bot::{Bot, PATIENCE};
use claudetools_tests::built::guest;
use claudetools_tests::company::{approval, signed};
use claudetools_tests::invariants::{Rest, at_rest, bounded};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{Gate, World};

/// What was ordered, each order by its mark.
#[derive(Clone)]
pub struct Service {
    pub port: u16,
    orders: Arc<Mutex<Vec<String>>>,
    /// Answers come once it is open.
    pub answers: Gate,
}

impl Service {
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let service = Self { port, orders: Arc::default(), answers: Gate::default() };
        let serving = service.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        service
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return,
            }
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let Some(mark) = head.strip_prefix("POST /orders/").and_then(|rest| rest.split(' ').next()) else { return };
        self.orders.lock().unwrap().push(mark.to_owned());
        self.answers.pass();
        // The program may be gone.
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nordered").await;
    }

    pub fn orders(&self) -> Vec<String> {
        self.orders.lock().unwrap().clone()
    }
}

/// A policy with two hostile plugins: one that orders, one that uses up what it is given. Money is no matter: what was
/// set aside for a request that a kill cut off counts as spent.
fn policy(text: &str, port: u16) -> String {
    let service = format!("scheme = \"http\", host = \"127.0.0.1\", port = {port}");
    let text = ["= 50.0  ", "= 25.0", "= 200.0"].iter().fold(text.to_owned(), |text, limit| {
        assert!(text.contains(limit), "{limit}");
        text.replacen(limit, "= 900.0", 1)
    });
    signed(&format!(
        "{text}\n[plugin.evil-net]\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n\
         [[plugin.evil-net.grant]]\nid = \"order\"\nwhy = \"a test\"\nkind = \"net\"\nreach = [\"127.0.0.1/32\"]\n\
         allow = [{{ {service}, method = [\"POST\"], path = \"/orders/*\" }}]\n{}\n\
         [plugin.evil-mem]\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n\
         limit = {{ wall = \"1s\", memory = \"32MiB\", concurrent = 4 }}\n{}",
        approval(&guest("evil-net")),
        approval(&guest("evil-mem")),
    ))
}

/// A world whose plugins may order at a service.
pub async fn world(answer: impl Fn(&RequestView, u16) -> Step + Send + Sync + 'static) -> (World, Service) {
    let service = Service::start().await;
    let port = service.port;
    let world = World::new(move |request: &RequestView| answer(request, port)).await;
    let plugins = world.places.path("base/plugins");
    for name in ["evil-net", "evil-mem"] {
        std::fs::write(plugins.join(name).with_extension("wasm"), guest(name)).unwrap();
    }
    let file = world.places.path("base/plugins.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, policy(&text, port)).unwrap();
    (world, service)
}

/// Orders what a message names (`order MARK`), once, and then reports; says everything else again.
pub fn orders(request: &RequestView, port: u16) -> Step {
    let text = request.last_user_text();
    match (request.tool_results().first(), text.split("order ").nth(1)) {
        (Some(result), _) => Step::text(format!("It says: {}", result.text)),
        (None, Some(mark)) => order(mark.split_whitespace().next().unwrap_or_default(), port).into(),
        (None, None) => Step::text(format!("You said: {text}")),
    }
}

pub fn order(mark: &str, port: u16) -> Reply {
    let url = format!("http://127.0.0.1:{port}/orders/{mark}");
    Reply::new().text("I order it.").tool("net-request", json!({ "url": url, "method": "POST" }))
}

impl World {
    /// Waits until nobody waits for anything any more.
    pub async fn at_rest(&self) {
        let file = self.places.path("data/ledger.sqlite");
        let deadline = std::time::Instant::now() + 2 * PATIENCE;
        while !at_rest(&file).await {
            assert!(std::time::Instant::now() < deadline, "something still waits\n{}", self.discord.scene());
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        self.quiet().await;
    }

    /// Waits for rest, ends the program, and holds the invariants.
    pub async fn whole(&self, bot: Bot, service: &Service, marks: Vec<(u64, String)>) {
        self.at_rest().await;
        let (unbounded, numbers) = bounded(bot.id());
        assert!(unbounded.is_empty(), "{unbounded:?}");
        println!("at rest: {numbers}");
        bot.kill();
        self.discord.is_gone();
        // A program that begins anew can't know how long the one before was told to wait.
        let problems = self.discord.forgive();
        assert!(problems.iter().all(|problem| problem.contains("Retry-After")), "{problems:?}");
        self.model.assert_clean();
        let data = self.places.path("data");
        let effects = service.orders();
        Rest { effects, marks, ..Rest::of(&self.discord, &self.model, Path::new(&data)) }.assert_whole().await;
    }

    /// Waits until the service has so many orders.
    pub async fn ordered(&self, service: &Service, times: usize) {
        let ordered = |_: &State| (service.orders().len() >= times).then_some(());
        self.discord.wait_for("an order", PATIENCE, ordered).await;
    }
}
