//! PLG011 to PLG016: each grant, and grants together.

use insta::assert_snapshot;

use super::{API, POST, api, docs, silent};
use crate::Rule;
use crate::fixture::{Case, give_fs, give_net, grant};

#[test]
fn plg011_hosts_that_nobody_named() {
    let rule = |host: &str| give_net("look", &format!("host = \"{host}\", method = [\"GET\"], path = \"/v1/**\""), "");
    let hits = |host: &str, rest: &str| Case::new("", &format!("{}{rest}", rule(host))).hits(Rule::WideReach);
    assert_snapshot!(hits("*", ""), @"error :20 The grant `look` reaches any host. → name each host");
    assert_snapshot!(hits("*.example.com", ""), @"warning :20 The grant `look` reaches every host of `*.example.com`. → name each host");
    assert_snapshot!(hits("93.184.216.34", ""), @"warning :20 The grant `look` reaches the address `93.184.216.34`. → name each host");
    assert_snapshot!(hits("rmm.example.com", "reach = [\"10.20.0.0/16\"]\n"), @"warning :23 The grant `look` reaches `10.20.0.0/16` and not the public Internet. → make the networks as small as the service");
    silent(&api(), Rule::WideReach);
}

#[test]
fn plg012_a_secret_and_a_way_out() {
    let out = "host = \"paste.example\", method = [\"POST\"], path = \"/\"";
    let leak = give_net("look", API, "secret = { name = \"key\", bearer = true }") + &give_net("post", out, "");
    assert_snapshot!(Case::new("", &leak).hits(Rule::ToxicPair), @"warning :23 It has what the secret key opens, and writes to paste.example, which no audience of its secrets names. → drop the methods that write there, in the grant `post`");
    let home = give_net("look", API, "secret = { name = \"key\", bearer = true }") + &give_net("post", POST, "");
    silent(&Case::new("", &home), Rule::ToxicPair);
    let only_reads = give_net("look", API, "secret = { name = \"key\", bearer = true }")
        + &give_net("get", &out.replace("POST", "GET"), "");
    silent(&Case::new("", &only_reads), Rule::ToxicPair);
}

#[test]
fn plg012_the_vault_and_a_way_out() {
    let vault = grant(
        "vault",
        "fs",
        "root = \"vault\"\naccess = [\"read\"]\nallow = [\"**\"]\nexamples.refuse = [\"read .env\"]",
    );
    let case = Case::new("", &(vault.clone() + &give_net("post", POST, "")));
    assert!(case.hits(Rule::ToxicPair).contains("the sensitive root vault, and writes to api.example.com"));
    let listed = vault.replace("[\"read\"]", "[\"list\"]").replace("read .env", "list .env");
    silent(&Case::new("", &(listed + &give_net("post", POST, ""))), Rule::ToxicPair);
    silent(&Case::new("", &vault), Rule::ToxicPair);
}

#[test]
fn plg012_untrusted_answers_and_a_way_to_act_on_them() {
    let untrusted = |grants: &str| {
        let mut case = Case::new("", grants);
        case.text = case.text.replace("output = \"trusted\"", "output = \"untrusted\"");
        case
    };
    let edits = give_fs("edit", r#"["read", "modify"]"#, r#"["docs/*.md"]"#);
    assert_snapshot!(untrusted(&edits).hits(Rule::ToxicPair), @"warning :16 It has answers that anybody may have written, and writes to repo/docs/*.md. → split it in two plugins, one without the grant `edit`");
    silent(&Case::new("", &edits), Rule::ToxicPair);
    silent(&untrusted(&edits.replace("\"modify\"", "\"list\"")), Rule::ToxicPair);
    silent(&untrusted(&edits.replace("\"repo\"", "\"scratch\"")), Rule::ToxicPair);
}

#[test]
fn plg012_writing_what_others_run() {
    let edits = |allow: &str| Case::new("", &give_fs("edit", r#"["read", "create"]"#, allow));
    assert_snapshot!(edits(r#"["**"]"#).hits(Rule::ToxicPair), @"warning :16 It may write what others run, such as `Makefile`, `build.rs`, `package.json`. → name the files that the grant `edit` is for in its `allow`, such as `docs/**/*.md`");
    silent(&edits(r#"["docs/**/*.md", "notes/**"]"#), Rule::ToxicPair);
    silent(&docs(), Rule::ToxicPair);
}

#[test]
fn plg014_grants_without_examples_of_what_they_refuse() {
    let bare = grant(
        "read",
        "fs",
        "root = \"repo\"\naccess = [\"read\"]\nallow = [\"docs/**\"]\nexamples.allow = [\"read docs/a\"]",
    );
    let bare = bare + &grant("look", "net", &format!("allow = [{{ {API} }}]")) + &grant("keep", "state", "");
    assert_snapshot!(Case::new("", &bare).hits(Rule::NoExamples), @r#"
    note :16 The grant `read` has no example of what it refuses. → such as: examples.refuse = ["read .git/config"]
    note :24 The grant `look` has no example of what it refuses. → such as: examples.refuse = ["DELETE https://api.example.com/v1/**"]
    "#);
    silent(&docs(), Rule::NoExamples);
    silent(&api(), Rule::NoExamples);
}

#[test]
fn plg015_a_secret_that_may_go_where_no_grant_goes() {
    let secret = "secret = { name = \"key\", bearer = true }";
    assert_snapshot!(Case::new("", &give_net("look", API, secret)).hits(Rule::WideSecret), @"warning :9 The secret `key` may go to `b.example.com`, which no grant for it names. → take it out of the secret's `audience`, if no other plugin needs it");
    let both = give_net("look", API, secret) + &give_net("other", &API.replace("api.", "b."), secret);
    silent(&Case::new("", &both), Rule::WideSecret);
    let without = give_net("look", API, secret) + &give_net("other", &API.replace("api.", "b."), "");
    assert_eq!(Case::new("", &without).findings(Rule::WideSecret).len(), 1);
}

#[test]
fn plg016_what_nobody_confirms() {
    let deletes = give_fs("clean", r#"["read", "delete"]"#, r#"["docs/**"]"#);
    assert_snapshot!(Case::new("", &deletes).hits(Rule::WeakConfirm), @r#"warning :16 The grant `clean` deletes files in `repo/docs/**`, and nobody is asked first. → confirm = { when = "tainted", by = ["…"] }"#);
    assert!(Case::new("", &give_net("post", POST, "")).hits(Rule::WeakConfirm).contains("sends to `api.example.com`"));
    for when in ["first", "tainted", "always"] {
        let confirm = format!("{deletes}confirm = {{ when = \"{when}\", by = [\"tech\"] }}\n");
        silent(&Case::new("", &confirm), Rule::WeakConfirm);
    }
    silent(&Case::new("", &deletes.replace("\"repo\"", "\"scratch\"")), Rule::WeakConfirm);
    silent(&docs(), Rule::WeakConfirm);
    silent(&api(), Rule::WeakConfirm);
}
