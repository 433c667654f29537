//! The built-in list: names, and why no plugin may touch them. It is compared with folded paths.

use super::fold::is_short_name;

use super::rules::Rules;
use super::rules::Shape::{In, Part, Start, Suffix};

/// No access at all.
const HIDDEN: &Rules = &Rules::new(&[
    (Part(".git"), "git runs programs that its files name, and its history keeps what was deleted"),
    (Part(".env"), "such files hold secrets"),
    (Start(".env.", &["example", "sample"]), "such files hold secrets"),
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
]);

/// No write: each of these makes a program of the host, of its people or of its build run something.
const PROTECTED: &Rules = &Rules::new(&[
    (Part(".github"), "the build server runs what it says"),
    (Part(".gitea"), "the build server runs what it says"),
    (Part(".forgejo"), "the build server runs what it says"),
    (Part(".circleci"), "the build server runs what it says"),
    (Part(".gitlab-ci.yml"), "the build server runs what it says"),
    (Part(".gitmodules"), "git fetches what it names"),
    (Part(".gitattributes"), "git runs the filters that it names"),
    (Part(".mcp.json"), "agents start the programs that it names"),
    (In(".claude", "settings", ".json"), "agents take their permissions from it"),
    (In(".claude", "hooks", ""), "agents run what is in it"),
    (Part(".vscode"), "the editor runs its tasks"),
    (Part(".idea"), "the editor runs its tasks"),
    (Part(".devcontainer"), "the editor runs its commands"),
    (Part(".husky"), "git hooks run what is in it"),
    (Part(".envrc"), "the shell runs it"),
    (Part("plugins.toml"), "it is the policy"),
    (Suffix(".wasm"), "it could be loaded as a plugin"),
    (Suffix(".cwasm"), "it could be loaded as a plugin"),
]);

const SHORT_NAME: &str = "a name in the form of a Windows short name may mean another file";

/// Why no access is given at all, if so.
pub(super) fn hidden(folded: &str) -> Option<&'static str> {
    if folded.contains('~') && folded.split('/').any(is_short_name) {
        return Some(SHORT_NAME);
    }
    HIDDEN.first(folded)
}

/// Why no write is given, if so.
pub(super) fn protected(folded: &str) -> Option<&'static str> {
    PROTECTED.first(folded)
}

/// Whether a directory of this name may hold what is protected by its place.
pub(super) fn holds_protected(folded: &str) -> bool {
    PROTECTED.hold_below(folded)
}
