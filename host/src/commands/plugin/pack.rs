//! `claudetools plugin pack`: a manifest put into a component of any language.

use std::ops::Range;
use std::path::Path;

use claudetools_policy::{Admission, Manifest, ManifestError, Policy, PolicyError, Refusal, admit};
use claudetools_sandbox::inspect;
use wasm_encoder::{CustomSection, Section as _};
use wasmparser::{BinaryReaderError, Encoding, Parser, Payload};

use crate::cli::PackArgs;
use crate::exit::{Exit, Fatal};

/// The custom section that holds the manifest.
const SECTION: &str = "claudetools:manifest";

/// The bytes before the first section: the magic and the version.
const HEADER: usize = 8;

/// Why a component is no plugin, and what to change.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Some other file.
    #[error("it is not WebAssembly; give the component that your build made")]
    NotWasm,
    /// A module without the component around it.
    #[error(
        "it is a core module, not a component; componentize it: Rust builds one with `--target wasm32-wasip2`, \
         `jco new` and `wasm-tools component new` make one of a module, componentize-py and componentize-js make one at once"
    )]
    CoreModule,
    /// Cut off or damaged.
    #[error("it cannot be read ({0}); build it again")]
    Damaged(#[from] BinaryReaderError),
    /// Packed before.
    #[error("it has a manifest already; with --replace this one takes its place")]
    Packed,
    /// The kit of Rust puts the manifest where it cannot be taken out.
    #[error(
        "its manifest was compiled in by the kit's `manifest!`; change manifest.toml and build it again, there is nothing to pack"
    )]
    CompiledIn,
    /// The manifest makes no sense.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The loader would not take it.
    #[error("{}", reasons(.0))]
    Refused(Vec<Refusal>),
    /// Never seen: the empty policy is one.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Packs, and says what the plugin is.
pub fn pack(args: &PackArgs) -> Result<(), Fatal> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|error| Fatal::new(Exit::Failed, format!("{} cannot be read: {error}", path.display())))
    };
    let bytes = read(&args.component)?;
    let manifest = String::from_utf8(read(&args.manifest)?)
        .map_err(|_| Fatal::new(Exit::Failed, format!("{} is not UTF-8", args.manifest.display())))?;
    let packed = packed(&bytes, &manifest, args.replace).map_err(|error| {
        let subject = if matches!(error, PackError::Manifest(_)) { &args.manifest } else { &args.component };
        Fatal::new(Exit::Failed, format!("{}: {error}", subject.display()))
    })?;
    write(&args.output, &packed.bytes)?;
    let Manifest { name, version, tools, .. } = packed.manifest;
    let tools: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    println!("{}: {name} {version} with {}", args.output.display(), tools.join(", "));
    Ok(())
}

/// A plugin.
#[derive(Debug)]
struct Packed {
    bytes: Vec<u8>,
    manifest: Manifest,
}

/// The component with the manifest in it, checked as the loader will.
fn packed(component: &[u8], manifest: &str, replace: bool) -> Result<Packed, PackError> {
    let parsed = Manifest::parse(manifest)?;
    let there = sections(component)?;
    if there.inner {
        return Err(PackError::CompiledIn);
    }
    if !there.own.is_empty() && !replace {
        return Err(PackError::Packed);
    }
    let mut bytes = component.to_vec();
    there.own.into_iter().rev().for_each(|range| drop(bytes.drain(range)));
    CustomSection { name: SECTION.into(), data: manifest.as_bytes().into() }.append_to(&mut bytes);
    let found = inspect(&bytes).map_err(|refusal| PackError::Refused(vec![refusal]))?;
    match admit(found, &Policy::parse("schema = 1")?, true) {
        Admission::Admitted(_) => Ok(Packed { bytes, manifest: parsed }),
        Admission::Quarantined(reasons) => Err(PackError::Refused(reasons)),
    }
}

/// Where a component has manifests.
struct Sections {
    /// Whole sections at its top.
    own: Vec<Range<usize>>,
    /// Whether there is one further in.
    inner: bool,
}

fn sections(bytes: &[u8]) -> Result<Sections, PackError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(PackError::NotWasm);
    }
    let mut found = Sections { own: Vec::new(), inner: false };
    let (mut start, mut depth) = (HEADER, 0_usize);
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        if depth == 0 && matches!(payload, Payload::Version { encoding: Encoding::Module, .. }) {
            return Err(PackError::CoreModule);
        }
        let section = payload.as_section().map(|(_, range)| range).filter(|_| depth == 0);
        match &payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(custom) if custom.name() == SECTION => match &section {
                Some(range) => found.own.push(start..range.end),
                None => found.inner = true,
            },
            _ => {}
        }
        start = section.map_or(start, |range| range.end);
    }
    Ok(found)
}

/// Whole or not at all, so that a bot that watches the directory never sees half of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Fatal> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        // What everybody may read and only its owner may change is what the loader takes.
        let mode = std::fs::Permissions::from_mode(0o644);
        let mut file = tempfile::Builder::new().prefix(".pack-").permissions(mode).tempfile_in(directory)?;
        file.write_all(bytes)?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| Fatal::new(Exit::Failed, format!("{} cannot be written: {error}", path.display())))
}

fn reasons(reasons: &[Refusal]) -> String {
    let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    reasons.join("; ")
}

#[cfg(test)]
mod tests;
