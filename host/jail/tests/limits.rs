//! What a jailed program can use up, and that nothing of it is left.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use claudetools_jail::{Ending, Limit, Running};
use world::{World, as_an_ordinary_user, compiled, outcome, shell, soon, words};

/// Whether some process of the machine has this word in its command line.
fn runs(marker: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(marker)
    })
}

/// A number of seconds to sleep that nobody else sleeps.
fn marker(number: u32) -> String {
    format!("{number}.{}", std::process::id())
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_all_others() {
    let mut world = World::new();
    world.jail.limits.wall = Duration::from_millis(300);
    let marker = marker(610);
    let done = world.run(&format!("sleep {marker} & echo up; sleep {marker}"));
    assert_eq!((done.ending, done.text().as_str()), (Ending::Limit(Limit::Time), "up\n"));
    assert!(!runs(&marker));
}

#[test]
fn a_program_that_counts_for_ever_is_killed() {
    let mut world = World::new();
    world.jail.limits.cpu = Duration::from_secs(1);
    assert_eq!(world.run("while :; do :; done").ending, Ending::Limit(Limit::Time));
}

#[test]
fn a_program_that_ignores_signals_is_killed() {
    let world = World::new();
    let mut running = world.start("trap '' TERM INT HUP QUIT; echo up; while :; do sleep 1; done");
    assert_eq!(line(&mut running), "up\n");
    running.killer().kill();
    assert_eq!(running.wait(), Ending::Killed);
}

fn line(running: &mut Running) -> String {
    let (mut text, mut byte) = (String::new(), [0]);
    while !text.ends_with('\n') && running.stdout.as_mut().unwrap().read(&mut byte).unwrap() == 1 {
        text.push(char::from(byte[0]));
    }
    text
}

#[test]
fn a_program_that_closes_its_output_and_goes_on_is_still_held() {
    let mut world = World::new();
    world.jail.limits.wall = Duration::from_millis(300);
    let marker = marker(611);
    let done = world.run(&format!("exec >&- 2>&-; sleep {marker}"));
    assert_eq!(done.ending, Ending::Limit(Limit::Time));
    assert!(!runs(&marker));
}

#[test]
fn a_daemon_does_not_survive_the_program() {
    let world = World::new();
    let beat = "while :; do date +%s%N >/scratch/beat; sleep 0.01; done";
    let done = world.run(&format!("(setsid sh -c '{beat}' >/dev/null 2>&1 </dev/null &); sleep 0.3"));
    assert_eq!(done.ending, Ending::Exited(0));
    let beat = std::fs::read_to_string(world.path("scratch/beat")).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(std::fs::read_to_string(world.path("scratch/beat")).unwrap(), beat);
}

#[test]
fn a_fork_bomb_is_killed_whole() {
    let mut world = World::new();
    world.jail.limits.processes = 20;
    world.jail.limits.wall = Duration::from_secs(10);
    let marker = marker(612);
    let done = world.run(&format!("bomb() {{ sleep {marker} & bomb | bomb & }}; bomb; sleep {marker}"));
    // Where the kernel refuses processes before they have been counted, the bomb dies of that, and the shell gives up or
    // sleeps to its end.
    let held = [Ending::Limit(Limit::Processes), Ending::Limit(Limit::Time), Ending::Exited(2)];
    assert!(held.contains(&done.ending), "{:?}", done.ending);
    assert!(!runs(&marker));
}

/// Root's processes are held by nothing else, and a number is one of the jail's own however many there were before.
#[test]
fn the_kernel_itself_gives_no_more_numbers_where_it_can() {
    let most = || std::fs::read_to_string("/proc/sys/kernel/pid_max").unwrap();
    let before = most();
    let mut world = World::new();
    world.jail.limits.processes = 20;
    let done = world.run("i=0; while [ $i -lt 800 ]; do sh -c 'echo $$'; i=$((i+1)); done");
    let highest = done.text().lines().filter_map(|line| line.parse::<u32>().ok()).max().unwrap();
    assert_eq!(highest < 301 + 20 + 16, gives_numbers_by_namespace(), "{highest}");
    assert_eq!(most(), before);
}

/// Linux 6.14 or newer, with a `/proc/sys` that a container has not made read-only.
fn gives_numbers_by_namespace() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let numbers: Vec<u32> = release.split(['.', '-']).take(2).map_while(|number| number.trim().parse().ok()).collect();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    let closed = mounts.lines().any(|line| line.contains(" /proc/sys ") && line.contains(" ro,"));
    numbers >= vec![6, 14] && !closed
}

#[test]
fn a_program_yields_to_who_started_it() {
    let own = rustix::process::getpriority_process(None).unwrap();
    assert_eq!(World::new().run("nice").text().trim(), (own + 5).min(19).to_string());
}

#[test]
fn as_many_processes_as_allowed_may_run() {
    let mut world = World::new();
    world.jail.limits.processes = 20;
    let done = world.run("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.2 & done; wait; echo all");
    assert_eq!((done.text().as_str(), done.ending), ("all\n", Ending::Exited(0)));
}

#[test]
fn memory_is_counted_over_all_processes() {
    let mut world = World::new();
    world.jail.limits.memory = 64 << 20;
    let grow = |args: [&str; 3]| world.program(&compiled("grow"), &args).ending;
    assert_eq!(grow(["200", "1", "1"]), Ending::Limit(Limit::Memory));
    assert_eq!(grow(["20", "1", "8"]), Ending::Limit(Limit::Memory));
    assert_eq!(grow(["4", "1", "8"]), Ending::Exited(0));
    // Far too much at once is not given.
    assert_eq!(grow(["1", "4000", "1"]), Ending::Exited(3));
}

#[test]
fn what_is_written_is_counted_over_all_files() {
    let ends = |script: &str| {
        let mut world = World::new();
        world.jail.limits.written = 8 << 20;
        world.run(script).ending
    };
    let many = |what: &str| format!("i=0; while :; do {what} >/scratch/$i; i=$((i+1)); done");
    assert_eq!(ends(&many("head -c 1000000 /dev/zero")), Ending::Limit(Limit::Disk));
    assert_eq!(ends(&many(":")), Ending::Limit(Limit::Disk));
    // Root reads what nobody may read; whoever can't, counts it as too much.
    let unreadable = if rustix::process::geteuid().is_root() { Ending::Exited(0) } else { Ending::Limit(Limit::Disk) };
    assert_eq!(ends("mkdir /scratch/a; chmod 0 /scratch/a; sleep 0.4; chmod 700 /scratch/a"), unreadable);
    assert_eq!(ends("head -c 1000000 /dev/zero >/scratch/one; sleep 0.3"), Ending::Exited(0));
}

#[test]
fn output_without_end_is_ended_by_who_counts_it() {
    let world = World::new();
    let mut running = world.start("yes");
    let mut bytes = vec![0; 100_000];
    running.stdout.as_mut().unwrap().read_exact(&mut bytes).unwrap();
    running.killer().exceeded(Limit::Output);
    assert_eq!(running.wait(), Ending::Limit(Limit::Output));
    assert!(bytes.starts_with(b"y\ny\n"));
}

#[test]
fn a_file_without_end_is_ended() {
    let mut world = World::new();
    world.jail.limits.file_size = 1 << 20;
    let done = world.run("yes >/scratch/file; echo after");
    assert_eq!(done.text(), "after\n");
    assert_eq!(std::fs::metadata(world.path("scratch/file")).unwrap().len(), 1 << 20);
}

#[test]
fn files_are_not_opened_without_end() {
    let mut world = World::new();
    world.jail.limits.files = 16;
    let done = world.run("exec 9</dev/null; echo nine; exec 20</dev/null; echo twenty");
    assert_eq!(done.text(), "nine\n");
}

#[test]
fn ten_thousand_lines_arrive_without_loss() {
    let done = World::new().run("seq 1 10000");
    let expected: String = (1..=10_000).map(|number| format!("{number}\n")).collect();
    assert_eq!((done.text(), done.ending), (expected, Ending::Exited(0)));
}

#[test]
fn binary_output_arrives_as_it_is() {
    let world = World::new();
    let done = world.run("head -c 1000000 /dev/urandom | tee /scratch/copy; printf '\\033[2J\\377' >&2");
    assert_eq!(done.stdout, std::fs::read(world.path("scratch/copy")).unwrap());
    assert_eq!(done.stderr, "\u{1b}[2J\u{fffd}");
}

#[test]
fn large_input_is_fed_while_output_is_read() {
    let input: Vec<u8> = (0..5_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let world = World::new();
    let start = |script| world.jail.start(&shell(), &words(&["-c", script]), Path::new("/"), input.clone()).unwrap();
    assert_eq!(outcome(start("cat")).stdout, input);
    // Who does not read it is not kept from ending.
    assert_eq!(outcome(start("exit 4")).ending, Ending::Exited(4));
    assert_eq!(outcome(start("exec <&-; echo shut")).text(), "shut\n");
}

#[test]
fn endings_are_told_apart() {
    let world = World::new();
    assert_eq!(world.run("exit 7").ending, Ending::Exited(7));
    assert_eq!(world.run("kill -SEGV $$").ending, Ending::Signal(11));
    assert_eq!(world.run("kill -TERM $$").ending, Ending::Signal(15));
}

#[test]
fn a_jail_outlives_the_thread_that_started_it() {
    let world = World::new();
    let running = std::thread::scope(|scope| scope.spawn(|| world.start("sleep 0.3; echo done")).join().unwrap());
    assert_eq!(outcome(running).text(), "done\n");
}

#[test]
fn dropping_it_kills_everything() {
    let (world, marker) = (World::new(), marker(613));
    let mut running = world.start(&format!("sleep {marker} & echo up; wait"));
    line(&mut running);
    assert!(soon(|| runs(&marker)));
    drop(running);
    assert!(!runs(&marker));
}

/// Not a test by itself: a bot that is killed while a program runs, for the next one.
#[test]
#[ignore = "run by the test below"]
fn a_bot_that_will_be_killed() {
    let world = World::new();
    let mut running = world.start(&std::env::var("SCRIPT").unwrap());
    line(&mut running);
    println!("jailed");
    std::thread::sleep(Duration::from_secs(60));
}

#[test]
fn a_bot_that_is_killed_takes_its_programs_with_it() {
    let marker = marker(614);
    let mut bot = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_bot_that_will_be_killed", "--nocapture"])
        .env("SCRIPT", format!("(setsid sleep {marker} &); echo up; sleep {marker}"))
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    assert!(soon(|| runs(&format!("sleep\0{marker}"))));
    bot.kill().unwrap();
    bot.wait().unwrap();
    assert!(soon(|| !runs(&format!("sleep\0{marker}"))));
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
