//! What a component's bytes say of themselves, without running any of them.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use claudetools_policy::{Code, Digest, Found, Manifest, Refusal, foreign};
use rustix::fs::OFlags;
use wasmparser::{Encoding, Parser, Payload};

/// The largest component. CPython in a component is 18 MB, and the largest runtime that was measured.
pub(crate) const MAX_BYTES: u64 = 32 << 20;

/// The largest manifest: 64 tools with long schemas.
const MAX_MANIFEST: usize = 256 << 10;

/// The custom section that holds the manifest.
const SECTION: &str = "claudetools:manifest";

/// Reads a component's file once, from its own descriptor.
///
/// Refuses (`supply.size`) a link, a FIFO or device, a file with other hard links, one that its group or
/// anybody may write to, and one above 32 MiB. The file is not opened again: what is inspected is what is
/// compiled.
pub fn read_component(path: &Path) -> Result<Vec<u8>, Refusal> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let refused = |why: String| Refusal::new(Code::SupplySize, format!("The file `{name}` {why}."));
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path).map_err(|error| {
        match rustix::io::Errno::from_io_error(&error) {
            Some(rustix::io::Errno::LOOP) => refused("is a link; put a copy of the file there".to_owned()),
            _ => refused(format!("cannot be opened: {error}")),
        }
    })?;
    let meta = file.metadata().map_err(|error| refused(format!("cannot be looked at: {error}")))?;
    if !meta.is_file() {
        return Err(refused("is not a regular file".to_owned()));
    }
    if meta.nlink() != 1 {
        return Err(refused(format!(
            "has {} names, and could be changed through another; put a copy of it there instead of a link",
            meta.nlink()
        )));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(refused("may be written by its group or by anybody; run `chmod go-w` on it".to_owned()));
    }
    check_size(meta.len())?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| refused(format!("cannot be read: {error}")))?;
    check_size(bytes.len() as u64)?;
    Ok(bytes)
}

/// What is in a component: its manifest, its imports and its exports. Runs none of its code.
pub fn inspect(bytes: &[u8]) -> Result<Found, Refusal> {
    check_size(bytes.len() as u64)?;
    if bytes.starts_with(b"\x7fELF") {
        return Err(broken(
            "it is compiled machine code, which is never loaded; put the `.wasm` there that it came from",
        ));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(broken("it is not WebAssembly"));
    }
    let mut parts = Parts::default();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| broken(&error.to_string()))?;
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => {
                return Err(broken("it is a core module; build it as a component (target wasm32-wasip2)"));
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            payload => parts.take(payload, depth)?,
        }
    }
    parts.found(bytes)
}

/// What was found on the way.
#[derive(Default)]
struct Parts<'a> {
    manifest: Option<&'a [u8]>,
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl<'a> Parts<'a> {
    fn take(&mut self, payload: Payload<'a>, depth: usize) -> Result<(), Refusal> {
        let wrong = |error: wasmparser::BinaryReaderError| broken(&error.to_string());
        match payload {
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    self.imports.insert(import.map_err(wrong)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    self.exports.insert(export.map_err(wrong)?.name.name.to_owned());
                }
            }
            // The toolchain of Rust puts it into the core module, packing tools at the top.
            Payload::CustomSection(section) if section.name() == SECTION => {
                self.manifest(section.data())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Two different manifests would be one for the reviewer and one for the model.
    fn manifest(&mut self, data: &'a [u8]) -> Result<(), Refusal> {
        match self.manifest.replace(data) {
            Some(other) if other != data => Err(broken("it has two different manifests")),
            _ => Ok(()),
        }
    }

    fn found(self, bytes: &[u8]) -> Result<Found, Refusal> {
        let data = self.manifest.ok_or_else(|| match foreign(&self.exports) {
            Some(message) => Refusal::new(Code::ProtoExport, message),
            None => broken(
                "it has no `claudetools:manifest` section; build it with the kit, or run `claudetools plugin pack`",
            ),
        })?;
        if data.len() > MAX_MANIFEST {
            return Err(broken(&format!("its manifest has {} bytes; {MAX_MANIFEST} are allowed", data.len())));
        }
        let text = std::str::from_utf8(data).map_err(|_| broken("its manifest is not UTF-8"))?;
        let manifest = Manifest::parse(text).map_err(|error| broken_for(error.code, &error.to_string()))?;
        Ok(Found {
            component: Digest::of(bytes),
            manifest,
            imports: self.imports,
            exports: self.exports,
            bytes: bytes.len() as u64,
        })
    }
}

fn check_size(bytes: u64) -> Result<(), Refusal> {
    if bytes > MAX_BYTES {
        let message = format!("The component has more than {MAX_BYTES} bytes.");
        return Err(Refusal::new(Code::SupplySize, message));
    }
    Ok(())
}

fn broken(why: &str) -> Refusal {
    broken_for(Code::ProtoExport, why)
}

fn broken_for(code: Code, why: &str) -> Refusal {
    let first = why.lines().next().unwrap_or_default();
    Refusal::new(code, format!("This is not a plugin: {first}."))
}
