use std::collections::BTreeSet;

use super::Code;
use crate::fixture::{
    REPO_ALL, SECRET, admitted, all, ask, asking, caller, found, grant, names, net_grant, policy, request,
};
use crate::{Access, Admission, ChannelPolicy, Clients, Digest, Flow, FsEffect, Origin, Refusal, RelPath, Target};
use crate::{Click, Confirm, MemberId, Question, may_confirm};
use crate::{
    admit, decide, decide_address, decide_header, decide_net, may_call, may_call_in, may_choose_client, may_keep_state,
    shadowed,
};

/// Codes of these families that other crates give, because they see what this one is not told.
const OF_OTHERS: &[Code] = &[
    Code::FsSpecialFile,
    Code::ConfirmDenied,
    Code::ConfirmExpired,
    Code::ConfirmReplay,
    Code::ConfirmUnshowable,
    Code::StateTooLarge,
    Code::NetRedirect,
    Code::NetBytes,
    Code::SecretUnknown,
    Code::SecretToken,
    Code::SecretTenant,
    Code::SecretInOutput,
    Code::CallerBot,
    Code::CallerThread,
    Code::SupplySize,
];

fn codes(refusals: impl IntoIterator<Item = Refusal>) -> Vec<Code> {
    refusals.into_iter().map(|refusal| refusal.code).collect()
}

fn of_files() -> Vec<Code> {
    let plugin = admitted(&grant("small", &format!("{REPO_ALL}\nmax_file = \"1B\"")));
    let (root, path) = ("repo".to_owned(), RelPath::parse("a").unwrap());
    let effect = |links, bytes| FsEffect { root: &root, path: &path, access: Access::Modify, links, bytes };
    let flow = Flow::default();
    let answer = |effect| decide(&effect, &policy("").roots["repo"], &plugin, "Write", flow).map(drop).unwrap_err();
    codes([
        ask(&all(), Access::Read, "../a").unwrap_err(),
        ask(&all(), Access::Read, ".git").unwrap_err(),
        ask(&all(), Access::Delete, "a").unwrap_err(),
        answer(effect(2, None)),
        answer(effect(1, Some(2))),
        may_keep_state(&plugin, "Write").unwrap_err(),
        may_choose_client(&plugin, "Write").unwrap_err(),
        Clients::default().choose(None).unwrap_err(),
        Clients::default().choose(Some("contoso")).unwrap_err(),
    ])
}

fn of_callers() -> Vec<Code> {
    let plugin = admitted("[plugin.notes]\ncallers = { roles = [\"tech\"], origin = [\"user\"] }");
    let elsewhere = ChannelPolicy { plugins: Some(BTreeSet::new()), ..ChannelPolicy::default() };
    codes([
        may_call(&plugin, "Read", &caller("viewer", Origin::User)).unwrap_err(),
        may_call(&plugin, "Read", &caller("tech", Origin::Model)).unwrap_err(),
        may_call_in(&elsewhere, &plugin, "Read").unwrap_err(),
    ])
}

fn of_requests() -> Vec<Code> {
    let rules = "allow = [{ host = \"*.wide.example\", method = [\"GET\"], path = \"/v1/**\" }]";
    let secret = "secret = { name = \"key\", bearer = true }";
    let confirm = "confirm = { when = \"always\", by = [\"tech\"] }";
    let with = |more: &str| asking(&format!("{SECRET}{}", net_grant("g", &format!("{rules}\n{more}"))));
    let (plain, secret, confirmed) = (with(""), with(secret), with(confirm));
    let held =
        "allow = [{ host = \"a.wide.example\", method = [\"POST\"], path = \"/v1\", json = { \"/a\" = [\"x\"] } }]";
    let looking = asking(&net_grant("g", held));
    let target = Target::from_url("GET", "https://a.wide.example/v1").unwrap();
    let dangerous = Flow { untrusted: true, sensitive: true };
    let grant = decide_net(&(&target).into(), &plain, "Read", Flow::default()).unwrap().grant;
    codes([
        request(&plain, "GET", "https://api.example.com/").unwrap_err(),
        request(&plain, "POST", "https://a.wide.example/v1").unwrap_err(),
        request(&plain, "GET", "https://a.wide.example/v2").unwrap_err(),
        request(&plain, "GET", "https://a@a.wide.example/v1").unwrap_err(),
        request(&looking, "POST", "https://a.wide.example/v1").unwrap_err(),
        request(&secret, "GET", "https://b.wide.example/v1").unwrap_err(),
        request(&confirmed, "GET", "https://a.wide.example/v1").unwrap_err(),
        decide_net(&(&target).into(), &plain, "Read", dangerous).unwrap().settled("it").map(drop).unwrap_err(),
        decide_address(&grant.reach, &target.host, [127, 0, 0, 1].into()).unwrap_err(),
        decide_header(grant, "host", b"a").unwrap_err(),
    ])
}

fn of_clicks() -> Vec<Code> {
    let (asker, other) = (MemberId("asker".to_owned()), MemberId("other".to_owned()));
    let (had, none) = (names(&["approver"]), BTreeSet::new());
    let asked = |two_person, member, roles, typed| {
        let confirm = Confirm { by: names(&["approver"]), two_person, ..Confirm::default() };
        let question = Question {
            code: Code::ConfirmNeeded,
            confirm: &confirm,
            requester: &asker,
            requester_roles: &had,
            phrase: Some("dc01"),
        };
        may_confirm(&question, &Click { member, roles, typed }).unwrap_err()
    };
    codes([
        asked(true, &asker, &had, None),
        asked(false, &asker, &none, None),
        asked(false, &other, &none, None),
        asked(false, &other, &had, Some("dc02")),
    ])
}

fn of_supply() -> Vec<Code> {
    let other = Digest::of("other");
    let table = format!(
        "[plugin.notes.approved]\ncomponent = \"{other}\"\nrequest = \"{other}\"\nimports = \"{other}\"\n\
         strings = \"{other}\"\nversion = \"1\"\nby = \"me\"\nat = 2026-01-01T00:00:00Z\n"
    );
    let keys = "[review]\nkeys = [\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]\n";
    let reasons = |table: &str| match admit(found(), &policy(table), false) {
        Admission::Quarantined(reasons) => reasons,
        Admission::Admitted(_) => Vec::new(),
    };
    let twins = [&admitted(""), &admitted("")];
    let shadowed = shadowed(&twins).into_iter().map(|(_, refusal)| refusal);
    codes(reasons("").into_iter().chain(reasons(&table)).chain(reasons(&format!("{keys}{table}"))).chain(shadowed))
}

#[test]
fn every_code_that_this_crate_decides_can_be_given() {
    let given: BTreeSet<_> =
        [of_files(), of_requests(), of_callers(), of_clicks(), of_supply()].concat().into_iter().collect();
    let ours = |code: &Code| {
        let family = code.as_str().split('.').next().unwrap();
        matches!(family, "fs" | "state" | "client" | "net" | "secret" | "confirm" | "flow" | "caller" | "supply")
            && !OF_OTHERS.contains(code)
    };
    let expected: BTreeSet<_> = Code::ALL.iter().copied().filter(ours).collect();
    assert_eq!(given, expected);
}

#[test]
fn no_two_codes_have_the_same_text() {
    let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
}
