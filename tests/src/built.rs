//! What was built before the tests ran.

use std::path::{Path, PathBuf};

/// The bytes of a guest, such as `evil-fs`.
///
/// # Panics
///
/// When it is not built: a test that needs it must not pass without it.
pub fn guest(name: &str) -> Vec<u8> {
    let path = target().join("guests").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; run `cargo xtask guests` first",
            path.display()
        )
    })
}

/// The program `claudetools` as `cargo build` left it.
///
/// # Panics
///
/// When it is not built.
pub fn program() -> PathBuf {
    let path = target().join("debug/claudetools");
    assert!(
        path.is_file(),
        "{} is not there; run `cargo build --package claudetools` first",
        path.display()
    );
    path
}

/// The workspace's target directory.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}
