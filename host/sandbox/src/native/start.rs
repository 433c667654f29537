//! From what a guest asks for to a program that runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use claudetools_egress::{Egress, Note, Overseer as _, Proxy, Variables};
use claudetools_jail::{JailError, Running};
use claudetools_policy::{
    Access, Code, Digest, Directory, ExecEffect, ExecGrant, Jail, Refusal, RelPath, ScriptFile, Touch, decide_exec,
};
use tokio::sync::mpsc;

use super::{Moment, Native, git, jailed};
use crate::confine::{Kind, Last};
use crate::effects::Subject;
use crate::guard::Guard;
use crate::quote::quoted;
use crate::roots::told;
use crate::standing::{Detail, Planned};

/// The longest script, in bytes: more than anybody reads before approving it.
const MOST_SCRIPT: u64 = 256 << 10;

/// All that a program is started with.
struct Start {
    args: Vec<String>,
    directory: PathBuf,
    input: Vec<u8>,
    script: Option<Vec<u8>>,
    secrets: Variables,
}

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
        let decided = self.decided(&effect, &input);
        if let Ok((id, ..)) = &decided {
            self.note_allowed(subject.clone(), id);
        }
        let refused = |refusal| self.refuse(subject.clone(), refusal);
        let (id, grant, script) = decided.map_err(refused)?;
        let secrets = grant.script.iter().flat_map(|script| &script.secrets);
        let secrets = egress.variables(secrets).map_err(refused)?;
        let (scrub, granted, guard) = (secrets.scrub(), grant.jail.clone(), Arc::clone(self));
        let start = Start { directory: inside(&effect), args, input, script, secrets };
        let started = tokio::task::spawn_blocking(move || guard.jail(&grant, start)).await;
        let crashed = |_| Refusal::new(Code::ExecJail, "The jail could not be built.");
        let followed = started.map_err(crashed).and_then(|started| started).and_then(|mut running| {
            let proxy = self.proxy(egress, &mut running, &granted, &id)?;
            Native::follow(running, line, granted.limits, proxy, &scrub).map_err(unfollowed)
        });
        followed.map_err(refused)
    }

    /// The grant that gives a start, with the bytes of its script, once nobody has to be asked any more.
    fn decided(&self, effect: &ExecEffect<'_>, input: &[u8]) -> Result<(String, ExecGrant, Option<Vec<u8>>), Refusal> {
        let yes = decide_exec(effect, &|name| self.root(name), self.plugin(), self.tool(), self.flow())?;
        self.permit(Touch::Program(&yes.grant.jail), || effect.line())?;
        let script = yes.grant.script.as_ref().map(|script| self.script(&script.file)).transpose()?;
        if let Some(ask) = &self.also_asks(yes.ask.clone(), false)? {
            let directory = inside(effect).display().to_string();
            let detail = Detail::Started { directory, input: input.to_vec(), script: script.clone() };
            let (verb, phrase) = (effect.command.to_owned(), ask.confirm.phrase(self.tool(), None)?);
            let planned = Planned { effect: effect.line(), verb, detail, phrase, is_filled: false };
            self.ask(planned, yes.id, ask)?;
        }
        Ok((yes.id.to_owned(), yes.grant.clone(), script))
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

    /// The bytes of a granted script: those that were approved, or `exec.changed`.
    fn script(&self, file: &ScriptFile) -> Result<Vec<u8>, Refusal> {
        let changed = |what: &str| {
            let message = format!("{} was not run: {what}.", quoted(&file.guest_path()));
            Refusal::new(Code::ExecChanged, message)
        };
        let read = self.read(&file.root, file.path.as_str(), MOST_SCRIPT);
        let bytes = read.map_err(|why| changed("it can't be read").hinted(why.to_string()))?;
        match Digest::of(&bytes) {
            found if found == file.sha256 => Ok(bytes),
            found => {
                Err(changed("its bytes are not the granted ones")
                    .hinted(format!("found {found}, granted {}", file.sha256)))
            }
        }
    }

    /// Builds the jail and starts the program in it. Blocks the thread.
    fn jail(&self, grant: &ExecGrant, start: Start) -> Result<Running, Refusal> {
        let Start { args, directory, input, script, secrets } = start;
        let mut jail = jailed::jail(grant, self)?;
        git::tame(&grant.program.path, &mut jail.env);
        jail.env.extend(secrets.into_pairs().map(|(name, value)| (name.into(), value.into())));
        let script = grant.script.as_ref().map(|script| script.file.guest_path()).zip(script);
        jail.files.extend(script.iter().map(|(path, bytes)| (PathBuf::from(path), bytes.clone())));
        let program =
            claudetools_jail::Program { path: grant.program.path.clone(), sha256: *grant.program.sha256.bytes() };
        let args = script.into_iter().map(|(path, _)| path).chain(args);
        let args: Vec<OsString> = args.map(OsString::from).collect();
        jail.start(&program, &args, &directory, input).map_err(|error| refusal(&grant.command, &error))
    }
}

/// Where a program starts, as it sees it.
fn inside(effect: &ExecEffect<'_>) -> PathBuf {
    let Directory { root, path } = effect.directory;
    let root = PathBuf::from("/").join(root);
    if path.as_str().is_empty() { root } else { root.join(path.as_str()) }
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
