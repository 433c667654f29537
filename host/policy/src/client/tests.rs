use insta::assert_snapshot;

use super::*;
use crate::{ChannelPolicy, ClientNames, Policy};

const TWO: &str = "schema = 1\n[client.contoso]\ntitle = \"Contoso Ltd\"\naliases = [\"CSO\"]\ndomains = [\"contoso.example\"]\n\
                   [client.fabrikam]\n";

fn clients(bound: Option<&str>, named: ClientNames) -> Clients {
    let channel = ChannelPolicy { clients: named, ..ChannelPolicy::default() };
    Policy::parse(TWO).unwrap().clients_of(bound, &channel)
}

fn some(names: &[&str]) -> ClientNames {
    ClientNames::Some(names.iter().map(ToString::to_string).collect())
}

#[test]
fn the_client_of_a_thread_is_its_only_one() {
    let clients = clients(Some("contoso"), ClientNames::All);
    for named in [None, Some("contoso"), Some("cso"), Some("Contoso LTD"), Some("contoso.example")] {
        assert_eq!(clients.choose(named).unwrap().0, "contoso");
    }
    assert_snapshot!(clients.choose(Some("fabrikam")).unwrap_err(), @"client.other: This thread is about the client `contoso`, and not about `fabrikam`.");
    assert_eq!(clients.names().collect::<Vec<_>>(), ["contoso"]);
}

#[test]
fn a_thread_about_nobody_has_a_client_only_where_its_channel_lets_it_name_one() {
    assert_snapshot!(clients(None, ClientNames::All).choose(None).unwrap_err(), @"client.none: It is not said which client this is about: the thread is about none, and none is named.");
    assert_snapshot!(clients(None, some(&[])).choose(Some("contoso")).unwrap_err(), @"client.other: No client that may be named in this thread is called `contoso`.");
    assert_eq!(clients(None, some(&["fabrikam"])).choose(Some("cso")).unwrap_err().code, Code::ClientOther);
    assert_eq!(clients(None, some(&["contoso"])).choose(Some("cso")).unwrap().0, "contoso");
    assert_eq!(clients(None, ClientNames::All).names().collect::<Vec<_>>(), ["contoso", "fabrikam"]);
    assert_eq!(Clients::default().choose(None).unwrap_err().code, Code::ClientNone);
}

#[test]
fn a_client_that_nothing_is_known_of_is_none() {
    let clients = clients(Some("adatum"), ClientNames::All);
    assert_snapshot!(clients.choose(None).unwrap_err(), @"client.none: Nothing is known of the client `adatum`, which this thread is about.");
    assert_eq!(clients.choose(Some("contoso")).unwrap_err().code, Code::ClientOther);
    assert_eq!(clients.names().count(), 0);
}

#[test]
fn a_tenant_is_a_guid_in_one_spelling() {
    let tenant = Tenant::parse("11111111-2222-3333-4444-AAAAAAAAAAAA").unwrap();
    assert_eq!(tenant.as_str(), "11111111-2222-3333-4444-aaaaaaaaaaaa");
    for text in
        ["", "common", "contoso.example", "11111111-2222-3333-4444-AAAAAAAAAAA", "11111111222233334444AAAAAAAAAAAA"]
    {
        assert_eq!(Tenant::parse(text), None, "{text}");
    }
}
