//! What one decision costs under a policy of 200 grants: files and requests, allowed and refused. Printed, never asserted.
//!
//! `cargo bench -p claudetools-policy --bench decide`. All grants are the same plugin's, which is worse than 200 grants of many.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use claudetools_policy::{
    Access, Admission, Admitted, Digest, Flow, Found, FsEffect, Manifest, Policy, RelPath, Target, admit, decide,
    decide_net,
};

/// Grants of each kind.
const GRANTS: usize = 100;

/// Decisions whose percentiles are printed.
const DECISIONS: usize = 100_000;

const MANIFEST: &str = r#"
name = "guest"
version = "1.0.0"
license = "MIT"
description = "For the benchmark."
[[tool]]
name = "Try"
description = "Tries."
effects = ["read"]
input = { type = "object", additionalProperties = false, properties = {} }
[[request]]
why = "For the benchmark."
kind = "fs"
root = "repo"
access = ["read"]
[[request]]
why = "For the benchmark."
kind = "net"
hosts = ["*.example.com"]
methods = ["GET"]
"#;

fn main() {
    let (policy, plugin) = guest();
    let root = &policy.roots["repo"];
    let name = "repo".to_owned();
    for (what, path) in [
        ("a file of the last grant", "clients/c99/docs/how-to/vpn.md"),
        ("a file of no grant, refused", "src/main.rs"),
        ("a protected file, refused", "clients/c99/docs/.env"),
    ] {
        let path = RelPath::parse(path).unwrap();
        let effect = FsEffect { root: &name, path: &path, access: Access::Read, links: 1, bytes: Some(2048) };
        report(what, || decide(&effect, root, &plugin, "Try", Flow::default()).is_ok());
    }
    for (what, host) in [("a request of the last grant", "c99"), ("a request of no grant, refused", "other")] {
        let target = Target::from_url("GET", &format!("https://{host}.example.com/api/v1/assets/12?page=2")).unwrap();
        report(what, || decide_net(&(&target).into(), &plugin, "Try", Flow::default()).is_ok());
    }
}

/// A plugin with all the grants.
fn guest() -> (Policy, Admitted) {
    let mut text = "schema = 1\n[roots.repo]\n[plugin.guest]\n".to_owned();
    for number in 0..GRANTS {
        write!(
            text,
            "[[plugin.guest.grant]]\nid = \"f{number}\"\nwhy = \"b\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\n\
             allow = [\"clients/c{number}/**/*.md\"]\n\
             [[plugin.guest.grant]]\nid = \"n{number}\"\nwhy = \"b\"\nkind = \"net\"\n\
             allow = [{{ host = \"c{number}.example.com\", method = [\"GET\"], path = \"/api/v1/**\", query = [\"page\"] }}]\n"
        )
        .unwrap();
    }
    let policy = Policy::parse(&text).unwrap();
    let found = Found {
        component: Digest::of("guest"),
        manifest: Manifest::parse(MANIFEST).unwrap(),
        imports: BTreeSet::new(),
        exports: BTreeSet::from(["claudetools:plugin/tool@1.0.0".to_owned()]),
        bytes: 5,
    };
    let Admission::Admitted(plugin) = admit(found, &policy, true) else { panic!("not admitted") };
    (policy, plugin)
}

fn report(what: &str, decide: impl Fn() -> bool) {
    let mut taken: Vec<Duration> = (0..DECISIONS)
        .map(|_| {
            let began = Instant::now();
            black_box(decide());
            began.elapsed()
        })
        .collect();
    taken.sort();
    let at = |percent: usize| taken[(taken.len() - 1) * percent / 100];
    println!("{what} ({}): p50 {:.2?}, p99 {:.2?}", if decide() { "allowed" } else { "refused" }, at(50), at(99));
}
