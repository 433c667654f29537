//! Finds the built-in plugins that `cargo xtask guests` built, so that they become part of the binary.

use std::path::Path;

fn main() {
    for name in ["files", "search", "skills"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/guests/{name}.wasm"));
        println!("cargo::rerun-if-changed={}", path.display());
        if !path.is_file() {
            println!("cargo::error=the plugin {name} is not built yet; run `cargo xtask guests` first");
        }
        println!("cargo::rustc-env=PLUGIN_{}={}", name.to_uppercase(), path.display());
    }
}
