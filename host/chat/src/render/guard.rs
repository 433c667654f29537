//! What outgoing text is checked against.

use std::collections::BTreeSet;

use super::{Scrub, blocks, clean, inline};

/// The hosts that people may click, and the secrets that nobody may see. The default: no host, no secret.
#[derive(Clone, Default)]
pub struct Guard {
    hosts: BTreeSet<String>,
    scrub: Scrub,
}

impl Guard {
    /// Links to these hosts are clickable: names as in `docs.rs`, or `*.example.com` for every name below one. All
    /// other links are shown as code. Known secrets are taken out of everything.
    pub fn new(hosts: impl IntoIterator<Item = String>, scrub: Scrub) -> Self {
        Self { hosts: hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect(), scrub }
    }

    /// The text without the known secrets.
    pub fn scrub(&self, text: &str) -> String {
        self.scrub.text(text)
    }

    /// Whether a known secret is in it.
    pub fn finds(&self, text: &str) -> bool {
        self.scrub.finds(text)
    }

    /// The hosts that a text links to and nobody allowed, sorted.
    pub fn foreign_hosts(&self, markdown: &str) -> BTreeSet<String> {
        let blocks = blocks::blocks(&clean::clean(&self.scrub(markdown)));
        let mut hosts = BTreeSet::new();
        for block in blocks {
            if let blocks::Block::Text(text) = block {
                hosts.extend(inline::foreign_hosts(&text, self));
            }
        }
        hosts
    }

    /// Whether a URL may be clicked: `http` or `https`, a plain name as host that is on the list, nothing that programs
    /// read differently.
    pub(super) fn allows(&self, url: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()+,;=%".contains(c);
        url.chars().all(plain) && !url[authority(url)].contains('@') && self.has(&host(url))
    }

    fn has(&self, host: &str) -> bool {
        let below = |(at, _): (usize, &str)| self.hosts.contains(&format!("*{}", &host[at..]));
        self.hosts.contains(host) || host.match_indices('.').any(below)
    }
}

/// Where in a URL the host (with port and user) stands; empty where it is not `http` or `https`.
fn authority(url: &str) -> std::ops::Range<usize> {
    let lower = url.to_ascii_lowercase();
    let Some(start) =
        ["https://", "http://"].iter().find_map(|scheme| lower.starts_with(scheme).then_some(scheme.len()))
    else {
        return 0..0;
    };
    let end = url[start..].find(['/', '?', '#', '\\']).map_or(url.len(), |end| start + end);
    start..end
}

/// The host of a URL in lower case, without port and user; empty where it has none.
pub(super) fn host(url: &str) -> String {
    let authority = &url[authority(url)];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default();
    host.trim_end_matches('.').to_ascii_lowercase()
}
