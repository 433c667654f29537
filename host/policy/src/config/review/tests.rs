//! `[review]`: what it means, and what is refused in it.

use insta::assert_snapshot;

use crate::fixture::policy_error;
use crate::{Policy, Review};

const KEY: &str = "RWRjbGF1ZGV0MTuW+xYEv/8VRyeIO/FnpgTaaGzmqhXmyH/9Lmy3dcOG";

#[test]
fn nobody_approves_in_chat_by_default() {
    let review = Policy::parse("schema = 1").unwrap().review;
    assert_eq!(review, Review { in_chat: false, channel: None, keys: Vec::new() });
}

#[test]
fn a_whole_table_means_what_it_says() {
    let text = format!(
        "schema = 1\n[roles]\nreviewer = {{}}\n[review]\nin_chat = true\nchannel = \"123\"\nkeys = [\"{KEY}\"]\n"
    );
    let review = Policy::parse(&text).unwrap().review;
    assert_eq!(review, Review { in_chat: true, channel: Some("123".to_owned()), keys: vec![KEY.to_owned()] });
    assert!(!Policy::parse("schema = 1\n[review]\nin_chat = false").unwrap().review.in_chat);
}

#[test]
fn a_mistake_is_named() {
    let error = |line: &str| policy_error(&format!("[review]\n{line}"));
    assert_snapshot!(error("in_chat = true"), @"plugins.toml:3:11: nobody could approve in chat; make a role `reviewer` under [roles] first");
    assert_snapshot!(error("channel = \"#reviews\""), @"plugins.toml:3:11: `#reviews` is not the id of a Discord channel; expected its digits in quotes, not its name");
    assert_snapshot!(error("keys = [\"abc\"]"), @"plugins.toml:3:9: `abc` is not a public key of minisign; expected the second line of `minisign.pub`");
    assert_snapshot!(error(&format!("keys = [\"{KEY}\", \"{KEY}\"]")), @"plugins.toml:3:69: it is in the list twice; write it once");
    assert_snapshot!(error("key = []"), @"plugins.toml:3:1: unknown key `key`, expected one of `in_chat`, `channel`, `keys`");
}
