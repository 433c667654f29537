//! Networks: an address, or one with the length of its prefix.

use std::net::IpAddr;

/// A network, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads `203.0.113.7`, `203.0.113.0/28` or `2001:db8::/32`.
    pub fn parse(written: &str) -> Option<Self> {
        let (address, prefix) = written.trim().split_once('/').map_or((written.trim(), None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().ok()?;
        let prefix = prefix.map_or(Some(length(address)), |prefix| prefix.parse().ok())?;
        (prefix <= length(address)).then_some(Self { address, prefix })
    }

    /// Whether an address is in it. An IPv4 address written as IPv6 is the same address.
    pub fn has(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let differing = bits(self.address) ^ bits(address);
        let rest = length(self.address) - self.prefix;
        self.address.is_ipv4() == address.is_ipv4() && differing.checked_shr(rest).unwrap_or(0) == 0
    }
}

fn length(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_in_their_networks_only() {
        let has = |network: &str, address: &str| Network::parse(network).unwrap().has(address.parse().unwrap());
        assert!(has("203.0.113.0/28", "203.0.113.15") && !has("203.0.113.0/28", "203.0.113.16"));
        assert!(has("203.0.113.7", "203.0.113.7") && !has("203.0.113.7", "203.0.113.6"));
        assert!(has("203.0.113.0/28", "::ffff:203.0.113.1"));
        assert!(has("2001:db8::/32", "2001:db8:ffff::1") && !has("2001:db8::/32", "2001:db9::1"));
        assert!(has("0.0.0.0/0", "198.51.100.1") && !has("0.0.0.0/0", "2001:db8::1") && has("::/0", "2001:db8::1"));
    }

    #[test]
    fn what_is_no_network_is_none() {
        for written in ["", "office", "203.0.113.0/33", "203.0.113.0/x", "2001:db8::/129", "203.0.113/24"] {
            assert_eq!(Network::parse(written), None, "{written}");
        }
    }
}
