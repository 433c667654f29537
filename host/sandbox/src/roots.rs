//! The named directories of `plugins.toml`, opened once at start.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use claudetools_policy::{Code, GrantKind, Policy, Refusal, RelPath, Root, RootKind, RootName};
use rustix::fs::OFlags;

use crate::confine::{Fault, Kind, Last, Place, RootDir, special};
use crate::hidden::HiddenPaths;
use crate::quote::quoted;

/// The roots of a policy: held open, and disjoint, so that no file is reachable through two of them.
#[derive(Debug)]
pub struct Roots {
    by_name: BTreeMap<RootName, Opened>,
    hidden: Mutex<BTreeMap<RootName, HiddenPaths>>,
}

/// One root.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) root: Root,
    /// `None` for a root that is made for each call or thread.
    pub(crate) place: Option<(PathBuf, RootDir)>,
}

/// Why the roots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// Nobody said where it is.
    #[error(
        "plugins.toml grants the root `{root}`, but it has no place; set {} or write `path` under [roots.{root}]",
        variable(root)
    )]
    NoPlace {
        /// The root.
        root: RootName,
    },
    /// It is not there, not a directory, or not ours to open.
    #[error("`{root}` at {} cannot be used: {source}", path.display())]
    Open {
        /// The root.
        root: RootName,
        /// Where it should be.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A root, or a directory of the sandbox itself, lies inside a root.
    #[error(
        "{what} at {} lies inside the root `{outer}`; a grant on that root would open it too, so move one of them",
        path.display()
    )]
    Overlap {
        /// What lies inside, such as "the root `vault`".
        what: String,
        /// The root around it.
        outer: RootName,
        /// Where the inner one is.
        path: PathBuf,
    },
}

/// What gives a root its place, in the words of the set-up.
fn variable(root: &str) -> &'static str {
    match root {
        "repo" => "CLAUDETOOLS_ROOT in .env,",
        "vault" => "VAULT_PATH in .env,",
        _ => "its place,",
    }
}

/// One entry of a directory below a root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a directory, once links inside the root are followed.
    pub directory: bool,
}

impl Roots {
    /// Opens every root of the policy: where `places` says, or else at its `path`.
    ///
    /// Each must be a directory, and none may lie inside another, compared by device and inode. A root that
    /// no grant names may have no place; it is then left out.
    pub fn open(policy: &Policy, places: BTreeMap<RootName, PathBuf>) -> Result<Self, RootsError> {
        let mut by_name = BTreeMap::new();
        for (name, root) in &policy.roots {
            let place = match &root.kind {
                RootKind::PerCall { .. } | RootKind::PerThread { .. } => None,
                RootKind::Directory(path) => match places.get(name).or(path.as_ref()) {
                    Some(path) => Some(open_place(name, path)?),
                    None if granted(policy, name) => return Err(RootsError::NoPlace { root: name.clone() }),
                    None => continue,
                },
            };
            by_name.insert(name.clone(), Opened { root: root.clone(), place });
        }
        let roots = Self { by_name, hidden: Mutex::default() };
        for (name, opened) in &roots.by_name {
            if let Some((path, _)) = &opened.place {
                let failed = |source| RootsError::Open { root: name.clone(), path: path.clone(), source };
                let chain = ancestors(path).map_err(failed)?;
                roots.check_apart(Some(name), &format!("the root `{name}`"), path, &chain)?;
            }
        }
        Ok(roots)
    }

    /// Where a root is on the host; `None` for an unknown root and for one that is made for each call or thread.
    pub fn path(&self, root: &str) -> Option<&Path> {
        Some(&self.by_name.get(root)?.place.as_ref()?.0)
    }

    /// The paths of a root that nothing may see, below it, as they are in this moment. Empty for a root that is made
    /// for each call or thread.
    pub(crate) fn hidden(&self, root: &str) -> Vec<PathBuf> {
        let Some(opened) = self.by_name.get(root) else { return Vec::new() };
        let Some((path, _)) = &opened.place else { return Vec::new() };
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.entry(root.to_owned()).or_default().of(&opened.root, path)
    }

    /// Reads a file of at most `max` bytes for the host itself. Links are followed inside the root only, and what the
    /// root hides stays hidden, whatever the link to it is called.
    pub fn read(&self, root: &str, path: &str, max: u64) -> Result<Vec<u8>, Refusal> {
        let (opened, dir) = self.directory(root)?;
        let place = seen(opened, root, dir, path)?;
        let meta = place.meta.ok_or_else(|| not_there(path))?;
        if meta.kind != Kind::File {
            return Err(special(path));
        }
        let too_large = || Refusal::new(Code::FsTooLarge, format!("{} has more than {max} bytes.", quoted(path)));
        if meta.size() > max {
            return Err(too_large());
        }
        let file = dir.open_file(&place.path, &meta, OFlags::RDONLY).map_err(|fault| told(path, fault))?;
        let mut bytes = Vec::new();
        let read = file.take(max.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|_| Refusal::new(Code::FsNotGranted, format!("{} cannot be read.", quoted(path))))?;
        if bytes.len() as u64 > max { Err(too_large()) } else { Ok(bytes) }
    }

    /// Lists a directory for the host itself, sorted by name. Names that are not UTF-8, links that lead out of the root
    /// or nowhere, and what the root hides are left out.
    pub fn list(&self, root: &str, path: &str) -> Result<Vec<Entry>, Refusal> {
        let (opened, dir) = self.directory(root)?;
        let place = seen(opened, root, dir, path)?;
        if place.meta.is_none() {
            return Err(not_there(path));
        }
        let names = dir.list(&place.path).map_err(|fault| told(path, fault))?;
        let mut entries: Vec<Entry> = names
            .filter_map(|entry| entry.ok()?.file_name().to_str().ok().map(str::to_owned))
            .filter(|name| name != "." && name != "..")
            .filter_map(|name| {
                let found = dir.resolve(&place.path, &name, Last::Follow).ok()?;
                let meta = found.meta.filter(|_| !opened.root.hidden(&found.path))?;
                let directory = meta.kind == Kind::Directory;
                (directory || meta.kind == Kind::File).then_some(Entry { name, directory })
            })
            .collect();
        entries.sort();
        Ok(entries)
    }

    /// The root that is made for each thread, and how many bytes it may hold.
    pub(crate) fn per_thread(&self) -> Option<(RootName, u64)> {
        self.by_name.iter().find_map(|(name, opened)| match opened.root.kind {
            RootKind::PerThread { max_bytes } => Some((name.clone(), max_bytes)),
            RootKind::PerCall { .. } | RootKind::Directory(_) => None,
        })
    }

    pub(crate) fn get(&self, root: &str) -> Option<&Opened> {
        self.by_name.get(root)
    }

    /// Checks that a directory of the sandbox neither lies inside a root nor is one.
    pub(crate) fn check_outside(&self, what: &str, path: &Path) -> Result<(), RootsError> {
        let failed = |source| RootsError::Open { root: what.to_owned(), path: path.to_owned(), source };
        let chain = ancestors(path).map_err(failed)?;
        self.check_apart(None, what, path, &chain)
    }

    /// Checks that no root but `own` is among the directories around a directory.
    fn check_apart(&self, own: Option<&str>, what: &str, path: &Path, chain: &Chain) -> Result<(), RootsError> {
        let mut others = self.by_name.iter().filter(|(name, _)| Some(name.as_str()) != own);
        let around = others.find(|(_, opened)| {
            let meta = opened.place.as_ref().and_then(|(_, dir)| dir.meta().ok());
            meta.is_some_and(|meta| chain.contains(&(meta.stat.st_dev, meta.stat.st_ino)))
        });
        match around {
            None => Ok(()),
            Some((outer, _)) => {
                Err(RootsError::Overlap { what: what.to_owned(), outer: outer.clone(), path: path.to_owned() })
            }
        }
    }

    fn directory(&self, root: &str) -> Result<(&Opened, &RootDir), Refusal> {
        let opened = self.by_name.get(root);
        let found = opened.and_then(|opened| Some((opened, &opened.place.as_ref()?.1)));
        found.ok_or_else(|| Refusal::new(Code::FsOutsideRoot, format!("There is no root {}.", quoted(root))))
    }
}

/// Where a path leads, unless nothing may see that.
fn seen(opened: &Opened, root: &str, dir: &RootDir, path: &str) -> Result<Place, Refusal> {
    let place = dir.resolve(&RelPath::root(), path, Last::Follow).map_err(|fault| told(path, fault))?;
    opened.root.check_seen(&root.to_owned(), &place.path)?;
    Ok(place)
}

fn granted(policy: &Policy, root: &str) -> bool {
    let mut grants = policy.plugins.values().flat_map(|plugin| &plugin.grants);
    grants.any(|grant| matches!(&grant.kind, GrantKind::Fs(fs) if fs.root == root))
}

fn open_place(name: &str, path: &Path) -> Result<(PathBuf, RootDir), RootsError> {
    let failed = |source| RootsError::Open { root: name.to_owned(), path: path.to_owned(), source };
    let path = path.canonicalize().map_err(failed)?;
    let dir = RootDir::open(&path).map_err(|errno| failed(errno.into()))?;
    Ok((path, dir))
}

/// Devices and inodes.
type Chain = BTreeSet<(u64, u64)>;

/// The (device, inode) of a directory and of every directory around it.
fn ancestors(path: &Path) -> std::io::Result<Chain> {
    let path = path.canonicalize()?;
    let ids = path.ancestors().map(|path| {
        let stat = rustix::fs::stat(path)?;
        Ok((stat.st_dev, stat.st_ino))
    });
    ids.collect()
}

/// A fault in words that name nothing outside the root. A path that is not there is a fault of the input
/// (`proto.shape`), not a "no".
pub(crate) fn told(path: &str, fault: Fault) -> Refusal {
    match fault {
        Fault::Refused(refusal) => refusal,
        Fault::Changed => changed(path),
        Fault::Os(rustix::io::Errno::NOENT) => not_there(path),
        Fault::Os(errno) => Refusal::new(Code::ProtoShape, format!("{} cannot be opened: {errno}.", quoted(path))),
    }
}

/// The refusal for a path that would not hold still.
pub(crate) fn changed(path: &str) -> Refusal {
    let message = format!("{} became a link or another file while it was being opened.", quoted(path));
    Refusal::new(Code::FsOutsideRoot, message)
}

fn not_there(path: &str) -> Refusal {
    Refusal::new(Code::ProtoShape, format!("{} does not exist.", quoted(path)))
}
