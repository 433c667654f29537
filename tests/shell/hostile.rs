//! Scripts that want more than there is: each ends by itself, and the next one works.

use serde_json::json;

use crate::world::World;

async fn ends(world: &World, command: &str) -> String {
    let said = world.bash_in("1", json!({ "command": command, "timeout": 3000 })).await;
    assert_eq!(world.bash("echo here").await, "here", "after {command}");
    said
}

#[tokio::test]
async fn scripts_without_end_are_ended() {
    let world = World::new().await;
    for command in [
        "while :; do :; done",
        "f() { f; }; f",
        "f() { f | f & }; f; wait",
        "x=a; while :; do x=$x$x; done",
        "a=(); while :; do a+=(\"$(seq 1 1000)\"); done",
        "sleep 600",
        "trap '' TERM INT; while :; do sleep 1; done",
        "until false; do eval 'eval :'; done",
        "eval \"$(printf '(%.0s' $(seq 1 5000))\"",
    ] {
        let said = ends(&world, command).await;
        let told = ["Exit code", "Command timed out", "limit."].iter().any(|word| said.contains(word));
        assert!(told, "{command}: {said:.400}");
    }
}

#[tokio::test]
async fn a_flood_is_cut_and_ended() {
    let world = World::new().await;
    let said = ends(&world, "yes").await;
    assert!(
        said.starts_with("Command timed out") || said.contains("Exit code") || said.starts_with("limit."),
        "{said:.200}"
    );
    assert!(said.chars().count() < 31_000);
    assert_eq!(ends(&world, "yes | head -2").await, "y\ny");
}

#[tokio::test]
async fn a_thread_fills_its_own_directory_only() {
    let world = World::with(&crate::world::SHIPPED.replace("256MiB\"\n\n# Roles", "1MiB\"\n\n# Roles")).await;
    let said =
        ends(&world, "for i in 1 2 3 4; do head -c 400000 /dev/zero > /thread/f$i || echo full; done; ls /thread")
            .await;
    assert!(said.contains("full"), "{said}");
    assert_eq!(world.bash_in("2", json!({ "command": "echo x > /thread/x; cat /thread/x" })).await, "x");
}

#[tokio::test]
async fn bytes_that_are_no_text_become_some() {
    let world = World::new().await;
    let said = ends(&world, "printf '\\xff\\xfe\\x00A'; head -c 3 /dev/zero; echo; exec >&-; echo lost").await;
    assert!(said.contains('\u{fffd}') && said.contains('A'), "{said:?}");
}
