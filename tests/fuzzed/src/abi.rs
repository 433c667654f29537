//! Components, from their bytes to the end of a call.

mod component;
mod program;
mod world;

use arbitrary::{Result, Unstructured};
use wasm_smith::{Component, Config, Module};

use crate::manifest::with_section;
use world::MANIFEST;

/// The first byte says what the rest makes: a component of any form, a module of any code behind the real contract, a
/// program of calls into the host, or such a program with some of its bytes changed.
///
/// Whatever it is, it is refused with a code, or runs and ends within small limits with an outcome of the host's; the
/// host goes on, and answers another plugin.
pub fn abi(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let made = match kind % 4 {
        0 => any_component(rest),
        1 => any_module(rest),
        2 => Ok(Some(component::of(&program::module(rest)).expect("a program is a component"))),
        _ => Ok(Some(mangled(rest))),
    };
    if let Ok(Some(component)) = made {
        world::run(&with_section(&component, MANIFEST.as_bytes()));
    }
}

fn any_component(data: &[u8]) -> Result<Option<Vec<u8>>> {
    Component::new(small(), &mut Unstructured::new(data)).map(|component| Some(component.to_bytes()))
}

/// `None` where the tools that make components do not take the module.
fn any_module(data: &[u8]) -> Result<Option<Vec<u8>>> {
    let shape = wat::parse_str(include_str!("abi/shape.wat")).expect("the shape is ours");
    let config = Config { module_shape: Some(shape), ..small() };
    let module = Module::new(config, &mut Unstructured::new(data))?;
    Ok(component::of(&module.to_bytes()))
}

/// Every proposal on, so that what the engine has switched off is tried too; few and small parts.
fn small() -> Config {
    Config {
        max_memories: 2,
        max_tables: 2,
        max_funcs: 12,
        max_instructions: 60,
        allow_start_export: true,
        ..Config::default()
    }
}

/// After a length byte, triples of a place (two bytes) and what is XORed there, then a program.
fn mangled(data: &[u8]) -> Vec<u8> {
    let changes = data.first().map_or(0, |first| usize::from(*first) % 16 * 3);
    let changes = data.get(1..=changes).unwrap_or_default();
    let program = data.get(1 + changes.len()..).unwrap_or_default();
    let mut bytes = component::of(&program::module(program)).expect("a program is a component");
    for change in changes.chunks_exact(3) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % bytes.len();
        bytes[place] ^= change[2];
    }
    bytes
}
