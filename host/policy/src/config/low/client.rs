//! What `[client.<name>]` is typed as.

use serde::Deserialize;

use super::Word;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct Client {
    pub tenant: Option<Word>,
    pub title: Option<Word>,
    #[serde(default)]
    pub aliases: Vec<Word>,
    #[serde(default)]
    pub domains: Vec<Word>,
    #[serde(default)]
    pub home_countries: Vec<Word>,
    #[serde(default)]
    pub trusted_ips: Vec<Word>,
    #[serde(default)]
    pub admins: Vec<Word>,
    #[serde(default)]
    pub break_glass: Vec<Word>,
    #[serde(default)]
    pub allowed_apps: Vec<Word>,
    #[serde(default)]
    pub scan_accounts: Vec<Word>,
    pub time_zone: Option<Word>,
}
