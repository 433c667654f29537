//! What a client says to a proxy first.

use claudetools_policy::{Code, Refusal};

/// Headers that are between a client and its proxy.
const BETWEEN: &[&str] = &["connection", "keep-alive", "proxy-authorization", "proxy-connection", "host"];

/// What a client asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// `host:port`, as it was said.
    pub(super) service: String,
    /// Whether the client waits for a word before it goes on.
    pub(super) is_tunnel: bool,
    /// What the service is told first.
    pub(super) first: Vec<u8>,
}

impl Head {
    /// Parses what came, which holds a whole head; `net.bad-target`.
    pub(super) fn parse(said: &[u8]) -> Result<Self, Refusal> {
        let bad = || Refusal::new(Code::NetBadTarget, "What the program said to its proxy is not HTTP.");
        let end = said.windows(4).position(|end| end == b"\r\n\r\n").ok_or_else(bad)?;
        let (head, rest) = (std::str::from_utf8(&said[..end]).map_err(|_| bad())?, &said[end + 4..]);
        let mut lines = head.split("\r\n");
        let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let [method, target, "HTTP/1.1" | "HTTP/1.0"] = first[..] else { return Err(bad()) };
        if method == "CONNECT" {
            return Ok(Self { service: target.to_owned(), is_tunnel: true, first: rest.to_vec() });
        }
        let headers: Vec<&str> = lines.collect();
        // A line that goes on in the next could hide what it is.
        if headers.iter().any(|line| line.starts_with([' ', '\t']) || line.contains(['\r', '\n'])) {
            return Err(bad());
        }
        let (authority, path) = plain(target).ok_or_else(bad)?;
        let kept = headers.iter().filter(|line| {
            let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            !BETWEEN.contains(&name.as_str())
        });
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
        kept.for_each(|line| text.extend([line, "\r\n"]));
        text.push_str("\r\n");
        let says_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
        let service = if says_port { authority.to_owned() } else { format!("{authority}:80") };
        Ok(Self { service, is_tunnel: false, first: [text.as_bytes(), rest].concat() })
    }
}

/// The authority and the rest of `http://host/rest`.
fn plain(url: &str) -> Option<(&str, String)> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (!path.contains('#')).then_some((authority, path))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn a_tunnel_hands_on_what_came_behind_it() {
        let head = Head::parse(b"CONNECT api.test:443 HTTP/1.1\r\nHost: other\r\n\r\n\x16\x03").unwrap();
        assert_eq!(head, Head { service: "api.test:443".into(), is_tunnel: true, first: vec![0x16, 3] });
    }

    #[test]
    fn what_has_no_tls_is_asked_of_its_own_host_and_once() {
        let said =
            b"GET http://api.test/a?b=c HTTP/1.1\r\nHost: other\r\nproxy-authorization: x\r\nAccept: */*\r\n\r\nbody";
        let head = Head::parse(said).unwrap();
        assert_eq!((head.service.as_str(), head.is_tunnel), ("api.test:80", false));
        assert_snapshot!(String::from_utf8(head.first).unwrap(), @"
        GET /a?b=c HTTP/1.1
        Host: api.test
        Connection: close
        Accept: */*

        body
        ");
        assert_eq!(Head::parse(b"GET http://a:81 HTTP/1.0\r\n\r\n").unwrap().service, "a:81");
    }

    #[test]
    fn anything_else_is_refused() {
        for odd in [
            "GET /a HTTP/1.1\r\n\r\n",
            "GET https://api.test/ HTTP/1.1\r\n\r\n",
            "GET ftp://api.test/ HTTP/1.1\r\n\r\n",
            "GET  http://api.test/ HTTP/1.1\r\n\r\n",
            "GET http://api.test/ HTTP/2\r\n\r\n",
            "GET http://api.test/ HTTP/1.1\r\nAccept: a\r\n Host: b\r\n\r\n",
            "GET http://api.test/ HTTP/1.1\r\nAccept: a\nHost: b\r\n\r\n",
            "GET http://api.test/#x HTTP/1.1\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert_eq!(Head::parse(odd.as_bytes()).unwrap_err().code, Code::NetBadTarget, "{odd:?}");
        }
    }
}
