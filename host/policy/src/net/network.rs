//! Networks: ranges of addresses.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// How many leading bits count.
    pub bits: u8,
}

/// Ranges whose addresses stand for an IPv4 address: a connection to one ends where nobody looked.
const TRANSLATED: &[Network] = &[
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96),    // mapped
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96),    // translated by SIIT
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), // NAT64
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), // NAT64 of an operator
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),    // Teredo
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),    // 6to4
];

pub(super) const fn v4(octets: [u8; 4], bits: u8) -> Network {
    let [a, b, c, d] = octets;
    Network { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
}

pub(super) const fn v6(parts: [u16; 8], bits: u8) -> Network {
    let [a, b, c, d, e, f, g, h] = parts;
    Network { address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)), bits }
}

impl Network {
    /// Reads `10.20.0.0/16`. `None` where it is not the first address of the network, or the number of bits is
    /// missing or has a leading 0.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let network = Self { address: address.parse().ok()?, bits: bits.parse().ok()? };
        let is_first = network.bits <= network.width() && network.prefix(network.address) == whole(network.address);
        (is_first && network.bits.to_string() == bits).then_some(network)
    }

    /// Whether an address is in it. An IPv4 address is in IPv4 networks only, in whatever spelling it comes.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && self.prefix(address) == self.prefix(self.address)
    }

    /// Whether every address of `other` is in it.
    pub fn covers(&self, other: &Self) -> bool {
        self.bits <= other.bits && self.contains(other.address)
    }

    /// Whether addresses in it stand for IPv4 addresses.
    pub(crate) fn translates(&self) -> bool {
        TRANSLATED.iter().any(|range| range.covers(self) || self.covers(range))
    }

    /// How many bits its addresses have.
    fn width(&self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// The leading bits of an address of the same width that count here, the others 0.
    fn prefix(&self, address: IpAddr) -> u128 {
        let rest = u32::from(self.width().saturating_sub(self.bits));
        whole(address).checked_shr(rest).and_then(|kept| kept.checked_shl(rest)).unwrap_or(0)
    }
}

fn whole(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}
