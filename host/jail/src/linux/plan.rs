//! From a description to plain data: everything that the jail's first process needs, made before it exists.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use rustix::process::Resource;

use super::landlock::Right;
use super::program::{Identity, Verified};
use super::{calls, filter, numbers, sys};
use crate::error::JailError;
use crate::jail::{Access, Jail, Limits, Net, Program};
use crate::layer::Layer;

/// What the jail's user is called, and its number there; outside it is the bot's own.
const PASSWD: &[u8] = b"jail:x:1000:1000:jail:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";
const GROUP: &[u8] = b"jail:x:1000:\nnogroup:x:65534:\n";
/// Names are looked up nowhere but in these files.
const NSSWITCH: &[u8] = b"passwd: files\ngroup: files\nhosts: files\n";
const HOSTS: &[u8] = b"127.0.0.1 localhost\n::1 localhost\n";

/// What of `/etc` programs can't run without: libraries, the time zone, certificates, Debian's links.
const ETC: [&str; 9] = [
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust/extracted",
];

const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const DEV_LINKS: [(&str, &str); 5] = [
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/shm", "/tmp"),
];

/// Objects that are mounted over what is hidden; unlinked when the root is complete.
pub(super) const NO_FILE: &std::ffi::CStr = c".no-file";
pub(super) const NO_DIRECTORY: &std::ffi::CStr = c".no-directory";
/// What covers a file, while it is made.
pub(super) const COVER: &std::ffi::CStr = c".cover";

const DATA: u64 = sys::READ_ONLY | sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
const SYSTEM: u64 = sys::READ_ONLY | sys::NO_SETID | sys::NO_DEVICES;
const SCRATCH: u64 = sys::NO_SETID | sys::NO_DEVICES | sys::NO_EXEC;
const DEVICE: u64 = sys::READ_ONLY | sys::NO_SETID | sys::NO_EXEC;

/// How many more processes than allowed the kernel lets be, so that the supervisor sees that it is too many.
const SEEN: u64 = 16;

/// One step of building the root.
pub(super) enum Step {
    /// A directory, where there is none.
    Directory(Spot),
    /// A file, where there is none: something to mount a file on.
    Target(Spot),
    /// A file of these bytes.
    File(Spot, &'static [u8]),
    /// A symbolic link to this.
    Link(Spot, CString),
    /// A part of the host, with these attributes added; the very file that was verified, where one was.
    Copy { source: CString, spot: Spot, attributes: u64, only: Option<Identity> },
    /// An empty file system in memory of this size.
    Memory(Spot, CString),
    /// The jail's own processes, where the system allows to show them.
    Processes(Spot),
    /// Something that must not be seen.
    Hide(Spot),
    /// These bytes in the stead of a file that is there.
    Cover(Spot, Vec<u8>),
}

/// A path in the new root.
pub(super) struct Spot {
    /// The directory, relative to the root.
    pub(super) parent: CString,
    /// The name in it.
    pub(super) name: CString,
    /// Both.
    pub(super) whole: CString,
}

/// Everything that the jail's first process does, in the order in which it does it.
pub(super) struct Plan {
    /// What is written to the maps of users and groups.
    pub(super) maps: [Vec<u8>; 2],
    pub(super) steps: Vec<Step>,
    pub(super) port: Option<u16>,
    pub(super) rights: Vec<(CString, Right)>,
    pub(super) filter: Vec<libc::sock_filter>,
    pub(super) limits: [(Resource, u64); 6],
    /// What is written to have the kernel give no more process numbers; nothing where it has only one count for all
    /// namespaces.
    pub(super) numbers: Option<Vec<u8>>,
    /// Where the program is in the jail.
    pub(super) program: CString,
    pub(super) args: Vec<CString>,
    pub(super) env: Vec<CString>,
    pub(super) directory: CString,
}

impl Plan {
    pub(super) fn new(
        jail: &Jail,
        (program, verified): (&Program, &Verified),
        args: &[OsString],
        directory: &Path,
    ) -> Result<Self, JailError> {
        let args = [program.path.as_os_str()].into_iter().chain(args.iter().map(OsString::as_os_str));
        let env = jail.env.iter().map(|(name, value)| {
            let joined = [name.as_bytes(), b"=", value.as_bytes()].concat();
            string(&OsString::from_vec(joined))
        });
        let Builder { steps, rights } = Builder::build(jail, verified)?;
        Ok(Self {
            maps: maps(),
            steps,
            port: if let Net::Proxy { port } = jail.net { Some(port) } else { None },
            rights,
            filter: filter::assemble(&calls::rules(jail)),
            limits: limits(&jail.limits),
            numbers: numbers::most(u64::from(jail.limits.processes) + SEEN),
            program: string(verified.path.as_os_str())?,
            args: args.map(string).collect::<Result<_, _>>()?,
            env: env.collect::<Result<_, _>>()?,
            directory: string(directory.as_os_str())?,
        })
    }

    /// A plan of nothing, to try single layers with.
    pub(super) fn empty() -> Self {
        let jail = Jail::default();
        Self {
            maps: maps(),
            steps: Vec::new(),
            port: None,
            rights: Vec::new(),
            filter: filter::assemble(&calls::rules(&jail)),
            limits: limits(&jail.limits),
            numbers: None,
            program: CString::default(),
            args: Vec::new(),
            env: Vec::new(),
            directory: CString::default(),
        }
    }

    /// Whether a step is that of the verified program.
    pub(super) fn is_program(&self, step: u16) -> bool {
        matches!(self.steps.get(usize::from(step)), Some(Step::Copy { only: Some(_), .. }))
    }

    /// The path that a step is about.
    pub(super) fn shown(&self, step: u16) -> Option<String> {
        let shown = |spot: &Spot| format!("/{}", spot.whole.to_string_lossy());
        Some(match self.steps.get(usize::from(step))? {
            Step::Copy { source, spot, .. } => format!("{} (for {})", source.to_string_lossy(), shown(spot)),
            Step::Directory(spot) | Step::Target(spot) | Step::File(spot, _) | Step::Link(spot, _) => shown(spot),
            Step::Memory(spot, _) | Step::Processes(spot) | Step::Hide(spot) | Step::Cover(spot, _) => shown(spot),
        })
    }
}

fn maps() -> [Vec<u8>; 2] {
    let user = rustix::process::geteuid().as_raw();
    let group = rustix::process::getegid().as_raw();
    [format!("1000 {user} 1\n").into_bytes(), format!("1000 {group} 1\n").into_bytes()]
}

fn limits(limits: &Limits) -> [(Resource, u64); 6] {
    [
        // Twice, so that who wants too much is seen by the supervisor, which says so; only who wants much more at
        // once meets this wall.
        (Resource::Data, limits.memory.saturating_mul(2)),
        (Resource::Cpu, limits.cpu.as_secs().max(1)),
        (Resource::Fsize, limits.file_size),
        (Resource::Nofile, limits.files),
        (Resource::Core, 0),
        (Resource::Nproc, u64::from(limits.processes) + SEEN),
    ]
}

fn string(text: &OsStr) -> Result<CString, JailError> {
    let nul = || JailError::Described(format!("{text:?} has a zero byte in it, which no system call can take"));
    CString::new(text.as_bytes()).map_err(|_| nul())
}

/// Collects the steps, and what Landlock will allow of each.
struct Builder {
    steps: Vec<Step>,
    rights: Vec<(CString, Right)>,
}

impl Builder {
    fn build(jail: &Jail, program: &Verified) -> Result<Self, JailError> {
        let mut builder = Self { steps: Vec::new(), rights: Vec::new() };
        builder.allow(Path::new("/"), Right::List)?;
        for part in &jail.system {
            builder.part(part, Right::ReadAndExecute)?;
        }
        builder.etc()?;
        builder.dev()?;
        builder.memory(jail.limits.tmp)?;
        builder.places(jail)?;
        for socket in &jail.unix {
            builder.copy(socket, socket, DATA, None)?;
        }
        builder.copy(&program.path, &program.path, SYSTEM, Some(program.identity))?;
        builder.allow(&program.path, Right::ReadAndExecute)?;
        Ok(builder)
    }

    /// A part of the host's system, or the link that stands there; nothing where there is nothing.
    fn part(&mut self, part: &Path, right: Right) -> Result<(), JailError> {
        let Ok(meta) = part.symlink_metadata() else { return Ok(()) };
        self.allow(part, right)?;
        if meta.is_symlink() {
            let target = part.read_link().map_err(|source| unreadable(part, source))?;
            self.parents(part)?;
            self.steps.push(Step::Link(spot(part)?, string(target.as_os_str())?));
            return Ok(());
        }
        let attributes = if right == Right::ReadAndExecute { SYSTEM } else { DATA };
        self.copy(part, part, attributes, None)
    }

    fn etc(&mut self) -> Result<(), JailError> {
        for part in ETC {
            self.part(Path::new(part), Right::Read)?;
        }
        let made = [("passwd", PASSWD), ("group", GROUP), ("nsswitch.conf", NSSWITCH), ("hosts", HOSTS)];
        for (name, bytes) in made {
            let path = Path::new("/etc").join(name);
            self.parents(&path)?;
            self.steps.push(Step::File(spot(&path)?, bytes));
        }
        self.allow(Path::new("/etc"), Right::Read)
    }

    fn dev(&mut self) -> Result<(), JailError> {
        for device in DEVICES.map(Path::new) {
            self.copy(device, device, DEVICE, None)?;
        }
        for (link, target) in DEV_LINKS {
            self.steps.push(Step::Link(spot(Path::new(link))?, string(target.as_ref())?));
        }
        self.allow(Path::new("/dev"), Right::Devices)
    }

    fn memory(&mut self, size: u64) -> Result<(), JailError> {
        let (tmp, proc) = (Path::new("/tmp"), Path::new("/proc"));
        self.steps.push(Step::Directory(spot(tmp)?));
        self.steps.push(Step::Memory(spot(tmp)?, string(size.to_string().as_ref())?));
        self.steps.push(Step::Directory(spot(proc)?));
        self.steps.push(Step::Processes(spot(proc)?));
        self.allow(tmp, Right::Write)?;
        self.allow(proc, Right::Read)
    }

    fn places(&mut self, jail: &Jail) -> Result<(), JailError> {
        self.steps.push(Step::Directory(spot_of(NO_DIRECTORY)?));
        self.steps.push(Step::Target(spot_of(NO_FILE)?));
        for place in &jail.places {
            let (attributes, right) = match place.access {
                Access::Read => (DATA, Right::Read),
                Access::Write => (SCRATCH, Right::Write),
            };
            self.free(jail, &place.guest)?;
            self.copy(&place.host, &place.guest, attributes, None)?;
            self.allow(&place.guest, right)?;
        }
        for place in &jail.places {
            for hidden in &place.hidden {
                self.steps.push(Step::Hide(spot(&place.guest.join(relative(hidden)?))?));
            }
        }
        for (path, bytes) in &jail.files {
            self.steps.push(Step::Cover(spot(path)?, bytes.clone()));
        }
        Ok(())
    }

    /// A place may not stand where the jail has something of its own.
    fn free(&self, jail: &Jail, guest: &Path) -> Result<(), JailError> {
        let own = ["/etc", "/dev", "/proc", "/tmp"].map(PathBuf::from);
        let mut taken = own.iter().chain(&jail.system);
        match taken.find(|taken| guest.starts_with(taken) || taken.starts_with(guest)) {
            Some(taken) => Err(JailError::Described(format!("a place at {guest:?} would cover {taken:?} of the jail"))),
            None => Ok(()),
        }
    }

    /// A part of the host at a path of the jail.
    fn copy(&mut self, host: &Path, guest: &Path, attributes: u64, only: Option<Identity>) -> Result<(), JailError> {
        let source = host.canonicalize().map_err(|source| unreadable(host, source))?;
        let is_dir = source.is_dir();
        self.parents(guest)?;
        self.steps.push(if is_dir { Step::Directory(spot(guest)?) } else { Step::Target(spot(guest)?) });
        let (source, spot) = (string(source.as_os_str())?, spot(guest)?);
        self.steps.push(Step::Copy { source, spot, attributes, only });
        Ok(())
    }

    /// The directories that lead to a path.
    fn parents(&mut self, path: &Path) -> Result<(), JailError> {
        let mut parents: Vec<&Path> = path.ancestors().skip(1).filter(|parent| parent.parent().is_some()).collect();
        parents.reverse();
        for parent in parents {
            self.steps.push(Step::Directory(spot(parent)?));
        }
        Ok(())
    }

    fn allow(&mut self, path: &Path, right: Right) -> Result<(), JailError> {
        self.rights.push((string(path.as_os_str())?, right));
        Ok(())
    }
}

fn unreadable(path: &Path, source: io::Error) -> JailError {
    JailError::Layer { layer: Layer::Files, what: Some(path.display().to_string()), source }
}

fn relative(path: &Path) -> Result<&Path, JailError> {
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    if plain && path.components().next().is_some() {
        return Ok(path);
    }
    Err(JailError::Described(format!("{path:?} is to be hidden, but is no plain path below its place")))
}

/// An absolute path as a spot; one with `..` in it would name another than it seems to.
fn spot(path: &Path) -> Result<Spot, JailError> {
    let wrong = || JailError::Described(format!("{path:?} is no plain absolute path for a place in the jail"));
    let below = path.strip_prefix("/").map_err(|_| wrong())?;
    let below = relative(below).map_err(|_| wrong())?;
    let (parent, name) = (below.parent().unwrap_or(Path::new("")), below.file_name().unwrap_or_default());
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    Ok(Spot { parent: string(parent.as_os_str())?, name: string(name)?, whole: string(below.as_os_str())? })
}

fn spot_of(name: &std::ffi::CStr) -> Result<Spot, JailError> {
    spot(&Path::new("/").join(OsStr::from_bytes(name.to_bytes())))
}
