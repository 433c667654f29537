//! Git over a repository whose owner is no friend: everything in it that git would run.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::house::{House, text};

const GIT: &str =
    "fs = [{ root = \"repo\", access = \"read\", git = true }, { root = \"scratch\", access = \"write\" }]";

/// A house whose jail may look into `.git`.
async fn house() -> House {
    let house = House::looking_into_git(GIT).await;
    for args in [
        &["init", "--quiet", "--initial-branch", "main"][..],
        &["add", "."],
        &["commit", "--quiet", "--message", "first"],
    ] {
        git(&house.repo(""), args);
    }
    house
}

/// The machine's own git, with nothing of the machine's.
fn git(repo: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    #[expect(clippy::disallowed_methods, reason = "a test")]
    let mut command = Command::new("/usr/bin/git");
    let done = command.arg("-C").arg(repo).args(who).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

/// Everything in the repository that makes git run a program: each leaves a mark.
fn make_hostile(house: &House, mark: &str) {
    let program = house.dir.path().join("program");
    std::fs::write(&program, format!("#!/bin/sh\necho run >>{mark}\ncat \"$@\" 2>/dev/null\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.display();
    let config = format!(
        "\n[core]\n\tfsmonitor = {program}\n\tpager = {program}\n\teditor = {program}\n\tsshCommand = {program}\n\
         [diff]\n\texternal = {program}\n[diff \"evil\"]\n\ttextconv = {program}\n\tcommand = {program}\n\
         [filter \"evil\"]\n\tclean = {program}\n\tsmudge = {program}\n\trequired = true\n\
         [alias]\n\tshow = !{program}\n[credential]\n\thelper = {program}\n[gpg]\n\tprogram = {program}\n\
         [remote \"origin\"]\n\turl = https://somebody:PASSWORD-1234@example.com/x\n"
    );
    let path = house.repo(".git/config");
    std::fs::write(&path, std::fs::read_to_string(&path).unwrap() + &config).unwrap();
    std::fs::write(house.repo(".gitattributes"), "*.md diff=evil filter=evil\n").unwrap();
    std::fs::write(house.repo("a.md"), "beta\n").unwrap();
    for hook in ["post-index-change", "reference-transaction", "pre-commit"] {
        let path = house.repo(".git/hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\necho run >>{mark}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn git_reads_a_repository_and_runs_nothing_that_it_brings() {
    let house = house().await;
    // What the jail could write to, if anything of it ran, and what this machine can.
    let (inside, outside) = ("/scratch/mark", house.dir.path().join("mark"));
    make_hostile(&house, outside.to_str().unwrap());
    git(&house.repo(""), &["status", "--short"]);
    assert!(outside.exists(), "the control: without a jail, git runs what a repository brings");
    std::fs::remove_file(&outside).unwrap();
    make_hostile(&house, inside);
    let asked = [
        (&["log", "-p", "--show-signature"][..], "first"),
        (&["status", "--short"], "M a.md"),
        (&["diff", "--ext-diff", "--textconv"], "+beta"),
        (&["show", "HEAD:a.md"], "alpha"),
        (&["blame", "HEAD", "--", "a.md"], "alpha"),
        (&["config", "--list"], "bare=false"),
        (&["ls-files"], "a.md"),
    ];
    for (args, part) in asked {
        let said = text(&house.call("exec-run", json!({ "program": "git", "args": args })).await);
        assert!(said.contains(part), "{args:?}: {said}");
        assert!(!said.contains("PASSWORD-1234") && !said.contains("fsmonitor ="), "{args:?}: {said}");
    }
    // A script that looks for the mark in the same call as git runs sees that there is none.
    let said = house.said("cd /repo; git log -p >/dev/null; git status >/dev/null; git diff >/dev/null; ls -A /scratch; cat .git/config .git/hooks/*").await;
    assert!(!said.contains("mark") && !said.contains("PASSWORD-1234") && !said.contains("echo run"), "{said}");
    assert!(!outside.exists());
}

#[tokio::test]
async fn a_configuration_that_is_too_long_to_be_read_is_covered_and_a_link_starts_nothing() {
    let house = house().await;
    make_hostile(&house, "/scratch/mark");
    let path = house.repo(".git/config");
    let long = format!("{}# {}\n", std::fs::read_to_string(&path).unwrap(), "x".repeat(300 << 10));
    std::fs::write(&path, long).unwrap();
    let said = text(&house.call("exec-run", json!({ "program": "git", "args": ["config", "--list"] })).await);
    assert!(said.contains("bare=false") && !said.contains("PASSWORD-1234"), "{said}");
    std::fs::rename(&path, house.repo("config")).unwrap();
    std::os::unix::fs::symlink("../config", &path).unwrap();
    let said = text(&house.call("exec-run", json!({ "program": "git", "args": ["log"] })).await);
    assert!(said.starts_with("exec.jail: "), "{said}");
}

#[tokio::test]
async fn without_it_git_sees_no_repository() {
    let house = House::new().await;
    git(&house.repo(""), &["init", "--quiet"]);
    let said = text(&house.call("exec-run", json!({ "program": "git", "args": ["log"] })).await);
    assert!(said.contains("not a git repository") || said.contains("fatal"), "{said}");
}
