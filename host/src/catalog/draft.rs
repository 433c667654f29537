//! The next catalog, in the making.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools_policy::{Admission, Admitted, Policy, Refusal, admit, shadowed};
use claudetools_sandbox::{Plugin, Sandbox, inspect, read_component};
use tokio_util::sync::CancellationToken;

use super::{Catalog, Loaded, Quarantined, places};
use crate::builtin::BUILT_IN;

/// Every component judged; what was not compiled before still waits for it.
#[derive(Default)]
pub struct Draft {
    loaded: Vec<Arc<Loaded>>,
    quarantine: Vec<Quarantined>,
    revocations: BTreeMap<String, CancellationToken>,
    waiting: Vec<Judged>,
    /// Parts of the program that `plugins.toml` does not name: they are there to be reviewed, take no tool's name, and are
    /// not compiled.
    idle: Vec<Admitted>,
}

/// An admitted component: these bytes are compiled, the file is not opened again.
struct Judged {
    bytes: Cow<'static, [u8]>,
    admitted: Admitted,
    file: Option<PathBuf>,
}

impl Draft {
    /// Reads each component once, looks at it without running it, and compares it with what is approved. Code that
    /// `before` holds of the same bytes is kept, under the table as it is now. Blocks.
    ///
    /// Ends the running calls of plugins whose approval is no longer in `plugins.toml`.
    pub fn new(policy: &Policy, base: &Path, before: &Catalog) -> Self {
        let mut quarantine = Vec::new();
        let mut judged = Vec::new();
        let built_in = BUILT_IN.iter().map(|(_, bytes)| (None, Ok(Cow::Borrowed(*bytes))));
        let files = places(policy, base).into_iter().map(|file| {
            let bytes = read_component(&file).map(Cow::Owned);
            (Some(file), bytes)
        });
        for (file, bytes) in built_in.chain(files) {
            match judge(file, bytes, policy) {
                Ok(admitted) => judged.push(admitted),
                Err(waiting) => quarantine.push(*waiting),
            }
        }
        let is_idle =
            |one: &mut Judged| one.file.is_none() && !policy.plugins.contains_key(&one.admitted.found.manifest.name);
        let idle = judged.extract_if(.., is_idle).map(|one| one.admitted).collect();
        set_aside_shadowed(&mut judged, &mut quarantine);
        let revocations = still_approved(before, policy);
        let mut draft = Self { loaded: Vec::new(), quarantine, revocations, waiting: Vec::new(), idle };
        for component in judged {
            match before.loaded.iter().find(|old| old.admitted.found.component == component.admitted.found.component) {
                Some(old) => {
                    let plugin = old.plugin.under(component.admitted.policy.clone());
                    draft.settle(plugin, component);
                }
                None => draft.waiting.push(component),
            }
        }
        draft
    }

    /// What is admitted, compiled or not, with its file.
    pub fn admitted(&self) -> impl Iterator<Item = (&Admitted, Option<&Path>)> {
        let loaded = self.loaded.iter().map(|loaded| (&loaded.admitted, loaded.file.as_deref()));
        let waiting = self.waiting.iter().map(|component| (&component.admitted, component.file.as_deref()));
        loaded.chain(waiting).chain(self.idle.iter().map(|admitted| (admitted, None)))
    }

    /// What may not be called, with every reason.
    pub fn quarantined(&self) -> &[Quarantined] {
        &self.quarantine
    }

    /// The files that are still to be compiled.
    pub fn waiting(&self) -> impl Iterator<Item = &Path> {
        self.waiting.iter().filter_map(|component| component.file.as_deref())
    }

    /// Whether everything admitted is compiled.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Compiles what waits.
    pub async fn compile(&mut self, sandbox: &Sandbox) {
        for component in std::mem::take(&mut self.waiting) {
            let plugin = sandbox.load(&component.bytes, component.admitted.clone()).await;
            self.settle(plugin, component);
        }
    }

    /// The catalog of what is compiled.
    pub fn catalog(&self) -> Catalog {
        let (mut loaded, mut quarantine) = (self.loaded.clone(), self.quarantine.clone());
        loaded.sort_by(|a, b| a.file.cmp(&b.file));
        quarantine.sort_by(|a, b| a.file.cmp(&b.file));
        let by_tool = tools(&loaded);
        Catalog { loaded, quarantine, by_tool, revocations: self.revocations.clone() }
    }

    fn settle(&mut self, plugin: Result<Plugin, Refusal>, component: Judged) {
        match plugin {
            Ok(plugin) => self.take(plugin, component),
            Err(refusal) => self.quarantine.push(Quarantined::of(component.admitted, component.file, vec![refusal])),
        }
    }

    fn take(&mut self, plugin: Plugin, component: Judged) {
        let Judged { admitted, file, .. } = component;
        let revoked = match file {
            None => CancellationToken::new(),
            Some(_) => self.revocations.entry(admitted.found.manifest.name.clone()).or_default().clone(),
        };
        self.loaded.push(Arc::new(Loaded { plugin, admitted, file, revoked }));
    }
}

impl Quarantined {
    fn of(admitted: Admitted, file: Option<PathBuf>, reasons: Vec<Refusal>) -> Self {
        let found = admitted.found;
        let (name, version) = (found.manifest.name.clone(), Some(found.manifest.version.clone()));
        Self { name, version, file, reasons, found: Some(Box::new(found)) }
    }
}

/// Judges one component.
fn judge(
    file: Option<PathBuf>,
    bytes: Result<Cow<'static, [u8]>, Refusal>,
    policy: &Policy,
) -> Result<Judged, Box<Quarantined>> {
    let unreadable = |refusal: Refusal| {
        let name = file.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        Box::new(Quarantined { name, version: None, file: file.clone(), reasons: vec![refusal], found: None })
    };
    let bytes = bytes.map_err(unreadable)?;
    let found = inspect(&bytes).map_err(unreadable)?;
    match admit(found.clone(), policy, file.is_none()) {
        Admission::Admitted(admitted) => Ok(Judged { bytes, admitted, file }),
        Admission::Quarantined(reasons) => {
            let (name, version) = (found.manifest.name.clone(), Some(found.manifest.version.clone()));
            Err(Box::new(Quarantined { name, version, file, reasons, found: Some(Box::new(found)) }))
        }
    }
}

/// Moves plugins that share a name or a tool's name with another one to the quarantine.
fn set_aside_shadowed(judged: &mut Vec<Judged>, quarantine: &mut Vec<Quarantined>) {
    let admitted: Vec<&Admitted> = judged.iter().map(|component| &component.admitted).collect();
    let mut aside = shadowed(&admitted);
    aside.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    aside.dedup_by_key(|(index, _)| *index);
    for (index, refusal) in aside {
        let Judged { admitted, file, .. } = judged.remove(index);
        quarantine.push(Quarantined::of(admitted, file, vec![refusal]));
    }
}

/// The tokens of the plugins that are approved; those of others are cancelled.
fn still_approved(before: &Catalog, policy: &Policy) -> BTreeMap<String, CancellationToken> {
    let mut tokens = before.revocations.clone();
    tokens.retain(|name, token| {
        let approved = policy.plugins.get(name).is_some_and(|plugin| plugin.approved.is_some());
        if !approved {
            token.cancel();
        }
        approved
    });
    tokens
}

fn tools(loaded: &[Arc<Loaded>]) -> BTreeMap<String, usize> {
    let named = |(index, plugin): (usize, &Arc<Loaded>)| {
        let tools = plugin.admitted.tools();
        tools.map(|tool| (tool.name.clone(), index)).collect::<Vec<_>>()
    };
    loaded.iter().enumerate().flat_map(named).collect()
}
