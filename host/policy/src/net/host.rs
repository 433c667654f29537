//! Hosts: names and addresses, and the patterns of them that people write.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whom a request goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name: ASCII, lower case, no trailing dot.
    Name(String),
    /// An address in its one canonical spelling.
    Address(IpAddr),
}

impl Host {
    /// Reads a host as it stands in a URL; `None` for what could be read as another one: other spellings of an IPv4
    /// address, zones, trailing dots, anything outside ASCII, and punycode that is not what its own name encodes to.
    /// Case alone makes no other host.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_prefix('[') {
            let address: Ipv6Addr = inner.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let name = text.to_ascii_lowercase();
        let one_reading = text.is_ascii() && !ends_in_a_number(&name) && is_canonical(&name);
        one_reading.then_some(Self::Name(name))
    }
}

/// Whether some resolvers take the name for an IPv4 address: `127.1`, `0x7f000001`, `2130706433`.
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let digits = |text: &str, radix| text.chars().all(|c| c.is_digit(radix));
    digits(last, 10) || last.strip_prefix("0x").is_some_and(|hex| digits(hex, 16))
}

/// Whether the name is what the strict rules of international names make of it: letters, digits and hyphens in
/// labels of at most 63, and every `xn--` label the one encoding of what it stands for.
fn is_canonical(name: &str) -> bool {
    idna::domain_to_ascii_strict(name).is_ok_and(|canonical| canonical == name)
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

/// Which hosts a rule or a request of a manifest is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPattern {
    /// This name, in lower case.
    Name(String),
    /// One label before this suffix: `*.example.com` fits `a.example.com`, neither `example.com` nor `a.b.example.com`.
    OneLabel(String),
    /// This address; the review shows it.
    Address(IpAddr),
    /// Any name or address; the review shows it in red.
    Any,
}

impl HostPattern {
    /// Reads `api.example.com`, `*.example.com`, an address (IPv6 with or without brackets) or `*`. `None` for
    /// anything else: upper case, a port, a suffix of one label such as `*.com`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Some(Self::Address(address.into()));
        }
        let (text, one_label) = text.strip_prefix("*.").map_or((text, false), |suffix| (suffix, true));
        match Host::parse(text)? {
            Host::Name(name) if name != text => None,
            Host::Name(name) if one_label => name.contains('.').then_some(Self::OneLabel(name)),
            Host::Name(name) => Some(Self::Name(name)),
            Host::Address(address) => (!one_label).then_some(Self::Address(address)),
        }
    }

    /// Whether a host is one of these.
    pub fn fits(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Name(wanted), Host::Name(name)) => wanted == name,
            (Self::OneLabel(suffix), Host::Name(name)) => {
                name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == suffix)
            }
            (Self::Address(wanted), Host::Address(address)) => wanted == address,
            (Self::Name(_) | Self::OneLabel(_), Host::Address(_)) | (Self::Address(_), Host::Name(_)) => false,
        }
    }

    /// Whether every host of `other` is one of these.
    pub fn covers(&self, other: &Self) -> bool {
        match other {
            Self::Name(name) => self.fits(&Host::Name(name.clone())),
            Self::Address(address) => self.fits(&Host::Address(*address)),
            Self::OneLabel(_) | Self::Any => *self == Self::Any || self == other,
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::OneLabel(suffix) => write!(f, "*.{suffix}"),
            Self::Address(address) => write!(f, "{}", Host::Address(*address)),
            Self::Any => f.write_str("*"),
        }
    }
}
