//! What was built before the tests ran.

use std::path::{Path, PathBuf};

/// The bytes of a guest, such as `evil-fs`.
///
/// # Panics
///
/// When it is not built: a test that needs it must not pass without it.
pub fn guest(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask guests` first", path.display()))
}

/// The program `claudetools` as `cargo build` left it, of the same profile as the running test.
///
/// # Panics
///
/// When it is not built.
pub fn program() -> PathBuf {
    let path = profile().join("claudetools");
    assert!(path.is_file(), "{} is not there; run `cargo build --package claudetools` first", path.display());
    path
}

/// The Python that `cargo xtask test` makes, with the client of the MCP SDK.
///
/// # Panics
///
/// When it is not made: a test that needs it must not pass without it.
pub fn python() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python");
    assert!(path.is_file(), "{} is not there; run `cargo xtask guests` first", path.display());
    path
}

/// The target directory that the running test was built in, wherever CARGO_TARGET_DIR has put it.
pub fn target() -> PathBuf {
    above(&profile())
}

/// `target/debug`, or the directory of another profile: the running test lies in its `deps`.
fn profile() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_else(|error| panic!("the test cannot find its own file: {error}"));
    above(&above(&test))
}

fn above(path: &Path) -> PathBuf {
    path.parent().unwrap_or_else(|| panic!("nothing is above {}", path.display())).to_owned()
}
