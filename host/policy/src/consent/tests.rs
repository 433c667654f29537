//! Who is asked, and who may answer; each refusal first.

use insta::assert_snapshot;

use super::*;
use crate::fixture::{JAIL, REPO_ALL, admitted, asking, exec_grant, grant, names, net_grant, policy};
use crate::{Access, Admitted, Directory, ExecEffect, FsEffect, RelPath, Target, decide, decide_exec, decide_net};

const FLOWS: [Flow; 4] = [
    Flow { untrusted: false, sensitive: false },
    Flow { untrusted: true, sensitive: false },
    Flow { untrusted: false, sensitive: true },
    Flow { untrusted: true, sensitive: true },
];

const RULES: &str = r#"allow = [{ host = "api.example.com", method = ["GET"], path = "/**" }]"#;

fn confirm(when: &str) -> String {
    format!("confirm = {{ when = \"{when}\", by = [\"tech\"] }}")
}

/// The code of what is asked, for each of the flows.
fn of_files(plugin: &Admitted) -> [Option<Code>; 4] {
    let (root, path) = ("repo".to_owned(), RelPath::parse("a.md").unwrap());
    let effect = FsEffect { root: &root, path: &path, access: Access::Modify, links: 1, bytes: None };
    FLOWS.map(|flow| decide(&effect, &policy("").roots["repo"], plugin, "Write", flow).unwrap().ask.map(|ask| ask.code))
}

fn of_requests(plugin: &Admitted) -> [Option<Code>; 4] {
    let target = Target::from_url("GET", "https://api.example.com/").unwrap();
    FLOWS.map(|flow| decide_net(&(&target).into(), plugin, "Read", flow).unwrap().ask.map(|ask| ask.code))
}

fn of_programs(plugin: &Admitted) -> [Option<Code>; 4] {
    let roots = policy(JAIL).roots;
    let (root, path, args) = ("repo".to_owned(), RelPath::root(), ["log".to_owned()]);
    let effect = ExecEffect { command: "git", args: &args, directory: Directory { root: &root, path: &path } };
    let decided = |flow| decide_exec(&effect, &|name| roots.get(name), plugin, "Read", flow).unwrap();
    FLOWS.map(|flow| decided(flow).ask.map(|ask| ask.code))
}

const NEEDED: Option<Code> = Some(Code::ConfirmNeeded);

#[test]
fn a_grant_says_when_a_person_is_asked() {
    let plugin = |when: &str| admitted(&grant("a", &format!("{REPO_ALL}\n{}", confirm(when))));
    assert_eq!(of_files(&plugin("never")), [None; 4]);
    assert_eq!(of_files(&plugin("tainted")), [None, NEEDED, NEEDED, NEEDED]);
    assert_eq!(of_files(&plugin("first")), [NEEDED; 4]);
    assert_eq!(of_files(&plugin("always")), [NEEDED; 4]);
}

#[test]
fn what_leaves_the_house_needs_a_person_once_confidential_and_untrusted_content_met() {
    let two = [None, None, None, Some(Code::FlowTwo)];
    assert_eq!(of_requests(&asking(&net_grant("g", RULES))), two);
    let with = |when: &str| asking(&net_grant("g", &format!("{RULES}\n{}", confirm(when))));
    assert_eq!(of_requests(&with("never")), two);
    assert_eq!(of_requests(&with("tainted")), [None, NEEDED, NEEDED, NEEDED]);
    assert_eq!(of_requests(&with("first")), [NEEDED; 4]);
}

#[test]
fn a_program_leaves_the_house_only_where_its_jail_has_a_way_out() {
    let argv = r#"["log"]"#;
    let plugin = || asking(&format!("{JAIL}{}", exec_grant("g", argv)));
    assert_eq!(of_programs(&plugin()), [None; 4]);
    let two = [None, None, None, Some(Code::FlowTwo)];
    let with = |change: fn(&mut crate::Jail)| {
        let mut plugin = plugin();
        for grant in &mut plugin.policy.grants {
            if let crate::GrantKind::Exec(exec) = &mut grant.kind {
                change(&mut exec.jail);
            }
        }
        plugin
    };
    assert_eq!(of_programs(&with(|jail| jail.net = [("api.example.com".to_owned(), 443)].into())), two);
    assert_eq!(of_programs(&with(|jail| jail.unix = ["/run/a.sock".into()].into())), two);
}

#[test]
fn a_grant_that_asks_nobody_is_taken_first() {
    let plugin = admitted(&(grant("a", &format!("{REPO_ALL}\n{}", confirm("always"))) + &grant("b", REPO_ALL)));
    assert_eq!(of_files(&plugin), [None; 4]);
}

#[test]
fn an_earlier_yes_to_something_of_the_kind_does_not_count_in_a_dangerous_turn() {
    let plugin = asking(&net_grant("g", &format!("{RULES}\n{}", confirm("first"))));
    let target = Target::from_url("GET", "https://api.example.com/").unwrap();
    let mut consent = Consent { shapes: names(&["g GET"]), ..Consent::default() };
    for (flow, counts) in FLOWS.into_iter().zip([true, true, true, false]) {
        let ask = decide_net(&(&target).into(), &plugin, "Read", flow).unwrap().ask.unwrap();
        assert_eq!(consent.take(&ask, &Digest::of("other"), "g GET"), counts, "{flow:?}");
    }
}

#[test]
fn an_exact_yes_counts_once_and_a_kind_only_where_the_grant_says_first() {
    let ask = |when| Ask { code: Code::ConfirmNeeded, confirm: Confirm { when, ..Confirm::default() } };
    let (effect, other) = (Digest::of("this"), Digest::of("that"));
    let mut consent = Consent { effects: [effect].into(), shapes: names(&["kind"]) };
    assert!(!consent.take(&ask(ConfirmWhen::Always), &other, "kind"));
    assert!(consent.take(&ask(ConfirmWhen::Always), &effect, "other"));
    assert!(!consent.take(&ask(ConfirmWhen::Always), &effect, "kind"));
    assert!(consent.take(&ask(ConfirmWhen::First), &other, "kind"));
    assert!(!consent.take(&ask(ConfirmWhen::Tainted), &other, "kind"));
}

#[test]
fn nobody_there_to_ask_is_a_refusal() {
    let with = |code| Ask { code, confirm: Confirm::default() }.refusal("POST https://api.example.com/");
    assert_snapshot!(with(Code::ConfirmNeeded), @"confirm.needed: A person has to confirm `POST https://api.example.com/` first, and nobody can be asked here.");
    assert_snapshot!(with(Code::FlowTwo), @"flow.two: This turn has read something confidential and something that anybody may have written, so a person has to confirm `POST https://api.example.com/` first, and nobody can be asked here.");
}

/// What becomes of a click: by `member` with `roles`, on a question of `asker`, who was a technician and an approver.
fn click(two_person: bool, member: &str, roles: &[&str], typed: Option<&str>) -> String {
    let confirm = Confirm { by: names(&["approver"]), two_person, ..Confirm::default() };
    let (requester, member) = (MemberId("asker".to_owned()), MemberId(member.to_owned()));
    let (had, roles) = (names(&["tech", "approver"]), names(roles));
    let question = Question {
        code: Code::ConfirmNeeded,
        confirm: &confirm,
        requester: &requester,
        requester_roles: &had,
        phrase: typed.map(|_| "dc01"),
    };
    let click = Click { member: &member, roles: &roles, typed };
    let said = |answer: Result<(), Refusal>| answer.map_or_else(|refusal| refusal.to_string(), |()| "yes".to_owned());
    format!("confirm: {}; deny: {}", said(may_confirm(&question, &click)), said(may_deny(&question, &click)))
}

#[test]
fn only_who_has_the_role_may_confirm() {
    assert_snapshot!(click(false, "other", &["tech"], None), @"confirm: caller.role: Only a member with the role `approver` may confirm this.; deny: caller.role: Only the person who asked, or somebody who may confirm it, can turn this down.");
    assert_snapshot!(click(false, "other", &["approver"], None), @"confirm: yes; deny: yes");
    assert_snapshot!(click(false, "asker", &["approver"], None), @"confirm: yes; deny: yes");
    assert_snapshot!(click(false, "asker", &["tech"], None), @"confirm: caller.stale: You have lost the role that may confirm this.; deny: yes");
}

#[test]
fn two_people_are_two_people() {
    assert_snapshot!(click(true, "asker", &["approver"], None), @"confirm: confirm.self: Somebody else than the person who asked has to confirm this.; deny: yes");
    assert_snapshot!(click(true, "other", &["approver"], None), @"confirm: yes; deny: yes");
}

#[test]
fn what_has_to_be_typed_is_compared() {
    assert_snapshot!(click(false, "other", &["approver"], Some("dc02")), @"confirm: confirm.mismatch: What you typed is not `dc01`; nothing was done.; deny: yes");
    assert_snapshot!(click(false, "other", &["approver"], Some(" dc01 ")), @"confirm: yes; deny: yes");
}

/// What becomes of a click on a call that not everybody in the thread may make.
fn starters(member: &str, roles: &[&str]) -> String {
    let ask = Ask::starter(&names(&["tech"]));
    let (requester, member) = (MemberId("asker".to_owned()), MemberId(member.to_owned()));
    let (had, roles) = (names(&["tech"]), names(roles));
    let question =
        Question { code: ask.code, confirm: &ask.confirm, requester: &requester, requester_roles: &had, phrase: None };
    let click = Click { member: &member, roles: &roles, typed: None };
    may_confirm(&question, &click).map_or_else(|refusal| refusal.to_string(), |()| "yes".to_owned())
}

#[test]
fn above_a_threads_authority_only_whoever_asked_confirms_and_only_with_the_role() {
    assert_snapshot!(starters("other", &["tech", "admin"]), @"caller.role: Only the person whose turn it is may confirm this.");
    assert_snapshot!(starters("asker", &["viewer"]), @"caller.stale: You have lost the role that may confirm this.");
    assert_snapshot!(starters("asker", &[]), @"caller.stale: You have lost the role that may confirm this.");
    assert_snapshot!(starters("asker", &["tech"]), @"yes");
}

#[test]
fn whoever_answers_takes_nothing_from_the_turns_authority() {
    let requester = MemberId("asker".to_owned());
    let may = |member: &str, roles: &[&str]| {
        let (member, roles) = (MemberId(member.to_owned()), names(roles));
        let click = Click { member: &member, roles: &roles, typed: None };
        may_answer(&requester, &names(&["tech", "viewer"]), &click).map_err(|refusal| refusal.code)
    };
    assert_eq!(may("asker", &["viewer"]), Ok(()));
    assert_eq!(may("other", &["admin", "tech", "viewer"]), Ok(()));
    assert_eq!(may("other", &["viewer"]), Err(Code::CallerRole));
    assert_eq!(may("asker", &[]), Err(Code::CallerRole));
}
