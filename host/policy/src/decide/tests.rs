//! Each rule of the decision, its refusal first.

use insta::assert_snapshot;

use crate::fixture::{REPO_ALL, admitted, all, ask, caller, code, grant};
use crate::{Access, Code, Flow, FsEffect, Origin, Refusal, RelPath, Request, RequestKind};
use crate::{ChannelPolicy, decide, may_call, may_call_in, may_choose_client, may_keep_state};

fn sized(links: u64, bytes: Option<u64>, access: Access) -> Result<String, Refusal> {
    let plugin = admitted(
        &(grant("small", &format!("{REPO_ALL}\nmax_file = \"1KiB\""))
            + &grant("big", &format!("{REPO_ALL}\nmax_file = \"4KiB\""))),
    );
    let policy = crate::fixture::policy("");
    let (path, name) = (RelPath::parse("a.md").unwrap(), "repo".to_owned());
    let effect = FsEffect { root: &name, path: &path, access, links, bytes };
    decide(&effect, &policy.roots["repo"], &plugin, "Write", Flow::default()).map(|yes| yes.id.to_owned())
}

#[test]
fn nothing_is_granted_by_default() {
    let plugin = admitted("");
    for access in Access::ALL.iter().filter(|access| **access != Access::Delete) {
        let refusal = ask(&plugin, *access, "docs/a.md").unwrap_err();
        assert_eq!(refusal.code, Code::FsNotGranted);
        assert!(refusal.message.starts_with("No grant gives"), "{refusal}");
    }
}

#[test]
fn a_channel_that_names_plugins_has_no_other() {
    let only = |names: &[&str]| ChannelPolicy {
        plugins: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..ChannelPolicy::default()
    };
    let refusal = may_call_in(&only(&["files"]), &all(), "Write").unwrap_err();
    assert_snapshot!(refusal, @"caller.channel: The tool `Write` may not be called in this channel.");
    assert_snapshot!(refusal.hint.clone().unwrap(), @r#"in the channel's table of plugins.toml: add "notes" to `plugins`"#);
    assert_eq!(may_call_in(&only(&[]), &all(), "Write"), Err(refusal));
    assert_eq!(may_call_in(&only(&["files", "notes"]), &all(), "Write"), Ok(()));
    assert_eq!(may_call_in(&ChannelPolicy::default(), &all(), "Write"), Ok(()));
}

#[test]
fn an_empty_allow_list_allows_nothing() {
    let plugin = admitted(&grant("none", "root = \"repo\"\naccess = [\"read\"]\nallow = []"));
    assert_eq!(code(ask(&plugin, Access::Read, "a")), Some(Code::FsNotGranted));
    assert_eq!(code(ask(&plugin, Access::Read, "")), Some(Code::FsNotGranted));
}

#[test]
fn a_refusal_says_what_was_refused_and_the_hint_what_to_write() {
    let refusal = ask(&admitted(""), Access::Modify, "docs/[1].md").unwrap_err();
    assert_snapshot!(refusal, @"fs.not-granted: No grant gives the tool `Write` the access `modify` to `/repo/docs/[1].md`.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"
    [[plugin.notes.grant]]
    id = "…"
    why = "…"
    kind = "fs"
    tools = ["Write"]
    root = "repo"
    access = ["modify"]
    allow = ["docs/[[]1[]].md"]
    "#);
}

#[test]
fn what_the_manifest_does_not_ask_for_is_refused_though_granted() {
    let refusal = ask(&all(), Access::Delete, "a.md").unwrap_err();
    assert_snapshot!(refusal, @"fs.not-granted: The plugin `notes` does not ask for `delete` in `/repo`.");
    assert_snapshot!(refusal.hint.unwrap(), @"a grant cannot give it: the manifest of `notes` has to ask first");
    assert_eq!(ask(&all(), Access::Modify, "a.md"), Ok("all"));
}

#[test]
fn a_grant_in_another_root_is_no_grant() {
    let vault = admitted(&grant("vault", "root = \"vault\"\naccess = [\"read\"]\nallow = [\"**\"]"));
    assert_eq!(code(ask(&vault, Access::Read, "a.md")), Some(Code::FsNotGranted));
}

#[test]
fn a_grant_for_another_tool_is_no_grant() {
    let other = admitted(&grant("other", &format!("tools = [\"Read\"]\n{REPO_ALL}")));
    assert_eq!(code(ask(&other, Access::Read, "a.md")), Some(Code::FsNotGranted));
    let this = admitted(&grant("this", &format!("tools = [\"Write\"]\n{REPO_ALL}")));
    assert_eq!(ask(&this, Access::Read, "a.md"), Ok("this"));
}

#[test]
fn a_pattern_fits_the_whole_path_and_a_star_stays_in_one_name() {
    let plugin = admitted(&grant(
        "some",
        r#"root = "repo"
access = ["read"]
allow = ["docs/*.md", "src/**/mod.rs", "data/[ab].{csv,tsv}"]"#,
    ));
    for allowed in ["docs/a.md", "docs/.hidden.md", "src/mod.rs", "src/a/b/mod.rs", "data/a.tsv"] {
        assert_eq!(ask(&plugin, Access::Read, allowed), Ok("some"), "{allowed}");
    }
    for refused in ["docs/a/b.md", "a/docs/a.md", "docs/a.mdx", "Docs/a.md", "src/mod.rs/x", "data/c.csv", "docs"] {
        assert_eq!(code(ask(&plugin, Access::Read, refused)), Some(Code::FsNotGranted), "{refused}");
    }
}

#[test]
fn two_stars_cover_the_directory_itself_for_listing_only() {
    let plugin = admitted(&grant("docs", &REPO_ALL.replace("**", "docs/**")));
    assert_eq!(ask(&plugin, Access::List, "docs"), Ok("docs"));
    assert_eq!(ask(&plugin, Access::Create, "docs/new"), Ok("docs"));
    assert_eq!(code(ask(&plugin, Access::Create, "docs")), Some(Code::FsNotGranted));
    assert_eq!(code(ask(&plugin, Access::List, "")), Some(Code::FsNotGranted));
    assert_eq!(ask(&all(), Access::List, ""), Ok("all"));
}

#[test]
fn a_file_with_other_hard_links_is_read_but_not_modified() {
    let refusal = sized(2, None, Access::Modify).unwrap_err();
    assert_snapshot!(refusal, @"fs.link-count: `/repo/a.md` has 2 hard links, so writing it would change another file too; replace it by a copy first.");
    for harmless in [Access::Read, Access::List, Access::Rename] {
        assert!(sized(2, None, harmless).is_ok());
    }
    assert!(sized(1, None, Access::Modify).is_ok());
}

#[test]
fn the_largest_grant_bounds_a_file() {
    let refusal = sized(1, Some(4097), Access::Read).unwrap_err();
    assert_snapshot!(refusal, @"fs.too-large: `/repo/a.md` is 4097 bytes long; at most 4096 are allowed here.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"in the grant `big`: max_file = "4097B""#);
    assert_eq!(sized(1, Some(4096), Access::Read).unwrap(), "big");
    assert_eq!(sized(1, Some(1025), Access::Modify).unwrap(), "big");
}

#[test]
fn a_caller_needs_the_tool_a_role_and_an_origin() {
    let plugin = admitted("[plugin.notes]\ncallers = { roles = [\"tech\"], origin = [\"user\"] }");
    let ask = |tool, role, origin| may_call(&plugin, tool, &caller(role, origin));
    assert_snapshot!(ask("Bash", "tech", Origin::User).unwrap_err(), @"caller.origin: There is no tool `Bash`.");
    let refusal = ask("Read", "viewer", Origin::User).unwrap_err();
    assert_snapshot!(refusal, @"caller.role: Your roles do not allow the tool `Read`.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"under [plugin.notes], `roles` of `callers` has none of the caller's: ["viewer"]"#);
    let refusal = ask("Read", "tech", Origin::Model).unwrap_err();
    assert_snapshot!(refusal, @"caller.origin: The tool `Read` may not be called by the model.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"under [plugin.notes], add "model" to `origin` of `callers`"#);
    assert_eq!(ask("Read", "tech", Origin::User), Ok(()));
}

#[test]
fn a_plugin_without_callers_is_called_by_nobody() {
    let refusal = may_call(&admitted(""), "Read", &caller("tech", Origin::User)).unwrap_err();
    assert_eq!(refusal.code, Code::CallerRole);
}

#[test]
fn state_needs_a_grant_for_the_tool() {
    let state = "[[plugin.notes.grant]]\nid = \"s\"\nwhy = \"w\"\nkind = \"state\"\ntools = [\"Write\"]";
    let refusal = may_keep_state(&admitted(state), "Read").unwrap_err();
    assert_snapshot!(refusal, @"state.not-granted: The tool `Read` may not keep state between calls.");
    assert_snapshot!(refusal.hint.unwrap(), @r#"
    [[plugin.notes.grant]]
    id = "…"
    why = "…"
    kind = "state"
    tools = ["Read"]
    "#);
    assert_eq!(may_keep_state(&admitted(state), "Write"), Ok(()));
}

#[test]
fn state_needs_the_manifest_to_ask() {
    let mut plugin = admitted("[[plugin.notes.grant]]\nid = \"s\"\nwhy = \"w\"\nkind = \"state\"");
    assert_eq!(may_keep_state(&plugin, "Read"), Ok(()));
    plugin.found.manifest.requests.pop();
    assert_eq!(may_keep_state(&plugin, "Read").unwrap_err().code, Code::StateNotGranted);
}

#[test]
fn the_client_of_a_call_needs_a_request_and_a_grant_for_the_tool() {
    let mut plugin =
        admitted("[[plugin.notes.grant]]\nid = \"whom\"\nwhy = \"w\"\nkind = \"client\"\ntools = [\"Write\"]");
    let refusal = may_choose_client(&plugin, "Write").unwrap_err();
    assert_snapshot!(refusal, @"client.not-granted: The tool `Write` may not learn which client the call is about.");
    assert_snapshot!(refusal.hint.unwrap(), @"a grant cannot give it: the manifest of `notes` has to ask first");
    plugin.found.manifest.requests.push(Request { why: "to know whom".into(), kind: RequestKind::Client });
    assert_eq!(may_choose_client(&plugin, "Write"), Ok("whom"));
    assert_snapshot!(may_choose_client(&plugin, "Read").unwrap_err().hint.unwrap(), @r#"
    [[plugin.notes.grant]]
    id = "…"
    why = "…"
    kind = "client"
    tools = ["Read"]
    "#);
}

#[test]
fn what_a_person_has_to_confirm_is_refused() {
    let confirm = |when: &str| grant("a", &format!("{REPO_ALL}\nconfirm = {{ when = \"{when}\", by = [\"tech\"] }}"));
    for when in ["first", "always"] {
        let plugin = admitted(&confirm(when));
        assert_eq!(code(ask(&plugin, Access::Modify, "a.md")), Some(Code::ConfirmNeeded), "{when}");
        assert_eq!(code(ask(&plugin, Access::Modify, ".git/config")), Some(Code::FsProtected));
        let both = admitted(&(confirm(when) + &grant("b", REPO_ALL)));
        assert_eq!(ask(&both, Access::Modify, "a.md"), Ok("b"));
    }
    assert_eq!(ask(&admitted(&confirm("never")), Access::Modify, "a.md"), Ok("a"));
    assert_eq!(ask(&admitted(&confirm("always")), Access::Read, "a.md"), Ok("a"));
    let looking = "root = \"repo\"\naccess = [\"read\", \"list\"]\nallow = [\"**\"]\nconfirm = { when = \"always\", by = [\"tech\"] }";
    assert_eq!(code(ask(&admitted(&grant("a", looking)), Access::Read, "a.md")), Some(Code::ConfirmNeeded));
    let refusal = ask(&admitted(&confirm("always")), Access::Modify, "a.md").unwrap_err();
    assert_snapshot!(refusal, @"confirm.needed: A person has to confirm `modify /repo/a.md` first, and nobody can be asked here.");
}
