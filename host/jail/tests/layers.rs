//! What happens on a machine that lacks a layer: its system call is taken away from the thread that asks.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, unsafe_code, reason = "tests")]

mod world;

use std::path::Path;

use claudetools_jail::{JailError, Layer, layers};
use libc::{c_long, sock_filter};
use world::{World, as_an_ordinary_user, shell, words};

/// Refuses a system call to this thread and its children, for ever; with a mask only where the first argument
/// has one of its bits.
fn without(call: c_long, mask: Option<libc::c_int>) {
    const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    const ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
    let line = |code: u32, k: u32, jt, jf| sock_filter { code: code as u16, jt, jf, k };
    let mask = mask.map_or(u32::MAX, libc::c_int::cast_unsigned);
    let mut program = vec![line(LOAD, 0, 0, 0), line(EQUAL, u32::try_from(call).unwrap(), 0, 3)];
    program.extend([line(LOAD, 16, 0, 0), line(ANY_BIT, mask, 0, 1)]);
    if mask == u32::MAX {
        program.truncate(1);
        program.push(line(EQUAL, u32::try_from(call).unwrap(), 0, 1));
    }
    program.push(line(RETURN, libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned(), 0, 0));
    program.push(line(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0));
    let filter = libc::sock_fprog { len: u16::try_from(program.len()).unwrap(), filter: program.as_mut_ptr() };
    // SAFETY: the filter is as long as it says, and is copied by the kernel.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter), 0);
    }
}

/// A layer, and the call without which it can't be.
const NEEDED: &[(Layer, c_long, Option<libc::c_int>)] = &[
    (Layer::User, libc::SYS_clone, Some(libc::CLONE_NEWUSER)),
    (Layer::Process, libc::SYS_clone, Some(libc::CLONE_NEWPID)),
    (Layer::Files, libc::SYS_clone, Some(libc::CLONE_NEWNS)),
    (Layer::Files, libc::SYS_fsopen, None),
    (Layer::Files, libc::SYS_mount_setattr, None),
    (Layer::Files, libc::SYS_pivot_root, None),
    (Layer::Files, libc::SYS_umount2, None),
    (Layer::Net, libc::SYS_clone, Some(libc::CLONE_NEWNET)),
    (Layer::Ipc, libc::SYS_clone, Some(libc::CLONE_NEWIPC)),
    (Layer::Ipc, libc::SYS_sethostname, None),
    (Layer::Privileges, libc::SYS_capset, None),
    (Layer::Landlock, libc::SYS_landlock_create_ruleset, None),
    (Layer::Landlock, libc::SYS_landlock_restrict_self, None),
    (Layer::Calls, libc::SYS_seccomp, None),
    (Layer::Limits, libc::SYS_prlimit64, None),
];

#[test]
fn without_a_promised_layer_nothing_runs() {
    for &(layer, call, mask) in NEEDED {
        let world = World::new();
        let start = || world.jail.start(&shell(), &words(&["-c", ">/scratch/ran"]), Path::new("/"), Vec::new());
        let refused = std::thread::scope(|scope| {
            let refused = scope.spawn(|| {
                without(call, mask);
                start().map(drop)
            });
            refused.join().unwrap()
        });
        let Err(error) = refused else { panic!("{layer}: call {call} was not needed") };
        assert!(matches!(&error, JailError::Layer { layer: found, .. } if *found == layer), "{layer}: {error}");
        assert!(!world.path("scratch/ran").exists(), "{layer}: it was run");
        // With the call it runs.
        let ending = start().unwrap().wait();
        assert!(world.path("scratch/ran").exists(), "{ending:?}");
    }
}

#[test]
fn the_doctor_names_what_is_missing() {
    let missing = |call, mask| {
        let thread = std::thread::spawn(move || {
            without(call, mask);
            layers().into_iter().filter_map(|state| state.missing).collect::<Vec<_>>()
        });
        thread.join().unwrap().join("\n")
    };
    insta::assert_snapshot!(missing(libc::SYS_landlock_restrict_self, None), @"The Landlock rule set can't be had: Operation not permitted (os error 1). Linux 5.19 or newer with `landlock` in the boot parameter `lsm=` is needed.");
    insta::assert_snapshot!(missing(libc::SYS_seccomp, None), @"The system call filter can't be had: Operation not permitted (os error 1). A kernel with CONFIG_SECCOMP_FILTER is needed.");
    insta::assert_snapshot!(missing(libc::SYS_clone, Some(libc::CLONE_NEWNET)), @"The network namespace can't be had: Operation not permitted (os error 1). Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1 on Debian, kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile on Ubuntu, a seccomp profile that allows clone and unshare in a container.");
    let said = missing(libc::SYS_clone, Some(libc::CLONE_NEWUSER));
    assert_eq!(said.lines().count(), 7, "{said}");
}

#[test]
fn this_machine_has_every_layer() {
    let missing: Vec<_> = layers().into_iter().filter(|state| state.missing.is_some()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
