//! The built-in list: names, and why no plugin may touch them. It is compared with folded paths.

use super::fold::is_short_name;

/// What a rule looks at.
enum Shape {
    /// A part of this name, at any depth, and everything below it.
    Part(&'static str),
    /// A part that ends so, after at least one more character.
    Suffix(&'static str),
    /// A part that begins and ends so.
    Around(&'static str, &'static str),
    /// A part of the first name and, in it, one that begins with the second and ends with the third.
    In(&'static str, &'static str, &'static str),
}

use Shape::{Around, In, Part, Suffix};

/// No access at all.
const HIDDEN: &[(Shape, &str)] = &[
    (
        Part(".git"),
        "git runs programs that its files name, and its history keeps what was deleted",
    ),
    (Part(".env"), "such files hold secrets"),
    (Around(".env.", ""), "such files hold secrets"),
    (Part(".ssh"), "it holds private keys"),
    (Part(".gnupg"), "it holds private keys"),
    (Part(".aws"), "it holds credentials"),
    (Part(".kube"), "it holds credentials"),
    (Part(".netrc"), "it holds passwords"),
    (Part("_netrc"), "it holds passwords"),
    (Part(".pgpass"), "it holds passwords"),
    (Part(".git-credentials"), "it holds passwords"),
    (Part("id_rsa"), "it is a private key"),
    (Part("id_dsa"), "it is a private key"),
    (Part("id_ecdsa"), "it is a private key"),
    (Part("id_ecdsa_sk"), "it is a private key"),
    (Part("id_ed25519"), "it is a private key"),
    (Part("id_ed25519_sk"), "it is a private key"),
    (Suffix(".ppk"), "it is a private key"),
    (Suffix(".p12"), "it holds a private key"),
    (Suffix(".pfx"), "it holds a private key"),
    (Suffix(".kdbx"), "it is a password store"),
];

/// Examples of secrets' files that are meant to be read. They are no secrets under any spelling.
const OPEN: &[&str] = &[".env.example", ".env.sample"];

/// No write: each of these makes a program of the host, of its people or of its build run something.
const PROTECTED: &[(Shape, &str)] = &[
    (Part(".github"), "the build server runs what it says"),
    (Part(".gitea"), "the build server runs what it says"),
    (Part(".forgejo"), "the build server runs what it says"),
    (Part(".circleci"), "the build server runs what it says"),
    (Part(".gitlab-ci.yml"), "the build server runs what it says"),
    (Part(".gitmodules"), "git fetches what it names"),
    (Part(".gitattributes"), "git runs the filters that it names"),
    (Part(".mcp.json"), "agents start the programs that it names"),
    (
        In(".claude", "settings", ".json"),
        "agents take their permissions from it",
    ),
    (In(".claude", "hooks", ""), "agents run what is in it"),
    (Part(".vscode"), "the editor runs its tasks"),
    (Part(".idea"), "the editor runs its tasks"),
    (Part(".devcontainer"), "the editor runs its commands"),
    (Part(".husky"), "git hooks run what is in it"),
    (Part(".envrc"), "the shell runs it"),
    (Part("plugins.toml"), "it is the policy"),
    (Suffix(".wasm"), "it could be loaded as a plugin"),
    (Suffix(".cwasm"), "it could be loaded as a plugin"),
];

const SHORT_NAME: &str = "a name in the form of a Windows short name may mean another file";

/// Why no access is given at all, if so.
pub(super) fn hidden(folded: &str) -> Option<&'static str> {
    if folded.contains('~') && folded.split('/').any(is_short_name) {
        return Some(SHORT_NAME);
    }
    first(HIDDEN, folded)
}

/// Why no write is given, if so.
pub(super) fn protected(folded: &str) -> Option<&'static str> {
    first(PROTECTED, folded)
}

/// Whether a directory of this name may hold what is protected by its place.
pub(super) fn holds_protected(folded: &str) -> bool {
    let last = folded.rsplit('/').next().unwrap_or(folded);
    PROTECTED
        .iter()
        .any(|(shape, _)| matches!(shape, In(above, _, _) if *above == last))
}

fn first(rules: &[(Shape, &'static str)], folded: &str) -> Option<&'static str> {
    let mut above = "";
    for part in folded.split('/') {
        let hit = rules.iter().find(|(shape, _)| shape.fits(above, part));
        if let Some((_, why)) = hit {
            return Some(why);
        }
        above = part;
    }
    None
}

impl Shape {
    fn fits(&self, above: &str, part: &str) -> bool {
        match *self {
            Part(name) => part == name,
            Suffix(end) => part.len() > end.len() && part.ends_with(end),
            Around(start, end) => around(part, start, end) && !OPEN.contains(&part),
            In(dir, start, end) => above == dir && around(part, start, end),
        }
    }
}

fn around(part: &str, start: &str, end: &str) -> bool {
    part.len() >= start.len() + end.len() && part.starts_with(start) && part.ends_with(end)
}
