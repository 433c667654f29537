//! From settings to a running desk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::render::{Guard, Scrub};
use claudetools_chat::{Chat, Settings};
use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::{Policy, RootKind};
use claudetools_sandbox::{Compiler, Roots, Sandbox, Settings as SandboxSettings};

use crate::builtin::DEFAULT_POLICY;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::exit::{Exit, Fatal};
use crate::instructions;
use crate::rehearsal::Rehearsal;
use crate::toolbox::Toolbox;

/// Everything that runs, before a front is attached.
pub struct Booted {
    /// The desk.
    pub chat: Chat,
    /// Where everything is kept.
    pub ledger: Ledger,
    /// The plugins.
    pub catalog: Arc<Catalog>,
    /// The rehearsal model, where it stands in for Claude.
    pub rehearsal: Option<Rehearsal>,
}

/// The policy, and the directory that its relative paths start from.
pub struct PolicyFile {
    /// What it says.
    pub policy: Policy,
    /// Where it lies.
    pub base: PathBuf,
}

/// Builds everything. Nothing is changed on disk before the settings and `plugins.toml` are known to be good.
pub async fn boot(config: &Config, policy_file: Option<&Path>) -> Result<Booted, Fatal> {
    let PolicyFile { policy, base } = policy(policy_file)?;
    let roots = Arc::new(roots(config, &policy, &base)?);
    outside_every_root(&config.data_dir, &roots, &policy)?;
    let ledger = Ledger::open(&config.data_dir).await.map_err(ledger_failed)?;
    let sandbox = Arc::new(sandbox(config, &roots)?);
    let catalog = Arc::new(Catalog::load(&sandbox, &policy, &base).await);
    for waiting in &catalog.quarantine {
        let reasons: Vec<String> = waiting.reasons.iter().map(ToString::to_string).collect();
        tracing::warn!(plugin = %waiting.name.escape_debug(), reasons = reasons.join("; "), "in quarantine");
    }
    let (endpoint, rehearsal) = model(config).await?;
    let client = Client::new(endpoint).map_err(Fatal::of(Exit::Config))?;
    let policy = Arc::new(policy);
    let scrub = Scrub::new(&config.secrets);
    let toolbox = Toolbox::new(Arc::clone(&catalog), sandbox, ledger.clone(), scrub.clone());
    let chat = Chat::new(Settings {
        ledger: ledger.clone(),
        client,
        model: config.model_id.clone(),
        effort: config.effort.clone(),
        tools: Arc::new(toolbox),
        policy,
        instructions: Arc::new(move || instructions::read(&roots)),
        limits: TurnLimits::default(),
        guard: Guard::new(config.link_hosts.iter().cloned(), scrub),
    });
    Ok(Booted { chat, ledger, catalog, rehearsal })
}

/// Reads the policy: the file named, else `plugins.toml` of the working directory, else the built-in text.
pub fn policy(file: Option<&Path>) -> Result<PolicyFile, Fatal> {
    let default = Path::new("plugins.toml");
    let path = file.unwrap_or(default);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => DEFAULT_POLICY.to_owned(),
        Err(error) => {
            return Err(Fatal::new(
                Exit::Config,
                format!("the policy {} can't be read ({error}); name another with --policy", path.display()),
            ));
        }
    };
    let policy = Policy::parse(&text).map_err(Fatal::of(Exit::Config))?;
    let base = path.parent().filter(|base| !base.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(PolicyFile { policy, base: base.to_owned() })
}

/// Opens every root that has a place: `path` below `base`, else what the environment says.
pub fn roots(config: &Config, policy: &Policy, base: &Path) -> Result<Roots, Fatal> {
    let mut places = BTreeMap::new();
    for (name, root) in &policy.roots {
        let place = match (&root.kind, name.as_str()) {
            (RootKind::Directory(Some(path)), _) => Some(base.join(path)),
            (RootKind::Directory(None), "repo") => Some(config.root.clone()),
            (RootKind::Directory(None), "vault") => config.vault.clone(),
            (RootKind::Directory(None) | RootKind::PerCall { .. }, _) => None,
        };
        places.extend(place.map(|place| (name.clone(), place)));
    }
    Roots::open(policy, places).map_err(Fatal::of(Exit::Config))
}

/// The ledger must lie where no tool can reach it.
fn outside_every_root(data_dir: &Path, roots: &Roots, policy: &Policy) -> Result<(), Fatal> {
    let absolute = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let existing = absolute.ancestors().find_map(|ancestor| std::fs::canonicalize(ancestor).ok()).unwrap_or(absolute);
    match policy.roots.keys().find(|name| roots.path(name).is_some_and(|root| existing.starts_with(root))) {
        None => Ok(()),
        Some(root) => Err(Fatal::new(
            Exit::Config,
            format!(
                "the data directory {} lies inside the root `{root}`, where tools could reach the ledger; set CLAUDETOOLS_DATA_DIR to a place outside",
                data_dir.display()
            ),
        )),
    }
}

/// The sandbox over these roots; compiling happens in a jailed child of this program.
pub fn sandbox(config: &Config, roots: &Arc<Roots>) -> Result<Sandbox, Fatal> {
    let own = std::env::current_exe()
        .map_err(|error| Fatal::new(Exit::Config, format!("the program can't find its own file ({error})")))?;
    let settings = SandboxSettings {
        cache_dir: config.data_dir.join("compiled"),
        scratch_dir: config.data_dir.join("scratch"),
        compiler: Compiler::Child(own),
    };
    Sandbox::new(settings, Arc::clone(roots))
        .map_err(|error| Fatal::new(Exit::Config, format!("the sandbox can't start: {error}")))
}

/// The model's endpoint; without a key, the rehearsal model's on loopback.
async fn model(config: &Config) -> Result<(Endpoint, Option<Rehearsal>), Fatal> {
    if let Some(endpoint) = &config.model {
        return Ok((endpoint.clone(), None));
    }
    let rehearsal = Rehearsal::start()
        .await
        .map_err(|error| Fatal::new(Exit::Rehearsal, format!("the rehearsal model can't start: {error}")))?;
    let endpoint = Endpoint {
        base_url: rehearsal.base_url().to_owned(),
        auth: Auth::None,
        dialect: Dialect::Compatible,
        idle: std::time::Duration::from_secs(30),
    };
    Ok((endpoint, Some(rehearsal)))
}

/// A failure of the ledger ends the program with its own code.
pub fn ledger_failed(error: LedgerError) -> Fatal {
    Fatal::new(Exit::Ledger, error)
}
