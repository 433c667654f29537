//! Hot reload: whatever is dropped, changed or taken away beside `plugins.toml`, and that file itself, takes effect
//! while the bot runs.
//!
//! The same path as at start: [`Catalog`] and [`Draft`] judge components, [`Policy::adopt`] says what of a changed
//! file may take effect, measured by what was approved. What is in force is swapped whole. A call that runs keeps what it runs; one of a plugin
//! whose approval is taken back is ended.

mod change;
mod prints;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use claudetools_ledger::Ledger;
use claudetools_policy::{Adopted, Digest, Policy};
use claudetools_sandbox::Sandbox;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

pub use change::{Change, PluginChange, State};

use crate::approval;
use crate::builtin::BUILT_IN;
use crate::catalog::{Catalog, Draft, places};
use crate::in_force::{InForce, Newest, Written};
use crate::policy_file::{self, PolicyFile};
use crate::sources::Sources;
use change::{Files, between, files};
use prints::{Prints, Watch};

/// The time between two looks at the files. A change is seen at the first look after it and read at the second, so
/// that an approved update is in force within a second.
const LOOK: Duration = Duration::from_millis(200);

/// Changes that a slow listener may be behind before it misses some: a card for each of them would be no help.
const CHANGES: usize = 64;

/// Keeps what is in force true to the files.
pub struct Reload {
    in_force: watch::Sender<Arc<InForce>>,
    changes: broadcast::Sender<Change>,
    sandbox: Arc<Sandbox>,
    ledger: Ledger,
    path: PathBuf,
    base: PathBuf,
    sources: Sources,
    /// The text that was read last, or why there was none.
    text: Result<String, String>,
    /// The same, where it could be parsed.
    written: Arc<Written>,
    /// What of it is not in force.
    held: Vec<String>,
    watch: Watch,
    files: Files,
}

impl Reload {
    /// Admits every plugin, and puts them and the policy in force.
    pub async fn start(
        file: PolicyFile,
        data_dir: &Path,
        sandbox: Arc<Sandbox>,
        ledger: Ledger,
        sources: Sources,
    ) -> Self {
        let PolicyFile { policy: wanted, text, path, base } = file;
        let Adopted { policy, held } = approval::begin(wanted.clone(), data_dir);
        let path = path.unwrap_or_else(|| PathBuf::from(policy_file::DEFAULT));
        // Taken before anything is read, so that no change falls between the two.
        let prints = Prints::take(&path, places(&policy, &base).into_iter().chain(sources.files(&policy)));
        let now = read(&path);
        let stale = now.as_ref().is_ok_and(|now| *now != text);
        let catalog = Arc::new(Catalog::load(&sandbox, &policy, &base).await);
        let files = files(&catalog);
        for change in files.values().filter(|change| change.state != State::Admitted) {
            change.log();
        }
        let waits: Vec<String> = held.iter().map(ToString::to_string).collect();
        let notices: Vec<String> = waits.iter().cloned().chain(sources.load(&policy)).collect();
        notices.iter().for_each(|notice| tracing::warn!("{notice}"));
        let written = Arc::new(Written { text: text.clone(), policy: wanted, held });
        let now_in_force = InForce { catalog, policy: Arc::new(policy), notices, written: Arc::clone(&written) };
        let (in_force, _) = watch::channel(Arc::new(now_in_force));
        Self {
            changes: broadcast::channel(CHANGES).0,
            sandbox,
            ledger,
            path,
            base,
            sources,
            in_force,
            written,
            text: if stale { Ok(text) } else { now },
            held: waits,
            watch: Watch::new(if stale { Prints::default() } else { prints }),
            files,
        }
    }

    /// What is in force, from now on.
    pub fn newest(&self) -> Newest {
        self.in_force.subscribe()
    }

    /// The file `plugins.toml`, whether or not it is there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every change from now on.
    pub fn changes(&self) -> broadcast::Sender<Change> {
        self.changes.clone()
    }

    /// Looks at the files until it is told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let sandbox = Arc::clone(&self.sandbox);
        let mut draft: Option<Draft> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                // A change while something is compiled: what is compiled by then is kept on disk, and found again.
                () = self.changed() => draft = self.reload().await,
                compiled = compile(&mut draft, &sandbox) => {
                    let now = self.now();
                    self.publish(&compiled, now, None).await;
                }
            }
        }
    }

    /// Waits until files have changed and come to rest.
    async fn changed(&mut self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let prints = self.prints(self.now().policy).await;
            if self.watch.look(prints) {
                return;
            }
        }
    }

    async fn prints(&self, policy: Arc<Policy>) -> Prints {
        let (path, base, secrets) = (self.path.clone(), self.base.clone(), self.sources.files(&policy));
        let take = move || Prints::take(&path, places(&policy, &base).into_iter().chain(secrets));
        let taken = tokio::task::spawn_blocking(take).await;
        // A panic in there is a bug of ours; the bot goes on with what it has.
        taken.unwrap_or_default()
    }

    /// Reads everything again, and puts in force what needs no compiling; what does is given back.
    async fn reload(&mut self) -> Option<Draft> {
        let before = self.now();
        let (policy, news) = self.read_policy(Arc::clone(&before.policy));
        let prints = self.prints(Arc::clone(&policy)).await;
        self.watch.widen(prints);
        let (judged, base, sources) = (Arc::clone(&policy), self.base.clone(), self.sources.clone());
        let judge = move || (Draft::new(&judged, &base, &before.catalog), sources.load(&judged));
        let (draft, faults) = tokio::task::spawn_blocking(judge).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the plugins could not be judged, so that none of them may be called");
            Default::default()
        });
        let notices = self.held.iter().cloned().chain(faults).collect();
        let written = Arc::clone(&self.written);
        self.publish(&draft, InForce { policy, notices, written, ..self.now() }, news).await;
        (!draft.is_complete()).then_some(draft)
    }

    /// The policy that is to be in force, and whether the file changed.
    fn read_policy(&mut self, before: Arc<Policy>) -> (Arc<Policy>, Option<Change>) {
        let text = read(&self.path);
        if text == self.text {
            return (before, None);
        }
        self.text.clone_from(&text);
        let parsed = text.and_then(|text| {
            let policy = Policy::parse(&text).map_err(|error| error.to_string())?;
            Ok((policy, text))
        });
        match parsed {
            Ok((wanted, text)) => {
                let digest = Digest::of(&text);
                let Adopted { policy, held } = before.adopt(wanted.clone(), &BUILT_IN.map(|(name, _)| name));
                self.written = Arc::new(Written { text, policy: wanted, held: held.clone() });
                self.held = held.iter().map(ToString::to_string).collect();
                (Arc::new(policy), Some(Change::Taken { digest, held }))
            }
            Err(error) => {
                let error = format!("{error}; what was in force before stays");
                self.held = vec![error.clone()];
                (before, Some(Change::Kept { error }))
            }
        }
    }

    fn now(&self) -> InForce {
        InForce::clone(&self.in_force.borrow())
    }

    /// Puts the compiled part of a draft in force with the rest, then tells what changed.
    async fn publish(&mut self, draft: &Draft, next: InForce, news: Option<Change>) {
        let catalog = Arc::new(draft.catalog());
        let mut now = files(&catalog);
        let compiling = draft.waiting().filter_map(|file| self.files.get_key_value(file));
        now.extend(compiling.map(|(file, was)| (file.clone(), was.clone())));
        let next = Arc::new(InForce { catalog, ..next });
        let before = self.in_force.send_replace(Arc::clone(&next));
        for notice in next.notices.iter().filter(|notice| !before.notices.contains(notice)) {
            tracing::warn!("{notice}");
        }
        if matches!(news, Some(Change::Taken { .. }))
            && let Err(error) = approval::record_changes(&self.ledger, &next.policy).await
        {
            tracing::error!(%error, "a change of approvals could not be audited");
        }
        for change in news.into_iter().chain(between(&self.files, &now)) {
            self.tell(change).await;
        }
        self.files = now;
    }

    /// Tells the log, the audit, and whoever listens. What changed is in force already: a full disk must not keep a
    /// revoked plugin alive.
    async fn tell(&self, change: Change) {
        change.log();
        if let Err(error) = self.ledger.append_audit(&change.record()).await {
            tracing::error!(%error, "a change of the plugins could not be audited");
        }
        // Nobody may be listening.
        let _ = self.changes.send(change);
    }
}

/// The text of the policy, or in one sentence why there is none.
fn read(path: &Path) -> Result<String, String> {
    policy_file::text(path).map_err(|error| format!("{} can't be read ({error}); put it back", path.display()))
}

/// Compiles what waits; without a draft it never ends.
async fn compile(draft: &mut Option<Draft>, sandbox: &Sandbox) -> Draft {
    if let Some(waiting) = draft {
        waiting.compile(sandbox).await;
    }
    match draft.take() {
        Some(compiled) => compiled,
        None => std::future::pending().await,
    }
}
