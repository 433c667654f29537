use claudetools_support::discord::{GENERAL, Person, State};

use crate::world::{PATIENCE, World};

async fn reply(world: &World, interaction: u64) -> String {
    let found = |state: &State| state.interactions[&interaction].answer.clone();
    let answer = world.discord.wait_for("an answer to a click", PATIENCE, found).await;
    assert!(world.discord.see(|state| state.interactions[&interaction].ephemeral), "only the person sees it");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_requester_or_an_administrator_stops_a_turn() {
    let world = World::new().await;
    let bot = world.bot().await;
    let carol = Person { id: 1_100_000_000_000_000_050, name: "carol".to_owned(), ..Person::alice() };
    let asked = world.discord.says(&Person::alice(), GENERAL, "@claude write slowly");
    let live = world.shown(asked, "All work").await;
    let (label, custom_id) = live.buttons().remove(0);
    assert_eq!(label, "Stop");
    let click = |person: &Person| world.discord.click(person, &custom_id);
    insta::assert_snapshot!(reply(&world, click(&Person::mallory())).await, @"You have no role that may talk to me here; ask an administrator.");
    insta::assert_snapshot!(reply(&world, click(&carol)).await, @"Only the person who asked, or an administrator, can stop this.");
    let elsewhere = world.discord.forge_click(&Person::alice(), "ct1:stop:1", live.id, asked);
    insta::assert_snapshot!(reply(&world, elsewhere).await, @"This button does not belong here.");
    insta::assert_snapshot!(reply(&world, click(&Person::alice())).await, @"Stopped.");
    world.said(asked, "*Stopped.*").await;
    world.quiet().await;
    bot.stop().await.unwrap();
}
