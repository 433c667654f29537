use std::collections::BTreeSet;

use claudetools_policy::{
    Access, Admission, Caller, Code, Flow, FsEffect, MemberId, Origin, Policy, Refusal, RelPath, admit, decide,
};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::{Answer, Call, Why, why};
use crate::fixture::{Case, JAILS, ask_exec, ask_fs, ask_net, give_exec, give_fs, give_net};

const RULES: &str = r#"host = "api.example.com", method = ["GET"], path = "/v1/**""#;

fn case() -> Case {
    let requests = ask_fs(r#"["read", "list", "modify"]"#) + &ask_net(r#"["api.example.com"]"#, r#"["GET", "POST"]"#);
    let grants = give_fs("read", r#"["read"]"#, r#"["docs/**"]"#) + &give_net("look", RULES, "");
    Case::new(&requests, &grants).approved()
}

fn ask(case: &Case, call: &str) -> Why {
    let call: Call = call.parse().unwrap();
    case.with(|input| why(input, None, &call, None)).unwrap()
}

#[test]
fn a_path_that_is_granted_names_the_line_that_gives_it() {
    assert_snapshot!(ask(&case(), "read docs/a.md"), @r#"
    ALLOWED by the grant `read`: tickets · find · read /repo/docs/a.md
      plugins.toml:22: allow = ["docs/**"]
      yes request   The manifest asks for `read, list, modify in repo`.
      yes protected It is not on the list that no grant opens.
      yes grant     The grant `read` gives it: `a test`. (plugins.toml:22)
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
    "#);
}

#[test]
fn a_path_that_is_not_granted_names_the_line_that_stands_in_the_way() {
    assert_snapshot!(ask(&case(), "/repo/src/main.rs"), @r#"
    REFUSED by grant: tickets · find · read /repo/src/main.rs
      plugins.toml:22: allow = ["docs/**"]
      yes request   The manifest asks for `read, list, modify in repo`.
      yes protected It is not on the list that no grant opens.
      NO  grant     fs.not-granted: No grant gives the tool `find` the access `read` to `/repo/src/main.rs`. (plugins.toml:22)
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
      to allow it:
        [[plugin.tickets.grant]]
        id = "…"
        why = "…"
        kind = "fs"
        tools = ["find"]
        root = "repo"
        access = ["read"]
        allow = ["src/main.rs"]
    "#);
    assert_snapshot!(ask(&case(), "modify docs/a.md"), @r#"
    REFUSED by grant: tickets · find · modify /repo/docs/a.md
      plugins.toml:21: access = ["read"]
      yes request   The manifest asks for `read, list, modify in repo`.
      yes protected It is not on the list that no grant opens.
      NO  grant     fs.not-granted: No grant gives the tool `find` the access `modify` to `/repo/docs/a.md`. (plugins.toml:21)
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
      to allow it:
        [[plugin.tickets.grant]]
        id = "…"
        why = "…"
        kind = "fs"
        tools = ["find"]
        root = "repo"
        access = ["modify"]
        allow = ["docs/a.md"]
    "#);
}

#[test]
fn a_protected_path_is_said_to_be_so() {
    assert_snapshot!(ask(&case(), "read docs/../.git/config"), @"
    REFUSED by protected: tickets · find · read /repo/docs/../.git/config
      yes request   The manifest asks for `read, list, modify in repo`.
      NO  protected fs.outside-root: The path `docs/../.git/config` is not a plain path below a root: it is absolute, or has `.`, `..` or an empty part.
      NO  grant     No grant can give it.
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
    ");
    assert_eq!(ask(&case(), "read .git/config").answer, Answer::Refused("protected"));
}

#[test]
fn a_url_names_the_rule_that_gives_it_or_the_nearest() {
    assert_snapshot!(ask(&case(), "GET https://api.example.com/v1/users"), @r#"
    ALLOWED by the grant `look`: tickets · find · GET https://api.example.com/v1/users
      plugins.toml:28: allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/**" }]
      yes request   The manifest asks for `GET, POST to api.example.com`.
      yes protected It is not on the list that no grant opens.
      yes grant     The grant `look` gives it: `a test`. (plugins.toml:28)
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
    "#);
    assert_snapshot!(ask(&case(), "GET https://api.example.com/v2"), @r#"
    REFUSED by grant: tickets · find · GET https://api.example.com/v2
      plugins.toml:28: allow = [{ host = "api.example.com", method = ["GET"], path = "/v1/**" }]
      yes request   The manifest asks for `GET, POST to api.example.com`.
      yes protected It is not on the list that no grant opens.
      NO  grant     net.path: No grant gives the tool `find` this path and query: `GET https://api.example.com/v2`. (plugins.toml:28)
      yes approval  It is what a reviewer approved. (plugins.toml:31)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
      to allow it:
        [[plugin.tickets.grant]]
        id = "…"
        why = "…"
        kind = "net"
        tools = ["find"]
        allow = [{ scheme = "https", host = "api.example.com", port = 443, method = ["GET"], path = "/v2", query = [] }]
    "#);
    assert_eq!(ask(&case(), "https://api.example.com/v1").answer, Answer::Allowed("look".into()));
}

#[test]
fn of_several_rules_the_one_that_gives_it_is_named() {
    let grants = "[[plugin.tickets.grant]]\nid = \"two\"\nwhy = \"x\"\nkind = \"net\"\nallow = [\n  { host = \"a.example\", method = [\"GET\"], path = \"/one\" },\n  { host = \"a.example\", method = [\"GET\"], path = \"/two\" },\n]\n";
    let case = Case::new(&ask_net(r#"["a.example"]"#, r#"["GET"]"#), grants).approved();
    let why = ask(&case, "GET https://a.example/two");
    assert_eq!(
        why.deciding().unwrap().line,
        Some((22, r#"{ host = "a.example", method = ["GET"], path = "/two" },"#.into()))
    );
}

#[test]
fn what_the_manifest_does_not_ask_for_no_grant_can_give() {
    let case = Case::new("", &give_fs("read", r#"["read"]"#, r#"["docs/**"]"#)).approved();
    let why = ask(&case, "read docs/a.md");
    assert_eq!(why.answer, Answer::Refused("request"));
    assert!(why.predicates.iter().find(|predicate| predicate.name == "grant").unwrap().holds);
    assert_eq!(ask(&case, "read /elsewhere/a.md").answer, Answer::Refused("request"));
}

#[test]
fn without_an_approval_nothing_is_allowed() {
    let mut case = case();
    case.found.component = claudetools_policy::Digest::of("other bytes");
    let why = ask(&case, "read docs/a.md");
    assert_eq!(why.answer, Answer::Refused("approval"));
    assert_eq!(why.deciding().unwrap().because, "supply.digest: Its bytes changed since the approval.");
    let mut case = self::case();
    case.reasons = vec![Refusal::new(Code::SupplyDuplicate, "It shares the tool `find` with another plugin.")];
    assert_eq!(ask(&case, "read docs/a.md").answer, Answer::Refused("approval"));
}

#[test]
fn a_caller_needs_a_role_and_an_origin() {
    let call: Call = "read docs/a.md".parse().unwrap();
    let ask = |case: &Case, roles: &[&str], origin| {
        let roles = roles.iter().map(ToString::to_string).collect();
        let caller = Caller { member: MemberId("cli:local".into()), roles, origin };
        case.with(|input| why(input, Some("find"), &call, Some(&caller))).unwrap()
    };
    assert_eq!(ask(&case(), &["tech"], Origin::Model).answer, Answer::Allowed("read".into()));
    let stranger = ask(&case(), &[], Origin::User);
    assert_eq!(stranger.answer, Answer::Refused("caller"));
    assert_eq!(
        stranger.deciding().unwrap().because,
        "`cli:local` has no role; roles that may call it: `tech`; started by: `user`, `model`."
    );
    let table = |from: &str, to: &str| {
        let grants = give_fs("read", r#"["read"]"#, r#"["docs/**"]"#);
        let mut case = Case::new(&ask_fs(r#"["read"]"#), &grants);
        case.text = case.text.replace(from, to);
        case.approved()
    };
    let only_people = table(r#"["user", "model"]"#, r#"["user"]"#);
    assert_eq!(ask(&only_people, &["tech"], Origin::Model).answer, Answer::Refused("caller"));
    let nobody = table(r#"roles = ["tech"]"#, "roles = []");
    assert_eq!(ask(&nobody, &["tech"], Origin::User).answer, Answer::Refused("caller"));
    assert_eq!(nobody.with(|input| why(input, None, &call, None)).unwrap().answer, Answer::Refused("caller"));
}

#[test]
fn a_tool_that_is_not_there_has_no_answer() {
    let call: Call = "read docs/a.md".parse().unwrap();
    assert_eq!(case().with(|input| why(input, Some("delete-all"), &call, None)), None);
}

#[test]
fn the_tool_that_may_is_the_one_that_is_shown() {
    let grants = give_fs("read", r#"["read"]"#, r#"["docs/**"]"#) + "tools = [\"open\"]\n";
    let mut case = Case::new(&ask_fs(r#"["read"]"#), &grants);
    let mut tool = case.found.manifest.tools[0].clone();
    tool.name = "open".into();
    case.found.manifest.tools.push(tool);
    let case = case.approved();
    assert_eq!(ask(&case, "read docs/a.md").tool, "open");
    let call: Call = "read docs/a.md".parse().unwrap();
    assert_eq!(case.with(|input| why(input, Some("find"), &call, None)).unwrap().answer, Answer::Refused("grant"));
}

#[test]
fn a_confirmation_that_is_needed_refuses() {
    let grants =
        give_fs("read", r#"["read"]"#, r#"["docs/**"]"#) + "confirm = { when = \"always\", by = [\"tech\"] }\n";
    let why = ask(&Case::new(&ask_fs(r#"["read"]"#), &grants).approved(), "read docs/a.md");
    assert_eq!(why.answer, Answer::Refused("grant"));
    assert!(why.deciding().unwrap().because.starts_with("confirm.needed:"));
}

#[test]
fn calls_are_read_as_people_write_them() {
    let file = |access, root: Option<&str>, path: &str| {
        Ok(Call::File { access, root: root.map(str::to_owned), path: path.into() })
    };
    assert_eq!("read docs/a b.md".parse(), file(Access::Read, None, "docs/a b.md"));
    assert_eq!(" delete /vault/x ".parse(), file(Access::Delete, Some("vault"), "x"));
    assert_eq!("docs/a.md".parse(), file(Access::Read, None, "docs/a.md"));
    assert_eq!("list .".parse(), file(Access::List, None, ""));
    assert_eq!("/repo".parse(), file(Access::Read, Some("repo"), ""));
    assert_eq!("a file of words".parse(), file(Access::Read, None, "a file of words"));
    assert!(matches!("POST https://a.example/x".parse(), Ok(Call::Request(target, None)) if target.method == "POST"));
}

#[test]
fn what_is_no_call_is_said_to_be_none() {
    let error = |text: &str| text.parse::<Call>().unwrap_err().to_string();
    assert_snapshot!(error("FETCH https://a.example/"), @"`FETCH https://a.example/` is not a call: `FETCH` is not a method that a plugin can use; those are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` or `exec git log`");
    assert_snapshot!(error("GET ftp://a.example/\u{202e}"), @r#"`GET ftp://a.example/\u{202e}` is not a call: The scheme `ftp` is neither https nor http; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` or `exec git log`"#);
    assert_snapshot!(error(""), @"`` is not a call: it is empty; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` or `exec git log`");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// It says yes exactly when the code that decides says yes.
    #[test]
    fn it_agrees_with_the_code_that_decides(
        access in proptest::sample::select(Access::ALL),
        root in prop_oneof![Just("repo"), Just("vault"), Just("nowhere")],
        path in "(docs|src|\\.git|\\.\\.)(/[ab.]{1,3}){0,2}",
        asked in proptest::sample::subsequence(Access::ALL, 1..6),
        granted in proptest::sample::subsequence(Access::ALL, 1..6),
        approved: bool,
    ) {
        let list = |ways: &[Access]| format!("{:?}", ways.iter().map(|way| way.as_str()).collect::<Vec<_>>());
        let fs = crate::fixture::grant("one", "fs", &format!("root = \"repo\"\naccess = {}\nallow = [\"docs/**\"]", list(&granted)));
        let case = Case::new(&ask_fs(&list(&asked)), &fs);
        let case = if approved { case.approved() } else { case };
        let call = Call::File { access, root: Some(root.to_owned()), path: path.clone() };
        let answer = case.with(|input| why(input, None, &call, None)).unwrap().answer;
        prop_assert_eq!(matches!(answer, Answer::Allowed(_)), decided(&case, access, root, &path).is_some());
    }
}

/// What the code that decides says.
fn decided(case: &Case, access: Access, root: &str, path: &str) -> Option<String> {
    let policy = Policy::parse(&case.text).unwrap();
    let Admission::Admitted(plugin) = admit(case.found.clone(), &policy, false) else { return None };
    let (name, path) = (root.to_owned(), RelPath::parse(path).ok()?);
    let effect = FsEffect { root: &name, path: &path, access, links: 1, bytes: None };
    let yes = decide(&effect, policy.roots.get(root)?, &plugin, "find", Flow::default()).ok()?;
    yes.settled("").ok().map(|(id, _)| id.to_owned())
}

#[test]
fn every_condition_is_said_once_and_in_order() {
    let names: Vec<_> = ask(&case(), "read docs/a.md").predicates.iter().map(|predicate| predicate.name).collect();
    assert_eq!(names, ["request", "protected", "grant", "approval", "caller", "limits"]);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 6);
}

#[test]
fn a_start_names_the_line_of_its_arguments() {
    let grants = give_exec("history", r#"["log", { rest = { match = "[a-z]+" }, max = 2 }]"#, "offline") + JAILS;
    let case = Case::new(&ask_exec(r#"["git"]"#), &grants).approved();
    assert_snapshot!(ask(&case, "exec git log main"), @r#"
    ALLOWED by the grant `history`: tickets · find · exec git log main
      plugins.toml:21: argv = ["log", { rest = { match = "[a-z]+" }, max = 2 }]
      yes request   The manifest asks for `the native programs git`.
      yes protected It is not on the list that no grant opens.
      yes grant     The grant `history` gives it: `a test`. (plugins.toml:21)
      yes approval  It is what a reviewer approved. (plugins.toml:28)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
    "#);
    assert_snapshot!(ask(&case, "exec git log --all 'a b'"), @r#"
    REFUSED by grant: tickets · find · exec git log --all 'a b'
      plugins.toml:21: argv = ["log", { rest = { match = "[a-z]+" }, max = 2 }]
      yes request   The manifest asks for `the native programs git`.
      yes protected It is not on the list that no grant opens.
      NO  grant     exec.argv: No grant gives `git log --all 'a b'`. (plugins.toml:21)
      yes approval  It is what a reviewer approved. (plugins.toml:28)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
      to allow it:
        its whole argument list has to fit the `argv` of `history`
    "#);
    assert_snapshot!("exec git 'log".parse::<Call>().unwrap_err().to_string(), @"`exec git 'log` is not a call: a program's name is missing, or a quote is open; expected such as `GET https://host/path`, `read docs/a.md`, `/repo/docs/a.md` or `exec git log`");
}

#[test]
fn a_request_is_asked_about_with_its_body() {
    let rule = r#"host = "api.example.com", method = ["POST"], path = "/v1/InvokeCommand", json = { "/CmdletName" = ["Get-Mailbox"] }, reads = true"#;
    let requests = ask_net(r#"["api.example.com"]"#, r#"["POST"]"#);
    let case = Case::new(&requests, &give_net("look", rule, "")).approved();
    let url = "POST https://api.example.com/v1/InvokeCommand";
    for call in [url.to_owned(), format!("{url} {{\"CmdletName\":\"Set-Mailbox\"}}")] {
        let said = ask(&case, &call).to_string();
        assert!(said.starts_with("REFUSED by grant") && said.contains("net.body"), "{said}");
    }
    assert_snapshot!(ask(&case, &format!("{url} {{\"CmdletName\": \"Get-Mailbox\"}}")), @r#"
    ALLOWED by the grant `look`: tickets · find · POST https://api.example.com/v1/InvokeCommand
      plugins.toml:20: allow = [{ host = "api.example.com", method = ["POST"], path = "/v1/InvokeCommand", json = { "/CmdletName" = ["Get-Mailbox"] }, reads = true }]
      yes request   The manifest asks for `POST to api.example.com`.
      yes protected It is not on the list that no grant opens.
      yes grant     The grant `look` gives it: `a test`. (plugins.toml:20)
      yes approval  It is what a reviewer approved. (plugins.toml:23)
      yes caller    roles that may call it: `tech`; started by: `user`, `model`. (plugins.toml:14)
      yes limits    Within memory 64 MiB, wall 30 s, output 10 MiB, rate 600 in 60 s.
    "#);
}
