//! What a changed file may change while the program runs.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;

use super::{Adopted, Remedy};
use crate::fixture::names;
use crate::{Approval, Digest, PluginPolicy, Policy, Secret, SecretSource};

const NARROW: &str = "allow = [\"docs/**\"]";
const WIDE: &str = "allow = [\"**\"]";

/// A policy in which `notes` may read what `allow` says.
fn policy(allow: &str) -> Policy {
    Policy::parse(&format!(
        "schema = 1\n[roots.repo]\n[roles]\ntech = {{}}\n[plugin.notes]\n\
         callers = {{ roles = [\"tech\"], origin = [\"model\"] }}\n[[plugin.notes.grant]]\nid = \"read\"\nwhy = \"a test\"\n\
         kind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\n{allow}\n"
    ))
    .unwrap()
}

/// The same with an approval that signs these grants.
fn approved(allow: &str, grants: Option<Digest>) -> Policy {
    let mut policy = policy(allow);
    let digest = Digest::of("the bytes");
    policy.plugins.get_mut("notes").unwrap().approved = Some(Approval {
        component: digest,
        request: digest,
        imports: digest,
        strings: digest,
        grants,
        version: "1.0.0".to_owned(),
        by: "ann".to_owned(),
        at: "2026-01-01T00:00:00Z".to_owned(),
        note: String::new(),
        signature: None,
    });
    policy
}

fn grants_of(policy: &Policy) -> Digest {
    policy.plugins["notes"].grants_digest()
}

/// The one thing that is held, and whether `notes` has the grants of `policy`.
fn told(adopted: &Adopted, policy: &Policy) -> (Option<String>, bool) {
    assert!(adopted.held.len() < 2, "{:?}", adopted.held);
    (adopted.held.first().map(ToString::to_string), grants_of(&adopted.policy) == grants_of(policy))
}

#[test]
fn a_widening_that_nobody_approved_keeps_the_old_table_whole() {
    let old = approved(NARROW, Some(grants_of(&policy(NARROW))));
    for grants in [None, Some(grants_of(&policy(NARROW))), Some(Digest::of("something else"))] {
        let mut wanted = approved(WIDE, grants);
        wanted.plugins.get_mut("notes").unwrap().roles = BTreeSet::new();
        let adopted = old.adopt(wanted, &[]);
        assert_eq!(adopted.held[0].remedy, Remedy::Approve);
        assert_eq!(adopted.policy.plugins["notes"].approved, old.plugins["notes"].approved);
        assert!(told(&adopted, &old).1, "{grants:?} brought a part of the new table into force");
    }
}

#[test]
fn the_message_says_what_would_open_and_what_to_do() {
    let (said, _) = told(&approved(NARROW, None).adopt(approved(WIDE, None), &[]), &policy(WIDE));
    let said = said.unwrap();
    assert!(
        said.starts_with("plugins.toml:5: [plugin.notes] is not taken, what was in force before stays ("),
        "{said}"
    );
    assert!(said.ends_with("); review it and run `claudetools plugin approve notes`"), "{said}");
    let (said, _) = told(&policy(NARROW).adopt(policy(WIDE), &["notes"]), &policy(WIDE));
    assert!(said.unwrap().ends_with("); restart the program to take it"));
}

#[test]
fn a_widening_whose_digest_is_approved_is_taken() {
    let wanted = approved(WIDE, Some(grants_of(&policy(WIDE))));
    assert_eq!(told(&approved(NARROW, None).adopt(wanted.clone(), &[]), &wanted), (None, true));
}

#[test]
fn a_built_in_plugin_is_widened_by_a_restart_only() {
    let wanted = approved(WIDE, Some(grants_of(&policy(WIDE))));
    let adopted = policy(NARROW).adopt(wanted, &["notes"]);
    assert_eq!(adopted.held[0].remedy, Remedy::Restart);
    assert_eq!(grants_of(&adopted.policy), grants_of(&policy(NARROW)));
}

#[test]
fn narrowing_is_taken_at_once() {
    let grants = Some(grants_of(&policy(WIDE)));
    for built_in in [&["notes"][..], &[]] {
        let wanted = approved(NARROW, grants);
        let adopted = approved(WIDE, grants).adopt(wanted.clone(), built_in);
        assert_eq!(told(&adopted, &wanted), (None, true));
        assert!(adopted.policy.plugins["notes"].is_reviewed());
    }
}

#[test]
fn what_nobody_signed_is_no_measure() {
    let unsigned = [policy(WIDE), approved(WIDE, None), approved(WIDE, Some(Digest::of("something else")))];
    for old in unsigned {
        for grants in [None, Some(Digest::of("something else"))] {
            for allow in [NARROW, WIDE] {
                let adopted = old.adopt(approved(allow, grants), &[]);
                assert_eq!(adopted.held.len(), 1, "{grants:?} {allow}");
                assert!(!adopted.policy.plugins["notes"].is_reviewed());
            }
        }
    }
}

/// What was approved of `notes`.
fn kept(allow: &str) -> BTreeMap<String, PluginPolicy> {
    BTreeMap::from([("notes".to_owned(), policy(allow).plugins["notes"].clone())])
}

#[test]
fn a_restart_widens_nothing_that_was_approved_otherwise() {
    let signs_narrow = Some(grants_of(&policy(NARROW)));
    let adopted = approved(WIDE, signs_narrow).begin(&kept(NARROW), &[]);
    assert_eq!(adopted.held[0].remedy, Remedy::Approve);
    assert!(adopted.policy.plugins["notes"].is_reviewed() && told(&adopted, &policy(NARROW)).1);
    let narrowed = approved(NARROW, Some(grants_of(&policy(WIDE))));
    let adopted = narrowed.clone().begin(&kept(WIDE), &[]);
    assert_eq!(told(&adopted, &narrowed), (None, true));
    assert!(adopted.policy.plugins["notes"].is_reviewed());
}

#[test]
fn a_restart_takes_what_is_signed_and_what_nobody_signs() {
    let signed = approved(WIDE, Some(grants_of(&policy(WIDE))));
    assert_eq!(told(&signed.clone().begin(&BTreeMap::new(), &[]), &signed), (None, true));
    assert_eq!(told(&policy(WIDE).begin(&kept(NARROW), &["notes"]), &policy(WIDE)), (None, true));
}

#[test]
fn without_what_was_approved_a_restart_leaves_the_grants_unreviewed() {
    let signs_narrow = Some(grants_of(&policy(NARROW)));
    for (grants, kept) in [(signs_narrow, BTreeMap::new()), (signs_narrow, kept(WIDE)), (None, kept(WIDE))] {
        let adopted = approved(WIDE, grants).begin(&kept, &[]);
        assert!(adopted.held.is_empty() && !adopted.policy.plugins["notes"].is_reviewed(), "{grants:?}");
    }
}

#[test]
fn a_table_that_is_taken_away_is_gone() {
    let adopted = approved(WIDE, None).adopt(Policy::parse("schema = 1\n[roots.repo]\n").unwrap(), &["notes"]);
    assert!(adopted.policy.plugins.is_empty() && adopted.held.is_empty());
}

#[test]
fn taking_the_approval_back_is_taken_even_with_wider_grants() {
    let adopted = approved(NARROW, None).adopt(policy(WIDE), &[]);
    assert_eq!(adopted.policy.plugins["notes"].approved, None);
    assert!(adopted.held.is_empty());
}

#[test]
fn a_new_plugin_needs_an_approval_of_its_grants() {
    let none = Policy::parse("schema = 1\n[roots.repo]\n[roles]\ntech = {}\n").unwrap();
    let adopted = none.adopt(approved(WIDE, None), &[]);
    assert_eq!(adopted.held.len(), 1);
    assert!(adopted.policy.plugins["notes"].grants.is_empty() && adopted.policy.plugins["notes"].approved.is_none());
    let wanted = approved(WIDE, Some(grants_of(&policy(WIDE))));
    assert_eq!(told(&none.adopt(wanted.clone(), &[]), &wanted), (None, true));
}

fn roles(text: &str) -> Policy {
    Policy::parse(&format!("schema = 1\n[roles]\n{text}")).unwrap()
}

#[test]
fn a_role_that_is_taken_away_is_gone_at_once() {
    let old = roles(
        "tech = { discord = [\"1\", \"2\"], local = true }\nadmin = { discord = [\"3\"], includes = [\"tech\"] }\n",
    );
    let adopted = old.adopt(roles("tech = { discord = [\"2\"] }\nadmin = { discord = [\"3\"] }\n"), &[]);
    assert!(adopted.held.is_empty(), "{:?}", adopted.held);
    let of = |id| adopted.policy.roles_of(&names(&[id]));
    assert_eq!((of("1"), of("local")), (names(&[]), names(&[])));
    assert_eq!((of("2"), of("3")), (names(&["tech"]), names(&["admin"])));
}

#[test]
fn a_role_that_is_given_waits_for_a_restart() {
    let old = roles("tech = { discord = [\"1\"] }\nadmin = { discord = [\"3\"] }\n");
    let wanted = roles(
        "tech = { discord = [\"1\", \"2\"], local = true }\nadmin = { discord = [\"3\"], includes = [\"tech\"] }\nboss = { discord = [\"1\"] }\n",
    );
    let adopted = old.adopt(wanted, &[]);
    let of = |id| adopted.policy.roles_of(&names(&[id]));
    assert_eq!((of("1"), of("2"), of("3"), of("local")), (names(&["tech"]), names(&[]), names(&["admin"]), names(&[])));
    assert_snapshot!(adopted.held[0], @"plugins.toml: [roles] is not taken, what was in force before stays (the Discord role 1 gets the role `boss`; the person at this machine gets the role `tech`; the Discord role 2 gets the role `tech`; the Discord role 3 gets the role `tech`); restart the program to take it");
}

#[test]
fn a_root_stays_where_it_was_opened() {
    let parse = |text: &str| Policy::parse(&format!("schema = 1\n{text}")).unwrap();
    let old = parse("[roots.repo]\npath = \"/srv/repo\"\nhide = [\"a\"]\n");
    for wanted in [
        "path = \"/srv/other\"\nhide = [\"a\"]",
        "path = \"/srv/repo\"",
        "path = \"/srv/repo\"\nhide = [\"a\"]\nsensitive = true",
    ] {
        let adopted = old.adopt(parse(&format!("[roots.repo]\n{wanted}\n")), &[]);
        assert_eq!(adopted.policy.roots["repo"].kind, old.roots["repo"].kind);
        assert_eq!(adopted.held[0].table, "roots.repo", "{wanted}");
    }
    let adopted = old.adopt(parse("\n[roots.more]\npath = \"/srv/more\"\n"), &[]);
    assert_eq!(adopted.policy.roots.keys().collect::<Vec<_>>(), ["repo"]);
    assert_snapshot!(adopted.held[0], @"plugins.toml:3: [roots.more] is not taken, what was in force before stays (a new root); restart the program to take it");
    assert!(old.adopt(parse("# moved\n[roots.repo]\nhide = [\"a\"]\npath = \"/srv/repo\"\n"), &[]).held.is_empty());
}

#[test]
fn a_secret_keeps_its_source() {
    let with = |source: &str| {
        let mut policy = policy(NARROW);
        let source = SecretSource::Env(source.to_owned());
        policy
            .secrets
            .insert("key".to_owned(), Secret { source, audience: Vec::new(), scripts: BTreeSet::new(), line: 7 });
        policy
    };
    let adopted = with("HUDU_KEY").adopt(with("ANTHROPIC_API_KEY"), &[]);
    assert_eq!(adopted.policy.secrets["key"].source, SecretSource::Env("HUDU_KEY".to_owned()));
    assert_snapshot!(adopted.held[0], @"plugins.toml:7: [secrets.key] is not taken, what was in force before stays (another value under the same name); restart the program to take it");
    assert!(policy(NARROW).adopt(with("HUDU_KEY"), &[]).policy.secrets.contains_key("key"));
    assert!(with("HUDU_KEY").adopt(policy(NARROW), &[]).policy.secrets.is_empty());
}

#[test]
fn reviewing_becomes_stricter_at_once_and_laxer_never() {
    let with = |in_chat: bool, keys: &[&str]| {
        let mut policy = policy(NARROW);
        policy.review.in_chat = in_chat;
        policy.review.keys = keys.iter().map(|key| (*key).to_owned()).collect();
        policy
    };
    let after = |old: Policy, new: Policy| {
        let adopted = old.adopt(new, &[]);
        (adopted.policy.review.in_chat, adopted.policy.review.keys.len(), adopted.held.len())
    };
    assert_eq!(after(with(false, &["a", "b"]), with(true, &[])), (false, 2, 1));
    assert_eq!(after(with(false, &["a"]), with(false, &["c"])), (false, 1, 1));
    assert_eq!(after(with(true, &["a", "b"]), with(false, &["a"])), (false, 1, 0));
    assert_eq!(after(with(true, &[]), with(true, &["a"])), (true, 1, 0));
}
