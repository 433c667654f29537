//! A plugin as a reviewer reads it: what it asks for, what it was granted, what it imports, side by side.

use std::collections::BTreeSet;

use claudetools_chat::cards::{Form, Offer};
use claudetools_policy::{Access, Admitted, Found, Grant, GrantKind, Limits, PluginPolicy, Refusal, RequestKind};
use claudetools_review::Review;

/// What the imports of a component begin with, by what they are for.
const FILES: &[&str] = &["wasi:filesystem/", "claudetools:plugin/tree@", "claudetools:plugin/replace@"];
const STATE: &[&str] = &["claudetools:plugin/state@"];
const CLIENT: &[&str] = &["claudetools:plugin/client@"];
const NETWORK: &[&str] = &["wasi:sockets/", "wasi:http/"];
const ALWAYS: &[&str] = &[
    "wasi:clocks/",
    "wasi:random/",
    "wasi:io/",
    "wasi:cli/",
    "claudetools:plugin/types@",
    "claudetools:plugin/progress@",
    "claudetools:plugin/log@",
];

/// A plugin as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRow {
    /// Its name, or its file's where the manifest can't be read.
    pub name: String,
    /// Its version, where the manifest can be read.
    pub version: Option<String>,
    /// One sentence from its manifest; empty while it is in quarantine.
    pub description: String,
    /// Whether it may be called.
    pub state: PluginState,
    /// The digest of its bytes, where they could be read.
    pub digest: Option<String>,
    /// Its tools; none while it is in quarantine.
    pub tools: Vec<ToolRow>,
    /// What it may do, one line for each kind of thing.
    pub capabilities: Vec<CapabilityRow>,
    /// Who may call it, in one phrase.
    pub callers: String,
    /// Name and value of each limit of a call.
    pub limits: Vec<(String, String)>,
    /// Everything a reviewer reads of it, where the host made a review.
    pub review: Option<Box<Review>>,
    /// What may be decided on it here, and what is to be typed for it.
    pub offer: Option<(Offer, Form)>,
}

/// Whether a plugin may be called, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginState {
    /// It is part of the program, which is its approval.
    BuiltIn,
    /// A reviewer signed it off.
    Approved {
        /// Who.
        by: String,
        /// When, RFC 3339.
        at: String,
    },
    /// Nobody may call it.
    Quarantined {
        /// Each reason as code and sentence.
        reasons: Vec<String>,
    },
}

/// One tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolRow {
    /// Its name.
    pub name: String,
    /// What a call may do at most.
    pub effect: ToolEffect,
}

/// What a call of a tool may do at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolEffect {
    /// It changes nothing.
    Reads,
    /// It changes files or data.
    Writes,
}

/// One kind of thing a plugin may do. An empty text means: not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapabilityRow {
    /// What, such as `files of repo`.
    pub what: String,
    /// What its manifest asks for, and why.
    pub asked: String,
    /// What `plugins.toml` grants, and why.
    pub granted: String,
    /// Which imports of the component are for it.
    pub imported: String,
}

impl PluginRow {
    /// The same with its review.
    pub fn reviewed(self, review: Review) -> Self {
        Self { review: Some(Box::new(review)), ..self }
    }

    /// The same with what may be decided on it.
    pub fn offering(self, offer: Option<(Offer, Form)>) -> Self {
        Self { offer, ..self }
    }

    /// A plugin that is admitted.
    pub fn admitted(admitted: &Admitted) -> Self {
        let Admitted { found, policy, built_in } = admitted;
        let manifest = &found.manifest;
        let tool = |tool: &claudetools_policy::Tool| ToolRow {
            name: tool.name.clone(),
            effect: if tool.read_only() { ToolEffect::Reads } else { ToolEffect::Writes },
        };
        Self {
            name: manifest.name.clone(),
            version: Some(manifest.version.clone()),
            description: manifest.description.clone(),
            state: state(policy, *built_in),
            digest: Some(found.component.to_string()),
            tools: admitted.tools().map(tool).collect(),
            capabilities: capabilities(found, policy),
            callers: callers(policy),
            limits: limits(&policy.limits),
            review: None,
            offer: None,
        }
    }

    /// A plugin in quarantine. What it says of itself is not shown: nobody has read it yet.
    pub fn quarantined(name: &str, version: Option<&str>, reasons: &[Refusal]) -> Self {
        Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            description: String::new(),
            state: PluginState::Quarantined { reasons: reasons.iter().map(ToString::to_string).collect() },
            digest: None,
            tools: Vec::new(),
            capabilities: Vec::new(),
            callers: "nobody".into(),
            limits: Vec::new(),
            review: None,
            offer: None,
        }
    }
}

fn state(policy: &PluginPolicy, built_in: bool) -> PluginState {
    match &policy.approved {
        Some(approval) if !built_in => PluginState::Approved { by: approval.by.clone(), at: approval.at.clone() },
        _ => PluginState::BuiltIn,
    }
}

fn callers(policy: &PluginPolicy) -> String {
    if policy.roles.is_empty() || policy.origins.is_empty() {
        return "nobody".into();
    }
    let roles = policy.roles.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let origins: Vec<_> = policy.origins.iter().map(|origin| format!("{origin:?}").to_lowercase()).collect();
    format!("{roles}, through {}", origins.join(" or "))
}

/// Files of each root, state, network, what every plugin has, and whatever else is imported: nothing is left out.
fn capabilities(found: &Found, policy: &PluginPolicy) -> Vec<CapabilityRow> {
    let imported = |prefixes| imports(&found.imports, prefixes);
    let mut rows: Vec<_> = roots(found, policy).iter().map(|root| files(found, policy, root)).collect();
    let (keep, learn) = ("keep small values", "learn which");
    let optional = [
        CapabilityRow {
            what: "state of a thread".into(),
            asked: asked(found, |kind| matches!(kind, RequestKind::State).then(|| keep.into())),
            granted: granted(policy, |grant| matches!(grant.kind, GrantKind::State).then(|| keep.into())),
            imported: imported(STATE),
        },
        CapabilityRow {
            what: "client of a call".into(),
            asked: asked(found, |kind| matches!(kind, RequestKind::Client).then(|| learn.into())),
            granted: granted(policy, |grant| matches!(grant.kind, GrantKind::Client).then(|| learn.into())),
            imported: imported(CLIENT),
        },
        network(imported(NETWORK)),
        CapabilityRow { what: "anything else".into(), imported: others(&found.imports), ..CapabilityRow::default() },
    ];
    rows.extend(optional.into_iter().filter(CapabilityRow::is_any));
    rows.push(CapabilityRow {
        what: "always there".into(),
        asked: "need not be asked for".into(),
        granted: "clocks, randomness, streams, progress and log".into(),
        imported: imported(ALWAYS),
    });
    rows
}

/// Language runtimes import the network without using it, so it is linked, to refusals.
fn network(imported: String) -> CapabilityRow {
    let granted = if imported.is_empty() { String::new() } else { "nothing: every call is refused".into() };
    CapabilityRow { what: "network".into(), asked: String::new(), granted, imported }
}

fn files(found: &Found, policy: &PluginPolicy, root: &str) -> CapabilityRow {
    CapabilityRow {
        what: format!("files of {root}"),
        asked: asked(found, |kind| files_asked(kind, root)),
        granted: granted(policy, |grant| files_granted(grant, root)),
        imported: imports(&found.imports, FILES),
    }
}

/// The requests of one kind, each with its reason.
fn asked(found: &Found, wanted: impl Fn(&RequestKind) -> Option<String>) -> String {
    let lines = found.manifest.requests.iter();
    let lines = lines.filter_map(|request| Some(format!("{}: {}", wanted(&request.kind)?, request.why)));
    lines.collect::<Vec<_>>().join("\n")
}

/// The grants of one kind, each with its reason.
fn granted(policy: &PluginPolicy, wanted: impl Fn(&Grant) -> Option<String>) -> String {
    let lines = policy.grants.iter().filter_map(|grant| Some(format!("{}: {}", wanted(grant)?, grant.why)));
    lines.collect::<Vec<_>>().join("\n")
}

impl CapabilityRow {
    fn is_any(&self) -> bool {
        !(self.asked.is_empty() && self.granted.is_empty() && self.imported.is_empty())
    }
}

fn roots(found: &Found, policy: &PluginPolicy) -> BTreeSet<String> {
    let asked = found.manifest.requests.iter().filter_map(|request| match &request.kind {
        RequestKind::Fs { root, .. } => Some(root),
        RequestKind::Net { .. }
        | RequestKind::Exec { .. }
        | RequestKind::Env { .. }
        | RequestKind::State
        | RequestKind::Client => None,
    });
    let granted = policy.grants.iter().filter_map(|grant| match &grant.kind {
        GrantKind::Fs(fs) => Some(&fs.root),
        GrantKind::Net(_) | GrantKind::Exec(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
    });
    asked.chain(granted).cloned().collect()
}

fn files_asked(kind: &RequestKind, wanted: &str) -> Option<String> {
    match kind {
        RequestKind::Fs { root, access } if root == wanted => Some(words(access)),
        _ => None,
    }
}

fn files_granted(grant: &Grant, wanted: &str) -> Option<String> {
    let GrantKind::Fs(fs) = &grant.kind else { return None };
    let tools = match grant.tools.is_empty() {
        true => String::new(),
        false => format!(" for {}", grant.tools.iter().cloned().collect::<Vec<_>>().join(", ")),
    };
    let text =
        || format!("{} in {}{tools}, files up to {}", words(&fs.access), fs.patterns.join(" "), bytes(fs.max_file));
    (fs.root == wanted).then(text)
}

fn words(access: &BTreeSet<Access>) -> String {
    access.iter().map(|access| access.as_str()).collect::<Vec<_>>().join(", ")
}

/// The imports that begin with one of these, one a line.
fn imports(all: &BTreeSet<String>, prefixes: &[&str]) -> String {
    let wanted = all.iter().filter(|name| starts(name, prefixes));
    wanted.map(|name| short(name)).collect::<Vec<_>>().join("\n")
}

/// The imports that are for nothing named here.
fn others(all: &BTreeSet<String>) -> String {
    let unknown =
        all.iter().filter(|name| ![FILES, STATE, CLIENT, NETWORK, ALWAYS].iter().any(|known| starts(name, known)));
    unknown.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn starts(name: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// An import without its version, and without the package where it is our own.
fn short(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or_default();
    name.strip_prefix("claudetools:plugin/").unwrap_or(name)
}

fn limits(limits: &Limits) -> Vec<(String, String)> {
    let Limits { memory, table, instances, wall, hostcalls, hostcall_bytes, handles, output, log, concurrent, .. } =
        limits;
    let seconds = format!("{} s", wall.as_secs_f64());
    [
        ("time", seconds),
        ("memory", bytes(*memory)),
        ("output", bytes(*output)),
        ("at once", concurrent.to_string()),
        ("host calls", hostcalls.to_string()),
        ("bytes of one", bytes(*hostcall_bytes)),
        ("handles", handles.to_string()),
        ("tables", table.to_string()),
        ("instances", instances.to_string()),
        ("log", bytes(*log)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} B"),
        1_024..1_048_576 => format!("{} KiB", count / 1_024),
        1_048_576..1_073_741_824 => format!("{} MiB", count / 1_048_576),
        _ => format!("{} GiB", count / 1_073_741_824),
    }
}

#[cfg(test)]
mod tests {
    use claudetools_policy::{Admission, Code, Digest, Manifest, Policy, admit};

    use super::*;

    const MANIFEST: &str = r#"
name = "notes"
version = "0.2.0"
license = "MIT"
description = "Keeps notes."

[[tool]]
name = "ReadNote"
description = "Reads a note."
effects = ["read"]
[tool.input]
type = "object"
properties = {}
additionalProperties = false

[[request]]
kind = "fs"
root = "repo"
access = ["read", "list"]
why = "to find notes"
"#;

    #[test]
    fn what_is_in_quarantine_says_why_and_nothing_of_its_own() {
        let refusal = Refusal::new(Code::SupplyUnapproved, "nobody has approved it").hinted("secret hint");
        let row = PluginRow::quarantined("x.wasm", None, &[refusal]);
        let reasons = vec!["supply.unapproved: nobody has approved it".to_owned()];
        assert_eq!(row.state, PluginState::Quarantined { reasons });
        assert_eq!((row.callers.as_str(), row.description.as_str()), ("nobody", ""));
    }

    #[test]
    fn asked_granted_and_imported_stand_side_by_side() {
        let policy = Policy::parse("schema = 1\n").unwrap();
        let found = Found {
            component: Digest::of(b"x"),
            manifest: Manifest::parse(MANIFEST).unwrap(),
            imports: ["wasi:filesystem/types@0.2.6", "wasi:io/streams@0.2.6"].map(str::to_owned).into(),
            exports: ["claudetools:plugin/tool@1.0.0".to_owned()].into(),
            bytes: 1,
        };
        let Admission::Admitted(admitted) = admit(found, &policy, true) else { panic!("not admitted") };
        let row = PluginRow::admitted(&admitted);
        let expected = CapabilityRow {
            what: "files of repo".into(),
            asked: "read, list: to find notes".into(),
            granted: String::new(),
            imported: "wasi:filesystem/types".into(),
        };
        assert_eq!((row.state, row.callers.as_str()), (PluginState::BuiltIn, "nobody"));
        assert_eq!(row.capabilities[0], expected);
        assert_eq!(row.tools, [ToolRow { name: "ReadNote".into(), effect: ToolEffect::Reads }]);
    }
}
