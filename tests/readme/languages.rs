//! The templates in Python and JavaScript, built with what their registries give: `cargo test --test readme -- --ignored`.

use std::process::Command;

use claudetools::builtin::DEFAULT_POLICY;
use claudetools_tests::bot::Setup;
use claudetools_tests::built::program;
use claudetools_tests::company::Places;

use crate::guide::said;

#[test]
#[ignore = "takes componentize-py from PyPI, and compiling Python takes minutes"]
fn a_new_plugin_in_python_is_tested_built_approved_and_used() {
    let grant = "[[plugin.lines.grant]]\nid = \"fs\"\nwhy = \"x\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\nallow = [\"docs/**\"]\n";
    follow("python", "python3 -m unittest && sh build.sh", grant, r#"{"file_path":"/repo/docs/a.md"}"#);
}

#[test]
#[ignore = "takes componentize-js from npm, and compiling JavaScript's engine takes minutes"]
fn a_new_plugin_in_javascript_is_tested_built_approved_and_used() {
    follow("js", "npm install && npm test && npm run build", "", r#"{"text":"alpha"}"#);
}

/// What the README.md of a template says, from the directory to the call.
fn follow(lang: &str, build: &str, grant: &str, input: &str) {
    let places = Places::compiled().unwrap();
    let setup = Setup::new(&places).with("USER", "ann");
    said(&setup, &["plugin", "new", "lines", "--lang", lang], 0);
    let base = places.path("base");
    shell(&base.join("lines"), build);
    std::fs::copy(base.join("lines/build/lines.wasm"), base.join("plugins/lines.wasm")).unwrap();
    let table =
        "[plugin.lines]\ncomponent = \"plugins/lines.wasm\"\ncallers = { roles = [\"tech\"], origin = [\"user\"] }\n";
    std::fs::write(base.join("plugins.toml"), format!("{DEFAULT_POLICY}\n{table}\n{grant}")).unwrap();
    let approved = setup.run_typed(&["plugin", "approve", "lines"], "lines").unwrap();
    assert!(approved.status.success(), "{}", String::from_utf8_lossy(&approved.stderr));
    assert_eq!(said(&setup, &["plugin", "call", "Lines", input], 0), "1 line\n");
}

#[expect(clippy::disallowed_methods, reason = "a test runs the commands of a document")]
fn shell(directory: &std::path::Path, line: &str) {
    let output =
        Command::new("sh").current_dir(directory).args(["-c", line]).env("CLAUDETOOLS", program()).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}
