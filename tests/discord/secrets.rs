//! A secret from end to end: a plugin uses it in a thread, and it turns up nowhere.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use claudetools_support::anthropic::{Reply, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person, State};
use claudetools_tests::built::guest;
use claudetools_tests::canary::{self, files};
use claudetools_tests::company::{CANARY, approval, signed};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

/// A service that gives back the secret it was sent, in every form, and counts how often one came.
async fn service() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            count.fetch_add(usize::from(head.contains(&format!("Bearer {}", CANARY.trim_end()))), Ordering::SeqCst);
            let body = format!("{head}\nforms: {}", canary::forms(CANARY.trim_end()).join(" "));
            let length = body.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (port, came)
}

/// The policy of the world, and a plugin that may use the secret at this service.
fn policy(world: &World, port: u16) -> String {
    let text = std::fs::read_to_string(world.places.path("base/plugins.toml")).unwrap();
    let service = format!("scheme = \"http\", host = \"127.0.0.1\", port = {port}");
    signed(&format!(
        "{text}\n[secrets.key]\nsource = {{ file = \"secret\" }}\naudience = [{{ {service} }}]\n\
         [plugin.evil-net]\ncallers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n\
         [[plugin.evil-net.grant]]\nid = \"service\"\nwhy = \"a test\"\nkind = \"net\"\nreach = [\"127.0.0.1/32\"]\n\
         secret = {{ name = \"key\", bearer = true }}\nallow = [{{ {service}, method = [\"GET\"], path = \"/assets/**\" }}]\n{}",
        approval(&guest("evil-net"))
    ))
}

/// Everything that Discord was ever told: texts, names, components, forms, files.
fn told(state: &State) -> Vec<Vec<u8>> {
    let texts =
        state.messages.values().flat_map(|message| message.versions.iter().map(|text| text.clone().into_bytes()));
    let files = state.messages.values().flat_map(|message| message.uploads.iter().map(|upload| upload.data.clone()));
    let rest = state.messages.values().map(|message| format!("{message:?}").into_bytes());
    let others = [format!("{:?}", state.interactions), format!("{:?} {:?}", state.presence, state.calls)];
    let names = state.channels.values().map(|channel| channel.name.clone().into_bytes());
    texts.chain(files).chain(rest).chain(names).chain(others.map(String::into_bytes)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_secret_is_found_after_a_turn_that_used_it() {
    let (port, came) = service().await;
    let url = format!("http://127.0.0.1:{port}/assets/12");
    let world = World::new(move |request: &RequestView| match request.tool_results().first() {
        Some(result) => Step::text(format!("The service says: {}", result.text)),
        None => Reply::new().tool("net-request", json!({ "url": url })).into(),
    })
    .await;
    let secret = world.places.path("base/secret");
    std::fs::write(&secret, CANARY.trim_end()).unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::create_dir_all(world.places.path("base/plugins")).unwrap();
    std::fs::write(world.places.path("base/plugins/evil-net.wasm"), guest("evil-net")).unwrap();
    std::fs::write(world.places.path("base/plugins.toml"), policy(&world, port)).unwrap();
    let mut bot = world.start().await;
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude ask the service");
    let answer = world.said(asked, "The service says: ").await;
    world.quiet().await;
    assert!(answer.content.contains("[secret removed]"), "{}", answer.content);
    assert_eq!(came.load(Ordering::SeqCst), 1, "the service got the secret, once");
    let said = bot.said();
    let requests: Vec<String> = world.model.requests().into_iter().map(|request| request.raw).collect();
    assert!(requests.iter().any(|raw| raw.contains("forms: [secret removed]")), "{requests:?}");
    world.end(bot);
    let absent = |place: &str, bytes: &[u8]| assert_eq!(canary::found(bytes), None, "in {place}");
    absent("what the program said", said.as_bytes());
    requests.iter().for_each(|raw| absent("a request to the model", raw.as_bytes()));
    world.discord.see(told).iter().for_each(|bytes| absent("what Discord was told", bytes));
    let kept = files(&world.places.path("data"));
    assert!(kept.iter().any(|file| file.ends_with("ledger.sqlite")));
    for file in kept {
        absent(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
}
