//! What operators write.

use claudetools_policy::{
    Access, Admission, Admitted, Caller, Flow, FsEffect, MemberId, Origin, Policy, RelPath, Target, admit, decide,
    decide_net, may_call, may_keep_state,
};

use crate::fixture::{MANIFEST, found, is_fit_to_show, quoted};

/// A text is a policy or an error with a place in the text. A policy opens nothing beside itself, every decision under
/// it is total and says what it said before, and the approvals in it are printed and read again as they were.
pub fn plugins_toml(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => {
            assert!((1..=text.lines().count() + 1).contains(&error.line) && error.column >= 1, "{error:?}");
            return assert!(!error.message.is_empty(), "{error:?}");
        }
    };
    widens_nothing_of_itself(text, &policy);
    for name in policy.plugins.keys() {
        reads_its_approval_again(&policy, name);
        decides(&policy, name);
    }
}

fn widens_nothing_of_itself(text: &str, policy: &Policy) {
    let again = Policy::parse(text).expect("it was read before");
    assert_eq!(format!("{again:?}"), format!("{policy:?}"));
    assert!(again.widenings(policy).is_empty(), "{:?}", again.widenings(policy));
    let signed = |table: &str| {
        let table = table.strip_prefix("plugin.").and_then(|name| policy.plugins.get(name));
        table.is_none_or(|table| table.approved.is_none() || table.is_reviewed())
    };
    let adopted = policy.adopt(again, &[]);
    assert!(adopted.held.iter().all(|held| !signed(&held.table)), "{:?}", adopted.held);
}

fn reads_its_approval_again(policy: &Policy, name: &str) {
    let Some(approval) = &policy.plugins[name].approved else { return };
    let Some(version) = quoted(&approval.version) else { return };
    if [&approval.by, &approval.note].iter().any(|text| quoted(text).is_none()) {
        return;
    }
    let text = format!("schema = 1\n[plugin.{name}]\ncomponent = \"x.wasm\"\n{}", approval.to_toml(name));
    let again = Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: version {version} in {text}"));
    assert_eq!(again.plugins[name].approved.as_ref(), Some(approval));
}

/// Asks everything that a call asks; the plugin is one of that name which asks for all there is.
fn decides(policy: &Policy, name: &str) {
    let named = MANIFEST.replace("\"guest\"", &format!("{name:?}"));
    let found = found(&named);
    let _ = admit(found.clone(), policy, false);
    let Admission::Admitted(plugin) = admit(found, policy, true) else { panic!("{name} is built in") };
    for root in policy.roots.keys() {
        for path in ["", "README.md", "docs/a b/ü.md", ".git/config", "CLAUDE.md/.env"] {
            files(policy, &plugin, root, path);
        }
    }
    for url in ["https://api.example.com/v1/items?name=x", "http://10.0.0.5:8080/", "https://a.wide.example"] {
        let target = Target::from_url("GET", url).expect("it is well written");
        let first = decide_net(&(&target).into(), &plugin, "Try", Flow::default()).map(|yes| yes.id.to_owned());
        assert_eq!(decide_net(&(&target).into(), &plugin, "Try", Flow::default()).map(|yes| yes.id.to_owned()), first);
        let _ = first.inspect_err(is_fit_to_show);
    }
    let _ = may_keep_state(&plugin, "Try").inspect_err(is_fit_to_show);
    let caller = Caller {
        member: MemberId("cli:local".to_owned()),
        roles: policy.roles_of(&["local".to_owned()].into()),
        origin: Origin::User,
    };
    let called = may_call(&plugin, "Try", &caller).inspect_err(is_fit_to_show);
    assert!(called.is_err() || !plugin.policy.roles.is_disjoint(&caller.roles));
}

fn files(policy: &Policy, plugin: &Admitted, root: &String, path: &str) {
    let path = RelPath::parse(path).expect("it is a plain path");
    for access in Access::ALL {
        let effect = FsEffect { root, path: &path, access: *access, links: 1, bytes: Some(1) };
        let first = decide(&effect, &policy.roots[root], plugin, "Try", Flow::default()).map(|yes| yes.id);
        assert_eq!(decide(&effect, &policy.roots[root], plugin, "Try", Flow::default()).map(|yes| yes.id), first);
        assert!(first.is_err() || !policy.roots[root].hidden(&path), "{path:?} is hidden");
        let _ = first.inspect_err(is_fit_to_show);
    }
}
