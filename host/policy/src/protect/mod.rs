//! The list that no grant opens.
//!
//! Two lists, the built-in one of [`list`] and the globs of a root in `plugins.toml`, and two strengths:
//! *hidden* (no access at all) and *protected* (no write). Both hold whether or not the file is there,
//! and for every spelling that some file system takes for the same name.

mod fold;
mod list;
mod patterns;
mod rules;
#[cfg(test)]
mod tests;

pub use patterns::Patterns;

pub use fold::invisible;

pub(crate) use fold::{caseless_name, fold};

use crate::path::shown;
use crate::{Access, Code, Refusal, RelPath, Root, RootName};

impl Root {
    /// Whether nothing may see this path: a walk may skip the directory and everything in it.
    pub fn hidden(&self, path: &RelPath) -> bool {
        hidden_because(self, path, &fold(path.as_str())).is_some()
    }

    /// Refuses with `fs.protected` a path of the root of this `name` that nothing may see.
    pub fn check_seen(&self, name: &RootName, path: &RelPath) -> Result<(), Refusal> {
        check(name, self, path, Access::Read)
    }
}

/// Refuses with `fs.protected` what no grant may allow.
pub(crate) fn check(name: &RootName, root: &Root, path: &RelPath, access: Access) -> Result<(), Refusal> {
    let folded = fold(path.as_str());
    let why = hidden_because(root, path, &folded).or_else(|| match access {
        Access::Read | Access::List => None,
        Access::Create | Access::Modify | Access::Delete => write_refused_because(root, path, &folded),
        Access::Rename => {
            write_refused_because(root, path, &folded).or_else(|| rename_refused_because(root, path, &folded))
        }
    });
    why.map_or(Ok(()), |why| Err(refusal(name, path, why)))
}

fn refusal(name: &RootName, path: &RelPath, why: &str) -> Refusal {
    let place = shown(&format!("/{name}/{path}"));
    Refusal::new(Code::FsProtected, format!("`{place}` is protected and no grant opens it: {why}."))
}

fn hidden_because(root: &Root, path: &RelPath, folded: &str) -> Option<&'static str> {
    list::hidden(folded).or_else(|| root.hide.cover(path.as_str(), folded).then_some("the operator hides it"))
}

fn write_refused_because(root: &Root, path: &RelPath, folded: &str) -> Option<&'static str> {
    if fold::is_oddly_spelled(path.as_str()) {
        return Some("its name has invisible characters, or is not in Unicode normal form NFC");
    }
    list::protected(folded)
        .or_else(|| root.protect.cover(path.as_str(), folded).then_some("the operator protects it from writing"))
}

/// A directory that is moved takes its files out of the patterns that name them by their place, or into them.
fn rename_refused_because(root: &Root, path: &RelPath, folded: &str) -> Option<&'static str> {
    let holds = list::holds_protected(folded)
        || root.protect.reach_below(path.as_str(), folded)
        || root.hide.reach_below(path.as_str(), folded);
    holds.then_some("moving it would move protected files")
}
