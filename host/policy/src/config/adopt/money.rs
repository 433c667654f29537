//! What a changed file may change of channels and of money.

use insta::assert_snapshot;
use proptest::prelude::*;

use crate::{Adopted, Budget, ChannelPolicy, Policy};

const CHANNEL: &str = "112233445566778899";

fn policy(tables: &str) -> Policy {
    Policy::parse(&format!("schema = 1\n[plugin.files]\n[plugin.search]\n{tables}\n")).unwrap()
}

fn adopt(before: &str, wanted: &str) -> Adopted {
    policy(before).adopt(policy(wanted), &["files", "search"])
}

fn channel(table: &str) -> String {
    format!("[channel.\"{CHANNEL}\"]\n{table}")
}

fn said(adopted: &Adopted) -> String {
    adopted.held.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_opens_a_channel_waits_for_a_restart() {
    let narrow = channel("plugins = [\"files\"]\nusd_per_day = 2.0");
    let wider = adopt(&narrow, &channel("plugins = [\"search\", \"files\"]\nusd_per_day = 3.0"));
    assert_snapshot!(said(&wider), @r#"plugins.toml: [channel."112233445566778899"] is not taken, what was in force before stays (the plugin `search`; more money for a day); restart the program to take it"#);
    assert_eq!(wider.policy.channel(Some(CHANNEL)), policy(&narrow).channel(Some(CHANNEL)));
    let gone = adopt(&narrow, "");
    assert_snapshot!(said(&gone), @r#"plugins.toml: [channel."112233445566778899"] is not taken, what was in force before stays (every plugin; more money for a day); restart the program to take it"#);
    assert_eq!(gone.policy.channel(Some(CHANNEL)), policy(&narrow).channel(Some(CHANNEL)));
}

#[test]
fn what_narrows_a_channel_holds_at_once_beside_what_does_not() {
    let new = adopt("", &channel("plugins = [\"files\"]\nusd_per_day = 2.0"));
    assert_eq!(said(&new), "");
    assert!(!new.policy.channel(Some(CHANNEL)).allows("search") && new.policy.channel(Some(CHANNEL)).allows("files"));
    let moved = adopt(
        &channel("plugins = [\"files\"]\nusd_per_day = 2.0"),
        &channel("plugins = [\"search\"]\nusd_per_day = 1.0"),
    );
    let now = moved.policy.channel(Some(CHANNEL));
    assert_eq!((now.plugins, now.micro_usd_per_day), (Some([].into()), Some(1_000_000)));
}

#[test]
fn what_is_neither_opened_nor_narrowed_holds_at_once() {
    let adopted = adopt(
        &channel("client = \"contoso\""),
        &channel("client = \"fabrikam\"\nmodel = \"haiku\"\nverbosity = \"quiet\""),
    );
    assert_eq!(said(&adopted), "");
    assert_eq!(adopted.policy.channel(Some(CHANNEL)).client.as_deref(), Some("fabrikam"));
}

#[test]
fn more_money_waits_for_a_restart_and_less_holds_at_once() {
    let adopted =
        adopt("[budget]\nusd_per_day = 5.0\nusd_per_thread = 5.0", "[budget]\nusd_per_day = 9.0\nusd_per_thread = 1.0");
    assert_snapshot!(said(&adopted), @"plugins.toml: [budget] is not taken, what was in force before stays (more money for everybody's day); restart the program to take it");
    let wanted = Budget { day: Some(5_000_000), thread: Some(1_000_000), ..Budget::default() };
    assert_eq!(adopted.policy.budget, wanted);
    let new = adopt("", "[budget]\nusd_per_client_day = 5.0");
    assert_eq!((said(&new).as_str(), new.policy.budget.client_day), ("", Some(5_000_000)));
}

fn any_channel() -> impl Strategy<Value = ChannelPolicy> {
    let names = prop::sample::subsequence(vec!["files".to_owned(), "search".to_owned(), "shell".to_owned()], 0..=3);
    let plugins = prop::option::of(names.prop_map(|names| names.into_iter().collect()));
    (plugins, prop::option::of(1..5_u64)).prop_map(|(plugins, micro_usd_per_day)| ChannelPolicy {
        plugins,
        micro_usd_per_day,
        ..ChannelPolicy::default()
    })
}

proptest! {
    /// Whatever the file says, a channel never has more than it had, and nothing that the file does not give.
    #[test]
    fn a_change_opens_nothing(before in any_channel(), wanted in any_channel()) {
        let mut old = policy("");
        old.channels.insert(CHANNEL.to_owned(), before.clone());
        let mut new = policy("");
        new.channels.insert(CHANNEL.to_owned(), wanted.clone());
        let now = old.adopt(new, &[]).policy.channel(Some(CHANNEL));
        for plugin in ["files", "search", "shell"] {
            prop_assert_eq!(now.allows(plugin), before.allows(plugin) && wanted.allows(plugin));
        }
        let most = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
        let least = most(before.micro_usd_per_day).min(most(wanted.micro_usd_per_day));
        prop_assert_eq!(most(now.micro_usd_per_day), least);
    }
}
