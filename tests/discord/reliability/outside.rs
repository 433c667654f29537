//! What lies between the bot and the world: the gateway, Discord's REST, names, certificates, proxies.

use std::sync::Arc;
use std::time::Duration;

use claudetools_support::anthropic::{Ending, Point, Reply, RequestView};
use claudetools_support::discord::{GENERAL, Gap, Person, RANDOM, Script, State};
use claudetools_tests::bot::Setup;
use claudetools_tests::company::Places;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;

use super::company::{orders, world};
use crate::world::{World, slowly};

const POST: &str = "POST /channels/{channel_id}/messages";
const EDIT: &str = "PATCH /channels/{channel_id}/messages/{message_id}";

#[tokio::test(flavor = "multi_thread")]
async fn rel_08_a_gateway_that_is_lost_in_the_middle_of_a_turn_doubles_nothing_and_loses_nothing() {
    for gap in [Gap::Dropped, Gap::Forgotten, Gap::Reconnect] {
        let (world, service) = world(|request, port| match request.last_user_text().contains("slowly") {
            true => slowly(&format!("{}The end.", "All work and no play. ".repeat(12))),
            false => orders(request, port),
        })
        .await;
        service.answers.open();
        let bot = world.start().await;
        let alice = Person::alice();
        let slow = world.discord.says(&alice, GENERAL, "@claude write slowly");
        world.shown(slow, "All work").await;
        let missed = world.discord.while_offline_says(&alice, GENERAL, "@claude order one", gap);
        world.said(slow, "The end.").await;
        world.said(missed, "It says: ").await;
        world.quiet().await;
        let counts = [world.count(slow, "The end."), world.count(missed, "It says: "), service.orders().len()];
        assert_eq!(counts, [1; 3], "{gap:?}\n{}", world.discord.scene());
        world.whole(bot, &service, Vec::new()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_12_a_storm_of_errors_keeps_the_order_in_each_thread_and_loses_nothing() {
    let (world, service) = world(orders).await;
    service.answers.open();
    let bot = world.start().await;
    let alice = Person::alice();
    let threads: Vec<u64> = [GENERAL, RANDOM, GENERAL]
        .iter()
        .enumerate()
        .map(|(number, channel)| world.discord.says(&alice, *channel, format!("@claude order mark{number}").as_str()))
        .collect();
    for thread in &threads {
        world.said(*thread, "It says: ").await;
    }
    let wait = Duration::from_millis(700);
    for (script, times) in [
        (Script::Status(500), 6),
        (Script::Status(502), 6),
        (Script::Lost, 2),
        (Script::TooMany(wait), 2),
        (Script::TooManyGlobal(wait), 2),
    ] {
        world.discord.fail_next(POST, script, times);
        world.discord.fail_next(EDIT, script, times);
    }
    for round in 0..4 {
        for thread in &threads {
            world.discord.says(&alice, *thread, format!("round {round}").as_str());
        }
    }
    let received = |state: &claudetools_support::discord::State| {
        let seen = state.messages.values().filter(|one| one.content.starts_with("round ") && !one.reactions.is_empty());
        (seen.count() == 12).then_some(())
    };
    world.discord.wait_for("all to be received", 2 * claudetools_tests::bot::PATIENCE, received).await;
    world.at_rest().await;
    for thread in &threads {
        let said = world.discord.see(|state| state.transcript(*thread));
        let places: Vec<_> = (0..4).filter_map(|round| said.rfind(&format!("You said: round {round}"))).collect();
        assert!(places.is_sorted() && !places.is_empty(), "{said}");
        let doubled = (0..4).find(|round| world.count(*thread, &format!("You said: round {round}")) > 1);
        assert_eq!(doubled, None, "{said}");
    }
    let marks = threads.iter().enumerate().map(|(number, thread)| (*thread, format!("mark{number}"))).collect();
    world.whole(bot, &service, marks).await;
}

/// A model that goes silent in the middle of one answer, while Discord limits everything.
#[tokio::test(flavor = "multi_thread")]
async fn rel_12_and_14_a_model_that_stalls_in_a_storm_of_limits_keeps_nobody_else_waiting() {
    let (world, service) = world(|request: &RequestView, port| match request.last_user_text().contains("stall") {
        true => Reply::new()
            .text("I think about it and")
            .ending(Ending::Stall(Point::InsideText, Duration::from_secs(3600)))
            .into(),
        false => orders(request, port),
    })
    .await;
    service.answers.open();
    let bot = world.start().await;
    let (alice, bob) = (Person::alice(), Person::bob());
    let stalled = world.discord.says(&alice, GENERAL, "@claude stall");
    world.asked_model(1).await;
    let wait = Duration::from_secs(1);
    for script in [Script::TooMany(wait), Script::Status(502), Script::TooManyGlobal(wait), Script::Lost] {
        world.discord.fail_next(POST, script, 2);
        world.discord.fail_next(EDIT, script, 2);
    }
    let ordered = world.discord.says(&bob, GENERAL, "@claude order one");
    world.said(ordered, "It says: ").await;
    assert_eq!(service.orders(), ["one"]);
    assert_eq!(world.count(stalled, "I stopped"), 0);
    let stop = world.discord.slash(&alice, stalled, "stop", &[]);
    let told = |state: &State| state.interactions[&stop].answer.clone();
    assert_eq!(world.discord.wait_for("the stop", claudetools_tests::bot::PATIENCE, told).await, "Stopped.");
    world.said(stalled, "Stopped.").await;
    world.discord.says(&alice, stalled, "and now");
    world.said(stalled, "You said: and now").await;
    world.whole(bot, &service, Vec::new()).await;
}

/// A server whose certificate ended long ago.
async fn expired() -> u16 {
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    port
}

/// What `doctor` says of the model's server.
fn said(setup: &Setup) -> String {
    let ended = tokio::task::block_in_place(|| setup.run(&["doctor"]).unwrap());
    let text = String::from_utf8(ended.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("model: ")).unwrap_or_else(|| panic!("{text}"));
    line.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_28_a_name_a_certificate_and_a_proxy_that_fail_are_named() {
    let places = Places::new().unwrap();
    let port = expired().await;
    let setup = |url: &str| Setup::new(&places).with("ANTHROPIC_API_KEY", "k").with("ANTHROPIC_BASE_URL", url);
    let name = said(&setup("https://nobody.invalid"));
    assert!(name.starts_with("BAD   model: The model's server nobody.invalid cannot be reached: "), "{name}");
    let certificate = said(&setup(&format!("https://localhost:{port}")));
    assert!(
        certificate.contains("localhost cannot be reached: ") && certificate.contains("certificate"),
        "{certificate}"
    );
    let proxy = said(&setup("https://api.example.com").with("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!(proxy.starts_with("BAD   model: The model's server api.example.com cannot be reached: "), "{proxy}");
    for line in [name, certificate, proxy] {
        println!("{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_28_a_model_whose_name_is_not_found_is_asked_again_and_then_it_is_said() {
    let world = World::new(crate::world::echo).await;
    let bot = {
        let before = world.discord.see(claudetools_support::discord::State::identifies);
        let bot = world.setup().with("ANTHROPIC_BASE_URL", "https://nobody.invalid").start(&["run"]).unwrap();
        let ready = |state: &claudetools_support::discord::State| {
            (state.identifies() > before && state.presence["status"] == "online").then_some(())
        };
        world.discord.wait_for("the bot", claudetools_tests::bot::PATIENCE, ready).await;
        bot
    };
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude hello");
    world.shown(asked, "nobody.invalid").await;
    world.said(asked, "The model's server nobody.invalid cannot be reached").await;
    world.end(bot);
}
