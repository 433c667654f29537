//! The guide for plugins, followed to the letter.

use std::path::{Path, PathBuf};
use std::process::Command;

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_tests::bot::Setup;
use claudetools_tests::built::target;
use claudetools_tests::company::{Places, approval};

use crate::text::{blocks, read, root};

#[test]
fn the_guides_plugin_builds_waits_for_its_approval_and_works() {
    let guide = read("plugins/README.md");
    let component = std::fs::read(built(&guide)).unwrap();
    let places = Places::compiled().unwrap();
    std::fs::write(places.path("base/plugins/lines.wasm"), &component).unwrap();
    assert!(quarantine(&places).contains("supply.unapproved"));

    let grant = blocks(&guide, "toml").last().unwrap();
    let policy = format!("{DEFAULT_POLICY}\n{grant}\n");
    std::fs::write(places.path("base/plugins.toml"), &policy).unwrap();
    assert!(quarantine(&places).contains("supply.unapproved"), "a grant is no approval");

    let policy = format!("{policy}\n{}", approval(&component));
    std::fs::write(places.path("base/plugins.toml"), policy).unwrap();
    let question = "/tool CountLines {\"file_path\":\"/repo/docs/a.md\"}";
    let output = Setup::new(&places).run(&["ask", question]).unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.contains("1 lines"), "{answer}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// What the list of plugins says of `lines`.
fn quarantine(places: &Places) -> String {
    let output = Setup::new(places).run(&["plugin", "list"]).unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let (_, lines) = listed.split_once("lines 1.0.0 · quarantine\n").unwrap_or_else(|| panic!("{listed}"));
    lines.to_owned()
}

/// Writes the guide's files, and builds them as it says.
fn built(guide: &str) -> PathBuf {
    let crate_dir = tempfile::tempdir().unwrap();
    let kit = root().join("plugins/kit").canonicalize().unwrap();
    let mut toml = blocks(guide, "toml");
    let manifest = toml.next().unwrap().replace("../kit", kit.to_str().unwrap());
    write(crate_dir.path(), "Cargo.toml", &manifest);
    write(crate_dir.path(), "manifest.toml", toml.next().unwrap());
    write(crate_dir.path(), "src/lib.rs", blocks(guide, "rust").next().unwrap());
    // The versions that are downloaded already.
    write(crate_dir.path(), "Cargo.lock", &read("plugins/Cargo.lock"));
    let target = target().join("guests-build/guide");
    build(crate_dir.path(), &target);
    target.join("wasm32-wasip2/release/lines.wasm")
}

fn write(directory: &Path, file: &str, text: &str) {
    let path = directory.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a test runs the command of a document")]
fn build(crate_dir: &Path, target: &Path) {
    let mut cargo = Command::new("cargo");
    // The toolchain is this checkout's; what the outer cargo set for itself is not for this one.
    cargo.current_dir(root()).args(["build", "--release", "--target", "wasm32-wasip2", "--manifest-path"]);
    cargo.arg(crate_dir.join("Cargo.toml")).env("CARGO_TARGET_DIR", target);
    for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "RUSTC", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
