//! The guide for Python and JavaScript, its own commands run by a shell with what `cargo xtask guests` fetched.

use std::path::Path;
use std::process::Command;

use claudetools_tests::bot::Setup;
use claudetools_tests::built::{program, python};
use claudetools_tests::company::Places;

use crate::guide::{dropped, used};
use crate::text::{blocks, read};

#[test]
fn the_guides_plugin_in_python_is_made_built_dropped_granted_approved_and_used() {
    let guide = read("plugins/README.md");
    let (places, setup) = built(section(&guide, "In Python"));
    holds(&places, "app.py", blocks(section(&guide, "In Python"), "python").next().unwrap());
    assert!(dropped(&places, &setup).contains("access = [\"read\"]"));
    std::fs::write(places.path("repo/docs/vpn.md"), "one\ntwo\n").unwrap();
    used(&places, &setup, blocks(&guide, "toml").next().unwrap(), r#"{"file_path":"/repo/docs/vpn.md"}"#);
}

#[test]
fn the_guides_plugin_in_javascript_is_made_built_dropped_granted_approved_and_used() {
    let guide = read("plugins/README.md");
    let guide = section(&guide, "In JavaScript");
    let (places, setup) = built(guide);
    holds(&places, "app.js", blocks(guide, "js").next().unwrap());
    assert!(!dropped(&places, &setup).contains("grant"), "it asks for nothing");
    let call = blocks(guide, "sh").nth(1).unwrap();
    let input = call.split('\'').nth(1).unwrap();
    used(&places, &setup, blocks(guide, "toml").next().unwrap(), input);
}

/// What stands below this heading.
fn section<'a>(guide: &'a str, heading: &str) -> &'a str {
    let (_, after) = guide.split_once(&format!("### {heading}\n")).unwrap();
    after.split("\n##").next().unwrap()
}

/// Runs the first commands of a section where `plugins.toml` would be.
fn built(section: &str) -> (Places, Setup) {
    let places = Places::compiled().unwrap();
    shell(&places.path("base"), blocks(section, "sh").next().unwrap());
    let setup = Setup::new(&places).with("USER", "ann");
    (places, setup)
}

fn holds(places: &Places, file: &str, heart: &str) {
    assert!(std::fs::read_to_string(places.path("base/lines").join(file)).unwrap().contains(heart));
}

/// The registries are those copies that were fetched before: a test does not use the network.
#[expect(clippy::disallowed_methods, reason = "a test runs the commands of a document")]
fn shell(directory: &Path, lines: &str) {
    let tools = python().parent().unwrap().canonicalize().unwrap();
    let fetched = tools.parent().unwrap();
    let path =
        format!("{}:{}:{}", program().parent().unwrap().display(), tools.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.current_dir(directory).args(["-e", "-c", lines]).env("PATH", path);
    shell.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", fetched.join("wheels"));
    shell.env("npm_config_offline", "true").env("npm_config_cache", fetched.join("npm-cache"));
    let output = shell.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{lines}\n{out}\n{err}");
}
