//! `kill -9` at every commit of a turn that waits for a click and then does something that cannot be undone.
//!
//! Everything that lasts changes at a commit of the ledger. The program is ended before and after each of them; what happens
//! in between (a post, a click, the effect) lies between two.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Message, Person, State};
use claudetools_tests::bot::{Bot, PATIENCE};
use claudetools_tests::built::guest;
use claudetools_tests::company::{approval, signed};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

/// So many worlds at once: each waits most of the time.
const AT_ONCE: usize = 4;
/// How long somebody waits before pressing a button once more.
const AGAIN: Duration = Duration::from_secs(5);
/// More commits than such a turn has.
const MOST: usize = 80;

/// A service that counts what was ordered.
async fn service() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let orders = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&orders);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            if head.starts_with(b"POST ") {
                count.fetch_add(1, Ordering::SeqCst);
                // The program may be gone.
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nordered").await;
            }
        }
    });
    (port, orders)
}

/// A plugin that may order something there, after a click.
fn policy(text: &str, port: u16) -> String {
    let service = format!("scheme = \"http\", host = \"127.0.0.1\", port = {port}");
    signed(&format!(
        "{text}\n[plugin.evil-net]\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n\
         [[plugin.evil-net.grant]]\nid = \"order\"\nwhy = \"a test\"\nkind = \"net\"\nreach = [\"127.0.0.1/32\"]\n\
         confirm = {{ when = \"always\", by = [\"tech\"] }}\n\
         allow = [{{ {service}, method = [\"POST\"], path = \"/orders\" }}]\n{}",
        approval(&guest("evil-net"))
    ))
}

async fn world() -> (World, Arc<AtomicUsize>) {
    let (port, orders) = service().await;
    let url = format!("http://127.0.0.1:{port}/orders");
    let world = World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("It says: {}", result.text)),
        None => Reply::new().tool("net-request", json!({ "url": url, "method": "POST" })).into(),
    })
    .await;
    std::fs::create_dir_all(world.places.path("base/plugins")).unwrap();
    std::fs::write(world.places.path("base/plugins/evil-net.wasm"), guest("evil-net")).unwrap();
    let text = std::fs::read_to_string(world.places.path("base/plugins.toml")).unwrap();
    std::fs::write(world.places.path("base/plugins.toml"), policy(&text, port)).unwrap();
    (world, orders)
}

/// What the thread of a message was told at the end.
fn told(state: &State, thread: u64) -> Option<String> {
    let is = |message: &&Message| message.buttons().is_empty() && message.content.contains("It says: ");
    state.by_bot(thread).find(is).map(|message| message.content.clone())
}

/// Clicks whatever waits for a click, until the thread was told or the program has ended. False where it has ended.
async fn clicks(world: &World, bot: &mut Bot, thread: u64) -> bool {
    let deadline = Instant::now() + PATIENCE;
    let mut clicked: Option<(String, Instant)> = None;
    loop {
        if world.discord.see(|state| told(state, thread)).is_some() {
            return true;
        }
        if bot.has_ended() {
            return false;
        }
        let card = world.discord.see(|state| {
            let confirm = |message: &Message| message.buttons().into_iter().find(|(label, _)| label == "Confirm");
            state.by_bot(thread).filter_map(confirm).map(|(_, id)| id).last()
        });
        let is_clicked = |id: &String| clicked.as_ref().is_some_and(|(last, at)| last == id && at.elapsed() < AGAIN);
        if let Some(id) = card.filter(|id| !is_clicked(id)) {
            world.discord.click(&Person::alice(), &id);
            clicked = Some((id, Instant::now()));
        }
        assert!(Instant::now() < deadline, "nothing came\n{}", world.discord.scene());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Ends the program there, starts it again, and looks at what happened. False where the turn ended before.
async fn crashed(at: String) -> bool {
    let (world, orders) = world().await;
    let mut bot = world.setup().with("CLAUDETOOLS_CRASH_AT", &at).start(&["run"]).unwrap();
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    let whole = clicks(&world, &mut bot, thread).await;
    if whole {
        world.quiet().await;
    }
    drop(bot);
    world.discord.is_gone();
    if !whole {
        let mut bot = world.start().await;
        assert!(clicks(&world, &mut bot, thread).await, "{at}: the program ended again");
        world.quiet().await;
        drop(bot);
        world.discord.is_gone();
    }
    // A program that begins anew can't know how long the one before was told to wait.
    let problems = world.discord.forgive();
    assert!(problems.iter().all(|problem| problem.contains("Retry-After")), "{at}: {problems:?}");
    let (said, ordered) = (world.discord.see(|state| told(state, thread)).unwrap(), orders.load(Ordering::SeqCst));
    assert!(ordered <= 1, "{at}: ordered {ordered} times\n{}", world.discord.scene());
    assert!(!said.contains("200") || ordered == 1, "{at}: {said}");
    assert!(!said.contains("nothing was done") || ordered == 0, "{at}: {said}");
    let answers =
        world.discord.see(|state| state.by_bot(thread).filter(|one| one.content.contains("It says: ")).count());
    assert_eq!(answers, 1, "{at}\n{}", world.discord.scene());
    !whole
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_happens_at_most_once_wherever_the_program_ends() {
    let mut ends = 0;
    for first in (1..=MOST).step_by(AT_ONCE / 2) {
        let numbers = first..first + AT_ONCE / 2;
        let places = numbers.flat_map(|number| ["before", "after"].map(|side| format!("{side} {number}")));
        let runs: Vec<_> = places.map(|at| tokio::spawn(crashed(at))).collect();
        let mut ended = 0;
        for run in runs {
            ended += usize::from(run.await.unwrap());
        }
        ends += ended;
        if ended == 0 {
            break;
        }
    }
    println!("ended at {ends} places");
    assert!((20..2 * MOST).contains(&ends), "the program was ended at {ends} places only");
}
