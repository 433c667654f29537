//! What a jailed program can reach.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};

use claudetools_jail::{Ending, Net};
use world::{World, approved, as_an_ordinary_user, compiled, outcome, unjailed, words};

fn bash() -> PathBuf {
    Path::new("/usr/bin/bash").canonicalize().unwrap()
}

fn with_proxy() -> World {
    let mut world = World::new();
    world.jail.net = Net::Proxy { port: 3128 };
    world
}

#[test]
fn a_proxy_is_served_by_the_caller() {
    let script = "exec 3<>/dev/tcp/127.0.0.1/3128; echo asked >&3; cat <&3";
    let world = with_proxy();
    let mut running =
        world.jail.start(&approved(&bash()), &words(&["-c", script]), Path::new("/"), Vec::new()).unwrap();
    let listener = running.proxy.take().unwrap();
    let (mut stream, from) = listener.accept().unwrap();
    assert!(from.ip().is_loopback());
    let mut asked = [0; 6];
    stream.read_exact(&mut asked).unwrap();
    stream.write_all(b"answered").unwrap();
    drop(stream);
    assert_eq!(&asked, b"asked\n");
    assert_eq!(outcome(running).text(), "answered");
}

#[test]
fn a_proxy_is_all_that_is_there() {
    let host = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = host.local_addr().unwrap().port();
    for address in [format!("127.0.0.1/{port}"), "1.1.1.1/53".to_owned(), "::1/3128".to_owned()] {
        let script = format!("exec 3<>/dev/tcp/{address}");
        let done = with_proxy().program(&bash(), &["-c", &script]);
        assert_eq!(done.ending, Ending::Exited(1), "{address}: {}", done.stderr);
    }
    // The address itself is good: this process reaches it.
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
}

#[test]
fn jails_with_the_same_port_do_not_meet() {
    let (one, two) = (with_proxy(), with_proxy());
    let (one, two) = (one.start("sleep 600"), two.start("sleep 600"));
    assert_eq!(one.proxy.as_ref().unwrap().local_addr().unwrap(), two.proxy.as_ref().unwrap().local_addr().unwrap());
}

#[test]
fn a_granted_socket_is_seen_and_no_other() {
    let mut world = World::new();
    let (granted, other) = (world.path("granted.sock"), world.path("other.sock"));
    let (_first, _second) = (UnixListener::bind(&granted).unwrap(), UnixListener::bind(&other).unwrap());
    let program = compiled("unix");
    let connect = |world: &World, path: &Path| world.program(&program, &[path.to_str().unwrap()]).text();
    assert_eq!(connect(&world, &granted), "socket: EPERM\n");
    world.jail.unix = vec![granted.clone()];
    assert_eq!(connect(&world, &granted), "connect: done\n");
    assert_eq!(connect(&world, &other), "connect: ENOENT\n");
    assert_eq!(unjailed(&program, &[other.to_str().unwrap()]), "connect: done\n");
}

#[test]
fn abstract_sockets_of_the_host_are_out_of_reach() {
    let name = format!("jail-test-{}", std::process::id());
    let _listener = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    let (program, name) = (compiled("unix"), format!("@{name}"));
    assert_eq!(unjailed(&program, &[&name]), "connect: done\n");
    let mut world = World::new();
    let granted = world.path("granted.sock");
    let _granted = UnixListener::bind(&granted).unwrap();
    world.jail.unix = vec![granted];
    let said = world.program(&program, &[&name]).text();
    assert!(["connect: ECONNREFUSED\n", "connect: EPERM\n"].contains(&said.as_str()), "{said}");
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
