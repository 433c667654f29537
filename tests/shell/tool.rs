//! What the tool is beside the shell: its output, its limits, its directory, what it does not have.

use claudetools_tests::company::CANARY;
use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn the_working_directory_is_the_threads() {
    let world = World::new().await;
    assert_eq!(world.bash("pwd; cd docs; ls").await, "/repo\na.md");
    assert_eq!(world.bash("pwd; x=1").await, "/repo/docs");
    assert_eq!(world.bash("echo \"[$x]\"").await, "[]", "variables are not kept");
    assert_eq!(world.bash_in("2", json!({ "command": "pwd" })).await, "/repo");
    assert_eq!(world.bash("cd /tmp; pwd").await, "/tmp\nShell cwd was reset to /repo/docs");
    assert_eq!(world.bash("pwd").await, "/repo/docs");
}

#[tokio::test]
async fn long_output_is_whole_in_a_file_of_the_thread() {
    let world = World::new().await;
    let said = world.bash("seq 1 20000; echo end >&2").await;
    assert!(said.starts_with("1\n2\n") && said.ends_with("20000\nend"), "{said:.200}");
    assert!(said.chars().count() < 30_200);
    let (_, note) = said.split_once("\n[").unwrap();
    let note = note.split_once("]\n").unwrap().0;
    assert_snapshot!(note, @"78898 characters left out here; the whole output is in /thread/bash-toolu_Bash.txt, for Read or the next command");
    let read = world
        .call("1", "Read", json!({ "file_path": "/thread/bash-toolu_Bash.txt", "offset": 10000, "limit": 1 }))
        .await;
    assert!(read.contains("10000"), "{read}");
    assert_eq!(world.bash("wc -l < /thread/bash-toolu_Bash.txt; tail -1 /thread/*").await, "20001\nend");
    assert_eq!(world.bash_in("2", json!({ "command": "ls /thread" })).await, "(no output)");
}

#[tokio::test]
async fn ten_thousand_lines_are_streamed_without_loss() {
    let world = World::new().await;
    let input = json!({ "command": "for i in $(seq 1 10000); do echo \"line $i\"; done" }).to_string();
    let (_, events) = world.company.call_in("1", "Bash", &input, &["tech"]).await;
    let streamed: String = events.iter().filter_map(appended).collect();
    let wanted: String = (1..=10_000).map(|number| format!("line {number}\n")).collect();
    assert_eq!(streamed, wanted);
    assert_eq!(std::fs::read_to_string(thread_file(&world)).unwrap(), wanted);
}

fn appended(event: &claudetools_agent::tools::ToolEvent) -> Option<&str> {
    match event {
        claudetools_agent::tools::ToolEvent::Append(text) => Some(text),
        _ => None,
    }
}

/// The one file of the one thread.
fn thread_file(world: &World) -> std::path::PathBuf {
    let only = |path: std::path::PathBuf| std::fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
    only(only(only(world.places.path("data/scratch/threads"))))
}

#[tokio::test]
async fn a_command_that_takes_too_long_keeps_what_it_said() {
    let world = World::new().await;
    let said = world.bash_in("1", json!({ "command": "echo so far; sleep 60; echo never", "timeout": 300 })).await;
    assert_snapshot!(said, @r"
    Command timed out after 1 s
    so far
    ");
}

#[tokio::test]
async fn what_is_not_there_is_said_with_127() {
    let world = World::new().await;
    assert_snapshot!(world.bash("docker ps; echo $?; cd /tmp; git log; echo $?; dokcer").await, @r"
    Exit code 127
    bash: `docker` is a native program; it is not granted
    127
    bash: `git` is a native program; it is not granted
    127
    bash: dokcer: command not found
    Shell cwd was reset to /repo
    ");
}

#[tokio::test]
async fn as_shipped_scripts_look_and_change_nothing() {
    let world = World::new().await;
    let attempts = "echo x > new; echo x >> docs/a.md; rm docs/a.md; mv docs/a.md b; mkdir d; touch docs/a.md; \
                    cp docs/a.md c; sed -i s/a/b/ docs/a.md; tee t < docs/a.md > /dev/null";
    let said = world.bash(attempts).await;
    assert!(said.contains("fs.not-granted") || said.contains("refused"), "{said}");
    let left = |path: &str| std::fs::read_to_string(world.places.path(path)).ok();
    assert_eq!(left("repo/docs/a.md").as_deref(), Some("alpha\n"));
    for path in ["repo/new", "repo/b", "repo/d", "repo/c", "repo/t"] {
        assert!(!world.places.path(path).exists(), "{path}: {said}");
    }
}

#[tokio::test]
async fn closed_paths_are_closed_to_scripts() {
    let world = World::new().await;
    let outside = world.places.path("outside/canary.txt").display().to_string();
    let attempts = format!(
        "cat .git/config .env ../outside/canary.txt {outside} /vault/secret.txt; grep -r CANARY . /; \
         find / -name '*.txt' | xargs cat; ln -s {outside} /thread/l && cat /thread/l; echo .e* .g*/*"
    );
    let said = world.bash(&attempts).await;
    assert!(!said.contains(CANARY.trim()), "{said}");
}

#[tokio::test]
async fn who_may_not_call_it_does_not() {
    let world = World::new().await;
    let (result, _) = world.company.call_in("1", "Bash", r#"{"command":"true"}"#, &["viewer"]).await;
    assert_eq!(result.code.map(|code| code.as_str()), Some("caller.role"));
    let strange = world.bash_in("1", json!({ "command": "true", "cwd": "/" })).await;
    assert!(strange.starts_with("proto.shape"), "{strange}");
}
