//! From a component's bytes to machine code: in this process or in a child, with a cache that only we write.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
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

/// Bytes of the digest behind it.
const DIGEST: u64 = 32;

/// How much of a file is in memory while its digest is made.
const PIECE: usize = 256 << 10;

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

/// Machine code on disk: `<digest of the component>-<version and settings>.code`, each file ending with the digest of
/// what is before it.
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
        if let Some(component) = kept(engine, &path) {
            return Ok(component);
        }
        // Who asks for the same at the same time waits, and finds it compiled. A machine without locks compiles twice.
        let lock = File::create(path.with_extension("lock"));
        let _locked = lock.and_then(|lock| lock.lock().map(|()| lock));
        if let Some(component) = kept(engine, &path) {
            return Ok(component);
        }
        let code = self.compile(engine, bytes)?;
        if let Err(error) = write(&self.dir, &path, &code) {
            tracing::warn!(path = %path.display(), %error, "compiled code was not kept");
        } else if let Some(component) = kept(engine, &path) {
            return Ok(component);
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

/// The component of a cache file. It is mapped, so that memory holds only the pages that are used; where the file system
/// allows no code to be mapped, it is read.
fn kept(engine: &Engine, path: &Path) -> Option<Component> {
    let file = verified(path)?;
    if let Ok(component) = map(engine, &file) {
        return Some(component);
    }
    let mut code = Vec::new();
    (&file).seek(SeekFrom::Start(0)).ok()?;
    (&file).read_to_end(&mut code).ok()?;
    load(engine, &code).ok()
}

/// Maps machine code out of a file that [`verified`] gave.
#[expect(unsafe_code, reason = "one of the two places that load machine code")]
fn map(engine: &Engine, file: &File) -> wasmtime::Result<Component> {
    // The file that is open, whatever its name means by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: what our own compiler gave for checked settings, in a file whose digest fits and which nobody but this
    // user can write: a cache file is made under another name, renamed once and never changed. wasmtime itself refuses
    // other versions and settings.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Loads machine code that [`Cache::compile`] made or [`verified`] read.
#[expect(unsafe_code, reason = "one of the two places that load machine code")]
fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` is what our own compiler gave for checked settings. From disk it comes only out of a
    // directory that nobody else may write to, and only when its digest, written with it, fits. wasmtime itself
    // refuses other versions and settings.
    unsafe { Component::deserialize(engine, code) }
}

/// A number for the version of wasmtime and every setting that changes the code.
fn settings(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

/// A cache file, where it is one of ours and not damaged.
fn verified(path: &Path) -> Option<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    let meta = file.metadata().ok()?;
    let owner = rustix::process::geteuid().as_raw();
    let code = meta.len().checked_sub(DIGEST).filter(|code| *code <= MAX_CODE)?;
    if !meta.is_file() || meta.uid() != owner || meta.mode() & 0o022 != 0 {
        return None;
    }
    let found = Digest::of_pieces(Pieces((&file).take(code))).ok()?;
    let mut written = [0; 32];
    (&file).read_exact(&mut written).ok()?;
    (found.bytes() == &written).then_some(file)
}

/// What a file holds, a piece at a time: the whole of it may be larger than all else that this program holds.
struct Pieces<R>(R);

impl<R: Read> Iterator for Pieces<R> {
    type Item = std::io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = vec![0; PIECE];
        match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(piece))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// Writes a cache file whole or not at all.
fn write(dir: &Path, path: &Path, code: &[u8]) -> std::io::Result<()> {
    let temporary = dir.join(format!("{}.tmp", uuid::Uuid::now_v7().simple()));
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = file
        .write_all(code)
        .and_then(|()| file.write_all(Digest::of(code).bytes()))
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
