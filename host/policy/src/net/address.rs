//! Addresses: which a connection may go to.

use std::net::IpAddr;

use super::{Host, NetGrant};
use crate::{Code, Refusal};

/// A network in CIDR form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its first address.
    pub address: IpAddr,
    /// How many leading bits count.
    pub bits: u8,
}

/// May a connection for this grant go to this address, which `host` resolved to? `net.private`.
pub fn decide_address(grant: &NetGrant, host: &Host, address: IpAddr) -> Result<(), Refusal> {
    let _ = (grant, address);
    Err(Refusal::new(Code::NetPrivate, format!("`{host}` has an address that is not decided on yet.")))
}
