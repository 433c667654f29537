//! Which program runs, and with what.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use claudetools_jail::{Change, Ending, JailError, Program};
use world::{World, approved, as_an_ordinary_user, compiled, outcome, set_mode, shell, words};

/// A program that may be changed.
fn tool(world: &World) -> PathBuf {
    let path = world.path("tool");
    std::fs::copy("/usr/bin/echo", &path).unwrap();
    path
}

fn change(error: JailError) -> Change {
    match error {
        JailError::Changed { change, .. } => change,
        other => panic!("{other}"),
    }
}

#[test]
fn the_approved_program_runs() {
    let world = World::new();
    let done = world.program(&tool(&world), &["hello"]);
    assert_eq!((done.text().as_str(), done.ending), ("hello\n", Ending::Exited(0)));
}

#[test]
fn a_program_with_other_bytes_is_refused() {
    let world = World::new();
    let program = approved(&tool(&world));
    let mut bytes = std::fs::read(&program.path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&program.path, bytes).unwrap();
    assert!(matches!(change(world.refusal(&program)), Change::Digest { .. }));
}

#[test]
fn a_program_that_is_replaced_after_it_ran_is_refused() {
    let world = World::new();
    let program = approved(&tool(&world));
    let run = || world.jail.start(&program, &[], Path::new("/"), Vec::new());
    assert_eq!(outcome(run().unwrap()).ending, Ending::Exited(0));
    std::fs::copy("/usr/bin/true", world.path("other")).unwrap();
    std::fs::rename(world.path("other"), &program.path).unwrap();
    assert!(matches!(change(run().unwrap_err()), Change::Digest { .. }));
}

#[test]
fn a_program_with_old_times_but_other_bytes_is_refused() {
    let world = World::new();
    let program = approved(&tool(&world));
    let times = std::fs::metadata(&program.path).unwrap().modified().unwrap();
    assert!(world.jail.start(&program, &[], Path::new("/"), Vec::new()).is_ok());
    let mut bytes = std::fs::read(&program.path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&program.path, bytes).unwrap();
    std::fs::File::open(&program.path).unwrap().set_modified(times).unwrap();
    assert!(matches!(change(world.refusal(&program)), Change::Digest { .. }));
}

#[test]
fn a_link_in_the_stead_of_a_program_is_refused() {
    let world = World::new();
    let program = approved(&tool(&world));
    std::fs::rename(&program.path, world.path("moved")).unwrap();
    symlink(world.path("moved"), &program.path).unwrap();
    assert!(matches!(change(world.refusal(&program)), Change::Link));
}

#[test]
fn a_set_user_id_program_is_refused() {
    let world = World::new();
    for mode in [0o4755, 0o2755] {
        let program = approved(&tool(&world));
        set_mode(&program.path, mode);
        assert!(matches!(change(world.refusal(&program)), Change::SetId), "{mode:o}");
        std::fs::remove_file(&program.path).unwrap();
    }
}

#[test]
fn what_is_no_native_program_is_refused() {
    let world = World::new();
    let script = world.file("script", "#!/bin/sh\necho ran\n");
    set_mode(&script, 0o755);
    assert!(matches!(change(world.refusal(&approved(&script))), Change::NoProgram));
    let empty = world.file("empty", "");
    assert!(matches!(change(world.refusal(&approved(&empty))), Change::NoProgram));
}

#[test]
fn what_is_no_file_is_refused() {
    let world = World::new();
    let program = |path: PathBuf| Program { path, sha256: [0; 32] };
    let pipe = world.path("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::from(0o600)).unwrap();
    for path in [pipe, world.path("repo"), "/dev/zero".into(), "echo".into(), "./echo".into()] {
        let found = change(world.refusal(&program(path.clone())));
        assert!(matches!(found, Change::NoFile), "{}: {found}", path.display());
    }
    assert!(matches!(change(world.refusal(&program(world.path("none")))), Change::Unreadable(_)));
}

#[test]
fn refusals_of_programs_say_what_is_wrong() {
    let world = World::new();
    let program = Program { path: "/usr/bin/env".into(), sha256: [0xab; 32] };
    let said = world.refusal(&program).to_string();
    let (start, end) = said.split_once("has the digest ").unwrap();
    assert_eq!(start, "nothing was run: `/usr/bin/env` ");
    assert!(end.ends_with(&format!(", and {} was approved", "ab".repeat(32))), "{said}");
    let script = world.file("script", "#!/bin/sh\n");
    let said = world.refusal(&approved(&script)).to_string().replace(world.dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @"nothing was run: `DIR/script` is no native program: name the interpreter as the program and the script as its argument");
}

#[test]
fn a_program_without_the_right_to_be_executed_does_not_start() {
    let world = World::new();
    let program = approved(&tool(&world));
    set_mode(&program.path, 0o644);
    let said = world.refusal(&program).to_string().replace(world.dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @"nothing was run: `DIR/tool` could not be started: Permission denied (os error 13)");
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let world = World::new();
    let error = world.jail.start(&shell(), &[], Path::new("/nowhere"), Vec::new()).unwrap_err();
    let JailError::Start { what, source, .. } = error else { panic!("{error}") };
    assert_eq!((what.as_deref(), source.raw_os_error()), (Some("/nowhere"), Some(libc::ENOENT)));
}

#[test]
fn the_environment_is_exactly_the_given_one() {
    let mut world = World::new();
    world.jail.env = vec![("LANG".into(), "C.UTF-8".into()), ("EMPTY".into(), "".into())];
    // What the bot's own environment has is there outside, and not in the jail.
    assert!(std::env::var_os("PATH").is_some());
    let env = Path::new("/usr/bin/env").canonicalize().unwrap();
    assert_eq!(world.program(&env, &["-0"]).text(), "LANG=C.UTF-8\0EMPTY=\0");
    world.jail.env.clear();
    assert_eq!(world.program(&env, &["-0"]).text(), "");
}

#[test]
fn arguments_are_exactly_the_given_ones() {
    let script = "printf '<%s>' \"$0\" \"$@\"";
    let done = World::new().program(&shell().path, &["-c", script, "zero", "", "a b", "$(id)", "*", "-n", "\n"]);
    assert_eq!(done.text(), "<zero><><a b><$(id)><*><-n><\n>");
}

#[test]
fn a_zero_byte_is_refused() {
    let world = World::new();
    let error = world.jail.start(&shell(), &words(&["-c", "a\0b"]), Path::new("/"), Vec::new()).unwrap_err();
    insta::assert_snapshot!(error, @r#"nothing was run: "a\0b" has a zero byte in it, which no system call can take"#);
}

#[test]
fn a_program_inherits_no_descriptor_and_no_terminal() {
    // Not marked close-on-exec, as a library in the same process might have opened it.
    let file = std::fs::File::open("/etc/passwd").unwrap();
    let leaky = rustix::io::dup(&file).unwrap();
    rustix::io::fcntl_setfd(&leaky, rustix::io::FdFlags::empty()).unwrap();
    let done = World::new().run("ls /proc/self/fd; (: </dev/tty) 2>/dev/null || echo no terminal; umask");
    // The standard three, and the directory that `ls` itself reads.
    assert_eq!(done.text(), "0\n1\n2\n3\nno terminal\n0077\n");
}

#[test]
fn signals_do_what_they_do_by_themselves() {
    // The bot ignores broken pipes; a program that does so too would write on for ever.
    let done = World::new().run("cat /proc/self/status | grep -E '^Sig(Blk|Ign|Cgt)'; yes | head -1");
    let zero = "0000000000000000";
    assert_eq!(done.text(), format!("SigBlk:\t{zero}\nSigIgn:\t{zero}\nSigCgt:\t{zero}\ny\n"));
}

#[test]
fn a_program_is_leader_of_its_own_session() {
    let done = World::new().run("cut -d' ' -f1,4,5,6,7 /proc/$$/stat");
    insta::assert_snapshot!(done.text(), @"2 1 2 2 0");
}

#[test]
fn many_start_at_the_same_time() {
    let (world, program) = (World::new(), compiled("unix"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| assert_eq!(world.program(&program, &[]).ending, Ending::Exited(2))));
        }
    });
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
