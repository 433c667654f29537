//! Builtins that only pretend to be a program: without them the name is the host's to grant or refuse.

/// They reach no network, no interpreter and no terminal from here.
const PRETENDERS: &[&str] = &[
    "curl",
    "git",
    "http",
    "make",
    "nano",
    "node",
    "python",
    "python3",
    "scp",
    "sftp",
    "sqlite",
    "sqlite3",
    "ssh",
    "sudo",
    "ts",
    "typescript",
    "vi",
    "vim",
    "wget",
];

/// Whether a builtin stays.
pub fn is_kept(name: &str) -> bool {
    !PRETENDERS.contains(&name)
}
