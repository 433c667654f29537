use std::collections::BTreeSet;

use super::Code;
use crate::fixture::{REPO_ALL, admitted, all, ask, caller, found, grant, policy};
use crate::{Access, Admission, Digest, FsEffect, Origin, Refusal, RelPath};
use crate::{admit, decide, may_call, may_keep_state, shadowed};

/// Codes of these families that other crates give, because they see what this one is not told.
const OF_OTHERS: &[Code] = &[Code::FsSpecialFile, Code::StateTooLarge, Code::CallerBot, Code::SupplySize];

fn codes(refusals: impl IntoIterator<Item = Refusal>) -> Vec<Code> {
    refusals.into_iter().map(|refusal| refusal.code).collect()
}

fn of_files() -> Vec<Code> {
    let plugin = admitted(&grant("small", &format!("{REPO_ALL}\nmax_file = \"1B\"")));
    let (root, path) = ("repo".to_owned(), RelPath::parse("a").unwrap());
    let effect = |links, bytes| FsEffect { root: &root, path: &path, access: Access::Modify, links, bytes };
    let answer = |effect| decide(&effect, &policy("").roots["repo"], &plugin, "Write").map(drop).unwrap_err();
    codes([
        ask(&all(), Access::Read, "../a").unwrap_err(),
        ask(&all(), Access::Read, ".git").unwrap_err(),
        ask(&all(), Access::Delete, "a").unwrap_err(),
        answer(effect(2, None)),
        answer(effect(1, Some(2))),
        may_keep_state(&plugin, "Write").unwrap_err(),
    ])
}

fn of_callers() -> Vec<Code> {
    let plugin = admitted("[plugin.notes]\ncallers = { roles = [\"tech\"], origin = [\"user\"] }");
    codes([
        may_call(&plugin, "Read", &caller("viewer", Origin::User)).unwrap_err(),
        may_call(&plugin, "Read", &caller("tech", Origin::Model)).unwrap_err(),
    ])
}

fn of_supply() -> Vec<Code> {
    let other = Digest::of("other");
    let table = format!(
        "[plugin.notes.approved]\ncomponent = \"{other}\"\nrequest = \"{other}\"\nimports = \"{other}\"\n\
         strings = \"{other}\"\nversion = \"1\"\nby = \"me\"\nat = 2026-01-01T00:00:00Z\n"
    );
    let reasons = |table: &str| match admit(found(), &policy(table), false) {
        Admission::Quarantined(reasons) => reasons,
        Admission::Admitted(_) => Vec::new(),
    };
    let twins = [&admitted(""), &admitted("")];
    let shadowed = shadowed(&twins).into_iter().map(|(_, refusal)| refusal);
    codes(reasons("").into_iter().chain(reasons(&table)).chain(shadowed))
}

#[test]
fn every_code_of_files_callers_and_supply_can_be_given() {
    let given: BTreeSet<_> = [of_files(), of_callers(), of_supply()].concat().into_iter().collect();
    let ours = |code: &Code| {
        let family = code.as_str().split('.').next().unwrap();
        matches!(family, "fs" | "state" | "caller" | "supply") && !OF_OTHERS.contains(code)
    };
    let expected: BTreeSet<_> = Code::ALL.iter().copied().filter(ours).collect();
    assert_eq!(given, expected);
}

#[test]
fn no_two_codes_have_the_same_text() {
    let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
}
