//! From a host to the addresses that may be connected to.

use std::io;
use std::net::IpAddr;

use async_trait::async_trait;
use claudetools_policy::{Host, Reach, decide_address};

use crate::{Failure, Trouble};

/// Addresses of one name that are looked at; a longer answer is no honest one.
const MOST: usize = 64;

/// Asks for the addresses of names.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// Every address of a name, in the order in which they should be tried.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own resolver, with its hosts file.
#[derive(Clone, Copy, Debug)]
pub struct System;

#[async_trait]
impl Resolve for System {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// The addresses of a host, every one of them decided on: one that is refused refuses them all, because which of
/// them a name has at another moment is up to its owner.
pub(crate) async fn addresses(resolve: &dyn Resolve, host: &Host, reach: &Reach) -> Result<Vec<IpAddr>, Failure> {
    let addresses = match host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => resolve.resolve(name).await.map_err(|_| Trouble::Resolve)?,
    };
    if !(1..=MOST).contains(&addresses.len()) {
        return Err(Trouble::Resolve.into());
    }
    for address in &addresses {
        decide_address(reach, host, *address)?;
    }
    Ok(addresses)
}
