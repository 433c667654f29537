//! The plugins there are: one admission path for the built-in ones and for files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claudetools_policy::{Admission, Admitted, Code, Policy, Refusal, admit, shadowed};
use claudetools_sandbox::{Plugin, Sandbox, inspect, read_component};

use crate::builtin::BUILT_IN;

/// Every plugin that was found, and what became of it.
pub struct Catalog {
    /// Those that may be called, as far as their callers and grants go.
    pub loaded: Vec<Loaded>,
    /// Those that wait for a reviewer, or can't be loaded at all.
    pub quarantine: Vec<Quarantined>,
    by_tool: BTreeMap<String, usize>,
}

/// A plugin that may be called.
pub struct Loaded {
    /// Compiled.
    pub plugin: Plugin,
    /// What every decision about it reads.
    pub admitted: Admitted,
}

/// A component that may not be called.
#[derive(Debug)]
pub struct Quarantined {
    /// Its manifest's name, or the file's name where the manifest can't be read.
    pub name: String,
    /// Its manifest's version, where it can be read.
    pub version: Option<String>,
    /// Where it lies; `None` for a built-in one.
    pub file: Option<PathBuf>,
    /// Every reason.
    pub reasons: Vec<Refusal>,
}

/// A component's bytes and where they came from.
struct Candidate {
    file: Option<PathBuf>,
    bytes: Result<Vec<u8>, Refusal>,
}

impl Catalog {
    /// Finds, judges and compiles every plugin: the built-in ones, those that `plugins.toml` names, and
    /// what lies in `plugins/` beside it.
    pub async fn load(sandbox: &Sandbox, policy: &Policy, base: &Path) -> Self {
        let mut quarantine = Vec::new();
        let mut judged = Vec::new();
        for candidate in candidates(policy, base) {
            match judge(candidate, policy) {
                Ok(admitted) => judged.push(admitted),
                Err(waiting) => quarantine.push(waiting),
            }
        }
        set_aside_shadowed(&mut judged, &mut quarantine);
        let mut loaded = Vec::new();
        for (bytes, admitted, file) in judged {
            match sandbox.load(&bytes, admitted.clone()).await {
                Ok(plugin) => loaded.push(Loaded { plugin, admitted }),
                Err(refusal) => quarantine.push(Quarantined::of(&admitted, file, vec![refusal])),
            }
        }
        let by_tool = tools(&loaded);
        Self { loaded, quarantine, by_tool }
    }

    /// The plugin that has this tool.
    pub fn with_tool(&self, tool: &str) -> Option<&Loaded> {
        self.by_tool.get(tool).map(|index| &self.loaded[*index])
    }
}

type Judged = (Vec<u8>, Admitted, Option<PathBuf>);

impl Quarantined {
    fn of(admitted: &Admitted, file: Option<PathBuf>, reasons: Vec<Refusal>) -> Self {
        let manifest = &admitted.found.manifest;
        Self { name: manifest.name.clone(), version: Some(manifest.version.clone()), file, reasons }
    }
}

/// Judges one component: read once, looked at without running it, compared with what is approved.
fn judge(candidate: Candidate, policy: &Policy) -> Result<Judged, Quarantined> {
    let file = candidate.file;
    let unreadable = |refusal: Refusal| Quarantined {
        name: file.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned(),
        version: None,
        file: file.clone(),
        reasons: vec![refusal],
    };
    let bytes = candidate.bytes.map_err(unreadable)?;
    let found = inspect(&bytes).map_err(unreadable)?;
    let (name, version) = (found.manifest.name.clone(), found.manifest.version.clone());
    match admit(found, policy, file.is_none()) {
        Admission::Admitted(admitted) => Ok((bytes, admitted, file)),
        Admission::Quarantined(reasons) => Err(Quarantined { name, version: Some(version), file, reasons }),
    }
}

/// The built-in components, then the files: those named in `plugins.toml`, then those in `plugins/`.
fn candidates(policy: &Policy, base: &Path) -> Vec<Candidate> {
    let built_in = BUILT_IN.iter().map(|(_, bytes)| Candidate { file: None, bytes: Ok(bytes.to_vec()) });
    let mut files: Vec<PathBuf> =
        policy.plugins.values().filter_map(|plugin| plugin.component.as_ref()).map(|file| base.join(file)).collect();
    files.extend(dropped(&base.join("plugins")));
    files.sort();
    files.dedup();
    built_in.chain(files.into_iter().map(|file| Candidate { bytes: read_component(&file), file: Some(file) })).collect()
}

/// The `.wasm` files of a directory; none where it can't be read.
fn dropped(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .collect()
}

/// Moves plugins that share a name or a tool's name with another one to the quarantine.
fn set_aside_shadowed(judged: &mut Vec<Judged>, quarantine: &mut Vec<Quarantined>) {
    let admitted: Vec<&Admitted> = judged.iter().map(|(_, admitted, _)| admitted).collect();
    let mut aside = shadowed(&admitted);
    aside.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    aside.dedup_by_key(|(index, _)| *index);
    for (index, refusal) in aside {
        let (_, admitted, file) = judged.remove(index);
        quarantine.push(Quarantined::of(&admitted, file, vec![refusal]));
    }
}

fn tools(loaded: &[Loaded]) -> BTreeMap<String, usize> {
    let named = |(index, plugin): (usize, &Loaded)| {
        let tools = plugin.admitted.found.manifest.tools.iter();
        tools.map(|tool| (tool.name.clone(), index)).collect::<Vec<_>>()
    };
    loaded.iter().enumerate().flat_map(named).collect()
}

/// The refusal of a call to a tool that no plugin has.
pub fn unknown_tool(name: &str) -> Refusal {
    Refusal::new(Code::CallerOrigin, format!("there is no tool named `{}` here", name.escape_debug()))
}
