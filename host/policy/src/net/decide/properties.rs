//! What holds of the decision for every policy and every request.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::fixture::{SECRET, asking, net_grant};
use crate::{Admitted, Flow, Refusal, Target, Yes, decide_net};

const HOSTS: &[&str] = &["api.example.com", "*.wide.example", "a.wide.example", "*"];
const PATHS: &[&str] = &["/", "/**", "/v1/**", "/v1/*", "/v1/items", "/v1/items/"];
const METHODS: &[&str] = &["GET", "POST", "DELETE"];

fn a_rule() -> impl Strategy<Value = String> {
    let list = |items: &'static [&'static str], least| subsequence(items, least..=items.len());
    let scheme = select(&["http", "https"][..]);
    let names = list(&["name", "page"], 0);
    (scheme, select(HOSTS), list(METHODS, 1), select(PATHS), names, select(&[443_u16, 8443][..])).prop_map(
        |(scheme, host, method, path, query, port)| {
            format!("{{ scheme = {scheme:?}, host = {host:?}, port = {port}, method = {method:?}, path = {path:?}, query = {query:?} }}")
        },
    )
}

/// The lines of a grant below its id. One with a secret has a rule that the secret's audience fits.
fn a_grant() -> impl Strategy<Value = String> {
    let tools = subsequence(vec!["Read", "Write"], 1..=2);
    let confirm = select(&["", "confirm = { when = \"always\", by = [\"tech\"] }\n"][..]);
    let rules = prop_oneof![
        3 => proptest::collection::vec(a_rule(), 0..3).prop_map(|rules| format!("allow = [{}]\n", rules.join(", "))),
        1 => select(&["*", "*.wide.example"][..]).prop_map(|host| format!(
            "allow = [{{ host = {host:?}, method = [\"GET\"], path = \"/**\" }}]\nsecret = {{ name = \"key\", bearer = true }}\n"
        )),
    ];
    (tools, confirm, rules).prop_map(|(tools, confirm, rules)| format!("tools = {tools:?}\n{confirm}{rules}"))
}

fn some_grants() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(a_grant(), 0..5)
}

/// A request as a test asks for it: method, URL, tool.
type Asked = (&'static str, String, &'static str);

fn a_request() -> impl Strategy<Value = Asked> {
    let scheme = select(&["http", "https"][..]);
    let host = select(&["api.example.com", "a.wide.example", "b.wide.example", "other.example", "10.0.0.5"][..]);
    let port = select(&["", ":443", ":8443"][..]);
    let rest =
        select(&["", "/v1", "/v1/", "/v1/items", "/v1/items/", "/v1/items?name=x", "/v2?page=1", "/v1/a/b?x=1"][..]);
    let url =
        (scheme, host, port, rest).prop_map(|(scheme, host, port, rest)| format!("{scheme}://{host}{port}{rest}"));
    (select(METHODS), url, select(&["Read", "Write"][..]))
}

/// A plugin with these grants, named by their places in the list, in the order of `order`.
fn plugin_with(grants: &[String], order: impl Iterator<Item = usize>) -> Admitted {
    let text: String = order.map(|index| net_grant(&format!("g{index}"), &grants[index])).collect();
    asking(&format!("{SECRET}{text}"))
}

fn ask(plugin: &Admitted, (method, url, tool): &Asked) -> Result<String, Refusal> {
    decide_net(&(&Target::from_url(method, url)?).into(), plugin, tool, Flow::default())?
        .settled(url)
        .map(|(id, _)| id.to_owned())
}

proptest! {
    #[test]
    fn taking_a_grant_away_never_allows_more(grants in some_grants(), gone in 0..5usize, asked in a_request()) {
        let fewer = plugin_with(&grants, (0..grants.len()).filter(|index| *index != gone));
        if ask(&fewer, &asked).is_ok() {
            prop_assert!(ask(&plugin_with(&grants, 0..grants.len()), &asked).is_ok());
        }
    }

    #[test]
    fn what_allows_is_one_grant_that_allows_it_alone(grants in some_grants(), asked in a_request()) {
        let together = ask(&plugin_with(&grants, 0..grants.len()), &asked);
        let alone: BTreeSet<_> =
            (0..grants.len()).filter_map(|index| ask(&plugin_with(&grants, index..index + 1), &asked).ok()).collect();
        prop_assert_eq!(together.ok(), alone.first().cloned());
    }

    #[test]
    fn the_order_of_grants_changes_nothing(grants in some_grants(), asked in a_request()) {
        let forth = ask(&plugin_with(&grants, 0..grants.len()), &asked);
        let back = ask(&plugin_with(&grants, (0..grants.len()).rev()), &asked);
        prop_assert_eq!(forth, back);
    }

    #[test]
    fn no_grant_gives_what_the_manifest_does_not_ask_for(grants in some_grants(), asked in a_request()) {
        let answer = ask(&plugin_with(&grants, 0..grants.len()), &asked);
        prop_assert!(answer.is_err() || asked.0 != "DELETE" && !asked.1.contains("other.example"));
    }

    #[test]
    fn a_secret_leaves_for_its_audience_only(grants in some_grants(), asked in a_request()) {
        let plugin = plugin_with(&grants, 0..grants.len());
        let target = Target::from_url(asked.0, &asked.1).unwrap();
        if let Ok(Yes { grant, .. }) = decide_net(&(&target).into(), &plugin, asked.2, Flow::default()) {
            let target = Target::from_url(asked.0, &asked.1).unwrap().to_string();
            let in_audience = ["GET https://api.example.com/", "GET https://a.wide.example/"].iter().any(|service| target.starts_with(service));
            prop_assert!(grant.secret.is_none() || in_audience);
        }
    }

    #[test]
    fn grants_of_another_plugin_change_nothing(grants in some_grants(), others in some_grants(), asked in a_request()) {
        let write = |grants: &[String]| -> String {
            grants.iter().enumerate().map(|(index, rest)| net_grant(&format!("g{index}"), rest)).collect()
        };
        let theirs = write(&others).replace("[plugin.notes.", "[plugin.other.");
        let both = asking(&format!("{SECRET}{}{theirs}", write(&grants)));
        prop_assert_eq!(ask(&both, &asked), ask(&plugin_with(&grants, 0..grants.len()), &asked));
    }

    #[test]
    fn the_decision_is_total(grants in some_grants(), url in any::<String>(), rest in any::<String>()) {
        let plugin = plugin_with(&grants, 0..grants.len());
        let _ = ask(&plugin, &("GET", url, "Read"));
        let _ = ask(&plugin, &("GET", format!("https://api.example.com/{rest}"), "Read"));
    }
}
