//! A request, parsed.

#[cfg(test)]
mod tests;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::{Host, encoding};
use crate::config::{NOBODYS, TENANT};
use crate::path::shown;
use crate::{Code, Refusal, Tenant};

/// The methods that a plugin may be granted. `CONNECT` would make a tunnel, and `TRACE` sends the secrets of a
/// request back.
pub(crate) const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// The longest URL in bytes: what common servers take.
const MAX_URL: usize = 8 << 10;

/// How a request travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
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
    /// Decoded names and values of the query, in order; a name without `=` has an empty value.
    pub query: Vec<(String, String)>,
    /// The tenant of the client that its call is about, where it has chosen one.
    pub tenant: Option<Tenant>,
}

impl Target {
    /// Parses what a guest asks for.
    ///
    /// Refuses whatever could be read in two ways: `net.method` for all but upper-case methods that can be granted,
    /// `net.path` for paths that a server may take for another one (`.`, `..`, `;`, `//`, an encoded `/` or `\`, what
    /// is encoded twice), `net.bad-target` for the rest: schemes other than http and https, user names, odd hosts and
    /// ports, fragments, bad escapes, control characters, more than 8 KiB.
    pub fn parse(method: &str, scheme: &str, authority: &str, path_and_query: &str) -> Result<Self, Refusal> {
        if scheme.len() + authority.len() + path_and_query.len() > MAX_URL {
            return Err(bad("The URL is longer than 8 KiB."));
        }
        let method = read_method(method)?;
        let scheme = read_scheme(scheme)?;
        let (host, port) = read_authority(authority, scheme)?;
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Ok(Self { scheme, host, port, method, segments: read_path(path)?, query: read_query(query)?, tenant: None })
    }

    /// Parses the `host:port` that a proxy is asked to connect to, as strictly; the port has to be said.
    pub fn parse_service(authority: &str) -> Result<(Host, u16), Refusal> {
        let says_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        if authority.len() > MAX_URL || !says_port {
            return Err(bad("Expected a host and a port, such as `api.example.com:443`."));
        }
        read_authority(authority, Scheme::Https)
    }

    /// The same from a URL as a person writes it.
    pub fn from_url(method: &str, url: &str) -> Result<Self, Refusal> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| bad(format!("`{}` is not a URL that begins with `https://` or `http://`.", shown(url))))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        Self::parse(method, scheme, authority, rest)
    }

    /// The same as an example of many calls: `{tenant}` is the tenant of the client that the call is about.
    pub fn from_example(method: &str, url: &str) -> Result<Self, Refusal> {
        let target = Self::from_url(method, &url.replace(TENANT, NOBODYS))?;
        Ok(target.about(Tenant::parse(NOBODYS)))
    }

    /// The same request in a call about a client of this tenant.
    #[must_use]
    pub fn about(self, tenant: Option<Tenant>) -> Self {
        Self { tenant, ..self }
    }

    /// Parses a request that stands inside this one: its URL begins with `/`, and goes on from what stands before the last
    /// part of this path.
    pub(super) fn beside(&self, method: &str, url: &str) -> Result<Self, Refusal> {
        if !url.starts_with('/') {
            return Err(bad(format!("`{}` is not a path that begins with `/`.", shown(url))));
        }
        let path = format!("{}{url}", self.directory());
        let target = Self::parse(method, self.scheme.as_str(), &self.authority(), &path)?;
        Ok(target.about(self.tenant.clone()))
    }

    /// The URL of such a request: the inverse.
    pub(super) fn relative_to(&self, outer: &Self) -> String {
        let sent = self.path_and_query();
        sent.strip_prefix(&outer.directory()).unwrap_or(&sent).to_owned()
    }

    /// The path without its last part, as it is sent.
    fn directory(&self) -> String {
        let path = self.path();
        path.rsplit_once('/').map_or_else(String::new, |(directory, _)| directory.to_owned())
    }

    /// `/path?query` in the one encoding that is sent.
    pub fn path_and_query(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{}={}", encoding::query(name), encoding::query(value));
        self.path() + &self.query_as(pair)
    }

    /// The whole request in words, values of the query included: for the person who confirms it, never for the audit.
    pub fn whole(&self) -> String {
        format!("{} {}://{}{}", self.method, self.scheme.as_str(), self.authority(), self.path_and_query())
    }

    /// `host` or `host:port` as it stands in the `Host` header.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.port() { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }

    fn path(&self) -> String {
        let encoded: Vec<_> = self.segments.iter().map(|segment| encoding::segment(segment)).collect();
        format!("/{}", encoded.join("/"))
    }

    fn query_as(&self, pair: impl Fn(&(String, String)) -> String) -> String {
        if self.query.is_empty() {
            return String::new();
        }
        format!("?{}", self.query.iter().map(pair).collect::<Vec<_>>().join("&"))
    }
}

/// The target without its query values: `GET https://host/path?name=…`, fit for an audit.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.query_as(|(name, _)| format!("{}=…", encoding::query(name)));
        let (scheme, authority, path) = (self.scheme.as_str(), self.authority(), self.path());
        write!(f, "{} {scheme}://{authority}{path}{names}", self.method)
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::NetBadTarget, message)
}

fn read_method(text: &str) -> Result<String, Refusal> {
    if METHODS.contains(&text) {
        return Ok(text.to_owned());
    }
    let message = format!("`{}` is not a method that a plugin can use; those are {}.", shown(text), METHODS.join(", "));
    Err(Refusal::new(Code::NetMethod, message))
}

fn read_scheme(text: &str) -> Result<Scheme, Refusal> {
    match text.to_ascii_lowercase().as_str() {
        "https" => Ok(Scheme::Https),
        "http" => Ok(Scheme::Http),
        _ => Err(bad(format!("The scheme `{}` is neither https nor http.", shown(text)))),
    }
}

fn read_authority(text: &str, scheme: Scheme) -> Result<(Host, u16), Refusal> {
    let wrong = |what: &str| bad(format!("`{}` has no host that can be read in one way only: {what}.", shown(text)));
    if text.contains(['@', '\\']) {
        return Err(wrong("it has a user name or a `\\` in it"));
    }
    let host_ends = text.rfind(']').map_or(0, |bracket| bracket + 1);
    let (host, port) = match text[host_ends..].find(':') {
        Some(colon) => (&text[..host_ends + colon], Some(&text[host_ends + colon + 1..])),
        None => (text, None),
    };
    let port = port.map_or(Some(scheme.port()), read_port).ok_or_else(|| wrong("expected a port from 1 to 65535"))?;
    let host = Host::parse(host)
        .ok_or_else(|| wrong("expected a name in ASCII without a trailing dot, or an address in its usual spelling"))?;
    Ok((host, port))
}

/// A port in decimal; a leading 0 would be a second spelling.
fn read_port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| plain)
}

fn read_path(text: &str) -> Result<Vec<String>, Refusal> {
    if text.is_empty() || text == "/" {
        return Ok(Vec::new());
    }
    let below = text.strip_prefix('/').ok_or_else(|| bad("The path does not begin with `/`."))?;
    let last = below.split('/').count() - 1;
    below.split('/').enumerate().map(|(index, part)| read_segment(part, index == last)).collect()
}

fn read_segment(part: &str, is_last: bool) -> Result<String, Refusal> {
    let text = encoding::decode(part).ok_or_else(|| {
        bad(format!(
            "The segment `{}` of the path is not well encoded: as UTF-8, without control characters.",
            shown(part)
        ))
    })?;
    if part.is_empty() && is_last || !part.is_empty() && is_plain(&text) {
        return Ok(text);
    }
    let message = format!(
        "The segment `{}` of the path may be taken for another path: it is empty, `.`, `..`, encoded twice, or has \
         `/`, `\\` or `;` in it.",
        shown(part)
    );
    Err(Refusal::new(Code::NetPath, message))
}

/// Whether no server can take a segment for anything but one segment of that name, after Unicode's compatibility
/// forms (full-width dots and slashes) and a second decoding.
fn is_plain(segment: &str) -> bool {
    let folded: String = segment.nfkc().collect();
    !matches!(folded.as_str(), "." | "..") && !folded.contains(['/', '\\', ';']) && !encoding::has_escape(&folded)
}

/// Pairs between `&`. A `+` is a space, as forms write it; it is sent as `%20`, which nobody reads otherwise.
fn read_query(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split('&').map(read_pair).collect()
}

fn read_pair(pair: &str) -> Result<(String, String), Refusal> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |part: &str| encoding::decode(&part.replace('+', "%20"));
    match (decode(name), decode(value)) {
        (Some(name), Some(value)) if !name.is_empty() => Ok((name, value)),
        _ => Err(bad("The query has an empty name, or is not well encoded: as UTF-8, without control characters.")),
    }
}
