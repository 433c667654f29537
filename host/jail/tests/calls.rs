//! Which system calls a jailed program can make, beside what it could do outside.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::collections::BTreeMap;
use std::path::Path;

use claudetools_jail::Net;
use world::{World, as_an_ordinary_user, compiled, unjailed};

/// What came of each call.
fn results(text: &str) -> BTreeMap<&str, &str> {
    text.lines().map(|line| line.split_once(": ").unwrap()).collect()
}

/// What must get `EPERM` in a jail without network and sockets.
const REFUSED: &[&str] = &[
    "socket inet stream",
    "socket inet6 stream",
    "socket inet datagram",
    "socket inet mptcp",
    "socket unix stream",
    "socket unix datagram",
    "socket netlink",
    "socket vsock",
    "socket packet",
    "socket raw",
    "socketpair datagram",
    "connect",
    "bind",
    "listen",
    "sendto an address",
    "io_uring_setup",
    "io_uring_enter",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "userfaultfd",
    "bpf",
    "keyctl",
    "add_key",
    "request_key",
    "perf_event_open",
    "unshare user",
    "unshare mount",
    "setns",
    "clone user",
    "clone net",
    "mount",
    "umount2",
    "fsopen",
    "open_tree",
    "move_mount",
    "mount_setattr",
    "pivot_root",
    "chroot",
    "kexec_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "open_by_handle_at",
    "name_to_handle_at",
    "personality",
    "ioctl TIOCSTI",
    "ioctl TIOCLINUX",
];

/// What the kernel itself refuses to an ordinary user outside, so that only root shows the difference.
const ONLY_ROOTS: &[&str] = &[
    "socket packet",
    "socket raw",
    "bpf",
    "unshare mount",
    "clone net",
    "mount",
    "umount2",
    "fsopen",
    "move_mount",
    "mount_setattr",
    "open_tree",
    "pivot_root",
    "chroot",
    "kexec_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "open_by_handle_at",
];

#[test]
fn the_calls_that_attacks_are_made_of_are_refused() {
    let program = compiled("calls");
    let (jailed, outside) = (World::new().program(&program, &[]).text(), unjailed(&program, &[]));
    let (jailed, outside) = (results(&jailed), results(&outside));
    let root = rustix::process::geteuid().is_root();
    for call in REFUSED {
        assert_eq!(jailed[call], "EPERM", "{call}");
        let shows = root || !ONLY_ROOTS.contains(call);
        assert!(!shows || outside[call] != "EPERM", "{call} is refused outside too, so that this proves nothing");
    }
}

#[test]
fn calls_that_hold_memory_nobody_counts_and_unknown_ones_do_not_exist() {
    let program = compiled("calls");
    let (jailed, outside) = (World::new().program(&program, &[]).text(), unjailed(&program, &[]));
    let (jailed, outside) = (results(&jailed), results(&outside));
    for call in ["clone3", "memfd_create", "shmget", "a call of the future"] {
        assert_eq!(jailed[call], "ENOSYS", "{call}");
    }
    assert_ne!(outside["clone3"], "ENOSYS");
    assert_eq!((outside["memfd_create"], outside["shmget"]), ("done", "done"));
}

#[cfg(target_arch = "x86_64")]
#[test]
fn calls_by_the_numbers_of_other_machines_kill() {
    let program = compiled("calls");
    let (jailed, outside) = (World::new().program(&program, &[]).text(), unjailed(&program, &[]));
    let (jailed, outside) = (results(&jailed), results(&outside));
    for call in ["an x32 call", "a call of another machine"] {
        assert_eq!(jailed[call], "killed by SYS", "{call}");
        assert_ne!(outside[call], "killed by SYS", "{call}");
    }
}

#[test]
fn ordinary_calls_are_allowed() {
    let jailed = World::new().program(&compiled("calls"), &[]).text();
    let jailed = results(&jailed);
    for call in ["clone", "socketpair stream", "personality asked"] {
        assert_eq!(jailed[call], "done", "{call}");
    }
    // Allowed, and then refused because there is no such descriptor.
    assert_eq!((jailed["sendto"], jailed["ioctl TIOCGWINSZ"]), ("EBADF", "EBADF"));
}

#[test]
fn a_proxy_opens_stream_sockets_of_the_internet_and_nothing_else() {
    let mut world = World::new();
    world.jail.net = Net::Proxy { port: 3128 };
    let jailed = world.program(&compiled("calls"), &[]).text();
    let jailed = results(&jailed);
    for call in ["socket inet stream", "socket inet6 stream"] {
        assert_eq!(jailed[call], "done", "{call}");
    }
    let shut = REFUSED.iter().filter(|call| call.starts_with("socket") && !call.ends_with("stream"));
    for call in shut.chain(&["socket unix stream", "mount", "ptrace"]) {
        assert_eq!(jailed[call], "EPERM", "{call}");
    }
}

#[test]
fn no_privilege_is_left_and_none_can_be_gained() {
    let text = World::new().run("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status").text();
    insta::assert_snapshot!(text.replace('\t', " "), @r"
    CapInh: 0000000000000000
    CapPrm: 0000000000000000
    CapEff: 0000000000000000
    CapBnd: 0000000000000000
    CapAmb: 0000000000000000
    NoNewPrivs: 1
    Seccomp: 2
    ");
}

#[test]
fn set_user_id_programs_and_devices_mean_nothing_on_any_mount() {
    let mounts = World::new().run("cat /proc/self/mounts").text();
    assert!(mounts.lines().count() > 10, "{mounts}");
    for line in mounts.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let has = |option: &str| words[3].split(',').any(|one| one == option);
        assert!(has("nosuid"), "{line}");
        assert!(has("nodev") || words[1].starts_with("/dev/"), "{line}");
        assert!(has("ro") || ["/scratch", "/tmp"].contains(&words[1]), "{line}");
        assert!(has("noexec") || words[1].starts_with("/usr") || words[1].starts_with("/lib"), "{line}");
    }
}

#[test]
fn the_shells_own_tcp_leads_nowhere() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{}", listener.local_addr().unwrap().port());
    let bash = Path::new("/usr/bin/bash").canonicalize().unwrap();
    assert!(std::process::Command::new(&bash).args(["-c", &script]).status().unwrap().success());
    let done = World::new().program(&bash, &["-c", &script]);
    assert!(done.stderr.contains("Operation not permitted"), "{}", done.stderr);
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
