//! What the commands look at: the policy, and every component that it concerns. Nothing is compiled or run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::{Admission, Approval, Code, Found, Manifest, Policy, Refusal, admit};
use claudetools_review::{Input, Subject, Used};
use claudetools_sandbox::{inspect, read_component};
use time::OffsetDateTime;

use crate::approval::{self, Baseline};
use crate::boot::{self, PolicyFile};
use crate::catalog::{Catalog, Draft, Quarantined};
use crate::config::Config;
use crate::exit::{Exit, Fatal};
use crate::on_disk::on_disk;
use crate::used::used;

/// The policy and the components.
pub struct Shelf {
    /// `plugins.toml`.
    pub file: PolicyFile,
    /// What of it takes effect when a program starts with it.
    in_force: Policy,
    /// The built-in plugins, then the files.
    pub plugins: Vec<Plugin>,
}

/// A component, looked at.
#[derive(Clone)]
pub struct Plugin {
    /// Its manifest's name, or its file's where that can't be read.
    pub name: String,
    /// Where it lies; `None` for a built-in one.
    pub file: Option<PathBuf>,
    /// What is in it.
    pub found: Result<Found, Refusal>,
    /// Why it does not run, every reason; empty where it does.
    pub reasons: Vec<Refusal>,
}

impl Shelf {
    /// Reads the policy and looks at every component.
    pub fn open(config: &Config, policy_file: Option<&Path>) -> Result<Self, Fatal> {
        let file = boot::policy(policy_file)?;
        let in_force = approval::begin(file.policy.clone(), &config.data_dir).policy;
        let draft = Draft::new(&in_force, &file.base, &Catalog::default());
        let admitted = draft.admitted().map(|(admitted, file)| Plugin {
            name: admitted.found.manifest.name.clone(),
            file: file.map(Path::to_owned),
            found: Ok(admitted.found.clone()),
            reasons: Vec::new(),
        });
        let mut plugins: Vec<Plugin> = admitted.chain(draft.quarantined().iter().map(Plugin::of)).collect();
        plugins.sort_by(|one, other| (&one.file, &one.name).cmp(&(&other.file, &other.name)));
        Ok(Self { file, in_force, plugins })
    }

    /// The plugin of this name, or the component at this path, which need not lie in `plugins/`.
    pub fn plugin(&self, name: &str) -> Result<Plugin, Fatal> {
        if name.contains('/') || Path::new(name).extension().is_some_and(|extension| extension == "wasm") {
            return Ok(self.elsewhere(Path::new(name)));
        }
        let mut named = self.plugins.iter().filter(|plugin| plugin.name == name);
        match (named.next(), named.next()) {
            (Some(plugin), None) => Ok(plugin.clone()),
            (None, _) => {
                let message =
                    format!("there is no plugin `{}`; the plugins are: {}", name.escape_debug(), self.names());
                Err(Fatal::new(Exit::Usage, message))
            }
            (Some(one), Some(other)) => {
                let message =
                    format!("two plugins are named `{name}`: {} and {}; take one away", one.place(), other.place());
                Err(Fatal::new(Exit::Failed, message))
            }
        }
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.plugins.iter().map(|plugin| plugin.name.escape_debug().to_string()).collect();
        names.join(", ")
    }

    /// Looks at a component wherever it lies, as if it lay in `plugins/`.
    fn elsewhere(&self, file: &Path) -> Plugin {
        let found = read_component(file).and_then(|bytes| inspect(&bytes));
        let place = Some(file.to_owned());
        let found = match found {
            Ok(found) => found,
            Err(refusal) => {
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Plugin { name, file: place, reasons: vec![refusal.clone()], found: Err(refusal) };
            }
        };
        let reasons = match admit(found.clone(), &self.in_force, false) {
            Admission::Admitted(_) => Vec::new(),
            Admission::Quarantined(reasons) => reasons,
        };
        Plugin { name: found.manifest.name.clone(), file: place, found: Ok(found), reasons }
    }

    /// What a reviewer signed off of a plugin.
    pub fn approved(&self, name: &str) -> Option<&Approval> {
        self.file.policy.plugins.get(name)?.approved.as_ref()
    }
}

impl Plugin {
    fn of(waiting: &Quarantined) -> Self {
        let Quarantined { name, file, reasons, found, .. } = waiting.clone();
        let unreadable = || Refusal::new(Code::ProtoExport, "It can't be read.");
        let found = found.map(|found| *found).ok_or_else(|| reasons.first().cloned().unwrap_or_else(unreadable));
        Self { name, file, found, reasons }
    }

    /// Where it lies, for people.
    pub fn place(&self) -> String {
        self.file.as_deref().map_or("part of the program".to_owned(), |file| file.display().to_string())
    }

    /// Why no approval would make it run.
    pub fn unfit(&self, shelf: &Shelf) -> Vec<Refusal> {
        let Ok(found) = &self.found else { return self.reasons.clone() };
        match admit(found.clone(), &shelf.file.policy, true) {
            Admission::Admitted(_) => Vec::new(),
            Admission::Quarantined(reasons) => reasons,
        }
    }
}

/// What is known beside the files: the past.
pub struct Lore {
    /// What plugins did; `None` where there is no audit yet.
    pub used: Option<BTreeMap<String, Used>>,
    baselines: BTreeMap<String, Baseline>,
    places: BTreeMap<String, PathBuf>,
    now: OffsetDateTime,
}

impl Lore {
    /// Reads the audit and what was approved. A bot may run meanwhile.
    pub async fn read(config: &Config, shelf: &Shelf, days: u16) -> Result<Self, Fatal> {
        let now = OffsetDateTime::now_utc();
        let used = match Ledger::open_read_only(&config.data_dir).await {
            Ok(ledger) => Some(used(&ledger, &shelf.file.policy, days, now).await.map_err(boot::ledger_failed)?),
            Err(LedgerError::Missing(_) | LedgerError::Older { .. }) => None,
            Err(error) => return Err(boot::ledger_failed(error)),
        };
        let approved =
            shelf.file.policy.plugins.iter().filter_map(|(name, plugin)| Some((name, plugin.approved.as_ref()?)));
        let kept = |(name, approved): (&String, &Approval)| {
            Some((name.clone(), Baseline::recall(&config.data_dir, name, approved)?))
        };
        let places = boot::places(config, &shelf.file.policy, &shelf.file.base);
        Ok(Self { used, baselines: approved.filter_map(kept).collect(), places, now })
    }

    /// Reviews one plugin with everything that is known of it.
    pub fn with<T>(&self, shelf: &Shelf, plugin: &Plugin, ask: impl FnOnce(&Input<'_>) -> T) -> T {
        let neighbour = |other: &&Plugin| other.file != plugin.file;
        let others = shelf.plugins.iter().filter(neighbour).filter_map(|other| other.found.as_ref().ok());
        let others: Vec<&Manifest> = others.map(|found| &found.manifest).collect();
        let file = plugin.file.as_deref().map(|file| file.display().to_string());
        let kept = self.baselines.get(&plugin.name);
        let policy = &shelf.file.policy;
        let disk = policy.plugins.get(&plugin.name).map(|table| on_disk(table, policy, &self.places));
        ask(&Input {
            name: &plugin.name,
            subject: plugin.found.as_ref().map_or_else(Subject::Unreadable, Subject::Found),
            file: file.as_deref(),
            built_in: plugin.file.is_none(),
            reasons: &plugin.reasons,
            policy,
            text: &shelf.file.text,
            baseline: kept.map(|kept| claudetools_review::Baseline { found: &kept.found, policy: &kept.policy }),
            used: self.used.as_ref().and_then(|used| used.get(&plugin.name)),
            disk: disk.as_ref(),
            others: &others,
            now: self.now.unix_timestamp(),
            wasmtime: env!("WASMTIME"),
        })
    }
}
