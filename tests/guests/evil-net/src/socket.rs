//! Sockets, without HTTP.

use std::io::Error;
use std::net::{TcpStream, ToSocketAddrs, UdpSocket};

use claudetools_kit::{Failure, Output};

/// The host has no other way to say that it refused than an error of the operating system.
fn refused(error: Error) -> Failure {
    Failure::Refused(error.to_string())
}

pub fn connect(authority: &str) -> Result<Output, Failure> {
    TcpStream::connect(authority).map(|_| Output::text("connected")).map_err(refused)
}

pub fn datagram(authority: &str) -> Result<Output, Failure> {
    let sent = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", authority));
    sent.map(|_| Output::text("sent")).map_err(refused)
}

pub fn lookup(authority: &str) -> Result<Output, Failure> {
    let addresses = authority.to_socket_addrs().map_err(refused)?;
    Ok(Output::text(addresses.map(|address| address.to_string()).collect::<Vec<_>>().join("\n")))
}
