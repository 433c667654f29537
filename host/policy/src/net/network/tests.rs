//! Reading networks, and what is in them.

use super::Network;

fn network(text: &str) -> Network {
    Network::parse(text).unwrap()
}

#[test]
fn what_is_not_the_first_address_of_a_network_is_none() {
    for text in [
        "",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/-1",
        "010.0.0.0/8",
        "10/8",
        "::1/127",
        "::/129",
        "a/8",
        "10.0.0.0/8/8",
    ] {
        assert_eq!(Network::parse(text), None, "{text}");
    }
    for text in ["10.0.0.0/8", "10.20.0.0/16", "10.0.0.1/32", "0.0.0.0/0", "fd00::/8", "::1/128", "::/0"] {
        assert_eq!(network(text).to_string(), text);
    }
}

#[test]
fn an_address_is_in_networks_of_its_own_kind() {
    let contains = |text: &str, address: &str| network(text).contains(address.parse().unwrap());
    assert!(contains("10.20.0.0/16", "10.20.0.0") && contains("10.20.0.0/16", "10.20.255.255"));
    assert!(!contains("10.20.0.0/16", "10.21.0.0") && !contains("10.20.0.0/16", "10.19.255.255"));
    assert!(contains("0.0.0.0/0", "255.255.255.255") && !contains("0.0.0.0/0", "::1") && !contains("::/0", "10.0.0.1"));
    assert!(contains("10.0.0.1/32", "10.0.0.1") && !contains("10.0.0.1/32", "10.0.0.0"));
    assert!(contains("fd00:1::/32", "fd00:1:ffff::1") && !contains("fd00:1::/32", "fd00:2::"));
    assert!(!contains("10.0.0.0/8", "::ffff:10.0.0.1"));
}

#[test]
fn a_network_covers_the_smaller_ones_in_it() {
    let covers = |one: &str, other: &str| network(one).covers(&network(other));
    assert!(covers("10.0.0.0/8", "10.1.0.0/16") && covers("10.0.0.0/8", "10.0.0.0/8"));
    assert!(
        !covers("10.1.0.0/16", "10.0.0.0/8")
            && !covers("10.0.0.0/8", "11.0.0.0/16")
            && !covers("10.0.0.0/15", "10.0.0.0/14")
    );
}

#[test]
fn networks_that_stand_for_ipv4_are_known() {
    for text in [
        "::ffff:0:0/96",
        "::ffff:10.0.0.0/104",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002:a00::/24",
        "2001::/32",
        "::/16",
        "2000::/3",
        "::ffff:0:0:0/96",
    ] {
        assert!(network(text).translates(), "{text}");
    }
    for text in ["::1/128", "fd00::/8", "2606:4700::/32", "10.0.0.0/8", "0.0.0.0/0"] {
        assert!(!network(text).translates(), "{text}");
    }
}
