//! Components out of the parts in `guests/evil-abi`.

use std::path::{Path, PathBuf};

use claudetools_policy::Approval;
use claudetools_sandbox::inspect;
use claudetools_tests::company::Places;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::row::Made;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The WIT that every guest is made with, in the order in which it builds on each other.
const WIT: [&str; 6] = [
    "host/sandbox/wit/deps/io.wit",
    "host/sandbox/wit/deps/clocks.wit",
    "host/sandbox/wit/deps/filesystem.wit",
    "wit/plugin.wit",
    "host/sandbox/wit/world.wit",
    "tests/guests/evil-abi/worlds.wit",
];

/// Drops the component, and gives its name and its approval in `plugins.toml`. Without a manifest that can be read it
/// has none.
pub fn drop_in(places: &Places, made: &Made) -> Result<(String, String)> {
    let bytes = component(made)?;
    let (name, approved) = match inspect(&bytes) {
        Ok(found) => {
            let name = found.manifest.name.clone();
            let approved = approval(made, found.approval("the test", None))?.to_toml(&name);
            (name, approved)
        }
        Err(_) => ("evil-abi".to_owned(), String::new()),
    };
    std::fs::write(places.path(&format!("base/plugins/dropped-{name}.wasm")), bytes)?;
    Ok((name, approved))
}

/// The legal neighbour of every component that is made: the same manifest under other names, with code that answers.
pub fn neighbour() -> Made {
    let names =
        [("evil-abi", "good-abi"), ("name = \"abi\"", "name = \"good\""), ("Does what", "Well-behaved: does what")];
    let manifest = names.map(|(from, to)| (from.to_owned(), to.to_owned())).into();
    Made { core: "answer".to_owned(), contract: "plugin".to_owned(), manifest, before: None, outdated: Vec::new() }
}

/// The approval of a component, save what is that of the version before.
fn approval(made: &Made, approval: Approval) -> Result<Approval> {
    let Some(before) = &made.before else { return Ok(approval) };
    let before = inspect(&component(before)?)?.approval("the test", None);
    let mut mixed = approval;
    for digest in &made.outdated {
        match digest.as_str() {
            "component" => mixed.component = before.component,
            "request" => mixed.request = before.request,
            "imports" => mixed.imports = before.imports,
            "strings" => mixed.strings = before.strings,
            other => return Err(format!("an approval has no digest called {other}").into()),
        }
    }
    Ok(mixed)
}

fn component(made: &Made) -> Result<Vec<u8>> {
    let mut core = wat::parse_str(read(&format!("{}.wat", made.core))?.replace(";;prelude", &read("prelude.wat")?))?;
    let mut resolve = Resolve::default();
    let mut package = None;
    for file in WIT {
        let text = std::fs::read_to_string(checkout().join(file))?;
        package = Some(resolve.push_str(file, &changed(&text, &made.contract))?);
    }
    let world = if made.contract == "no-call" { "no-call" } else { "guest" };
    let world = resolve.select_world(&Vec::from_iter(package), Some(world))?;
    embed_component_metadata(&mut core, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default().module(&core)?.encode()?;
    let manifest = made.manifest.iter().fold(read("manifest.toml")?, |text, (from, to)| text.replace(from, to));
    Ok(with_section(component, "claudetools:manifest", manifest.as_bytes()))
}

/// A contract that is nearly ours.
fn changed(wit: &str, contract: &str) -> String {
    match contract {
        "wrong-call" => {
            wit.replace("call: func(invocation: invocation) -> result<output, failure>", "call: func(x: u32) -> u32")
        }
        "embeds" => wit.replace("document(blob),", "document(blob), embed(string),"),
        _ => wit.to_owned(),
    }
}

fn with_section(mut component: Vec<u8>, name: &str, data: &[u8]) -> Vec<u8> {
    use wasm_encoder::{CustomSection, Section as _};
    CustomSection { name: name.into(), data: data.into() }.append_to(&mut component);
    component
}

fn read(file: &str) -> std::io::Result<String> {
    std::fs::read_to_string(checkout().join("tests/guests/evil-abi").join(file))
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
