//! `plugins.toml` as it was typed: the shape only. What the words mean is checked in the files beside this.

mod client;
mod exec;
mod net;
mod token;
mod typed;

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroU64};

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::size::{Size, Time};
use super::{ConfirmShow, ConfirmWhen, Output, Rate, Verbosity};
use crate::{Access, Digest, Origin};

pub(super) use client::Client;
pub(super) use exec::{
    Argument, Example, Jail, JailLimit, Place, Program, Range, Script, SecretVariable, SlotTable, Tool,
};
pub(super) use net::{Allow, Audience, Bytes, Reach, Rule, Secret, SecretUse, Source};
pub(super) use token::{Login, OAuth};
pub(super) use typed::Typed;

/// A text with its place.
pub(super) type Word = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub schema: Spanned<i64>,
    #[serde(default)]
    pub roots: BTreeMap<Word, Root>,
    #[serde(default)]
    pub roles: BTreeMap<Word, Role>,
    #[serde(default)]
    pub secrets: BTreeMap<Word, Secret>,
    #[serde(default)]
    pub jails: BTreeMap<Word, Jail>,
    #[serde(default)]
    pub review: Review,
    #[serde(default)]
    pub turn: Turn,
    #[serde(default)]
    pub budget: Budget,
    #[serde(default)]
    pub channel: BTreeMap<Word, Channel>,
    #[serde(default)]
    pub client: BTreeMap<Word, Client>,
    #[serde(default)]
    pub defaults: Defaults,
    #[serde(default)]
    pub plugin: BTreeMap<Word, Plugin>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    pub usd_per_thread: Option<Spanned<f64>>,
    pub usd_per_member_day: Option<Spanned<f64>>,
    pub usd_per_client_day: Option<Spanned<f64>>,
    pub usd_per_client_month: Option<Spanned<f64>>,
    pub usd_per_day: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Channel {
    pub client: Option<Word>,
    pub clients: Option<Spanned<Vec<Word>>>,
    pub plugins: Option<Vec<Word>>,
    pub model: Option<Word>,
    pub effort: Option<Word>,
    pub verbosity: Option<Verbosity>,
    pub usd_per_day: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub path: Option<Word>,
    pub kind: Option<Word>,
    pub max_bytes: Option<Spanned<Size>>,
    #[serde(default)]
    pub protect: Vec<Word>,
    #[serde(default)]
    pub hide: Vec<Word>,
    #[serde(default)]
    pub sensitive: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    #[serde(default)]
    pub discord: Vec<Word>,
    #[serde(default)]
    pub local: bool,
    #[serde(default)]
    pub includes: Vec<Word>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Review {
    pub in_chat: Option<Spanned<bool>>,
    pub channel: Option<Word>,
    #[serde(default)]
    pub keys: Vec<Word>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    pub tool_calls: Option<NonZeroU32>,
    pub requests: Option<NonZeroU32>,
    pub output_tokens: Option<NonZeroU64>,
    pub usd: Option<Spanned<f64>>,
    pub attempts: Option<NonZeroU32>,
    pub context_tokens: Option<NonZeroU64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    #[serde(default)]
    pub limit: Limit,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub memory: Option<Size>,
    pub table: Option<NonZeroU32>,
    pub instances: Option<NonZeroU32>,
    pub wall: Option<Time>,
    pub hostcalls: Option<NonZeroU64>,
    pub hostcall_bytes: Option<Size>,
    pub handles: Option<NonZeroU32>,
    pub output: Option<Size>,
    pub log: Option<Size>,
    pub concurrent: Option<NonZeroU32>,
    pub per_user: Option<NonZeroU32>,
    pub per_thread: Option<NonZeroU32>,
    pub rate: Option<Rate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    pub component: Option<Word>,
    #[serde(default)]
    pub callers: Callers,
    #[serde(default)]
    pub output: Output,
    #[serde(default)]
    pub limit: Limit,
    #[serde(default)]
    pub grant: Vec<Spanned<Grant>>,
    pub approved: Option<Approval>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Callers {
    #[serde(default)]
    pub roles: Vec<Word>,
    #[serde(default)]
    pub origin: Vec<Spanned<Origin>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    pub id: Word,
    pub why: Word,
    pub kind: Word,
    pub tools: Option<Spanned<Vec<Word>>>,
    pub root: Option<Word>,
    pub access: Option<Vec<Spanned<Access>>>,
    pub allow: Option<Vec<Spanned<Allow>>>,
    pub max_file: Option<Spanned<Size>>,
    pub secret: Option<Spanned<SecretUse>>,
    pub reach: Option<Spanned<Reach>>,
    pub redirects: Option<Spanned<u8>>,
    pub bytes: Option<Bytes>,
    pub headers: Option<Vec<Word>>,
    pub fill: Option<BTreeMap<Word, Word>>,
    pub values: Option<BTreeMap<Word, Word>>,
    pub command: Option<Word>,
    pub program: Option<Spanned<Program>>,
    pub interpreter: Option<Spanned<Program>>,
    pub argv: Option<Spanned<Vec<Spanned<Argument>>>>,
    pub jail: Option<Word>,
    pub script: Option<Spanned<Script>>,
    pub tool: Option<Spanned<Tool>>,
    pub secrets: Option<Vec<SecretVariable>>,
    pub confirm: Option<Spanned<Confirm>>,
    pub examples: Option<Spanned<Examples>>,
}

impl Grant {
    /// The keys that are there, of those that only some kinds have.
    pub fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("root", self.root.is_some()),
            ("access", self.access.is_some()),
            ("allow", self.allow.is_some()),
            ("max_file", self.max_file.is_some()),
            ("secret", self.secret.is_some()),
            ("reach", self.reach.is_some()),
            ("redirects", self.redirects.is_some()),
            ("bytes", self.bytes.is_some()),
            ("headers", self.headers.is_some()),
            ("fill", self.fill.is_some()),
            ("values", self.values.is_some()),
            ("command", self.command.is_some()),
            ("program", self.program.is_some()),
            ("interpreter", self.interpreter.is_some()),
            ("argv", self.argv.is_some()),
            ("jail", self.jail.is_some()),
            ("script", self.script.is_some()),
            ("tool", self.tool.is_some()),
            ("secrets", self.secrets.is_some()),
            ("confirm", self.confirm.is_some()),
            ("examples", self.examples.is_some()),
        ];
        all.into_iter().filter_map(|(key, is_there)| is_there.then_some(key)).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    pub when: ConfirmWhen,
    #[serde(default)]
    pub by: Vec<Word>,
    #[serde(default)]
    pub two_person: bool,
    pub ttl: Option<Time>,
    pub show: Option<ConfirmShow>,
    pub typed: Option<Spanned<Typed>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Examples {
    #[serde(default)]
    pub allow: Vec<Spanned<Example>>,
    #[serde(default)]
    pub refuse: Vec<Spanned<Example>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    pub component: Digest,
    pub request: Digest,
    pub imports: Digest,
    pub strings: Digest,
    pub grants: Option<Digest>,
    pub version: String,
    pub by: Word,
    pub at: Spanned<Datetime>,
    #[serde(default)]
    pub note: String,
    pub signature: Option<Word>,
}
