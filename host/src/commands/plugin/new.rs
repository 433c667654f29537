//! `claudetools plugin new`: the directory of a plugin that builds as it is.
//!
//! The kit and the contract are part of the program and written into the directory, so that a plugin needs nothing but
//! its language's own registry.

use std::fs;
use std::io;
use std::path::Path;

use claudetools_policy::{Manifest, ManifestError};

use crate::cli::{Lang, NewArgs};
use crate::exit::{Exit, Fatal};

/// A file of a template: where it goes, and what is in it.
type Page = (&'static str, &'static str);

/// The contract, which every language's bindings are made of.
const CONTRACT: Page = ("wit/plugin.wit", include_str!("../../../../wit/plugin.wit"));

const RUST: &[Page] = &[
    CONTRACT,
    ("Cargo.toml", include_str!("../../../template/rust/Cargo.toml.in")),
    ("manifest.toml", include_str!("../../../template/manifest.toml.in")),
    ("src/lib.rs", include_str!("../../../template/rust/lib.rs.in")),
    ("README.md", include_str!("../../../template/rust/README.md.in")),
    (".gitignore", "/target\n"),
    ("vendor/kit/Cargo.toml", include_str!("../../../template/rust/kit.toml.in")),
    ("vendor/kit/src/bindings.rs", include_str!("../../../../plugins/kit/src/bindings.rs")),
    ("vendor/kit/src/client.rs", include_str!("../../../../plugins/kit/src/client.rs")),
    ("vendor/kit/src/csv.rs", include_str!("../../../../plugins/kit/src/csv.rs")),
    ("vendor/kit/src/export.rs", include_str!("../../../../plugins/kit/src/export.rs")),
    ("vendor/kit/src/failure.rs", include_str!("../../../../plugins/kit/src/failure.rs")),
    ("vendor/kit/src/flight.rs", include_str!("../../../../plugins/kit/src/flight.rs")),
    ("vendor/kit/src/http.rs", include_str!("../../../../plugins/kit/src/http.rs")),
    ("vendor/kit/src/input.rs", include_str!("../../../../plugins/kit/src/input.rs")),
    ("vendor/kit/src/lib.rs", include_str!("../../../../plugins/kit/src/lib.rs")),
    ("vendor/kit/src/output.rs", include_str!("../../../../plugins/kit/src/output.rs")),
    ("vendor/kit/src/path.rs", include_str!("../../../../plugins/kit/src/path.rs")),
];

const PYTHON: &[Page] = &[
    CONTRACT,
    ("manifest.toml", include_str!("../../../template/manifest.toml.in")),
    ("app.py", include_str!("../../../template/python/app.py.in")),
    ("lines.py", include_str!("../../../template/python/lines.py.in")),
    ("test_lines.py", include_str!("../../../template/python/test_lines.py.in")),
    ("requirements.txt", include_str!("../../../template/python/requirements.txt.in")),
    ("build.sh", include_str!("../../../template/python/build.sh.in")),
    ("README.md", include_str!("../../../template/python/README.md.in")),
    (".gitignore", "/build\n/.venv\n__pycache__\n"),
];

const JS: &[Page] = &[
    CONTRACT,
    ("manifest.toml", include_str!("../../../template/js/manifest.toml.in")),
    ("app.js", include_str!("../../../template/js/app.js.in")),
    ("lines.js", include_str!("../../../template/js/lines.js.in")),
    ("lines.test.js", include_str!("../../../template/js/lines.test.js.in")),
    ("build.js", include_str!("../../../template/js/build.js.in")),
    ("package.json", include_str!("../../../template/js/package.json.in")),
    ("README.md", include_str!("../../../template/js/README.md.in")),
    (".gitignore", "/build\n/node_modules\n"),
];

/// Makes the directory, which must not be there.
pub fn new(args: &NewArgs) -> Result<(), Fatal> {
    let pages: Vec<(&str, String)> =
        pages(args.lang).iter().map(|(path, text)| (*path, filled(text, &args.name))).collect();
    let manifest = pages.iter().find(|(path, _)| *path == "manifest.toml").map(|(_, text)| Manifest::parse(text));
    if let Some(Err(ManifestError { problem, .. })) = manifest {
        return Err(Fatal::new(Exit::Usage, problem));
    }
    let directory = Path::new(&args.name);
    let failed = |error: io::Error| Fatal::new(Exit::Failed, format!("{} can't be made: {error}", directory.display()));
    fs::create_dir(directory).map_err(failed)?;
    for (path, text) in pages {
        write(&directory.join(path), &text).map_err(failed)?;
    }
    println!("{}: a plugin in {}; its README.md says how to build and approve it.", args.name, language(args.lang));
    Ok(())
}

fn pages(lang: Lang) -> &'static [Page] {
    match lang {
        Lang::Rust => RUST,
        Lang::Python => PYTHON,
        Lang::Js => JS,
    }
}

fn language(lang: Lang) -> &'static str {
    match lang {
        Lang::Rust => "Rust",
        Lang::Python => "Python",
        Lang::Js => "JavaScript",
    }
}

/// A page for this plugin. `crate_file` is the name that cargo gives to what it builds.
fn filled(text: &str, name: &str) -> String {
    text.replace("{{crate_file}}", &name.replace('-', "_")).replace("{{name}}", name).replace("{{tool}}", &tool(name))
}

/// `count-lines` as the name of a tool: `CountLines`.
fn tool(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    name.split('-').map(capital).collect()
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_plugin_may_have_is_refused_before_anything_is_made() {
        let refused = |name: &str| {
            let args = NewArgs { name: name.to_owned(), lang: Lang::Rust };
            new(&args).unwrap_err().to_string()
        };
        insta::assert_snapshot!(refused("../x"), @"`../x` is not a plugin's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
        insta::assert_snapshot!(refused("Lines"), @"`Lines` is not a plugin's name; expected a lower-case letter, then up to 63 of a-z, 0-9 and `-`");
        assert!(!Path::new("Lines").exists());
    }

    #[test]
    fn every_template_has_a_manifest_of_a_plugin_and_nothing_left_to_fill_in() {
        for lang in [Lang::Rust, Lang::Python, Lang::Js] {
            for (path, text) in pages(lang) {
                let text = filled(text, "count-words");
                assert!(!text.contains("{{name") && !text.contains("{{tool") && !text.contains("{{crate"), "{path}");
                if *path == "manifest.toml" {
                    assert_eq!(Manifest::parse(&text).unwrap().tools[0].name, "CountWords");
                }
            }
        }
    }

    #[test]
    fn the_whole_kit_is_in_the_template() {
        let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/kit/src");
        for entry in fs::read_dir(kit).unwrap() {
            let file = format!("vendor/kit/src/{}", entry.unwrap().file_name().into_string().unwrap());
            assert!(RUST.iter().any(|(path, _)| *path == file), "{file} is missing");
        }
    }
}
