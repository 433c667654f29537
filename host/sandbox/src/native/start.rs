//! From what a guest asks for to a program that runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use claudetools_egress::{Egress, Note, Overseer as _, Proxy};
use claudetools_jail::{JailError, Running};
use claudetools_policy::{Access, Code, Directory, ExecEffect, ExecGrant, Jail, Refusal, RelPath, decide_exec};
use tokio::sync::mpsc;

use super::{Moment, Native, git, jailed};
use crate::confine::{Kind, Last};
use crate::effects::Subject;
use crate::guard::Guard;
use crate::quote::quoted;
use crate::roots::told;
use crate::standing::{Detail, Planned};

impl Guard {
    /// Decides on a start, notes the decision, and starts the program.
    pub(crate) async fn start(
        self: &Arc<Self>,
        egress: &Arc<Egress>,
        command: String,
        args: Vec<String>,
        directory: &str,
        input: Vec<u8>,
    ) -> Result<(Native, mpsc::Receiver<Moment>), Refusal> {
        self.is_granted(&command, &args)?;
        let (root, path) = self.place(directory)?;
        let effect = ExecEffect { command: &command, args: &args, directory: Directory { root: &root, path: &path } };
        let line = effect.line();
        let subject = Subject::Program(line.clone());
        let decided = decide_exec(&effect, &|name| self.root(name), self.plugin(), self.tool(), self.flow());
        let asked = decided.and_then(|yes| {
            if let Some(ask) = &yes.ask {
                let detail = Detail::Started { directory: format!("/{root}/{path}"), input: input.clone() };
                self.ask(Planned { effect: line.clone(), verb: command.clone(), detail }, yes.id, ask)?;
            }
            Ok(yes)
        });
        let (id, grant) = match asked {
            Ok(yes) => {
                self.note_allowed(subject.clone(), yes.id);
                (yes.id.to_owned(), yes.grant.clone())
            }
            Err(refusal) => return Err(self.refuse(subject, refusal)),
        };
        let granted = grant.jail.clone();
        let guard = Arc::clone(self);
        let inside = PathBuf::from(format!("/{root}")).join(path.as_str());
        let started = tokio::task::spawn_blocking(move || guard.jail(&grant, args, inside, input)).await;
        let crashed = |_| Refusal::new(Code::ExecJail, "The jail could not be built.");
        let followed = started.map_err(crashed).and_then(|started| started).and_then(|mut running| {
            let proxy = self.proxy(egress, &mut running, &granted, &id)?;
            Native::follow(running, line, granted.limits, proxy).map_err(unfollowed)
        });
        followed.map_err(|refusal| self.refuse(subject, refusal))
    }

    /// Serves the proxy of a jail that has one; what passes there is noted here.
    fn proxy(
        self: &Arc<Self>,
        egress: &Arc<Egress>,
        running: &mut Running,
        granted: &Jail,
        grant: &str,
    ) -> Result<Option<Proxy>, Refusal> {
        let Some(listener) = running.proxy.take() else { return Ok(None) };
        // The proxy's tasks end a moment after the call, whose scratch directory is to be gone by then.
        let hears = Arc::downgrade(self);
        let overseer = Arc::new(move |note: Note| {
            if let Some(guard) = hears.upgrade() {
                guard.hear(note);
            }
        });
        let served = egress.serve(listener, granted.clone(), grant, overseer);
        let unserved = |error: std::io::Error| {
            Refusal::new(Code::ExecJail, "The proxy of the jail could not be served.").hinted(error.to_string())
        };
        served.map(Some).map_err(unserved)
    }

    /// Refuses what no grant gives as that, wherever it would start: a shell tells an unknown name by it.
    fn is_granted(&self, command: &str, args: &[String]) -> Result<(), Refusal> {
        let (root, path) = (String::new(), RelPath::root());
        let effect = ExecEffect { command, args, directory: Directory { root: &root, path: &path } };
        match decide_exec(&effect, &|name| self.root(name), self.plugin(), self.tool(), self.flow()) {
            Err(refusal) if refusal.code == Code::ExecProgram => {
                Err(self.refuse(Subject::Program(effect.line()), refusal))
            }
            _ => Ok(()),
        }
    }

    /// The directory that a guest path names, resolved. It has to be there.
    fn place(&self, directory: &str) -> Result<(String, RelPath), Refusal> {
        let (root, rest) = self.split(directory)?;
        let place = self.resolve(&root, &RelPath::root(), rest, Last::Follow, Access::List);
        let place = place.map_err(|fault| told(directory, fault))?;
        match place.meta {
            Some(meta) if meta.kind == Kind::Directory => Ok((root, place.path)),
            _ => Err(Refusal::new(Code::ProtoShape, format!("{} is not a directory.", quoted(directory)))),
        }
    }

    /// Builds the jail and starts the program in it. Blocks the thread.
    fn jail(
        &self,
        grant: &ExecGrant,
        args: Vec<String>,
        directory: PathBuf,
        input: Vec<u8>,
    ) -> Result<Running, Refusal> {
        let mut jail = jailed::jail(grant, self)?;
        git::tame(&grant.program.path, &mut jail.env);
        let program =
            claudetools_jail::Program { path: grant.program.path.clone(), sha256: *grant.program.sha256.bytes() };
        let args: Vec<OsString> = args.into_iter().map(OsString::from).collect();
        jail.start(&program, &args, &directory, input).map_err(|error| refusal(&grant.command, &error))
    }
}

fn unfollowed(error: std::io::Error) -> Refusal {
    Refusal::new(Code::ExecJail, "The machine has no thread left to read what the program writes.")
        .hinted(error.to_string())
}

/// Why nothing was run, in words that name nothing of the host; the hint tells operators the rest.
fn refusal(command: &str, error: &JailError) -> Refusal {
    let (code, what) = match error {
        JailError::Layer { .. } | JailError::Described(_) => {
            (Code::ExecJail, "its jail can't be built on this machine; `claudetools doctor` says why")
        }
        JailError::Changed { .. } => (Code::ExecChanged, "the program on disk is not the granted one"),
        JailError::Start { .. } => (Code::ExecJail, "it could not be started in its jail"),
    };
    Refusal::new(code, format!("`{command}` was not started: {what}.")).hinted(error.to_string())
}
