//! Git runs what configuration and attributes name: hooks, monitors, pagers, difference and transport programs. In a
//! jail it gets configuration that names none, whatever the repository or the user has.

use std::ffi::OsString;
use std::path::Path;

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
    ("diff.external", ""),
    ("gpg.program", "false"),
    ("protocol.allow", "never"),
    ("safe.bareRepository", "explicit"),
    ("safe.directory", "*"),
    ("uploadpack.packObjectsHook", ""),
];

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
