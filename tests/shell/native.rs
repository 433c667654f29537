//! Granted native programs are commands of the shell: decided on, jailed, streamed into its pipelines.

use claudetools_policy::Digest;
use insta::assert_snapshot;

use crate::world::{SHIPPED, World};

/// The shipped policy, with git and Python in a jail that sees the repository.
fn policy() -> String {
    let grant = |id: &str, path: &str| {
        let path = std::fs::canonicalize(path).unwrap();
        let sha = Digest::of(std::fs::read(&path).unwrap());
        format!(
            "[[plugin.shell.grant]]\nid = \"{id}\"\nwhy = \"a test\"\nkind = \"shell\"\njail = \"offline\"\n\
             command = \"{id}\"\ninterpreter = {{ path = \"{}\", sha256 = \"{sha}\" }}\n",
            path.display()
        )
    };
    format!(
        "{SHIPPED}\n[jails.offline]\n\
         fs = [{{ root = \"repo\", access = \"read\" }}, {{ root = \"scratch\", access = \"write\" }}]\n\
         env = {{ LANG = \"C.UTF-8\", PATH = \"/usr/bin:/bin\", HOME = \"/scratch\" }}\n{}{}",
        grant("git", "/usr/bin/git"),
        grant("python3", "/usr/bin/python3"),
    )
}

#[tokio::test]
async fn a_granted_program_is_a_command_like_any() {
    let world = World::with(&policy()).await;
    assert_snapshot!(world.bash("git --version | cut -d' ' -f1,2 | tr a-z A-Z").await, @"GIT VERSION");
    assert_snapshot!(world.bash("seq 1 4 | python3 -c 'import sys; print(sum(map(int, sys.stdin)))'").await, @"10");
    assert_snapshot!(world.bash("for n in 1 2; do python3 -c \"print($n * 21)\"; done; git nonsense >/dev/null 2>&1; echo $?").await, @r"
    21
    42
    1
    ");
    assert_snapshot!(world.bash("python3 -c 'import sys; print(\"out\"); print(\"err\", file=sys.stderr); sys.exit(7)' 2>/dev/null").await, @r"
    Exit code 7
    out
    ");
    let left = world.bash("python3 -c 'open(\"/scratch/made\", \"w\").write(\"by python\")'; cat /scratch/made").await;
    assert_eq!(left, "by python");
}

#[tokio::test]
async fn a_granted_program_has_its_jail_and_no_more() {
    let world = World::with(&policy()).await;
    let said =
        world.bash("python3 -c 'open(\"/repo/new\", \"w\")'; python3 -c 'open(\"/repo/.env\")' ; docker ps").await;
    assert!(!world.places.path("repo/new").exists(), "{said}");
    assert!(!said.contains("CANARY") && said.contains("`docker` is a native program"), "{said}");
    let outside = world.places.path("outside/canary.txt").display().to_string();
    let said = world.bash(&format!("python3 -c 'print(open(\"{outside}\").read())'; cd /tmp; git --version")).await;
    assert!(!said.contains("CANARY") && said.contains("fs.outside-root"), "{said}");
}

#[tokio::test]
async fn a_stopped_task_takes_its_programs_with_it() {
    let world = World::with(&policy()).await;
    let command = "python3 -c 'import time; print(\"up\", flush=True); time.sleep(600)'";
    let input = serde_json::json!({ "command": command, "run_in_background": true });
    let began = world.bash_in("1", input).await;
    let id = began.split([' ', '.']).find(|word| word.starts_with("task_")).unwrap();
    let mut said = String::new();
    while !said.contains("up") {
        said = world.call("1", "TaskOutput", serde_json::json!({ "task_id": id, "timeout": 200 })).await;
    }
    world.call("1", "TaskStop", serde_json::json!({ "task_id": id })).await;
    let running = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let line = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains("time.sleep(600)").then_some(line)
    });
    assert_eq!(running.count(), 0);
}
