//! Each way in which a changed file can give more, and what is not one.

use insta::assert_snapshot;
use proptest::prelude::*;

use crate::Policy;

const ROOTS: &str = "[roots.repo]\nprotect = [\"deploy\"]\nhide = [\"secret\"]\nsensitive = true\n[roots.vault]\n";
const ROLES: &str = "[roles]\ntech = { discord = [\"1\"] }\nadmin = { discord = [\"2\"] }\n";
const SECRETS: &str =
    "[secrets.key]\nsource = { env = \"KEY\" }\naudience = [{ host = \"a.example\" }, { host = \"b.example\" }]\n";
const CALLERS: &str = "[plugin.p]\ncallers = { roles = [\"tech\"], origin = [\"user\"] }\n";
const FS: &str = "[[plugin.p.grant]]\nid = \"g\"\nwhy = \"w\"\nkind = \"fs\"\ntools = [\"a\"]\nroot = \"repo\"\naccess = [\"read\"]\nallow = [\"docs/**\"]\nmax_file = \"1KiB\"\nconfirm = { when = \"first\", by = [\"tech\"], two_person = true, ttl = \"5m\" }\n";
const NET: &str = "[[plugin.p.grant]]\nid = \"n\"\nwhy = \"w\"\nkind = \"net\"\nallow = [{ host = \"*.b.example\", method = [\"GET\"], path = \"/v1/**\", query = [\"q\"] }]\nheaders = [\"x-a\"]\nredirects = 1\nbytes = { up = \"1KiB\", down = \"2KiB\" }\n";
const SECRET: &str = "[[plugin.p.grant]]\nid = \"s\"\nwhy = \"w\"\nkind = \"net\"\nallow = [{ host = \"a.example\", method = [\"GET\"], path = \"/\" }]\nsecret = { name = \"key\", bearer = true }\n";
const REACH: &str = "[[plugin.p.grant]]\nid = \"r\"\nwhy = \"w\"\nkind = \"net\"\nallow = [{ host = \"c.example\", method = [\"GET\"], path = \"/\" }]\nreach = [\"10.20.0.0/16\"]\n";
const ENV: &str =
    "[[plugin.p.grant]]\nid = \"e\"\nwhy = \"w\"\nkind = \"env\"\nvalues = { REGION = \"eu\", TIER = \"1\" }\n";
const STATE: &str = "[[plugin.p.grant]]\nid = \"k\"\nwhy = \"w\"\nkind = \"state\"\n";

fn all() -> String {
    ["schema = 1\n", ROOTS, ROLES, SECRETS, CALLERS, FS, NET, SECRET, REACH, ENV, STATE].concat()
}

fn parsed(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// What the plugin gains when one piece of the text becomes another.
fn gains(from: &str, to: &str) -> String {
    let old = all();
    assert!(old.contains(from), "{from}");
    said(&parsed(&old), &parsed(&old.replacen(from, to, 1)))
}

fn said(old: &Policy, new: &Policy) -> String {
    new.widenings(old).remove("p").unwrap_or_default().join("\n")
}

/// That one way is a widening and the other is none.
fn wider(narrow: &str, wide: &str) -> String {
    let text = all();
    assert!(text.contains(narrow), "{narrow}");
    let (one, other) = (parsed(&text), parsed(&text.replacen(narrow, wide, 1)));
    assert_eq!(said(&other, &one), "", "{wide} to {narrow}");
    said(&one, &other)
}

#[test]
fn the_same_policy_widens_nothing() {
    assert!(parsed(&all()).widenings(&parsed(&all())).is_empty());
}

#[test]
fn a_path_that_begins_alike_is_another() {
    let at = |path: &str| parsed(&all().replacen("/v1/**", path, 1));
    for other in ["/v1/b", "/v1", "/v1/a/b"] {
        assert_ne!(said(&at("/v1/a"), &at(other)), "", "{other}");
    }
}

#[test]
fn a_program_of_the_same_name_elsewhere_is_another() {
    let text = format!("{}{}", crate::fixture::JAIL, crate::fixture::exec_grant("g", "[\"log\"]"));
    let (old, new) = (&text, &text.replace("/usr/bin/git", "/usr/local/bin/git"));
    let gained = crate::fixture::policy(new).widenings(&crate::fixture::policy(old)).remove("notes");
    assert_eq!(gained.unwrap_or_default().join("\n"), "grant `g`: another program");
}

#[test]
fn a_new_plugin_gains_all_it_has() {
    let none = parsed(&["schema = 1\n", ROOTS, ROLES, SECRETS].concat());
    assert_snapshot!(said(&none, &parsed(&all())), @r"
    callers: the role `tech`
    callers: the origin `user`
    grant `g`: it is new (fs)
    grant `n`: it is new (net)
    grant `s`: it is new (net)
    grant `r`: it is new (net)
    grant `e`: it is new (env)
    grant `k`: it is new (state)
    ");
    assert!(none.widenings(&parsed(&all())).is_empty());
}

#[test]
fn more_callers_are_a_widening() {
    assert_snapshot!(wider("origin = [\"user\"]", "origin = [\"user\", \"model\"]"), @"callers: the origin `model`");
    assert_snapshot!(wider("roles = [\"tech\"], origin", "roles = [\"tech\", \"admin\"], origin"), @"callers: the role `admin`");
    assert_snapshot!(wider("tech = { discord = [\"1\"] }", "tech = { discord = [\"1\", \"3\"] }"), @"the role `tech` is given to 3");
    assert_snapshot!(wider("tech = { discord = [\"1\"] }", "tech = { discord = [\"1\"], local = true }"), @"the role `tech` is given to local");
    assert_snapshot!(wider("admin = { discord = [\"2\"] }", "admin = { discord = [\"2\"], includes = [\"tech\"] }"), @"the role `tech` is given to 2");
    assert_eq!(wider("admin = { discord = [\"2\"] }", "admin = { discord = [\"2\", \"3\"] }"), "");
}

#[test]
fn trusted_output_is_a_widening() {
    assert_snapshot!(wider("[plugin.p]\n", "[plugin.p]\noutput = \"trusted\"\n"), @"its output is trusted");
}

#[test]
fn every_raised_limit_is_a_widening() {
    let limit = |narrow: &str, wide: &str| {
        let with =
            |limit: &str| parsed(&all().replacen("[plugin.p]\n", &format!("[plugin.p]\nlimit = {{ {limit} }}\n"), 1));
        assert_eq!(said(&with(wide), &with(narrow)), "");
        said(&with(narrow), &with(wide))
    };
    for (name, narrow, wide) in [
        ("memory", "\"1KiB\"", "\"2KiB\""),
        ("table", "1", "2"),
        ("instances", "1", "2"),
        ("hostcalls", "1", "2"),
        ("hostcall_bytes", "\"1KiB\"", "\"2KiB\""),
        ("handles", "1", "2"),
        ("output", "\"1KiB\"", "\"2KiB\""),
        ("log", "\"1KiB\"", "\"2KiB\""),
        ("concurrent", "1", "2"),
        ("per_user", "1", "2"),
        ("per_thread", "1", "2"),
    ] {
        let words = limit(&format!("{name} = {narrow}"), &format!("{name} = {wide}"));
        assert!(words.starts_with(&format!("limit: {name} from ")), "{words}");
    }
    assert_snapshot!(limit("wall = \"1s\"", "wall = \"2s\""), @"limit: wall from 1s to 2s");
    assert_snapshot!(limit("rate = \"1/min\"", "rate = \"2/min\""), @"limit: rate from 1 in 60s to 2 in 60s");
    assert_snapshot!(limit("rate = \"1/min\"", "rate = \"1/s\""), @"limit: rate from 1 in 60s to 1 in 1s");
}

#[test]
fn more_files_are_a_widening() {
    assert_snapshot!(wider("access = [\"read\"]", "access = [\"read\", \"delete\"]"), @"grant `g`: the access `delete`");
    assert_snapshot!(wider("allow = [\"docs/**\"]", "allow = [\"docs/**\", \"src/a\"]"), @"grant `g`: the pattern `src/a`");
    assert_snapshot!(wider("allow = [\"docs/**\"]", "allow = [\"**\"]"), @"grant `g`: the pattern `**`");
    assert_snapshot!(gains("allow = [\"docs/**\"]", "allow = [\"docs/*\"]"), @"grant `g`: the pattern `docs/*`");
    assert_snapshot!(wider("max_file = \"1KiB\"", "max_file = \"2KiB\""), @"grant `g`: max_file from 1024 to 2048");
    assert_snapshot!(gains("root = \"repo\"", "root = \"vault\""), @r"
    grant `g`: the root `vault`
    ");
    assert_snapshot!(wider("tools = [\"a\"]", "tools = [\"a\", \"b\"]"), @"grant `g`: the tool `b`");
    assert_snapshot!(wider("tools = [\"a\"]\n", ""), @"grant `g`: it is for every tool");
}

#[test]
fn a_weaker_confirmation_is_a_widening() {
    assert_snapshot!(wider("when = \"first\"", "when = \"never\""), @"grant `g`: confirmations are asked for less often");
    assert_snapshot!(gains("when = \"first\"", "when = \"tainted\""), @"grant `g`: confirmations are asked for less often");
    assert_eq!(gains("when = \"first\"", "when = \"always\""), "");
    assert_snapshot!(wider("two_person = true", "two_person = false"), @"grant `g`: one person is enough to confirm");
    assert_snapshot!(wider("by = [\"tech\"]", "by = [\"tech\", \"admin\"]"), @"grant `g`: more roles may confirm");
    assert_snapshot!(wider("ttl = \"5m\"", "ttl = \"6m\""), @"grant `g`: a confirmation stands longer");
    assert_snapshot!(gains("ttl = \"5m\"", "ttl = \"5m\", show = \"diff\""), @"grant `g`: a confirmation shows something else");
}

#[test]
fn more_of_the_network_is_a_widening() {
    assert_snapshot!(wider("host = \"*.b.example\"", "host = \"*\""), @"grant `n`: the rule `GET https://*:443/v1/**?q`");
    assert_eq!(gains("host = \"*.b.example\"", "host = \"x.b.example\""), "");
    assert_snapshot!(wider("method = [\"GET\"], path = \"/v1/**\"", "method = [\"GET\", \"POST\"], path = \"/v1/**\""), @"grant `n`: the rule `GET, POST https://*.b.example:443/v1/**?q`");
    assert_snapshot!(wider("path = \"/v1/**\"", "path = \"/**\""), @"grant `n`: the rule `GET https://*.b.example:443/**?q`");
    assert_eq!(gains("path = \"/v1/**\"", "path = \"/v1/*/x/**\""), "");
    assert_snapshot!(gains("path = \"/v1/**\"", "path = \"/v2/**\""), @"grant `n`: the rule `GET https://*.b.example:443/v2/**?q`");
    assert_snapshot!(wider("query = [\"q\"]", "query = [\"q\", \"r\"]"), @"grant `n`: the rule `GET https://*.b.example:443/v1/**?q&r`");
    assert_snapshot!(gains("host = \"*.b.example\"", "host = \"*.b.example\", port = 8443"), @"grant `n`: the rule `GET https://*.b.example:8443/v1/**?q`");
    assert_snapshot!(gains("host = \"*.b.example\"", "host = \"*.b.example\", scheme = \"http\", port = 443"), @"grant `n`: the rule `GET http://*.b.example:443/v1/**?q`");
    assert_snapshot!(wider("headers = [\"x-a\"]", "headers = [\"x-a\", \"x-b\"]"), @"grant `n`: the header `x-b`");
    assert_snapshot!(wider("redirects = 1", "redirects = 2"), @"grant `n`: redirects from 1 to 2");
    assert_snapshot!(wider("up = \"1KiB\"", "up = \"3KiB\""), @"grant `n`: bytes up from 1024 to 3072");
    assert_snapshot!(wider("down = \"2KiB\"", "down = \"3KiB\""), @"grant `n`: bytes down from 2048 to 3072");
    assert_snapshot!(wider("reach = [\"10.20.0.0/16\"]", "reach = [\"10.0.0.0/8\"]"), @"grant `r`: it reaches other addresses");
    assert_snapshot!(wider("reach = [\"10.20.0.0/16\"]", "reach = [\"10.20.0.0/16\", \"10.30.0.0/16\"]"), @"grant `r`: it reaches other addresses");
    assert_snapshot!(gains("reach = [\"10.20.0.0/16\"]", "reach = \"public\""), @"grant `r`: it reaches other addresses");
}

#[test]
fn a_secret_that_goes_further_is_a_widening() {
    assert_snapshot!(gains("bearer = true", "header = \"x-key\""), @"grant `s`: the secret `key`, or another place for it");
    assert_eq!(gains("secret = { name = \"key\", bearer = true }", ""), "");

    assert_snapshot!(wider("audience = [{ host = \"a.example\" }, { host = \"b.example\" }]", "audience = [{ host = \"a.example\" }, { host = \"b.example\" }, { host = \"c.example\" }]"), @"grant `s`: the secret `key` may go to more services");
    assert_snapshot!(gains("source = { env = \"KEY\" }", "source = { env = \"OTHER\" }"), @"the secret `key` comes from another source");
}

#[test]
fn a_token_that_is_asked_for_otherwise_is_a_widening() {
    let oauth = "oauth = { token = \"https://login.example/{tenant}/token\", client_id = \"app\", scope = \"s/look\", secret = { env = \"KEY\" } }";
    let old = all().replace("source = { env = \"KEY\" }", oauth);
    let gained = |from: &str, to: &str| said(&parsed(&old), &parsed(&old.replace(from, to)));
    assert_snapshot!(gained("s/look", "s/change"), @r"
    grant `s`: the token `key` is asked for elsewhere, or for something else
    the secret `key` comes from another source
    ");
    assert_snapshot!(gained("login.example", "evil.example"), @r"
    grant `s`: the token `key` is asked for elsewhere, or for something else
    the secret `key` comes from another source
    ");
    assert_snapshot!(gained("{ env = \"KEY\" }", "{ env = \"OTHER\" }"), @"the secret `key` comes from another source");
    let digest = |text: &str| parsed(text).plugins["p"].grants_digest();
    assert_ne!(digest(&old), digest(&old.replace("s/look", "s/change")));
    assert_ne!(digest(&old), digest(&old.replace("login.example", "evil.example")));
    assert_eq!(
        digest(&old),
        digest(&old.replace("{ env = \"KEY\" }", "{ env = \"OTHER\" }")),
        "where its secret is kept is not signed"
    );
}

#[test]
fn another_value_of_a_variable_is_a_widening() {
    assert_snapshot!(gains("REGION = \"eu\"", "REGION = \"us\""), @"grant `e`: another value of `REGION`");
    assert_snapshot!(wider("TIER = \"1\" }", "TIER = \"1\", MORE = \"1\" }"), @"grant `e`: another value of `MORE`");
}

#[test]
fn a_root_that_is_more_open_is_a_widening() {
    for (narrow, wide) in [("protect = [\"deploy\"]\n", ""), ("hide = [\"secret\"]\n", ""), ("sensitive = true\n", "")]
    {
        assert_eq!(wider(narrow, wide), "the root `repo` is not what it was", "{narrow}");
    }
    assert_snapshot!(gains("[roots.repo]\n", "[roots.repo]\npath = \"/srv/other\"\n"), @"the root `repo` is not what it was");
    assert_eq!(gains("[roots.vault]\n", "[roots.vault]\npath = \"/srv/vault\"\n"), "");
}

#[test]
fn a_grant_under_another_name_or_of_another_kind() {
    assert_eq!(gains("id = \"g\"", "id = \"h\""), "");
    assert_snapshot!(gains("id = \"k\"\nwhy = \"w\"\nkind = \"state\"\n", "id = \"k\"\nwhy = \"w\"\nkind = \"env\"\nvalues = { A = \"1\" }\n"), @"grant `k`: its kind is `env` and was `state`");
    assert_snapshot!(gains("[[plugin.p.grant]]\nid = \"k\"\nwhy = \"w\"\nkind = \"state\"\n", "[[plugin.p.grant]]\nid = \"k\"\nwhy = \"w\"\nkind = \"state\"\n[[plugin.p.grant]]\nid = \"z\"\nwhy = \"w\"\nkind = \"env\"\nvalues = { Z = \"1\" }\n"), @"grant `z`: it is new (env)");
}

proptest! {
    #[test]
    fn a_plugin_that_gains_nothing_has_no_grant_that_is_new(kept in proptest::sample::subsequence(vec![FS, NET, SECRET, REACH, ENV, STATE], 0..=6)) {
        let head = ["schema = 1\n", ROOTS, ROLES, SECRETS, CALLERS].concat();
        let fewer = parsed(&format!("{head}{}", kept.concat()));
        prop_assert!(fewer.widenings(&parsed(&all())).is_empty());
        prop_assert_eq!(parsed(&all()).widenings(&fewer).is_empty(), kept.len() == 6);
    }
}

#[test]
fn more_of_bodies_is_a_widening() {
    use crate::fixture::{net_grant, policy};
    let rule = |more: &str| format!("allow = [{{ host = \"a.example\", method = [\"POST\"], path = \"/b\"{more} }}]\n");
    let always = |typed: &str| rule("") + &format!("confirm = {{ when = \"always\", by = [\"tech\"]{typed} }}\n");
    let gains = |old: &str, new: &str| {
        let (old, new) = (policy(&net_grant("g", old)), policy(&net_grant("g", new)));
        new.widenings(&old).remove("notes").unwrap_or_default().join("\n")
    };
    let (x, xy) = (rule(", json = { \"/a\" = [\"x\"] }"), rule(", json = { \"/a\" = [\"x\", \"y\"] }"));
    assert_snapshot!(gains(&x, &xy), @"grant `g`: the rule `POST https://a.example:443/b with x|y at /a`");
    assert_snapshot!(gains(&x, &rule("")), @"grant `g`: the rule `POST https://a.example:443/b`");
    assert_snapshot!(gains(&x, &rule(", json = { \"/b\" = [\"x\"] }")), @"grant `g`: the rule `POST https://a.example:443/b with x at /b`");
    assert_eq!(gains(&xy, &x), "");
    assert_eq!(gains(&rule(""), &x), "");
    assert_snapshot!(gains(&rule(", batch = true"), &rule("")), @"grant `g`: the rule `POST https://a.example:443/b`");
    assert_snapshot!(gains(&rule(""), &rule(", batch = true")), @"grant `g`: the rule `POST https://a.example:443/b as a batch`");
    assert_snapshot!(gains(&rule(""), &rule(", reads = true")), @"grant `g`: the rule `POST https://a.example:443/b that only reads`");
    assert_eq!(gains(&rule(", reads = true"), &rule("")), "");
    let fill = always("") + "fill = { \"/p\" = \"password\" }";
    assert_snapshot!(gains(&fill, &always("")), @"grant `g`: the host fills other places of a body");
    assert_snapshot!(gains(&always(""), &fill), @"grant `g`: the host fills other places of a body");
    assert_snapshot!(gains(&always(", typed = true"), &always("")), @"grant `g`: nothing has to be typed to confirm");
    assert_snapshot!(gains(&always(", typed = { path = 1 }"), &always(", typed = true")), @"grant `g`: something else has to be typed to confirm");
    assert_eq!(gains(&always(""), &always(", typed = { path = 1 }")), "");
}
