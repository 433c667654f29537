//! Git runs what configuration and attributes name: hooks, monitors, pagers, difference and transport programs. In a
//! jail it gets configuration that names none, and never that of the repository: a difference program, which can be
//! switched off by no setting, can only be named there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use claudetools_policy::Jail;

use crate::guard::Guard;

/// Where git keeps what it knows of a repository.
pub(super) const DIRECTORY: &str = ".git";
/// What stays hidden in there: programs, configuration of other kinds, and repositories of their own.
pub(super) const HIDDEN: [&str; 4] = ["hooks", "config.worktree", "modules", "worktrees"];
/// The extensions of a repository without which its objects can't be read. Others change what git runs or where it looks.
const EXTENSIONS: [&str; 2] = ["objectformat", "refstorage"];
/// The longest configuration that is looked at, in bytes.
const MOST: u64 = 256 << 10;

/// What git reads instead of the host's, over what a repository says. The order is that of git's own documentation of
/// each; a value of `false` for a program is the program of that name, which does nothing and fails.
const CONFIG: &[(&str, &str)] = &[
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.pager", "cat"),
    ("core.editor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.alternateRefsCommand", "false"),
    ("credential.helper", ""),
    ("gpg.program", "false"),
    ("protocol.allow", "never"),
    ("safe.bareRepository", "explicit"),
    ("safe.directory", "*"),
    ("uploadpack.packObjectsHook", ""),
];

/// The configuration that git reads in each repository of a jail instead of the one that is there: others may have written
/// that, and passwords stand in addresses.
pub(super) fn configurations(jail: &Jail, guard: &Guard) -> Vec<(PathBuf, Vec<u8>)> {
    let one = |root: &String| {
        let there = guard.host_path(root)?.join(DIRECTORY).join("config");
        // Whatever stands there is covered, read or not; a link can't be, and then nothing starts.
        let meta = there.symlink_metadata().ok()?;
        let bytes = if meta.is_file() && meta.len() <= MOST { std::fs::read(&there).ok() } else { None };
        let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
        Some((Path::new("/").join(root).join(DIRECTORY).join("config"), harmless(&text).into_bytes()))
    };
    jail.git.iter().filter_map(one).collect()
}

/// A configuration that only says how the objects of a repository are kept.
fn harmless(text: &str) -> String {
    let value = |key: &str| {
        let words = text.lines().filter_map(|line| line.split_once('='));
        let found = words.rev().find(|(name, _)| name.trim().eq_ignore_ascii_case(key))?.1.trim().to_owned();
        found.chars().all(|c| c.is_ascii_alphanumeric()).then_some(found)
    };
    let extensions: Vec<String> =
        EXTENSIONS.iter().filter_map(|key| Some(format!("\t{key} = {}\n", value(key)?))).collect();
    let version = u8::from(!extensions.is_empty());
    let head = if extensions.is_empty() { "" } else { "[extensions]\n" };
    format!("[core]\n\trepositoryformatversion = {version}\n\tbare = false\n{head}{}", extensions.concat())
}

const VARIABLES: &[(&str, &str)] = &[
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_NO_LAZY_FETCH", "1"),
];

/// Takes git the means to run other programs. Nothing for any other program.
pub(super) fn tame(program: &Path, env: &mut Vec<(OsString, OsString)>) {
    if program.file_name().is_none_or(|name| name != "git") {
        return;
    }
    env.retain(|(name, _)| !name.to_string_lossy().starts_with("GIT_"));
    env.extend(VARIABLES.iter().map(|(name, value)| (name.into(), value.into())));
    env.push(("GIT_CONFIG_COUNT".into(), CONFIG.len().to_string().into()));
    for (index, (key, value)) in CONFIG.iter().enumerate() {
        env.push((format!("GIT_CONFIG_KEY_{index}").into(), key.into()));
        env.push((format!("GIT_CONFIG_VALUE_{index}").into(), value.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_how_objects_are_kept_is_taken_over() {
        let hostile = "[core]\n\trepositoryformatversion = 1\n\tfsmonitor = /tmp/x\n[extensions]\n\tobjectFormat = sha256\n\
                       \tpartialClone = origin\n[alias]\n\tlog = !id\n[remote \"origin\"]\n\turl = https://a:b@c\n";
        insta::assert_snapshot!(harmless(hostile), @r"
        [core]
        	repositoryformatversion = 1
        	bare = false
        [extensions]
        	objectformat = sha256
        ");
        let nothing = harmless("[extensions]\n\tobjectformat = sha256\\\n\trefstorage = a b\n");
        assert_eq!(nothing, "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
    }
}
