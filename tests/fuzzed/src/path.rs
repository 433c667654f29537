//! Which files are meant.

use std::path::{Component, Path};
use std::sync::LazyLock;

use claudetools_policy::{Access, Admitted, Code, Flow, FsEffect, Policy, Refusal, RelPath, Root, decide};
use globset::GlobBuilder;

use crate::fixture::{admitted, is_fit_to_show, quoted};

/// The plugin with everything granted.
static ALL: LazyLock<Admitted> = LazyLock::new(|| admitted(&granting("", "**").expect("the policy is ours")));
/// Ways of access that change something.
const WRITES: [Access; 4] = [Access::Create, Access::Modify, Access::Delete, Access::Rename];

/// A path and, on a second line, a pattern: a path never leads out of its root, nothing that is protected by the
/// built-in list or by the pattern is allowed, and a grant of the pattern opens what fits it and nothing else.
pub fn path(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (path, pattern) = text.split_once('\n').unwrap_or((text, "**"));
    let path = match RelPath::parse(path) {
        Ok(path) => path,
        Err(refusal) => {
            is_fit_to_show(&refusal);
            return assert!([Code::ProtoUtf8, Code::FsNotGranted, Code::FsOutsideRoot].contains(&refusal.code));
        }
    };
    stays_below_its_root(&path);
    closes_what_is_never_open(&path);
    hides_and_protects(&path, pattern);
    opens_only_what_fits(&path, pattern);
}

fn stays_below_its_root(path: &RelPath) {
    assert_eq!(path.parts().collect::<Vec<_>>().join("/"), path.as_str());
    assert_eq!(RelPath::parse(&path.to_string()).as_ref(), Ok(path));
    let plain = |part| matches!(part, Component::Normal(_));
    assert!(Path::new(path.as_str()).components().all(plain), "{path:?}");
}

/// Told from plain names here, in a way that shares nothing with the rules.
fn closes_what_is_never_open(path: &RelPath) {
    let policy = LazyLock::force(&BARE);
    let root = &policy.roots["repo"];
    let closed = path.parts().any(|part| [".git", ".env", ".ssh"].iter().any(|name| part.eq_ignore_ascii_case(name)));
    assert!(!closed || root.hidden(path), "{path:?} is seen");
    for access in Access::ALL {
        let allowed = ask(path, *access, root, &ALL).is_ok();
        assert!(!(allowed && root.hidden(path)), "{access:?} of {path:?}, which is hidden");
    }
    let unwritable = path.parts().any(|part| part.eq_ignore_ascii_case(".github") || part.ends_with("x.wasm"));
    assert!(!unwritable || WRITES.iter().all(|access| ask(path, *access, root, &ALL).is_err()), "{path:?} is written");
}

static BARE: LazyLock<Policy> = LazyLock::new(|| Policy::parse("schema = 1\n[roots.repo]\n").expect("it is ours"));

fn hides_and_protects(path: &RelPath, pattern: &str) {
    let Some(word) = quoted(pattern) else { return };
    let root = |line: &str| Policy::parse(&format!("schema = 1\n[roots.repo]\n{line} = [{word}]\n")).ok();
    let (Some(hiding), Some(protecting)) = (root("hide"), root("protect")) else { return };
    if !fits(pattern, path) {
        return;
    }
    let all = |policy: &Policy, ways: &[Access]| {
        ways.iter().all(|access| ask(path, *access, &policy.roots["repo"], &ALL).is_err())
    };
    assert!(hiding.roots["repo"].hidden(path) && all(&hiding, Access::ALL), "{pattern:?} does not hide {path:?}");
    assert!(all(&protecting, &WRITES), "{pattern:?} does not protect {path:?}");
}

fn opens_only_what_fits(path: &RelPath, pattern: &str) {
    let Some(policy) = granting("", pattern) else { return };
    let guest = admitted(&policy);
    let given = ask(path, Access::Read, &policy.roots["repo"], &guest);
    let everything = ask(path, Access::Read, &policy.roots["repo"], &ALL);
    assert_eq!(given.is_ok(), everything.is_ok() && fits(pattern, path), "{pattern:?} {path:?} {given:?}");
}

/// A policy with one grant of every way of access to what fits a pattern; `None` where it is none.
fn granting(root: &str, pattern: &str) -> Option<Policy> {
    let access = Access::ALL.iter().map(|access| format!("{:?}", access.as_str())).collect::<Vec<_>>().join(", ");
    let text = format!(
        "schema = 1\n[roots.repo]\n{root}\n[plugin.guest]\n[[plugin.guest.grant]]\nid = \"all\"\nwhy = \"checks\"\n\
         kind = \"fs\"\nroot = \"repo\"\naccess = [{access}]\nallow = [{}]\n",
        quoted(pattern)?
    );
    Policy::parse(&text).ok()
}

fn ask<'p>(path: &RelPath, access: Access, root: &Root, guest: &'p Admitted) -> Result<&'p str, Refusal> {
    let effect = FsEffect { root: &"repo".to_owned(), path, access, links: 1, bytes: None };
    decide(&effect, root, guest, "Try", Flow::default()).map(|yes| yes.id).inspect_err(is_fit_to_show)
}

/// The documented meaning of a pattern, by the library alone.
fn fits(pattern: &str, path: &RelPath) -> bool {
    let glob = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    glob.expect("the policy took it").compile_matcher().is_match(path.as_str())
}
