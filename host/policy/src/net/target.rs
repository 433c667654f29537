//! A request, parsed.

use std::fmt;
use std::net::IpAddr;

use crate::{Code, Refusal};

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// The word for it in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where none is said.
    pub fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Whom a request goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name: ASCII, lower case, no trailing dot.
    Name(String),
    /// An address in its one canonical spelling.
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// One concrete request: where to and what for, in one spelling only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// How.
    pub scheme: Scheme,
    /// Whom.
    pub host: Host,
    /// Which port, the scheme's own filled in.
    pub port: u16,
    /// In upper case.
    pub method: String,
    /// Decoded segments of the path; `/` alone has none, a trailing `/` gives an empty last one.
    pub segments: Vec<String>,
    /// Decoded names and values of the query, in order.
    pub query: Vec<(String, String)>,
}

impl Target {
    /// Parses what a guest asks for. `net.bad-target` for whatever could be read in two ways.
    pub fn parse(method: &str, scheme: &str, authority: &str, path_and_query: &str) -> Result<Self, Refusal> {
        let _ = (method, scheme, authority, path_and_query);
        Err(Refusal::new(Code::NetBadTarget, "not read yet"))
    }

    /// The same from a URL as a person writes it.
    pub fn from_url(method: &str, url: &str) -> Result<Self, Refusal> {
        let _ = (method, url);
        Err(Refusal::new(Code::NetBadTarget, "not read yet"))
    }

    /// `/path?query` in the one encoding that is sent.
    pub fn path_and_query(&self) -> String {
        String::new()
    }

    /// `host` or `host:port` as it stands in the `Host` header.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.port() { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }
}

/// The target without its query values: `GET https://host/path?name=…`, fit for an audit.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}://{}", self.method, self.scheme.as_str(), self.authority())
    }
}
