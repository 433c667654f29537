use insta::assert_snapshot;

use super::*;
use crate::Policy;

const CONTOSO: &str = r#"
[client.contoso]
tenant         = "11111111-2222-3333-4444-AAAAAAAAAAAA"
title          = "Contoso Ltd"
aliases        = ["contoso gmbh"]
domains        = ["contoso.example"]
home_countries = ["DE"]
trusted_ips    = ["203.0.113.0/28"]
admins         = ["noc@msp.example"]
break_glass    = ["bg@contoso.example"]
allowed_apps   = ["99999999-2222-3333-4444-555555555555"]
scan_accounts  = ["scanner@contoso.example"]
time_zone      = "Europe/Berlin"
"#;

fn read(rest: &str) -> Result<Policy, String> {
    Policy::parse(&format!("schema = 1{CONTOSO}{rest}")).map_err(|error| error.to_string())
}

fn wrong(rest: &str) -> String {
    read(&format!("[client.fabrikam]\n{rest}")).unwrap_err()
}

#[test]
fn a_plugin_is_told_what_the_table_says() {
    let client = Arc::clone(&read("").unwrap().described["contoso"]);
    assert_snapshot!(serde_json::to_string_pretty(&client).unwrap(), @r#"
    {
      "tenant": "11111111-2222-3333-4444-aaaaaaaaaaaa",
      "title": "Contoso Ltd",
      "aliases": [
        "contoso gmbh"
      ],
      "domains": [
        "contoso.example"
      ],
      "home_countries": [
        "DE"
      ],
      "trusted_ips": [
        "203.0.113.0/28"
      ],
      "admins": [
        "noc@msp.example"
      ],
      "break_glass": [
        "bg@contoso.example"
      ],
      "allowed_apps": [
        "99999999-2222-3333-4444-555555555555"
      ],
      "scan_accounts": [
        "scanner@contoso.example"
      ],
      "time_zone": "Europe/Berlin"
    }
    "#);
    let bare = Arc::clone(&read("[client.bare]").unwrap().described["bare"]);
    assert_snapshot!(serde_json::to_string(&bare).unwrap(), @r#"{"aliases":[],"domains":[],"home_countries":[],"trusted_ips":[],"admins":[],"break_glass":[],"allowed_apps":[],"scan_accounts":[]}"#);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    assert_snapshot!(wrong("tenant = \"contoso.example\""), @"plugins.toml:15:10: `contoso.example` does not fit here; expected a GUID, such as 11111111-2222-3333-4444-555555555555");
    assert_snapshot!(wrong("tenants = \"x\""), @"plugins.toml:15:1: unknown key `tenants`, expected one of `tenant`, `title`, `aliases`, `domains`, `home_countries`, `trusted_ips`, `admins`, `break_glass`, `allowed_apps`, `scan_accounts`, `time_zone`");
    assert_snapshot!(wrong("title = \" \""), @"plugins.toml:15:9: ` ` does not fit here; expected 1 to 100 visible characters");
    assert_snapshot!(wrong("domains = [\"Fabrikam.example\"]"), @"plugins.toml:15:12: `Fabrikam.example` does not fit here; expected a domain in lower case, such as contoso.example");
    assert_snapshot!(wrong("home_countries = [\"Germany\"]"), @"plugins.toml:15:19: `Germany` does not fit here; expected two capital letters, such as DE");
    assert_snapshot!(wrong("trusted_ips = [\"203.0.113.7\"]"), @"plugins.toml:15:16: `203.0.113.7` is not a network; expected its first address and its bits, such as 10.20.0.0/16");
    assert_snapshot!(wrong("trusted_ips = [\"0.0.0.0/0\"]"), @"plugins.toml:15:16: `0.0.0.0/0` is too wide to name anything; expected at least 8 bits");
    assert_snapshot!(wrong("admins = [\"the admin\"]"), @"plugins.toml:15:11: `the admin` does not fit here; expected an account's name with its domain, such as noc@msp.example");
    assert_snapshot!(wrong("allowed_apps = [\"outlook\"]"), @"plugins.toml:15:17: `outlook` does not fit here; expected a GUID, such as 11111111-2222-3333-4444-555555555555");
    assert_snapshot!(wrong("time_zone = \"Berlin time\""), @"plugins.toml:15:13: `Berlin time` does not fit here; expected an IANA name, such as Europe/Berlin");
    assert_snapshot!(read("[client.\"Fabrikam Inc\"]").unwrap_err(), @"plugins.toml:14:9: `Fabrikam Inc` is not a client's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
}

#[test]
fn one_word_means_one_client() {
    for taken in ["title = \"CONTOSO\"", "aliases = [\"Contoso GmbH\"]", "domains = [\"contoso.example\"]"] {
        assert!(wrong(taken).contains("means a client already"), "{taken}");
    }
    assert_snapshot!(wrong("aliases = [\"contoso ltd\"]"), @"plugins.toml:14:9: `contoso ltd` means a client already; names, titles, aliases and domains are unique");
    assert_snapshot!(wrong("tenant = \"11111111-2222-3333-4444-aaaaaaaaaaaa\""), @"plugins.toml:15:10: another client has this tenant already; a tenant is one client");
}

#[test]
fn a_channel_names_clients_that_are_described() {
    let channel = |line: &str| read(&format!("[channel.\"112233445566778899\"]\n{line}"));
    assert_snapshot!(channel("client = \"fabrikam\"").unwrap_err(), @"plugins.toml:15:10: there is no client `fabrikam` in this file; write `[client.fabrikam]` first");
    assert_snapshot!(channel("clients = [\"contoso\", \"fabrikam\"]").unwrap_err(), @"plugins.toml:15:23: there is no client `fabrikam` in this file; write `[client.fabrikam]` first");
    assert_snapshot!(channel("clients = [\"*\", \"contoso\"]").unwrap_err(), @"plugins.toml:15:12: `*` means every client, and stands alone");
    assert_snapshot!(channel("client = \"contoso\"\nclients = [\"contoso\"]").unwrap_err(), @"plugins.toml:16:11: the threads of a channel are about its `client`, or may name one of `clients`; take one of them out");
    assert!(channel("client = \"contoso\"").is_ok());
    assert!(channel("clients = [\"*\"]").is_ok_and(|policy| policy.clients() == ["contoso"]));
}

#[test]
fn whom_calls_reach_waits_for_a_restart_and_everything_else_holds_at_once() {
    let before = read("").unwrap();
    let held = |text: &str| {
        let wanted = Policy::parse(text).unwrap();
        let adopted = before.adopt(wanted, &[]);
        (adopted.held.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), adopted.policy)
    };
    let (said, policy) = held(&format!("schema = 1{CONTOSO}[client.fabrikam]\n"));
    assert_snapshot!(said, @"plugins.toml:14: [client.fabrikam] is not taken, what was in force before stays (a new client); restart the program to take it");
    assert_eq!(policy.clients(), ["contoso"]);
    let other = format!("schema = 1{}", CONTOSO.replace("-AAAA", "-BBBB").replace("Ltd", "Limited"));
    let (said, policy) = held(&other);
    assert_snapshot!(said, @"plugins.toml:2: [client.contoso] is not taken, what was in force before stays (another tenant); restart the program to take it");
    assert_eq!(policy.described, before.described);
    let (said, policy) = held(&format!("schema = 1{}", CONTOSO.replace("Ltd", "Limited")));
    assert_eq!((said.as_str(), policy.described["contoso"].title.as_deref()), ("", Some("Contoso Limited")));
    assert_eq!(held("schema = 1").1.clients(), Vec::<String>::new());
}

#[test]
fn a_channel_gets_another_client_with_a_restart() {
    let channel = |rest: &str| read(&format!("[client.fabrikam]\n[channel.\"1\"]\n{rest}")).unwrap();
    let said = |before: &str, wanted: &str| {
        let adopted = channel(before).adopt(channel(wanted), &[]);
        let held: Vec<String> = adopted.held.iter().map(ToString::to_string).collect();
        (held.join("\n"), adopted.policy.channel(Some("1")))
    };
    let (held, now) = said("client = \"contoso\"", "client = \"fabrikam\"");
    assert_snapshot!(held, @r#"plugins.toml: [channel."1"] is not taken, what was in force before stays (the client `fabrikam`); restart the program to take it"#);
    assert_eq!(now.client.as_deref(), Some("contoso"));
    let (held, now) = said("clients = [\"contoso\"]", "clients = [\"*\"]");
    assert_snapshot!(held, @r#"plugins.toml: [channel."1"] is not taken, what was in force before stays (every client); restart the program to take it"#);
    assert!(now.clients.gives("contoso") && !now.clients.gives("fabrikam"));
    assert_eq!(said("clients = [\"*\"]", "clients = [\"contoso\"]").0, "");
    assert_eq!(said("client = \"contoso\"", "").1.client, None);
}
