//! Stop, at any point of a turn: it ends, what was done is said, and nothing more is done.

use std::time::{Duration, Instant};

use claudetools_support::anthropic::{Pace, RequestView, Step};
use claudetools_support::discord::{GENERAL, Person, State};
use claudetools_tests::bot::PATIENCE;

use super::company::{order, orders, world};
use crate::world::{Gate, World};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Point {
    /// The model does not answer.
    Asked,
    /// The answer streams.
    Streams,
    /// A tool is in the middle of an effect.
    Effect,
    /// The model has the result and does not answer.
    Reported,
}

async fn press_stop(world: &World, thread: u64) -> Instant {
    let stop = |state: &State| {
        let mut buttons = state.by_bot(thread).flat_map(claudetools_support::discord::Message::buttons);
        buttons.find(|(label, _)| label == "Stop").map(|(_, id)| id)
    };
    let id = world.discord.wait_for("the Stop button", PATIENCE, stop).await;
    let began = Instant::now();
    world.discord.click(&Person::alice(), &id);
    began
}

async fn stopped_at(point: Point) {
    let gate = Gate::default();
    let held = gate.clone();
    let (world, service) = world(move |request: &RequestView, port| {
        let reports = !request.tool_results().is_empty();
        if request.last_user_text().contains("afterwards") {
            return Step::text("You said: afterwards");
        }
        if point == Point::Asked || point == Point::Reported && reports {
            held.pass();
        }
        let slow = Pace { between: Duration::from_millis(300), delta: 1 };
        if point == Point::Streams { order("one", port).pace(slow).into() } else { orders(request, port) }
    })
    .await;
    if point != Point::Effect {
        service.answers.open();
    }
    let bot = world.start().await;
    let thread = world.discord.says(&Person::alice(), GENERAL, "@claude order one");
    match point {
        Point::Asked => world.asked_model(1).await,
        Point::Streams => drop(world.shown(thread, "I o").await),
        Point::Effect => world.ordered(&service, 1).await,
        Point::Reported => world.asked_model(2).await,
    }
    let began = press_stop(&world, thread).await;
    let said = world.said(thread, "Stopped.").await;
    said_of_it(point, &said.content.replace(&service.port.to_string(), "PORT"));
    println!("{point:?}: stopped after {:?}", began.elapsed());
    let ordered = usize::from(matches!(point, Point::Effect | Point::Reported));
    assert_eq!(service.orders().len(), ordered, "{point:?}");
    gate.open();
    service.answers.open();
    world.discord.says(&Person::alice(), thread, "afterwards");
    world.said(thread, "You said: afterwards").await;
    assert_eq!(service.orders().len(), ordered, "{point:?}: something was done after the stop");
    world.whole(bot, &service, Vec::new()).await;
}

/// The person hears what may have happened, and of nothing that did not.
fn said_of_it(point: Point, said: &str) {
    match point {
        Point::Asked => insta::assert_snapshot!(said, @"<@1100000000000000041> Stopped."),
        Point::Streams => assert!(!said.contains("net-request"), "{said}"),
        Point::Effect => insta::assert_snapshot!(said, @r"
        <@1100000000000000041> I order it.

        - `net-request`: The call was stopped. What it had begun may have happened, whole or in part, so check before it is tried again: POST `http://127.0.0.1:PORT/orders/one`.

        *Stopped.*
        "),
        Point::Reported => insta::assert_snapshot!(said, @"<@1100000000000000041> Stopped."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_34_a_turn_that_is_stopped_anywhere_ends_and_does_nothing_more() {
    for point in [Point::Asked, Point::Streams, Point::Effect, Point::Reported] {
        stopped_at(point).await;
    }
}
