//! Approvals: what is signed, by whom, and how it is written down.

use insta::assert_snapshot;
use minisign::KeyPair;

use crate::fixture::{found, policy_error};
use crate::{Admission, Approval, Code, Digest, PluginPolicy, Policy, admit};

/// A key pair that a reviewer has.
fn key_pair() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().unwrap()
}

/// An approval of grants that are none, not signed.
fn approval() -> Approval {
    Approval {
        component: Digest::of("component"),
        request: Digest::of("request"),
        imports: Digest::of("imports"),
        strings: Digest::of("strings"),
        grants: Some(PluginPolicy::default().grants_digest()),
        version: "1.2.3".to_owned(),
        by: "j. \"doe\"".to_owned(),
        at: "2026-11-22T17:40:00Z".to_owned(),
        note: "first\napproval".to_owned(),
        signature: None,
    }
}

/// The same, signed as minisign does it.
fn signed(approval: Approval, keys: &KeyPair) -> Approval {
    let text = approval.signed_text();
    let signature = minisign::sign(Some(&keys.pk), &keys.sk, text.as_bytes(), Some("a test"), None).unwrap();
    Approval { signature: Some(signature.into_string()), ..approval }
}

fn keys(pairs: &[&KeyPair]) -> Vec<String> {
    pairs.iter().map(|pair| pair.pk.to_base64()).collect()
}

#[test]
fn the_signed_text_is_fixed() {
    let approval = Approval { grants: Some(Digest::of("grants")), ..approval() };
    assert_snapshot!(approval.signed_text(), @r#"
    component = "sha256:6985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa"
    request   = "sha256:1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047"
    imports   = "sha256:2fcef4b99cb2a5a83c4f2b5ec8fabde6e179be954c383702b7ef6496e0486310"
    strings   = "sha256:e967d16dae74a49b5e0e051225c5dac0d76e5e38f13dd1628028cbce108c25b6"
    grants    = "sha256:73e665dc07cdc36defdebe087a6ad95b9f9761b1db81e3b2b83c0a5eab37f6e4"
    version   = "1.2.3"
    by        = "j. \"doe\""
    at        = 2026-11-22T17:40:00Z
    note      = "first\napproval"
    "#);
    let short = Approval { grants: None, note: String::new(), ..approval };
    assert_eq!(short.signed_text().lines().count(), 8);
}

#[test]
fn an_approval_is_read_as_it_is_written() {
    let without_grants = Approval { grants: None, ..approval() };
    for approval in [approval(), without_grants, signed(approval(), &key_pair())] {
        let policy = Policy::parse(&format!("schema = 1\n{}", approval.to_toml("notes"))).unwrap();
        assert_eq!(policy.plugins["notes"].approved, Some(approval));
    }
}

#[test]
fn a_signature_of_a_trusted_key_over_exactly_this_counts() {
    let (ours, other) = (key_pair(), key_pair());
    let good = signed(approval(), &ours);
    assert!(good.is_signed_by(&keys(&[&ours])) && good.is_signed_by(&keys(&[&other, &ours])));
    assert!(!good.is_signed_by(&keys(&[&other])) && !good.is_signed_by(&[]));
    assert!(!good.is_signed_by(&["".to_owned(), "RWQ".to_owned()]));
    let digest = Digest::of("other");
    for changed in [
        Approval { component: digest, ..good.clone() },
        Approval { request: digest, ..good.clone() },
        Approval { imports: digest, ..good.clone() },
        Approval { strings: digest, ..good.clone() },
        Approval { grants: Some(digest), ..good.clone() },
        Approval { grants: None, ..good.clone() },
        Approval { version: "1.2.4".to_owned(), ..good.clone() },
        Approval { by: "x".to_owned(), ..good.clone() },
        Approval { at: "2026-11-22T17:40:01Z".to_owned(), ..good.clone() },
        Approval { note: String::new(), ..good.clone() },
        Approval { signature: None, ..good.clone() },
        Approval { signature: Some(String::new()), ..good.clone() },
    ] {
        assert!(!changed.is_signed_by(&keys(&[&ours])), "{changed:?}");
    }
}

/// What the signature is refused for, under an approval of other bytes, trusted keys and grants.
fn refused(approval: &Approval, trusted: &[&KeyPair], grants: &str) -> Vec<String> {
    let (keys, table) = (keys(trusted), approval.to_toml("notes"));
    let text = format!("schema = 1\n[review]\nkeys = {keys:?}\n[plugin.notes]\n{table}{grants}");
    let Admission::Quarantined(reasons) = admit(found(), &Policy::parse(&text).unwrap(), false) else {
        panic!("admitted")
    };
    let reasons = reasons.iter().filter(|reason| reason.code == Code::SupplySignature);
    reasons.map(ToString::to_string).collect()
}

#[test]
fn where_keys_are_trusted_an_approval_has_to_be_signed() {
    let (ours, other) = (key_pair(), key_pair());
    assert_snapshot!(refused(&approval(), &[&ours], "").join("\n"), @"supply.signature: Its approval is not signed by a key that the operator trusts.");
    assert_eq!(refused(&signed(approval(), &ours), &[&other], "").len(), 1);
    assert!(refused(&signed(approval(), &ours), &[&other, &ours], "").is_empty());
    assert!(refused(&approval(), &[], "").is_empty());
}

#[test]
fn a_signature_holds_for_the_grants_that_were_signed() {
    let ours = key_pair();
    let state = "[[plugin.notes.grant]]\nid = \"s\"\nwhy = \"w\"\nkind = \"state\"\n";
    let answer = refused(&signed(approval(), &ours), &[&ours], state);
    assert_snapshot!(answer.join("\n"), @"supply.signature: Its grants are not those of the signed approval.");
    let without = signed(Approval { grants: None, ..approval() }, &ours);
    assert_eq!(refused(&without, &[&ours], "").len(), 1);
}

#[test]
fn what_is_no_signature_is_named() {
    let bad = Approval { signature: Some("sig".to_owned()), ..approval() };
    assert_snapshot!(policy_error(&bad.to_toml("notes")), @"plugins.toml:12:13: it is not a signature of minisign; expected the whole text of the `.minisig` file");
}
