//! The guard of one call: every file operation resolves, decides, and only then acts.
//!
//! Nothing else in this crate touches a file for a guest. `wasi:filesystem`, `tree` and `replace` are
//! translations of their WIT into these methods.

mod operations;
mod requests;
#[cfg(test)]
mod tests;
mod whom;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudetools_policy::{
    Access, Admitted, Ask, Code, ConfirmShow, Flow, FsEffect, FsGrant, GrantKind, Refusal, RelPath, Root, RootName,
    Touch, Yes, decide,
};

use crate::confine::{Fault, Last, Place, RootDir};
use crate::effects::{Effects, Subject};
use crate::quote::quoted;
use crate::roots::{Roots, changed};
use crate::scratch::Scratch;
use crate::standing::{Desk, Detail, Planned, Standing};

pub(crate) use operations::{Create, Opening};
pub(crate) use whom::Whom;

/// How often an operation starts over when what it resolved changed before it was opened. Editors that
/// replace files lose once; somebody who flips a link loses always.
const TRIES: usize = 4;

/// What one call may touch, and what was decided about it.
#[derive(Debug)]
pub(crate) struct Guard {
    plugin: Arc<Admitted>,
    tool: String,
    roots: Arc<Roots>,
    /// The directories made for this call or its thread.
    made: Vec<Arc<Scratch>>,
    effects: Mutex<Effects>,
    desk: Mutex<Desk>,
    pub(crate) whom: Whom,
}

impl Guard {
    pub(crate) fn new(
        plugin: Arc<Admitted>,
        tool: &str,
        roots: Arc<Roots>,
        made: Vec<Arc<Scratch>>,
        standing: Standing,
    ) -> Self {
        let (tool, effects, desk) = (tool.to_owned(), Mutex::default(), Mutex::new(Desk::new(standing)));
        Self { plugin, tool, roots, made, effects, desk, whom: Whom::default() }
    }

    /// The roots that some `fs` grant for this tool names: the only ones the guest sees.
    pub(crate) fn visible_roots(&self) -> Vec<RootName> {
        granted_roots(&self.plugin, &self.tool).into_iter().filter(|name| self.find(name).is_some()).collect()
    }

    /// Splits a guest path such as `/repo/src` into a root that the guest sees and the rest.
    pub(crate) fn split<'p>(&self, path: &'p str) -> Result<(RootName, &'p str), Refusal> {
        let below = path.strip_prefix('/').unwrap_or_default();
        let (name, rest) = below.split_once('/').unwrap_or((below, ""));
        if granted_roots(&self.plugin, &self.tool).iter().any(|root| root == name) && self.find(name).is_some() {
            return Ok((name.to_owned(), rest.trim_start_matches('/')));
        }
        let message = format!("{} is not below a directory that this tool has.", quoted(path));
        let refusal = Refusal::new(Code::FsOutsideRoot, message);
        Err(self.refuse(subject(&String::new(), path, Access::List), refusal))
    }

    /// The directory of a root.
    pub(crate) fn dir(&self, root: &str) -> Result<&RootDir, Refusal> {
        self.find(root).map(|(_, dir)| dir).ok_or_else(|| unknown_root(root))
    }

    /// Decides, and notes the decision. `path` is canonical.
    pub(crate) fn allow(
        &self,
        root: &RootName,
        path: &RelPath,
        access: Access,
        links: u64,
        bytes: Option<u64>,
    ) -> Result<(), Refusal> {
        self.allow_with(root, path, access, links, bytes, || Ok(Detail::None))
    }

    /// The same for an effect that is more than its words. `detail` is asked for only where a person has to see it.
    pub(crate) fn allow_with(
        &self,
        root: &RootName,
        path: &RelPath,
        access: Access,
        links: u64,
        bytes: Option<u64>,
        detail: impl FnOnce() -> Result<Detail, Refusal>,
    ) -> Result<(), Refusal> {
        let effect = FsEffect { root, path, access, links, bytes };
        let looks = self.root(root).is_some_and(|root| Touch::File(access, root).only_looks());
        let decided = self.judged(&effect).and_then(|yes| match &self.also_asks(yes.ask, looks)? {
            None => Ok(yes.id),
            Some(ask) => {
                let (detail, verb) = (detail()?, access.as_str().to_owned());
                showable(ask, &detail)?;
                let phrase = ask.confirm.phrase(&self.tool, None)?;
                let planned = Planned { effect: effect.line(), verb, detail, phrase, is_filled: false };
                self.ask(planned, yes.id, ask).map(|()| yes.id)
            }
        });
        self.note_access(root, path, access, decided.as_ref().copied());
        decided.map(|_| ())
    }

    /// Decides on one of many files that a walk found, and notes it only when it is allowed: what a walk
    /// leaves out was not asked for by name.
    pub(crate) fn allow_seen(
        &self,
        root: &RootName,
        path: &RelPath,
        access: Access,
        links: u64,
        bytes: u64,
    ) -> Result<(), Refusal> {
        let grant = self.decide(root, path, access, links, Some(bytes))?;
        self.note_access(root, path, access, Ok(grant));
        Ok(())
    }

    /// Whether what is in a root is confidential.
    pub(crate) fn is_sensitive(&self, root: &RootName) -> bool {
        self.root(root).is_some_and(|root| root.sensitive)
    }

    /// Notes the decision on a file, and that a sensitive one is taken in. Once the rows are full, what was allowed costs
    /// no more than counting it.
    fn note_access(&self, root: &RootName, path: &RelPath, access: Access, decision: Result<&str, &Refusal>) {
        if decision.is_ok() && access == Access::Read && self.is_sensitive(root) {
            self.desk().took_in(Flow { sensitive: true, untrusted: false });
        }
        let mut effects = self.effects();
        if effects.full() && decision.is_ok() {
            effects.count(access);
        } else {
            effects.note(subject(root, path.as_str(), access), decision);
        }
    }

    /// Decides without noting it: for what is left out of a listing. What needs a person is not asked for.
    pub(crate) fn decide(
        &self,
        root: &RootName,
        path: &RelPath,
        access: Access,
        links: u64,
        bytes: Option<u64>,
    ) -> Result<&str, Refusal> {
        let effect = FsEffect { root, path, access, links, bytes };
        let yes = self.judged(&effect)?;
        yes.settled(&effect.line()).map(|(id, _)| id)
    }

    /// Decides again on a part of an effect that was allowed as a whole, such as each further write to an open file.
    pub(crate) fn decide_part(
        &self,
        root: &RootName,
        path: &RelPath,
        access: Access,
        links: u64,
        bytes: Option<u64>,
    ) -> Result<(), Refusal> {
        self.judged(&FsEffect { root, path, access, links, bytes }).map(drop)
    }

    /// What policy says of an effect.
    fn judged(&self, effect: &FsEffect<'_>) -> Result<Yes<'_, FsGrant>, Refusal> {
        let root = self.root(effect.root).ok_or_else(|| unknown_root(effect.root))?;
        let yes = decide(effect, root, &self.plugin, &self.tool, self.flow())?;
        self.permit(Touch::File(effect.access, root), || effect.line())?;
        Ok(yes)
    }

    /// Who has to be asked about an effect, in all.
    pub(crate) fn also_asks(&self, ask: Option<Ask>, looks: bool) -> Result<Option<Ask>, Refusal> {
        self.desk().also_asks(ask, looks)
    }

    /// Whether the thread's mode lets a decided effect happen.
    pub(crate) fn permit(&self, touch: Touch<'_>, effect: impl FnOnce() -> String) -> Result<(), Refusal> {
        let mode = self.desk().mode();
        mode.permits(touch, effect)
    }

    /// Whether an effect that needs a person's yes has it.
    pub(crate) fn ask(&self, planned: Planned, grant: &str, ask: &Ask) -> Result<(), Refusal> {
        self.desk().ask(planned, &self.tool, grant, ask)
    }

    /// What the turn has taken in so far, this call included.
    pub(crate) fn flow(&self) -> Flow {
        self.desk().flow()
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a refusal that was not made by `decide`, and gives it back.
    pub(crate) fn refuse(&self, subject: Subject, refusal: Refusal) -> Refusal {
        self.effects().note(subject, Err(&refusal));
        refusal
    }

    /// Notes what was allowed without `decide`.
    pub(crate) fn note_allowed(&self, subject: Subject, why: &str) {
        self.effects().note(subject, Ok(why));
    }

    /// Resolves, noting a refusal under what was asked for.
    pub(crate) fn resolve(
        &self,
        root: &RootName,
        base: &RelPath,
        path: &str,
        last: Last,
        access: Access,
    ) -> Result<Place, Fault> {
        let place = self.dir(root)?.resolve(base, path, last);
        place.map_err(|fault| self.noted(fault, root, path, access))
    }

    /// Notes the refusal in a fault, if it is one.
    fn noted(&self, fault: Fault, root: &RootName, path: &str, access: Access) -> Fault {
        let refusal = match fault {
            Fault::Refused(refusal) => refusal,
            Fault::Changed => changed(path),
            Fault::Os(errno) => return Fault::Os(errno),
        };
        Fault::Refused(self.refuse(subject(root, path, access), refusal))
    }

    /// Runs an operation again while what it resolved changes under it.
    pub(crate) fn steady<T>(
        &self,
        root: &RootName,
        path: &str,
        access: Access,
        mut operation: impl FnMut() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        for _ in 0..TRIES {
            match operation() {
                Err(Fault::Changed) => {}
                done => return done,
            }
        }
        Err(self.noted(Fault::Changed, root, path, access))
    }

    /// Takes bytes and names from what a root that was made for this call or its thread may still hold.
    pub(crate) fn take_scratch(&self, root: &RootName, path: &RelPath, bytes: u64, names: u64) -> Result<(), Refusal> {
        let Some(scratch) = self.made(root) else { return Ok(()) };
        let taken = scratch.take(bytes, names);
        taken.map_err(|refusal| self.refuse(subject(root, path.as_str(), Access::Create), refusal))
    }

    /// What policy says of a root that this call has.
    pub(crate) fn root(&self, root: &str) -> Option<&Root> {
        self.find(root).map(|(policy, _)| policy)
    }

    /// Where a root that this call has is on the host.
    pub(crate) fn host_path(&self, root: &str) -> Option<PathBuf> {
        let path = self.made(root).map(Scratch::path).or_else(|| self.roots.path(root));
        path.map(Path::to_owned)
    }

    /// Reads a file of a root for the host itself, as [`Roots::read`].
    pub(crate) fn read(&self, root: &str, path: &str, max: u64) -> Result<Vec<u8>, Refusal> {
        self.roots.read(root, path, max)
    }

    /// Bytes that a directory of this call may still take.
    pub(crate) fn room(&self, root: &str) -> u64 {
        self.made(root).map_or(0, Scratch::room)
    }

    /// The hidden paths of a root, for a jail to cover. A directory that is made for this call hides nothing: what is
    /// in it, this call put there.
    pub(crate) fn hidden(&self, root: &str) -> Vec<PathBuf> {
        self.roots.hidden(root)
    }

    pub(crate) fn effects(&self) -> MutexGuard<'_, Effects> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn plugin(&self) -> &Admitted {
        &self.plugin
    }

    pub(crate) fn tool(&self) -> &str {
        &self.tool
    }

    fn find(&self, root: &str) -> Option<(&Root, &RootDir)> {
        let opened = self.roots.get(root)?;
        let dir = match &opened.place {
            Some((_, dir)) => dir,
            None => self.made(root)?.dir(),
        };
        Some((&opened.root, dir))
    }

    fn made(&self, root: &str) -> Option<&Scratch> {
        self.made.iter().map(Arc::as_ref).find(|scratch| scratch.root() == root)
    }
}

/// Whether a person would see what they are asked for.
fn showable(ask: &Ask, detail: &Detail) -> Result<(), Refusal> {
    if ask.confirm.show == ConfirmShow::Diff && *detail == Detail::None {
        let message = "What would change in the file is not known before it happens, so nobody can confirm it.";
        return Err(Refusal::new(Code::ConfirmUnshowable, message));
    }
    Ok(())
}

/// The roots that some `fs` grant of the plugin for this tool names.
pub(crate) fn granted_roots(plugin: &Admitted, tool: &str) -> Vec<RootName> {
    let mut names: Vec<RootName> = plugin
        .policy
        .grants
        .iter()
        .filter(|grant| grant.tools.is_empty() || grant.tools.contains(tool))
        .filter_map(|grant| match &grant.kind {
            GrantKind::Fs(fs) => Some(fs.root.clone()),
            GrantKind::Net(_) | GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// What a file decision was about.
pub(crate) fn subject(root: &RootName, path: &str, access: Access) -> Subject {
    // A path that was refused for its length is not kept whole.
    let path = path[..path.floor_char_boundary(4096)].to_owned();
    Subject::File { root: root.clone(), path, access }
}

fn unknown_root(root: &str) -> Refusal {
    Refusal::new(Code::FsOutsideRoot, format!("There is no root {}.", quoted(root)))
}
