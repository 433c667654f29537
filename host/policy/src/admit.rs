//! Admission: found bytes against what the operator and the reviewer wrote.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::path::shown;
use crate::{
    Access, Approval, Code, Digest, Grant, GrantKind, Limits, Manifest, PluginPolicy, Policy, Refusal, Request,
    RequestKind, Review, Script, Tool,
};

/// What the loader found in a component's bytes, without running any of them.
#[derive(Clone, Debug)]
pub struct Found {
    /// Digest of the bytes.
    pub component: Digest,
    /// The embedded manifest.
    pub manifest: Manifest,
    /// Every imported instance, such as `wasi:io/streams@0.2.6`.
    pub imports: BTreeSet<String>,
    /// Every exported instance.
    pub exports: BTreeSet<String>,
    /// The length of the component.
    pub bytes: u64,
}

impl Found {
    /// The digest of the sorted import names, each followed by a line feed.
    pub fn imports_digest(&self) -> Digest {
        let lines: String = self.imports.iter().flat_map(|name| [name, "\n"]).collect();
        Digest::of(lines)
    }

    /// The approval of exactly this, under the plugin's table where there is one, in the name of `by`. Its time, note
    /// and signature are the writer's to set.
    pub fn approval(&self, by: &str, table: Option<&PluginPolicy>) -> Approval {
        Approval {
            component: self.component,
            request: self.manifest.digest,
            imports: self.imports_digest(),
            strings: self.manifest.strings_digest(),
            grants: table.map(PluginPolicy::grants_digest),
            version: self.manifest.version.clone(),
            by: by.to_owned(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            note: String::new(),
            signature: None,
        }
    }
}

/// What becomes of a component.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one value for each plugin, made once when it is loaded")]
pub enum Admission {
    /// It may be called, as far as its grants and callers go.
    Admitted(Admitted),
    /// It waits for a reviewer: listed, callable by nobody, its strings never shown to the model.
    Quarantined(Vec<Refusal>),
}

/// An admitted plugin: everything that a decision about its calls reads.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What it is.
    pub found: Found,
    /// What it may do: its table of `plugins.toml`.
    pub policy: crate::PluginPolicy,
    /// Whether its approval is the binary itself.
    pub built_in: bool,
}

impl Admitted {
    /// The limits of each of its calls.
    pub fn limits(&self) -> &Limits {
        &self.policy.limits
    }

    /// Its tools: those of its manifest, and those that its grants make. The latter are the operator's words.
    pub fn tools(&self) -> impl Iterator<Item = &Tool> {
        self.found.manifest.tools.iter().chain(self.scripts().map(|script| &script.tool))
    }

    /// The script that one of its tools is, where a grant made it.
    pub fn script(&self, tool: &str) -> Option<&Script> {
        self.scripts().find(|script| script.tool.name == tool)
    }

    /// The scripts that are tools of it: none where its manifest does not want them.
    fn scripts(&self) -> impl Iterator<Item = &Script> {
        let granted = self.policy.grants.iter().filter(|_| self.found.manifest.granted_tools);
        granted.filter_map(|grant| match &grant.kind {
            GrantKind::Exec(exec) => exec.script.as_deref(),
            GrantKind::Fs(_) | GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => None,
        })
    }

    /// The environment of one of its tools: the variables that its manifest asks for and a grant gives.
    pub fn env(&self, tool: &str) -> BTreeMap<&str, &str> {
        let asked = |name: &str| {
            let asks = |request: &Request| matches!(&request.kind, RequestKind::Env { names } if names.contains(name));
            self.found.manifest.requests.iter().any(asks)
        };
        let granted = self.grants_for(tool).filter_map(|grant| match &grant.kind {
            GrantKind::Env(values) => Some(values),
            GrantKind::Fs(_) | GrantKind::Net(_) | GrantKind::Exec(_) | GrantKind::State | GrantKind::Client => None,
        });
        let pairs = granted.flatten().filter(|(name, _)| asked(name));
        pairs.map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The grants for one of its tools, in the order of `plugins.toml`.
    pub(crate) fn grants_for(&self, tool: &str) -> impl Iterator<Item = &Grant> {
        let concerns = move |grant: &&Grant| grant.tools.is_empty() || grant.tools.contains(tool);
        self.policy.grants.iter().filter(concerns)
    }
}

/// Decides whether a component may be loaded.
///
/// Quarantine, with every reason: no table or no approval (`supply.unapproved`), bytes or manifest that
/// are not the approved ones (`supply.digest`), changed imports (`supply.import`), changed strings
/// (`supply.strings`), an approval without a signature of the operator's keys where there are some
/// (`supply.signature`), a table that nobody signed off nor one that is wider (`supply.digest`); an import of one of our interfaces that the manifest does not ask for, or of
/// anything that is neither ours nor WASI (`supply.import`, built-in or not); a missing
/// `claudetools:plugin/tool` export (`proto.export`).
/// A built-in plugin without a table is admitted with no callers and no grants.
pub fn admit(found: Found, policy: &Policy, built_in: bool) -> Admission {
    let table = policy.plugins.get(&found.manifest.name);
    let mut reasons = Vec::new();
    if !built_in {
        approval(&found, table, &policy.review, &mut reasons);
    }
    reasons.extend(found.imports.iter().filter_map(|import| unasked(import, &found.manifest)));
    if !found.exports.iter().any(|export| own_interface(export) == Some("tool")) {
        let message =
            foreign(&found.exports).unwrap_or_else(|| "It does not export `claudetools:plugin/tool@1`.".into());
        reasons.push(Refusal::new(Code::ProtoExport, message));
    }
    if !reasons.is_empty() {
        return Admission::Quarantined(reasons);
    }
    let admitted = Admitted { policy: table.cloned().unwrap_or_default(), found, built_in };
    match twice(&admitted) {
        Some(reason) => Admission::Quarantined(vec![reason]),
        None => Admission::Admitted(admitted),
    }
}

/// Two tools of one name: each of them was checked where it stands, but not beside the others.
fn twice(plugin: &Admitted) -> Option<Refusal> {
    let mut names = BTreeSet::new();
    let tool = plugin.tools().find(|tool| !names.insert(tool.name.to_ascii_lowercase()))?;
    let message = format!("It has two tools named `{}`; case does not tell them apart.", shown(&tool.name));
    Some(Refusal::new(Code::SupplyDuplicate, message).hinted("give the tool of the `script` grant another name"))
}

/// Compares what was found with what a reviewer signed off.
fn approval(found: &Found, table: Option<&PluginPolicy>, review: &Review, reasons: &mut Vec<Refusal>) {
    let name = &found.manifest.name;
    let Some((table, approved)) = table.and_then(|table| Some((table, table.approved.as_ref()?))) else {
        let hint = format!(
            "`claudetools plugin review {name}` shows what it asks for, `claudetools plugin approve {name}` approves it"
        );
        reasons.push(Refusal::new(Code::SupplyUnapproved, "Nobody has approved it yet.").hinted(hint));
        return;
    };
    let pairs = [
        (Code::SupplyDigest, "Its bytes", found.component, approved.component),
        (Code::SupplyDigest, "Its manifest", found.manifest.digest, approved.request),
        (Code::SupplyImport, "The list of its imports", found.imports_digest(), approved.imports),
        (Code::SupplyStrings, "What the model would read of it", found.manifest.strings_digest(), approved.strings),
    ];
    for (code, what, found, approved) in pairs {
        if found != approved {
            let hint = format!(
                "found {found}, approved {approved}; `claudetools plugin diff {name}` shows the change, \
                 `claudetools plugin approve {name}` approves it"
            );
            reasons.push(Refusal::new(code, format!("{what} changed since the approval.")).hinted(hint));
        }
    }
    match review.keys.is_empty() {
        true => reasons.extend(unreviewed(name, table)),
        false => reasons.extend(unsigned(name, table, approved, review)),
    }
}

/// Grants that no reviewer saw.
fn unreviewed(name: &str, table: &PluginPolicy) -> Option<Refusal> {
    let hint = || {
        format!(
            "`claudetools plugin review {name}` shows what it may do, `claudetools plugin approve {name}` approves it"
        )
    };
    let message = "Its grants are not the approved ones, and what was approved is not kept here to compare them with.";
    (!table.is_reviewed()).then(|| Refusal::new(Code::SupplyDigest, message).hinted(hint()))
}

/// Where the operator trusts keys, an approval counts when one of them signed it together with the table as it is.
fn unsigned(name: &str, table: &PluginPolicy, approved: &Approval, review: &Review) -> Option<Refusal> {
    let (message, hint) = if !approved.is_signed_by(&review.keys) {
        let hint = format!(
            "sign it with one of the `keys` of [review], and write the signature into [plugin.{name}.approved]"
        );
        ("Its approval is not signed by a key that the operator trusts.", hint)
    } else if approved.grants != Some(table.grants_digest()) {
        let hint = format!("expected grants = \"{}\" in [plugin.{name}.approved], signed", table.grants_digest());
        ("Its grants are not those of the signed approval.", hint)
    } else {
        return None;
    };
    Some(Refusal::new(Code::SupplySignature, message).hinted(hint))
}

/// What a component is that was made for another host, and the next step; `None` where nobody knows.
pub fn foreign(exports: &BTreeSet<String>) -> Option<String> {
    let has = |prefix: &str| exports.iter().any(|export| export.starts_with(prefix));
    let next = "a plugin exports `claudetools:plugin/tool@1`, whose `call` can pass each call on to what is there; \
                `claudetools plugin new` makes a start";
    let library =
        "build a library instead, in Rust with `crate-type = [\"cdylib\"]`, that exports `claudetools:plugin/tool@1`";
    if has("claudetools:plugin/tool@") || exports.is_empty() {
        return None;
    }
    if has("act:") {
        return Some(format!("It is a component for ACT (`act:tools`): {next}."));
    }
    if has("wasi:cli/run@") {
        return Some(format!("It is a program (`wasi:cli/run`): {library}."));
    }
    if has("wasi:http/incoming-handler@") {
        return Some(format!("It is a web server (`wasi:http/incoming-handler`): {library}."));
    }
    let functions = exports.iter().map(|export| format!("`{}`", shown(export))).take(3).collect::<Vec<_>>().join(", ");
    Some(format!("It exports plain functions ({functions}), as components for Wassette do: {next}."))
}

/// The name of one of our interfaces in the version of the contract, without package and version.
fn own_interface(instance: &str) -> Option<&str> {
    let (name, version) = instance.strip_prefix("claudetools:plugin/")?.split_once('@')?;
    version.starts_with("1.").then_some(name)
}

/// Refuses an import that the manifest does not ask for. WASI is always linked, to refusals where
/// nothing is granted, because language runtimes import it without using it.
fn unasked(import: &str, manifest: &Manifest) -> Option<Refusal> {
    let asked = match own_interface(import) {
        Some("types" | "progress" | "log" | "artifact") => true,
        Some("tree") => asks_fs(manifest, &[Access::Read, Access::List]),
        Some("replace") => asks_fs(manifest, &[Access::Create, Access::Modify]),
        Some("state") => manifest.requests.iter().any(|request| request.kind == RequestKind::State),
        Some("client") => manifest.requests.iter().any(|request| request.kind == RequestKind::Client),
        Some("process") => manifest.requests.iter().any(|request| matches!(request.kind, RequestKind::Exec { .. })),
        Some(_) => false,
        None => import.starts_with("wasi:"),
    };
    let message = || format!("It imports `{}`, which its manifest does not ask for.", shown(import));
    (!asked).then(|| Refusal::new(Code::SupplyImport, message()))
}

fn asks_fs(manifest: &Manifest, any_of: &[Access]) -> bool {
    manifest.requests.iter().any(|request| match &request.kind {
        RequestKind::Fs { access, .. } => any_of.iter().any(|way| access.contains(way)),
        RequestKind::Net { .. }
        | RequestKind::Env { .. }
        | RequestKind::Exec { .. }
        | RequestKind::State
        | RequestKind::Client => false,
    })
}

/// Which of these plugins (by index) share a name or a tool's name with another: both are to be refused
/// with `supply.duplicate`, but a built-in one stays when the other is not built in.
pub fn shadowed(plugins: &[&Admitted]) -> Vec<(usize, Refusal)> {
    let refused = |index: usize| {
        let plugin = plugins[index];
        let mut others = plugins.iter().enumerate().filter(|(other, _)| *other != index);
        let rival =
            others.find_map(
                |(_, other)| {
                    if plugin.built_in && !other.built_in { None } else { shared_name(plugin, other) }
                },
            )?;
        let message =
            format!("It shares the {rival} with another plugin; neither is loaded, unless it is part of the program.");
        Some((index, Refusal::new(Code::SupplyDuplicate, message)))
    };
    (0..plugins.len()).filter_map(refused).collect()
}

/// What two plugins have in common that must be unique. Case is not enough to tell two names apart.
fn shared_name(one: &Admitted, other: &Admitted) -> Option<String> {
    if one.found.manifest.name == other.found.manifest.name {
        return Some(format!("name `{}`", one.found.manifest.name));
    }
    let has = |name: &str| other.tools().any(|tool| tool.name.eq_ignore_ascii_case(name));
    let tool = one.tools().find(|tool| has(&tool.name))?;
    Some(format!("tool `{}`", tool.name))
}
