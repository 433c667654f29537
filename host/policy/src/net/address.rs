//! Addresses: which a connection may go to.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use super::network::{v4, v6};
use super::{Host, Network, Reach};
use crate::{Code, Refusal};

/// What IANA's registries list as special, beside multicast: no API on the Internet has such an address.
const SPECIAL_V4: &[Network] = &[
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // shared by carriers
    v4([127, 0, 0, 0], 8),     // this machine
    v4([169, 254, 0, 0], 16),  // link-local, and the metadata of every cloud
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 31, 196, 0], 24), // AS112
    v4([192, 52, 193, 0], 24), // tunnels for multicast
    v4([192, 88, 99, 0], 24),  // 6to4 relays
    v4([192, 168, 0, 0], 16),  // private
    v4([192, 175, 48, 0], 24), // AS112
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// The only IPv6 addresses that IANA gives to anybody. Outside of it are loopback, link-local, unique-local and
/// multicast addresses, and those that translate to IPv4: mapped, compatible, NAT64.
const GLOBAL_V6: Network = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What is special inside [`GLOBAL_V6`].
const SPECIAL_V6: &[Network] = &[
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments, Teredo, benchmarks, ORCHID
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), // 6to4
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), // AS112
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

/// May a connection with this reach go to this address, which `host` resolved to? `net.private`.
///
/// Without a `reach` of its own a grant or a jail reaches the public Internet and nothing special in it; what an address that
/// translates to another stands for does not matter, all of those are refused. With networks in its `reach` it
/// reaches these and nothing else. Of the addresses of a name, each has to be allowed.
pub fn decide_address(reach: &Reach, host: &Host, address: IpAddr) -> Result<(), Refusal> {
    let (reached, what) = match reach {
        Reach::Public => (is_public(address), "which is not an address of the public Internet"),
        Reach::Networks(networks) => {
            (networks.iter().any(|network| network.contains(address)), "which is in none of the networks of `reach`")
        }
    };
    if reached {
        return Ok(());
    }
    let message = format!("`{host}` has an address that this plugin may not reach.");
    Err(Refusal::new(Code::NetPrivate, message).hinted(format!("it is {address}, {what}")))
}

/// Whether an address belongs to somebody on the public Internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    let special = match address {
        IpAddr::V4(_) => SPECIAL_V4,
        IpAddr::V6(_) => SPECIAL_V6,
    };
    (address.is_ipv4() || GLOBAL_V6.contains(address)) && !special.iter().any(|network| network.contains(address))
}
