//! Core modules to components of the real contract.

use std::sync::LazyLock;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// The WIT that guests are made with, in the order in which it builds on each other.
const WIT: [(&str, &str); 6] = [
    ("io.wit", include_str!("../../../../host/sandbox/wit/deps/io.wit")),
    ("clocks.wit", include_str!("../../../../host/sandbox/wit/deps/clocks.wit")),
    ("filesystem.wit", include_str!("../../../../host/sandbox/wit/deps/filesystem.wit")),
    ("plugin.wit", include_str!("../../../../wit/plugin.wit")),
    ("world.wit", include_str!("../../../../host/sandbox/wit/world.wit")),
    ("worlds.wit", include_str!("../../../guests/evil-abi/worlds.wit")),
];

static CONTRACT: LazyLock<(Resolve, WorldId)> = LazyLock::new(|| {
    let mut resolve = Resolve::default();
    let packages = WIT.map(|(name, text)| resolve.push_str(name, text).expect("the contract is read"));
    let world = resolve.select_world(&packages[5..], Some("guest")).expect("the world of hostile guests is there");
    (resolve, world)
});

/// The component with this core module; `None` where it does not fit the contract.
pub fn of(core: &[u8]) -> Option<Vec<u8>> {
    let (resolve, world) = &*CONTRACT;
    let mut core = core.to_vec();
    embed_component_metadata(&mut core, resolve, *world, StringEncoding::UTF8).ok()?;
    ComponentEncoder::default().module(&core).ok()?.encode().ok()
}
