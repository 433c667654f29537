//! Who may do what: the manifest a plugin asks with, the grants an operator writes, the approval a
//! reviewer signs, and [`decide()`], the one place that says yes or no.
//!
//! Pure: no clock, no files, no network, no async. Everything here is a function of its arguments,
//! so a reviewer can read it in an hour and a test can ask it anything.
//!
//! - [`Manifest`]: what a plugin says of itself, embedded in the `.wasm`.
//! - [`Policy`]: `plugins.toml`, parsed and checked ([`Policy::parse`]).
//! - [`admit()`]: found bytes against policy: admitted, or quarantined with reasons.
//! - [`may_call`], then [`decide()`] for each file, [`decide_net`] for each request, with [`decide_address`] and
//!   [`decide_header`], and [`decide_exec`] for each native program: the questions asked while the bot runs.
//! - [`Yes`], [`Consent`] and [`may_confirm`]: which effects wait for a person, and who may let them happen; [`Mode`]: what may while a
//!   thread plans.
//! - [`Policy::widenings`] and [`Policy::adopt`]: what a changed `plugins.toml` would open, and what of it holds.
//! - [`Refusal`]: a coded "no", the same words for plugin, model, person and audit.
//!
//! Start reading at [`decide()`].

#![forbid(unsafe_code)]

mod admit;
mod caller;
mod client;
mod config;
mod consent;
mod decide;
mod digest;
mod exec;
#[cfg(test)]
mod fixture;
mod hint;
mod manifest;
mod net;
mod path;
mod plan;
mod protect;
mod refusal;
mod widening;

pub use admit::{Admission, Admitted, Found, admit, foreign, shadowed};
pub use caller::{Caller, MemberId, Origin, RoleName};
pub use client::{Client, Clients, Tenant};
pub use config::{
    Adopted, Approval, Budget, ChannelPolicy, ClientNames, Confirm, ConfirmShow, ConfirmWhen, FsGrant, Grant,
    GrantKind, Held, Limits, LoginForm, Output, PluginPolicy, Policy, PolicyError, Rate, Remedy, Review, Root,
    RootKind, RootName, Secret, SecretSource, Signature, TENANT, TokenProof, TokenSource, TokenWay, TurnPolicy, Typed,
    Verbosity,
};
pub use consent::{Ask, Click, Consent, Flow, Question, Yes, may_answer, may_confirm, may_deny};
pub use decide::{Access, FsEffect, decide, may_call, may_call_in, may_choose_client, may_keep_state};
pub use digest::{Digest, NotADigest};
pub use exec::{
    Argv, Directory, ExecEffect, ExecGrant, Jail, JailAccess, JailLimits, Pattern, Program, RootsByName, Script,
    ScriptFile, ScriptWord, Slot, decide_exec, decide_service,
};
pub use manifest::{EffectKind, Manifest, ManifestError, Request, RequestKind, Tool};
pub use net::{
    Audience, Body, Host, HostPattern, Inner, NetEffect, NetGrant, NetRule, Network, Reach, Scheme, SecretPlace,
    SecretUse, Target, decide_address, decide_header, decide_json, decide_net, looks_at_body, may_use_secret,
};
pub use path::RelPath;
pub use plan::{Mode, Touch};
pub use protect::{Patterns, invisible};
pub use refusal::{Code, Refusal};
