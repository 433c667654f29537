//! Finds the built-in plugins that `cargo xtask guests` built, so that they become part of the binary, and the version
//! of wasmtime, so that the binary knows it.

use std::path::Path;

fn main() {
    for name in ["files", "m365", "m365-remediate", "msp", "scripts", "search", "shell", "skills", "vault"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/guests/{name}.wasm"));
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            println!("cargo::error=the plugin {name} is not built yet; run `cargo xtask guests` first");
        }
        println!("cargo::rustc-env=PLUGIN_{}={}", name.to_uppercase().replace('-', "_"), path.display());
    }
    println!("cargo::rustc-env=WASMTIME={}", wasmtime());
}

/// The version of wasmtime that is locked: a review compares it with the advisories.
fn wasmtime() -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    let text = std::fs::read_to_string(&lock).unwrap_or_default();
    let version = text.split_once("name = \"wasmtime\"\nversion = \"").and_then(|(_, rest)| rest.split('"').next());
    version.unwrap_or("unknown").to_owned()
}
