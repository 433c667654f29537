//! From settings to a running desk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claudetools_agent::client::{Auth, Client, Dialect, Endpoint};
use claudetools_agent::models::{self, MicroUsd};
use claudetools_agent::turn::TurnLimits;
use claudetools_chat::render::{Guard, Scrub};
use claudetools_chat::{Chat, Settings};
use claudetools_egress::{Egress, System};
use claudetools_ledger::{Ledger, LedgerError};
use claudetools_policy::{Policy, RootKind};
use claudetools_sandbox::{Asks, Compiler, Roots, Sandbox, Settings as SandboxSettings};
use tempfile::TempDir;

use crate::approval;
use crate::config::Config;
use crate::confirmations::Confirmations;
use crate::exit::{Exit, Fatal};
use crate::in_force::Newest;
use crate::instructions;
use crate::rehearsal::Rehearsal;
use crate::reload::Reload;
use crate::safe_mode;
use crate::sources::Sources;
use crate::toolbox::{Tasks, Toolbox};

pub use crate::policy_file::{PolicyFile, policy};

/// Everything that runs, before a front is attached.
pub struct Booted {
    /// The desk.
    pub chat: Chat,
    /// Where everything is kept.
    pub ledger: Ledger,
    /// The plugins and the policy; they follow the files while [`Reload::run`] does.
    pub in_force: Newest,
    /// The effects that wait for a person, where there are people.
    pub confirmations: Option<Confirmations>,
    /// The directories that `plugins.toml` names, as they were opened.
    pub roots: Arc<Roots>,
    /// The calls in the background; they end with the program.
    pub tasks: Tasks,
    /// The rehearsal model, where it stands in for Claude.
    pub rehearsal: Option<Rehearsal>,
}

/// Builds everything, and what keeps it true to the files. Without people who can be asked, what needs one is refused.
/// Nothing is changed on disk before the settings and `plugins.toml` are known to be good.
pub async fn boot(config: &Config, policy_file: Option<&Path>, asks: Asks) -> Result<(Booted, Reload), Fatal> {
    let Ground { file, roots, ledger, sandbox, sources, .. } =
        ground(config, policy(policy_file)?, Beside::Nobody).await?;
    let scrub = sources.scrub.clone();
    let reload = Reload::start(file, &config.data_dir, Arc::clone(&sandbox), ledger.clone(), sources).await;
    let in_force = reload.newest();
    let (endpoint, rehearsal) = model(config).await?;
    let client = Client::new(endpoint).map_err(Fatal::of(Exit::Config))?;
    let confirmations = (asks == Asks::People).then(|| Confirmations::new(ledger.clone(), scrub.clone()));
    let toolbox = Toolbox::new(in_force.clone(), sandbox, ledger.clone(), scrub.clone());
    let toolbox = confirmations.iter().cloned().fold(toolbox, Toolbox::asking);
    let tasks = toolbox.tasks();
    let [standing, limits, channels, budget] = [(); 4].map(|()| in_force.clone());
    say_whether_money_is_counted(config, &in_force.borrow().policy);
    let chat = Chat::new(Settings {
        ledger: ledger.clone(),
        client,
        model: config.model_id.clone(),
        effort: config.effort.clone(),
        title_model: config.title_model.clone(),
        tools: Arc::new(toolbox),
        roles: Arc::new(move |ids| standing.borrow().policy.roles_of(ids)),
        channel: Arc::new(move |id| channels.borrow().policy.channel(id)),
        instructions: {
            let roots = Arc::clone(&roots);
            Arc::new(move || instructions::read(&roots))
        },
        limits: Arc::new(move || TurnLimits::from(&limits.borrow().policy.turn)),
        budget: Arc::new(move || budget.borrow().policy.budget.clone()),
        guard: Guard::new(config.link_hosts.iter().cloned(), scrub),
    });
    Ok((Booted { chat, roots, ledger, in_force, confirmations, tasks, rehearsal }, reload))
}

/// A model without a known price uses up no money, so that whoever set a limit has to know that it holds nothing.
fn say_whether_money_is_counted(config: &Config, policy: &Policy) {
    if config.model.is_some() && !models::known(&config.model_id) {
        let money = MicroUsd(policy.turn.micro_usd);
        tracing::warn!(
            "the price of the model `{}` is not known, so that no turn of it ends at {money}; its other limits ([turn] in plugins.toml) hold",
            config.model_id
        );
    }
}

/// What tools stand on, whoever calls them.
pub struct Ground {
    /// `plugins.toml`.
    pub file: PolicyFile,
    /// The directories that it names, opened.
    pub roots: Arc<Roots>,
    /// Where everything is kept, held by this process or by a bot that runs; it knows every approval of the policy.
    pub ledger: Ledger,
    /// The directory of this process's calls, where a bot that runs has its own; removed at the end.
    pub scratch: Option<TempDir>,
    /// Where plugins run.
    pub sandbox: Arc<Sandbox>,
    /// Where secrets come from, and what takes them out of whatever goes out.
    pub sources: Sources,
}

/// Whether a bot may run in the same data directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// No: this process answers messages.
    Nobody,
    /// Yes: what is done is added to its ledger.
    Bot,
}

/// Opens what tools stand on.
pub async fn ground(config: &Config, file: PolicyFile, beside: Beside) -> Result<Ground, Fatal> {
    let roots = Arc::new(roots(config, &file.policy, &file.base)?);
    outside_every_root(&config.data_dir, &roots, &file.policy)?;
    let (ledger, scratch) = match Ledger::open(&config.data_dir).await {
        Err(LedgerError::InUse(_)) if beside == Beside::Bot => {
            let ledger = Ledger::open_beside(&config.data_dir).await.map_err(ledger_failed)?;
            (ledger, Some(own_scratch(config)?))
        }
        opened => (opened.map_err(ledger_failed)?, None),
    };
    let scrub = Scrub::new(&config.secrets);
    let egress = Egress::new(System, &[], Arc::default()).map_err(Fatal::of(Exit::Config))?;
    let egress = Arc::new(egress.teaching(scrub.clone()));
    let scratch_dir = scratch.as_ref().map_or_else(|| config.data_dir.join("scratch"), |own| own.path().to_owned());
    let sandbox = Arc::new(sandbox(config, scratch_dir, &roots, &egress)?);
    if scratch.is_none() {
        approval::record_changes(&ledger, &file.policy).await.map_err(ledger_failed)?;
    }
    let sources = Sources {
        base: file.base.clone(),
        vault: config.vault.clone(),
        environment: Arc::clone(&config.environment),
        egress,
        scrub,
    };
    Ok(Ground { file, roots, ledger, scratch, sandbox, sources })
}

/// Opens every root that has a place.
pub fn roots(config: &Config, policy: &Policy, base: &Path) -> Result<Roots, Fatal> {
    Roots::open(policy, places(config, policy, base)).map_err(Fatal::of(Exit::Config))
}

/// Where the roots are: `path` below `base`, else what the environment says.
pub fn places(config: &Config, policy: &Policy, base: &Path) -> BTreeMap<String, PathBuf> {
    let mut places = BTreeMap::new();
    for (name, root) in &policy.roots {
        let place = match (&root.kind, name.as_str()) {
            (RootKind::Directory(Some(path)), _) => Some(base.join(path)),
            (RootKind::Directory(None), "repo") => Some(config.root.clone()),
            (RootKind::Directory(None), "vault") => config.vault.clone(),
            (RootKind::Directory(None) | RootKind::PerCall { .. } | RootKind::PerThread { .. }, _) => None,
        };
        places.extend(place.map(|place| (name.clone(), place)));
    }
    places
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

/// A process that starts takes away what it finds in its directory, so that two must not share one.
fn own_scratch(config: &Config) -> Result<TempDir, Fatal> {
    tempfile::Builder::new().prefix("scratch-").tempdir_in(&config.data_dir).map_err(|error| {
        let message = format!("no directory can be made in {} ({error})", config.data_dir.display());
        Fatal::new(Exit::Config, message)
    })
}

/// The sandbox over these roots; compiling happens in a jailed child of this program.
fn sandbox(config: &Config, scratch_dir: PathBuf, roots: &Arc<Roots>, egress: &Arc<Egress>) -> Result<Sandbox, Fatal> {
    let own = std::env::current_exe()
        .map_err(|error| Fatal::new(Exit::Config, format!("the program can't find its own file ({error})")))?;
    let settings =
        SandboxSettings { cache_dir: config.data_dir.join("compiled"), scratch_dir, compiler: Compiler::Child(own) };
    Sandbox::new(settings, Arc::clone(roots), Arc::clone(egress))
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

/// A failure of the ledger ends the program with its own code, or leaves it in safe mode.
pub fn ledger_failed(error: LedgerError) -> Fatal {
    Fatal { safe_mode: safe_mode::reason(&error), ..Fatal::new(Exit::Ledger, error) }
}
