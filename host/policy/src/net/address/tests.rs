//! Every range that is not the public Internet, at both of its ends.

use std::collections::BTreeSet;
use std::net::IpAddr;

use insta::assert_snapshot;

use super::{decide_address, is_public};
use crate::{Code, Host, NetGrant, Network, Reach};

fn grant(reach: Reach) -> NetGrant {
    NetGrant {
        allow: Vec::new(),
        headers: BTreeSet::new(),
        secret: None,
        fill: BTreeSet::new(),
        reach,
        redirects: 0,
        up: 1,
        down: 1,
    }
}

fn networks(list: &[&str]) -> NetGrant {
    grant(Reach::Networks(list.iter().map(|text| Network::parse(text).unwrap()).collect()))
}

fn reaches(grant: &NetGrant, address: &str) -> bool {
    let answer = decide_address(&grant.reach, &Host::Name("a.example".to_owned()), address.parse().unwrap());
    answer.map_err(|refusal| assert_eq!(refusal.code, Code::NetPrivate)).is_ok()
}

#[test]
fn special_addresses_of_ipv4_are_refused() {
    for address in [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.0.0.5",
        "10.255.255.255",
        "100.64.0.0",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.0",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.255",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.254",
        "255.255.255.255",
    ] {
        assert!(!reaches(&grant(Reach::Public), address), "{address}");
    }
}

#[test]
fn special_addresses_of_ipv6_are_refused_whatever_they_translate_to() {
    for address in [
        "::",
        "::1",
        "::7f00:1",
        "::808:808",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:808:808",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::808:808",
        "64:ff9b:1::808:808",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:0:808:808::1",
        "2001:2::1",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "2001:db8:ffff::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "2620:4f:8000::1",
        "3fff::1",
        "3fff:fff:ffff::1",
        "4000::1",
        "5f00::1",
        "1fff:ffff::1",
        "fc00::1",
        "fd12:3456::1",
        "fdff:ffff::",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
        "ffff::1",
        "8000::1",
    ] {
        assert!(!reaches(&grant(Reach::Public), address), "{address}");
    }
}

#[test]
fn addresses_of_the_internet_are_reached() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2001:db7::1",
        "2001:db9::1",
        "2003::1",
        "2606:4700::1111",
        "2620:4f:7fff::1",
        "2620:4f:8001::1",
        "3ffe::1",
        "3fff:1000::1",
        "2a00::1",
    ] {
        assert!(reaches(&grant(Reach::Public), address) && is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn with_networks_only_those_are_reached() {
    let office = networks(&["10.20.0.0/16", "fd00:20::/32"]);
    assert!(reaches(&office, "10.20.3.4") && reaches(&office, "fd00:20::1"));
    for address in ["10.21.0.1", "8.8.8.8", "127.0.0.1", "169.254.169.254", "::ffff:10.20.3.4", "fd00:21::1", "::1"] {
        assert!(!reaches(&office, address), "{address}");
    }
    assert!(!reaches(&networks(&[]), "8.8.8.8") && !reaches(&networks(&[]), "127.0.0.1"));
}

#[test]
fn loopback_is_reached_where_the_operator_names_it() {
    let here = networks(&["127.0.0.0/8"]);
    assert!(reaches(&here, "127.0.0.1") && !reaches(&here, "::1") && !reaches(&here, "169.254.169.254"));
}

#[test]
fn the_refusal_keeps_the_address_for_the_operator() {
    let host = Host::Name("a.example".to_owned());
    let refusal = decide_address(&Reach::Public, &host, IpAddr::from([10, 0, 0, 5])).unwrap_err();
    assert_snapshot!(refusal, @"net.private: `a.example` has an address that this plugin may not reach.");
    assert_snapshot!(refusal.hint.unwrap(), @"it is 10.0.0.5, which is not an address of the public Internet");
    let refusal = decide_address(&networks(&["10.20.0.0/16"]).reach, &host, IpAddr::from([10, 0, 0, 5])).unwrap_err();
    assert_snapshot!(refusal.hint.unwrap(), @"it is 10.0.0.5, which is in none of the networks of `reach`");
}
