//! The decision on a connection out of a jail.

use super::Jail;
use crate::{Code, Host, Refusal};

/// May a program in this jail be connected to this host and port? `net.not-granted`.
///
/// Both are exact, and an address is no name: the proxy sees neither a path nor a method, so that there is nothing else
/// to decide on. The addresses of the host are decided on with the jail's `reach` by [`crate::decide_address`].
pub fn decide_service(jail: &Jail, host: &Host, port: u16) -> Result<(), Refusal> {
    let Jail { name, net, .. } = jail;
    if let Host::Name(host) = host
        && net.contains(&(host.clone(), port))
    {
        return Ok(());
    }
    let message = format!("The jail `{name}` has no connection to `{host}:{port}`.");
    Err(Refusal::new(Code::NetNotGranted, message).hinted(format!("its `net` would need \"{host}:{port}\"")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{JailLimits, Reach, Target};

    fn decided(authority: &str) -> Result<(), Code> {
        let jail = Jail {
            name: "online".to_owned(),
            net: [("api.example.com".to_owned(), 443), ("api.example.com".to_owned(), 8443)].into(),
            reach: Reach::Public,
            places: BTreeMap::new(),
            git: [].into(),
            system: [].into(),
            unix: [].into(),
            env: BTreeMap::new(),
            limits: JailLimits::default(),
        };
        let (host, port) = Target::parse_service(authority).map_err(|refusal| refusal.code)?;
        decide_service(&jail, &host, port).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_hosts_and_ports_of_the_list_are_connected_to_and_no_others() {
        assert_eq!(decided("api.example.com:443"), Ok(()));
        assert_eq!(decided("API.example.com:8443"), Ok(()));
        for other in ["api.example.com:80", "example.com:443", "x.api.example.com:443", "1.1.1.1:443", "[::1]:443"] {
            assert_eq!(decided(other), Err(Code::NetNotGranted), "{other}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_not_read() {
        let odd = ["api.example.com", "api.example.com:", "api.example.com:0443", "api.example.com.:443", "a@b:443"];
        for odd in odd.into_iter().chain(["0x7f000001:443", "127.1:443", "api.example.com\0.evil:443", ":443", ""]) {
            assert_eq!(decided(odd), Err(Code::NetBadTarget), "{odd}");
        }
    }
}
