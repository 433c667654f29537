//! Settings: the environment and `.env`, read once, here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use claudetools_agent::client::{Auth, Dialect, Endpoint};

use crate::exit::{Exit, Fatal};

/// Every setting, checked. `Debug` is not implemented: it holds secrets.
pub struct Config {
    /// Where the ledger, the cache and the artifacts are. `CLAUDETOOLS_DATA_DIR`.
    pub data_dir: PathBuf,
    /// The repository. `CLAUDETOOLS_ROOT`, else the working directory.
    pub root: PathBuf,
    /// The vault. `VAULT_PATH`.
    pub vault: Option<PathBuf>,
    /// How to reach the model; `None` is the rehearsal model.
    pub model: Option<Endpoint>,
    /// The model's id. `CLAUDETOOLS_MODEL`.
    pub model_id: String,
    /// `low` … `max`. `CLAUDETOOLS_EFFORT`.
    pub effort: String,
    /// The small model that names threads; `None` leaves them their first words. `CLAUDETOOLS_TITLE_MODEL`, `off` for none.
    pub title_model: Option<String>,
    /// Discord; `None` opens the console.
    pub discord: Option<DiscordConfig>,
    /// Hosts whose links stay clickable in chat. `CLAUDETOOLS_LINK_HOSTS`, separated by commas.
    pub link_hosts: BTreeSet<String>,
    /// Every secret of the settings: scrubbed from whatever goes out.
    pub secrets: Vec<String>,
    /// Every variable: `[secrets]` of `plugins.toml` may name any, and the keys that open the vault are among them.
    pub environment: Arc<BTreeMap<String, String>>,
    /// What the log shows. `RUST_LOG`.
    pub log: String,
    /// Who runs the program, as the system calls them. `USER`, else `LOGNAME`.
    pub user: Option<String>,
}

/// Settings of the Discord front.
pub struct DiscordConfig {
    /// `DISCORD_TOKEN`.
    pub token: String,
    /// `DISCORD_GUILD_ID`: the only server the bot answers in; any where it is not set.
    pub guild: Option<u64>,
    /// `DISCORD_API_BASE`: REST and gateway of a Discord-compatible server.
    pub api_base: Option<String>,
}

const ANTHROPIC: &str = "https://api.anthropic.com";

/// What a model's server may stay silent for before a stream counts as cut.
const IDLE: Duration = Duration::from_secs(180);

impl Config {
    /// Reads the environment and, below it, the `.env` of the working directory.
    pub fn load() -> Result<Self, Fatal> {
        let mut values = dotenv(Path::new(".env"))?;
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        // A variable that is not UTF-8, ours or not, must not end the program; a path that is not is not found.
        let text = |value: OsString| value.to_string_lossy().into_owned();
        values.extend(variables.map(|(name, value)| (text(name), text(value))));
        Self::from_values(&values)
    }

    /// Checks these settings. An empty value counts as not set.
    pub fn from_values(values: &BTreeMap<String, String>) -> Result<Self, Fatal> {
        let get = |name: &str| values.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let credential = match (get("ANTHROPIC_API_KEY"), get("ANTHROPIC_AUTH_TOKEN")) {
            (Some(key), _) => Some(Auth::ApiKey(key)),
            (None, token) => token.map(Auth::Bearer),
        };
        let model = endpoint(credential, get("ANTHROPIC_BASE_URL"), get("CLAUDETOOLS_DIALECT"))?;
        let default_model = if model.is_some() { "claude-opus-5-5" } else { crate::rehearsal::MODEL };
        // The rehearsal model has no words for titles.
        let named = model.is_some();
        let secrets = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "DISCORD_TOKEN", "SOPS_AGE_KEY"];
        Ok(Self {
            data_dir: data_dir(get("CLAUDETOOLS_DATA_DIR"), get("XDG_DATA_HOME"), get("LOCALAPPDATA"), get("HOME"))?,
            root: directory("CLAUDETOOLS_ROOT", get("CLAUDETOOLS_ROOT").unwrap_or_else(|| ".".into()))?,
            vault: get("VAULT_PATH").map(|path| directory("VAULT_PATH", path)).transpose()?,
            model,
            model_id: get("CLAUDETOOLS_MODEL").unwrap_or_else(|| default_model.to_owned()),
            effort: effort(get("CLAUDETOOLS_EFFORT"))?,
            title_model: title_model(get("CLAUDETOOLS_TITLE_MODEL")).filter(|_| named),
            discord: discord(get("DISCORD_TOKEN"), get("DISCORD_GUILD_ID"), get("DISCORD_API_BASE"))?,
            link_hosts: get("CLAUDETOOLS_LINK_HOSTS").map(|hosts| split(&hosts)).unwrap_or_default(),
            secrets: secrets.into_iter().filter_map(get).collect(),
            environment: Arc::new(values.iter().filter(|(_, value)| !value.trim().is_empty()).map(owned).collect()),
            log: get("RUST_LOG").unwrap_or_else(|| "info,serenity=warn".to_owned()),
            user: get("USER").or_else(|| get("LOGNAME")),
        })
    }
}

fn owned((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

/// The pairs of a `.env` file; none where there is no file. A line that makes no sense is named by its number only:
/// it may hold a secret.
fn dotenv(path: &Path) -> Result<BTreeMap<String, String>, Fatal> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Fatal::new(Exit::Config, format!("the file .env can't be read ({error})"))),
    };
    let broken = |error: dotenvy::Error| {
        let dotenvy::Error::LineParse(bad, _) = error else {
            return Fatal::new(Exit::Config, "the file .env can't be read");
        };
        // An open quote takes the lines after it along.
        let number =
            text.lines().zip(1..).find(|(line, _)| Some(*line) == bad.lines().next()).map_or(1, |(_, number)| number);
        Fatal::new(
            Exit::Config,
            format!(".env, line {number}: expected NAME=value, with quotes around a value that has spaces"),
        )
    };
    let pairs = dotenvy::from_read_iter(text.as_bytes());
    pairs.collect::<Result<_, _>>().map_err(broken)
}

/// How to reach the model; `None` where neither a credential nor a base URL is set. A base URL other than
/// Anthropic's gets the common subset of the API unless `CLAUDETOOLS_DIALECT` says `anthropic`.
fn endpoint(
    credential: Option<Auth>,
    base: Option<String>,
    dialect: Option<String>,
) -> Result<Option<Endpoint>, Fatal> {
    if credential.is_none() && base.is_none() {
        return Ok(None);
    }
    let base_url = base.unwrap_or_else(|| ANTHROPIC.to_owned()).trim_end_matches('/').to_owned();
    if !base_url.starts_with("https://") && !base_url.starts_with("http://") {
        return Err(Fatal::new(
            Exit::Config,
            format!("ANTHROPIC_BASE_URL is `{base_url}`; expected a URL such as {ANTHROPIC}"),
        ));
    }
    let dialect = match dialect.as_deref() {
        Some("anthropic") => Dialect::Anthropic,
        Some("compatible") => Dialect::Compatible,
        None if base_url == ANTHROPIC => Dialect::Anthropic,
        None => Dialect::Compatible,
        Some(other) => {
            return Err(Fatal::new(
                Exit::Config,
                format!("CLAUDETOOLS_DIALECT is `{other}`; expected anthropic or compatible"),
            ));
        }
    };
    Ok(Some(Endpoint { base_url, auth: credential.unwrap_or(Auth::None), dialect, idle: IDLE }))
}

/// Where the ledger is: outside the repository, so that no tool can reach it.
fn data_dir(
    own: Option<String>,
    xdg: Option<String>,
    windows: Option<String>,
    home: Option<String>,
) -> Result<PathBuf, Fatal> {
    let below = |base: String| Path::new(&base).join("claudetools");
    own.map(PathBuf::from)
        .or(xdg.map(below))
        .or(windows.map(below))
        .or(home.map(|home| Path::new(&home).join(".local/share/claudetools")))
        .ok_or_else(|| Fatal::new(Exit::Config, "there is no place for the ledger: neither CLAUDETOOLS_DATA_DIR nor HOME is set; set CLAUDETOOLS_DATA_DIR to a directory outside the repository"))
}

/// A directory that must be there, in its absolute form.
fn directory(name: &str, path: String) -> Result<PathBuf, Fatal> {
    let missing =
        |why: &str| Fatal::new(Exit::Config, format!("{name} is `{path}`, {why}; set it to a directory that exists"));
    let real = std::fs::canonicalize(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => missing("which is not there"),
        _ => missing(&format!("which can't be opened ({error})")),
    })?;
    if real.is_dir() { Ok(real) } else { Err(missing("which is not a directory")) }
}

fn title_model(value: Option<String>) -> Option<String> {
    Some(value.unwrap_or_else(|| "claude-haiku-5-5".to_owned())).filter(|model| model != "off")
}

fn effort(value: Option<String>) -> Result<String, Fatal> {
    let effort = value.unwrap_or_else(|| "medium".into());
    if ["low", "medium", "high", "xhigh", "max"].contains(&effort.as_str()) {
        return Ok(effort);
    }
    Err(Fatal::new(Exit::Config, format!("CLAUDETOOLS_EFFORT is `{effort}`; expected low, medium, high, xhigh or max")))
}

fn discord(
    token: Option<String>,
    guild: Option<String>,
    api_base: Option<String>,
) -> Result<Option<DiscordConfig>, Fatal> {
    let Some(token) = token else { return Ok(None) };
    let guild = guild
        .map(|id| {
            id.parse().map_err(|_| {
                Fatal::new(
                    Exit::Config,
                    format!("DISCORD_GUILD_ID is `{id}`; expected the number that Discord shows as the server's ID"),
                )
            })
        })
        .transpose()?;
    Ok(Some(DiscordConfig { token, guild, api_base }))
}

fn split(list: &str) -> BTreeSet<String> {
    list.split(',').map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty()).collect()
}
