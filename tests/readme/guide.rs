//! The guide for plugins, followed to the letter.

use std::path::Path;
use std::process::Command;

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_tests::bot::Setup;
use claudetools_tests::built::target;
use claudetools_tests::company::Places;

use crate::text::{blocks, read, root};

#[test]
fn the_guides_plugin_is_made_built_dropped_granted_approved_and_used() {
    let guide = read("plugins/README.md");
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places).with("USER", "ann");
    let base = places.path("base");
    assert!(said(&setup, &["plugin", "new", "lines"], 0).starts_with("lines: a plugin in Rust"));
    let heart = blocks(&guide, "rust").next().unwrap();
    assert!(std::fs::read_to_string(base.join("lines/src/lib.rs")).unwrap().contains(heart));

    // The versions that are downloaded already.
    std::fs::write(base.join("lines/Cargo.lock"), read("plugins/Cargo.lock")).unwrap();
    let built = target().join("guests-build/guide");
    cargo(&base.join("lines"), &built, &["test"]);
    cargo(&base.join("lines"), &built, &["build", "--release", "--target", "wasm32-wasip2"]);
    std::fs::copy(built.join("wasm32-wasip2/release/lines.wasm"), base.join("plugins/lines.wasm")).unwrap();

    let table = dropped(&places, &setup);
    insta::assert_snapshot!(table, @r#"

    [plugin.lines]
    component = "plugins/lines.wasm"
    callers   = { roles = [], origin = ["user", "model"] }    # roles: admin, lead, reviewer, tech, viewer

    # It asks: To read the file whose lines are counted.
    # [[plugin.lines.grant]]
    # id = "fs"
    # why = "…"
    # kind = "fs"
    # root = "repo"
    # access = ["read"]
    # allow = ["docs/**"]
    # examples.allow = []
    # examples.refuse = []
    "#);
    std::fs::write(places.path("repo/docs/vpn.md"), "one\ntwo\n").unwrap();
    used(&places, &setup, blocks(&guide, "toml").next().unwrap(), r#"{"file_path":"/repo/docs/vpn.md"}"#);
    assert!(said(&setup, &["plugin", "why", "lines", "read docs/vpn.md"], 0).starts_with("ALLOWED"));
}

/// Step 3 and the first half of 4: what was dropped waits, and the table to begin with.
pub fn dropped(places: &Places, setup: &Setup) -> String {
    assert!(said(setup, &["plugin", "list"], 0).contains("lines 0.1.0 · quarantine"));
    std::fs::write(places.path("base/plugins.toml"), DEFAULT_POLICY).unwrap();
    said(setup, &["plugin", "approve", "lines"], 3)
}

/// The rest of 4 to 6: granted, still waiting, approved, used from the shell and in a thread on a text of two lines.
pub fn used(places: &Places, setup: &Setup, granted: &str, input: &str) {
    std::fs::write(places.path("base/plugins.toml"), format!("{DEFAULT_POLICY}\n{granted}")).unwrap();
    assert!(said(setup, &["plugin", "list"], 0).contains("lines 0.1.0 · quarantine"), "a grant is no approval");
    let approved = setup.run_typed(&["plugin", "approve", "lines"], "lines").unwrap();
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    assert_eq!(said(setup, &["plugin", "call", "Lines", input], 0), "2 lines\n");
    assert!(said(setup, &["ask", &format!("/tool Lines {input}")], 0).contains("2 lines"));
}

/// What the program prints when it ends with this code.
fn said(setup: &Setup, arguments: &[&str], code: i32) -> String {
    let output = setup.run(arguments).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test runs the command of a document")]
fn cargo(directory: &Path, target: &Path, arguments: &[&str]) {
    let mut cargo = Command::new("cargo");
    // The toolchain is this checkout's; what the outer cargo set for itself is not for this one.
    cargo.current_dir(root()).args(arguments).arg("--manifest-path").arg(directory.join("Cargo.toml"));
    cargo.env("CARGO_TARGET_DIR", target);
    for name in ["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "RUSTC", "RUSTC_WORKSPACE_WRAPPER", "RUSTFLAGS"] {
        cargo.env_remove(name);
    }
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}
