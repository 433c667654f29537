//! Each plugin in force with its review, and what a reviewer may decide on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use claudetools_chat::cards::{Deed, Field, Form, Offer, Size, Token};
use claudetools_console::PluginRow;
use claudetools_policy::{Admission, Approval, Code, Digest, Found, Manifest, Refusal, admit};
use claudetools_review::{Band, Input, Review, Subject, Used, review};
use time::OffsetDateTime;

use crate::approval;
use crate::in_force::InForce;
use crate::on_disk::on_disk;

/// One plugin, whatever became of it.
pub(super) struct Looked {
    pub name: String,
    /// Where it lies; `None` for a part of the program.
    pub file: Option<PathBuf>,
    /// What is in it, where it can be read.
    pub found: Option<Found>,
    /// Why it does not run; empty where it does.
    pub reasons: Vec<Refusal>,
    pub row: PluginRow,
    pub review: Review,
}

/// The fields of the form: the plugin's name, and the number of a risk that must be accepted by itself.
pub(super) const NAME: &str = "name";
pub(super) const RISK: &str = "risk";

/// What was shown when something was offered, and all that a decision on it is bound to.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub name: String,
    pub file: PathBuf,
    /// The approval that would be written, but for its time and its writer.
    pub approval: Approval,
    /// The risk, where it must be accepted by itself.
    pub extreme: Option<u32>,
}

impl Shown {
    /// What has to be typed for it.
    pub fn form(&self, deed: Deed) -> Form {
        let title = match deed {
            Deed::Revoke => "Take the approval back",
            _ => "Approve exactly what the card shows",
        };
        let name = Field { name: NAME, label: "The plugin's name".to_owned(), size: Size::Line };
        let risk = Field { name: RISK, label: "The number of its risk, to accept it".to_owned(), size: Size::Line };
        let fields = std::iter::once(name).chain(self.extreme.map(|_| risk)).collect();
        Form { title: title.to_owned(), fields }
    }
}

/// A plugin that was found, before its review.
struct Bare<'a> {
    name: &'a str,
    file: Option<&'a Path>,
    found: Option<&'a Found>,
    reasons: &'a [Refusal],
    row: PluginRow,
}

/// Reviews everything, against `plugins.toml` as it is written: what is held back is what is to be approved.
pub(super) fn looked(in_force: &InForce, used: &BTreeMap<String, Used>, data_dir: &Path) -> Vec<Looked> {
    let all = bare(in_force);
    let review = |one: &Bare<'_>| Looked {
        name: one.name.to_owned(),
        file: one.file.map(Path::to_owned),
        found: one.found.cloned(),
        reasons: one.reasons.to_vec(),
        row: one.row.clone(),
        review: one.review(in_force, &all, used, data_dir),
    };
    all.iter().map(review).collect()
}

fn bare(in_force: &InForce) -> Vec<Bare<'_>> {
    let loaded = in_force.catalog.loaded.iter().map(|loaded| Bare {
        name: &loaded.admitted.found.manifest.name,
        file: loaded.file.as_deref(),
        found: Some(&loaded.admitted.found),
        reasons: &[],
        row: PluginRow::admitted(&loaded.admitted),
    });
    let waiting = in_force.catalog.quarantine.iter().map(|waiting| Bare {
        name: &waiting.name,
        file: waiting.file.as_deref(),
        found: waiting.found.as_deref(),
        reasons: &waiting.reasons,
        row: PluginRow::quarantined(&waiting.name, waiting.version.as_deref(), &waiting.reasons),
    });
    loaded.chain(waiting).collect()
}

impl Bare<'_> {
    fn review(&self, in_force: &InForce, all: &[Bare<'_>], used: &BTreeMap<String, Used>, data_dir: &Path) -> Review {
        let written = &in_force.written;
        let unknown = Refusal::new(Code::ProtoExport, "It can't be read.");
        let unreadable = self.reasons.first().unwrap_or(&unknown);
        // What is in force was approved, or nothing was: an approval that is only written is none yet.
        let approved = in_force.policy.plugins.get(self.name).and_then(|table| table.approved.as_ref());
        let kept = approved.and_then(|approved| approval::Baseline::recall(data_dir, self.name, approved));
        let others = all.iter().filter(|other| other.file != self.file || other.name != self.name);
        let others: Vec<&Manifest> = others.filter_map(|other| Some(&other.found?.manifest)).collect();
        let file = self.file.map(|file| file.display().to_string());
        // What patterns fit is for whoever writes them, at a terminal: to look takes long.
        let table = written.policy.plugins.get(self.name);
        let disk = table.map(|table| on_disk(table, &written.policy, &BTreeMap::new()));
        review(&Input {
            name: self.name,
            subject: self.found.map_or(Subject::Unreadable(unreadable), Subject::Found),
            file: file.as_deref(),
            built_in: self.file.is_none(),
            reasons: self.reasons,
            policy: &written.policy,
            text: &written.text,
            baseline: kept
                .as_ref()
                .map(|kept| claudetools_review::Baseline { found: &kept.found, policy: &kept.policy }),
            used: used.get(self.name),
            disk: disk.as_ref(),
            others: &others,
            now: OffsetDateTime::now_utc().unix_timestamp(),
            wasmtime: env!("WASMTIME"),
        })
    }
}

impl Looked {
    /// The approval in force, where there is one.
    pub fn approved<'f>(&self, in_force: &'f InForce) -> Option<&'f Approval> {
        in_force.policy.plugins.get(&self.name)?.approved.as_ref()
    }

    /// The same for the same name and digests. What can't be read has its reasons instead.
    pub fn key(&self, in_force: &InForce) -> String {
        match (&self.found, &self.file) {
            (Some(found), _) => hash(&[&self.name, &digests(&self.signable(found, in_force))]),
            (None, _) => hash(&[&self.name, &self.review.reasons.join("\n")]),
        }
    }

    /// What may be decided on it from chat, and what that is bound to. Nothing where the operator did not allow it, where
    /// approvals have to be signed, and where no approval would make it run.
    pub fn offer(&self, in_force: &InForce) -> Option<(Offer, Shown)> {
        let written = &in_force.written;
        let rules = [&in_force.policy.review, &written.policy.review];
        if rules.iter().any(|review| !review.in_chat || !review.keys.is_empty()) {
            return None;
        }
        let (found, file) = (self.found.as_ref()?, self.file.clone()?);
        written.policy.plugins.get(&self.name)?;
        let runs = self.reasons.is_empty() && !written.holds_back(&self.name);
        let deed = if runs { Deed::Revoke } else { Deed::Approve };
        let fit = || matches!(admit(found.clone(), &written.policy, true), Admission::Admitted(_));
        let duplicate = self.reasons.iter().any(|reason| reason.code == Code::SupplyDuplicate);
        if deed == Deed::Approve && (duplicate || !fit()) {
            return None;
        }
        let risk = &self.review.risk;
        let extreme = (deed == Deed::Approve && risk.band >= Band::Extreme).then_some(risk.total);
        let since = self.approved(in_force).map_or("", |approved| &approved.at);
        let token = hash(&[deed.as_str(), &self.key(in_force), since]).parse::<Token>().ok()?;
        let approval = self.signable(found, in_force);
        Some((Offer { deed, token }, Shown { name: self.name.clone(), file, approval, extreme }))
    }

    /// The approval of what is there under the table that is written.
    fn signable(&self, found: &Found, in_force: &InForce) -> Approval {
        found.approval("", in_force.written.policy.plugins.get(&self.name))
    }
}

/// Every digest of an approval, and nothing else of it.
pub(super) fn digests(approval: &Approval) -> String {
    let Approval { component, request, imports, strings, grants, .. } = approval;
    let grants = grants.map(|grants| grants.to_string()).unwrap_or_default();
    format!("{component} {request} {imports} {strings} {grants}")
}

/// 32 hex digits of the hash of these texts.
pub(super) fn hash(parts: &[&str]) -> String {
    let text = serde_json::Value::from(parts.to_vec()).to_string();
    Digest::of(text).to_string().trim_start_matches("sha256:").chars().take(32).collect()
}
