//! What unit tests stand on: a root with some files, and the guard of a call with some grants.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use claudetools_policy::{Admission, Admitted, Digest, Found, Manifest, Policy, admit};

use crate::guard::{Guard, granted_roots};
use crate::roots::Roots;
use crate::scratch::Scratch;
use crate::standing::Standing;

const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For tests."
[[tool]]
name = "Try"
description = "Tries something."
effects = ["read", "write"]
input = { type = "object", additionalProperties = false, properties = {} }
[[request]]
why = "For tests."
kind = "fs"
root = "repo"
access = ["read", "list", "create", "modify", "delete", "rename"]
[[request]]
why = "For tests."
kind = "fs"
root = "scratch"
access = ["read", "list", "create", "modify", "delete", "rename"]
"#;

/// A root `repo`, a root `scratch`, and a guard.
pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) guard: Arc<Guard>,
}

/// A grant of these ways of access to all of `repo`, for files of at most 1 KiB.
pub(crate) fn repo(access: &str) -> String {
    grant("repo", access, "**")
}

/// A grant.
pub(crate) fn grant(root: &str, access: &str, allow: &str) -> String {
    format!(
        "[[plugin.guest.grant]]\nid = \"{root}-{}\"\nwhy = \"for tests\"\nkind = \"fs\"\nroot = \"{root}\"\n\
         access = {access}\nallow = [\"{allow}\"]\nmax_file = \"1KiB\"\n",
        access.len()
    )
}

impl Fixture {
    /// With these files below `repo`, each with its own path as its bytes, and these grants.
    pub(crate) fn new(files: &[&str], grants: &str) -> Self {
        Self::with_root(files, "", grants)
    }

    /// The same with these lines in the table of the root `repo`.
    pub(crate) fn with_root(files: &[&str], root: &str, grants: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("repo")).unwrap();
        let text = format!(
            "schema = 1\n[roots.repo]\nhide = [\"hidden\"]\n{root}\n[roots.scratch]\nkind = \"per-call\"\nmax_bytes = \"2KiB\"\n[plugin.guest]\n{grants}"
        );
        let policy = Policy::parse(&text).unwrap();
        let places = BTreeMap::from([("repo".to_owned(), dir.path().join("repo"))]);
        let roots = Arc::new(Roots::open(&policy, places).unwrap());
        let admitted = Arc::new(admitted(&policy));
        let scratch = granted_roots(&admitted, "Try")
            .contains(&"scratch".to_owned())
            .then(|| Arc::new(Scratch::make(dir.path(), "scratch".to_owned(), 2048).unwrap()));
        let guard = Arc::new(Guard::new(admitted, "Try", roots, Vec::from_iter(scratch), Standing::default()));
        let fixture = Self { dir, guard };
        for file in files {
            fixture.write(file, file);
        }
        fixture
    }

    /// A path on the host.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("repo").join(below)
    }

    /// Writes a file from outside, with its parents.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What is in a file.
    pub(crate) fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// The code of the last refusal that the guard noted.
    pub(crate) fn refused(&self) -> String {
        self.guard.effects().last_refusal.as_ref().map_or("nothing".to_owned(), |refusal| refusal.code.to_string())
    }
}

fn admitted(policy: &Policy) -> Admitted {
    let found = Found {
        component: Digest::of("guest"),
        manifest: Manifest::parse(MANIFEST).unwrap(),
        imports: BTreeSet::new(),
        exports: BTreeSet::from(["claudetools:plugin/tool@1.0.0".to_owned()]),
        bytes: 5,
    };
    match admit(found, policy, true) {
        Admission::Admitted(admitted) => admitted,
        Admission::Quarantined(why) => panic!("{why:?}"),
    }
}
