//! What no grant opens, in every spelling.

use insta::assert_snapshot;

use crate::fixture::{all, ask, ask_in, code};
use crate::{Access, Code, RelPath};

#[test]
fn every_spelling_of_a_hidden_name_is_refused() {
    for path in [
        ".git/hooks/pre-commit",
        ".Git/config",
        ".git./config",
        ".git /config",
        ".gi\u{200c}t/config",
        "GIT~1/config",
        "GI7EBA~1",
        ".git::$INDEX_ALLOCATION/config",
        ".git\\config",
        "\u{ff0e}git/config",
        "sub/.GIT",
        ".env",
        ".ENV",
        ".env.production",
        "a/.env.local",
        ".env::$DATA",
        ".ssh/config",
        "id_ed25519",
        "keys/ID_RSA",
        "x.ppk",
        ".netrc",
        ".ENV . .",
        "\u{feff}.env",
        ".ſsh/known_hosts",
        ".gıt/config",
    ] {
        for access in Access::ALL {
            assert_eq!(code(ask(&all(), *access, path)), Some(Code::FsProtected), "{path:?} {access:?}");
        }
    }
}

#[test]
fn names_that_only_look_alike_are_not_hidden() {
    for path in [
        ".gitignore",
        "git/config",
        ".env.example",
        ".env.sample",
        "env",
        "id_rsa.pub",
        "a~b",
        "notes~1x.md",
        ".p12",
        "environment.md",
        "Ünïcode/日本語.md",
        "a b/c.d",
        ".git-notes",
    ] {
        assert_eq!(ask(&all(), Access::Read, path), Ok("all"), "{path:?}");
    }
}

#[test]
fn a_protected_name_can_be_read_but_not_written_in_any_spelling() {
    for path in [
        ".github/workflows/ci.yml",
        ".mcp.json",
        ".claude/settings.json",
        ".claude/settings.local.json",
        ".claude/hooks/x.sh",
        "sub/.vscode/tasks.json",
        ".husky/pre-commit",
        ".envrc",
        "plugins.toml",
        "plugins/evil.wasm",
        "x.CWASM",
        ".GitHub/x",
        "PLUGINS.toml",
        ".gitattributes",
        ".Claude/Settings.JSON",
        ".claude/sett\u{ad}ings.json",
    ] {
        assert_eq!(ask(&all(), Access::Read, path), Ok("all"), "{path}");
        for access in [Access::Create, Access::Modify, Access::Delete, Access::Rename] {
            assert_eq!(code(ask(&all(), access, path)), Some(Code::FsProtected), "{path} {access:?}");
        }
    }
    for path in [".claude/skills/a/SKILL.md", "settings.json", "hooks/x.sh", "wasm", "docs/plugins.toml.md"] {
        assert_eq!(ask(&all(), Access::Create, path), Ok("all"), "{path}");
    }
}

#[test]
fn a_directory_that_could_become_a_protected_place_is_not_renamed() {
    assert_eq!(code(ask(&all(), Access::Rename, "sub/.claude")), Some(Code::FsProtected));
    assert_eq!(ask(&all(), Access::Rename, "sub/claude"), Ok("all"));
}

#[test]
fn nobody_writes_a_name_that_does_not_show_what_it_is() {
    for path in ["a\u{202e}dm.exe", "a\rb", "a\u{200b}.md", "e\u{301}.md", "\u{1b}[31m", "tag\u{e0041}"] {
        assert_eq!(ask(&all(), Access::Read, path), Ok("all"), "{path:?}");
        let refusal = ask(&all(), Access::Create, path).unwrap_err();
        assert_eq!(refusal.code, Code::FsProtected);
        assert!(!refusal.message.chars().any(|c| c.is_control() || crate::protect::invisible(c)), "{refusal:?}");
    }
    for path in ["caf\u{e9}.md", "日本語.md"] {
        assert_eq!(ask(&all(), Access::Create, path), Ok("all"), "{path:?}");
    }
    let refusal = ask(&all(), Access::Create, "a\u{202e}b").unwrap_err();
    assert_snapshot!(refusal, @r"fs.protected: `/repo/a\u{202e}b` is protected and no grant opens it: its name has invisible characters, or is not in Unicode normal form NFC.");
}

#[test]
fn the_operators_globs_add_to_the_list() {
    let root = "hide = [\"clients/*/passwords\"]\nprotect = [\"deploy/**\", \"**/*.lock\"]";
    let code = |access, path| code(ask_in(root, &all(), access, path));
    for hidden in ["clients/a/passwords", "clients/a/passwords/x", "Clients/A/PASSWORDS/x"] {
        assert_eq!(code(Access::Read, hidden), Some(Code::FsProtected), "{hidden}");
    }
    for protected in ["deploy", "deploy/a/b", "DEPLOY./x", "Cargo.lock", "a/b/yarn.LOCK"] {
        assert_eq!(code(Access::Read, protected), None, "{protected}");
        assert_eq!(code(Access::Modify, protected), Some(Code::FsProtected), "{protected}");
    }
    for open in ["clients/a/notes", "deployment/x", "lock"] {
        assert_eq!(code(Access::Modify, open), None, "{open}");
    }
}

#[test]
fn a_glob_of_the_operator_holds_as_written_too() {
    let root = "hide = [\"{a.,b}\"]";
    for path in ["a.", "a./x", "b", "B"] {
        assert_eq!(code(ask_in(root, &all(), Access::Read, path)), Some(Code::FsProtected), "{path}");
    }
    for access in [Access::Read, Access::Rename] {
        assert_eq!(code(ask_in(root, &all(), access, "ab")), None, "{access:?}");
    }
}

#[test]
fn a_directory_above_a_guarded_place_is_not_renamed() {
    let root = "hide = [\"clients/*/passwords\"]\nprotect = [\"a/{b,c}/d/e\", \"**/*.lock\"]";
    let code = |path| code(ask_in(root, &all(), Access::Rename, path));
    for above in ["clients", "clients/acme", "CLIENTS/acme", "a", "a/b", "a/b/d"] {
        assert_eq!(code(above), Some(Code::FsProtected), "{above}");
    }
    for open in ["client", "clients/acme/notes", "b"] {
        assert_eq!(code(open), None, "{open}");
    }
}

#[test]
fn a_walk_can_skip_what_is_hidden() {
    let policy = crate::Policy::parse("schema = 1\n[roots.repo]\nhide = [\"private\"]").unwrap();
    let hidden = |path| policy.roots["repo"].hidden(&RelPath::parse(path).unwrap());
    assert!(hidden(".git") && hidden("a/.git/objects") && hidden("private") && hidden("private/x"));
    assert!(!hidden("") && !hidden(".github") && !hidden("a/private"));
}
