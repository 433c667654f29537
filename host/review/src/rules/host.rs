//! PLG019 and PLG020: the program it runs in, and the plugins beside it.

use claudetools_policy::{Code, Found, Manifest};
use semver::Version;

use super::Look;
use crate::shown::quoted;
use crate::{Finding, Input, Level, Rule, Subject, words};

/// The oldest wasmtime without a known advisory, and the oldest of the line before that was repaired too.
const FLOOR: Version = Version::new(47, 0, 3);
const FLOOR_OF_46: Version = Version::new(46, 0, 2);
/// The largest component that the loader reads.
const MOST_BYTES: u64 = 32 << 20;

pub(super) fn findings(look: &Look<'_, '_>) -> Vec<Finding> {
    let size = large(look.input.subject);
    let names = look.input.found().map(|found| shadowed(look.input, found)).unwrap_or_default();
    wasmtime(look.input.wasmtime).into_iter().chain(size).chain(names).collect()
}

/// PLG019.
fn wasmtime(version: &str) -> Option<Finding> {
    let message = old_wasmtime(version)?;
    Some(Finding::new(Rule::OldWasmtime, Level::Error, message).fix("update claudetools"))
}

/// What is to be said of a version of wasmtime with known holes. One that cannot be read is not a safe one.
pub fn old_wasmtime(version: &str) -> Option<String> {
    let is_safe = Version::parse(version).is_ok_and(|is| is >= FLOOR || is.major == 46 && is >= FLOOR_OF_46);
    (!is_safe).then(|| format!("This program has wasmtime {}, which has known holes.", quoted(version)))
}

/// PLG020, the size.
fn large(subject: Subject<'_>) -> Option<Finding> {
    let message = match subject {
        Subject::Unreadable(refusal) if refusal.code == Code::SupplySize => refusal.message.clone(),
        Subject::Found(found) if found.bytes > MOST_BYTES => {
            format!("The component is {} bytes long; the loader reads {}.", found.bytes, words::size(MOST_BYTES))
        }
        Subject::Found(_) | Subject::Unreadable(_) => return None,
    };
    Some(Finding::new(Rule::SizeOrShadow, Level::Error, message).fix("build it smaller"))
}

/// PLG020, the names. Case does not tell two names apart.
fn shadowed(input: &Input<'_>, found: &Found) -> Vec<Finding> {
    let manifest = &found.manifest;
    input.others.iter().flat_map(|other| shared(manifest, other)).collect()
}

fn shared(manifest: &Manifest, other: &Manifest) -> Vec<Finding> {
    let finding = |what: String| {
        let message = format!("It has {what}; neither is loaded, unless one is part of the program.");
        Finding::new(Rule::SizeOrShadow, Level::Error, message).fix("remove one of them")
    };
    let plugin = (manifest.name == other.name).then(|| format!("the name of another plugin, {}", quoted(&other.name)));
    let is_taken = |name: &str| other.tools.iter().any(|tool| tool.name.eq_ignore_ascii_case(name));
    let tools = manifest.tools.iter().filter(|tool| is_taken(&tool.name));
    let tools =
        tools.map(|tool| format!("a tool {}, and so has the plugin {}", quoted(&tool.name), quoted(&other.name)));
    plugin.into_iter().chain(tools).map(finding).collect()
}
