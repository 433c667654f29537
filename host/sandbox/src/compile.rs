//! From a component's bytes to machine code: in this process or in a child, with a cache that only we write.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use claudetools_jail::Worker;
use claudetools_policy::{Code, Digest, Refusal};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine;

/// The longest compilation: CPython took two minutes on a busy machine.
const MAX_TIME: Duration = Duration::from_secs(300);

/// The largest machine code: CPython's is 33 MB, and the largest component 32 MiB.
const MAX_CODE: u64 = 256 << 20;

/// Where components are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// In this process. For components that somebody trusts, and for tests.
    InProcess,
    /// In a child of this program, which is run as `PROGRAM compile-component` and calls
    /// [`compile_from_stdin`]. A component that makes the compiler loop or swell kills the child only.
    Child(PathBuf),
}

/// Compiles the component on standard input and writes its machine code to standard output. What the
/// hidden subcommand `compile-component` does.
pub fn compile_from_stdin() -> std::io::Result<()> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(crate::inspect::MAX_BYTES + 1).read_to_end(&mut bytes)?;
    let code = engine::compiler().and_then(|engine| engine.precompile_component(&bytes));
    let code = code.map_err(|error| std::io::Error::other(format!("{error:#}")))?;
    let mut out = std::io::stdout().lock();
    out.write_all(&code)?;
    out.flush()
}

/// Machine code on disk: `<digest of the component>-<version and settings>.code`, each file beginning with
/// the digest of the rest.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
    compiler: Compiler,
}

impl Cache {
    /// Makes the directory for its owner only. One that others may write to is refused: what lies there
    /// is executed.
    pub(crate) fn open(dir: &Path, compiler: Compiler) -> std::io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let meta = std::fs::metadata(dir)?;
        if meta.uid() != rustix::process::geteuid().as_raw() || meta.mode() & 0o022 != 0 {
            let message = format!("{} belongs to somebody else or may be written by others", dir.display());
            return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, message));
        }
        Ok(Self { dir: dir.to_owned(), compiler })
    }

    /// The component, compiled. These bytes and no others: nothing is looked up by name.
    pub(crate) fn component(&self, engine: &Engine, bytes: &[u8], digest: &Digest) -> Result<Component, Refusal> {
        let path = self.dir.join(format!("{}-{:016x}.code", digest.hex(), settings(engine)));
        if let Some(component) = read(&path).and_then(|code| load(engine, &code).ok()) {
            return Ok(component);
        }
        let code = self.compile(engine, bytes)?;
        if let Err(error) = write(&self.dir, &path, &code) {
            tracing::warn!(path = %path.display(), %error, "compiled code was not kept");
        }
        load(engine, &code).map_err(|error| unusable(&error.to_string()))
    }

    fn compile(&self, engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        match &self.compiler {
            Compiler::InProcess => engine.precompile_component(bytes).map_err(|error| unusable(&format!("{error:#}"))),
            Compiler::Child(program) => compile_in_child(program, bytes),
        }
    }
}

fn compile_in_child(program: &Path, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let done = Worker::new(program)
        .arg("compile-component")
        .wall(MAX_TIME)
        .max_output(MAX_CODE)
        .run(bytes)
        .map_err(|error| unusable(&error.to_string()))?;
    if !done.status.success() {
        let reason = String::from_utf8_lossy(&done.stderr);
        return Err(unusable(reason.trim()));
    }
    Ok(done.stdout)
}

/// Loads machine code that [`Cache::compile`] made or [`read`] verified.
#[expect(unsafe_code, reason = "the one place that loads machine code")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` is what our own compiler gave for checked settings. From disk it comes only out of a
    // directory that nobody else may write to, and only when its digest, written with it, still fits; these
    // bytes are in memory and are not read again. wasmtime itself refuses other versions and settings.
    unsafe { Component::deserialize(engine, code) }
}

/// A number for the version of wasmtime and every setting that changes the code.
fn settings(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// The code in a cache file, where it is one of ours and not damaged.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .ok()?;
    let meta = file.metadata().ok()?;
    if !meta.is_file() || meta.len() > MAX_CODE || meta.mode() & 0o022 != 0 {
        return None;
    }
    let mut digest = [0; 32];
    file.read_exact(&mut digest).ok()?;
    let mut code = Vec::new();
    file.read_to_end(&mut code).ok()?;
    (Digest::of(&code).bytes() == &digest).then_some(code)
}

/// Writes a cache file whole or not at all.
fn write(dir: &Path, path: &Path, code: &[u8]) -> std::io::Result<()> {
    let temporary = dir.join(format!("{}.tmp", uuid::Uuid::now_v7().simple()));
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = file
        .write_all(Digest::of(code).bytes())
        .and_then(|()| file.write_all(code))
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

fn unusable(reason: &str) -> Refusal {
    let first = reason.lines().next().unwrap_or_default();
    Refusal::new(Code::ProtoExport, "The component cannot be compiled.").hinted(first.to_owned())
}
