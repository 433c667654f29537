//! The plugins in force as the console shows them, each with its review.

use std::path::Path;

use claudetools_console::{PluginRow, Plugins};
use claudetools_policy::{Code, Found, Manifest, Refusal};
use claudetools_review::{Input, Subject, review};
use time::OffsetDateTime;

use crate::approval;
use crate::in_force::InForce;

/// One plugin, whatever became of it.
struct Looked<'a> {
    name: &'a str,
    file: Option<&'a Path>,
    found: Option<&'a Found>,
    reasons: &'a [Refusal],
    row: PluginRow,
}

/// Reviews everything in force. `data_dir` is where approved versions are kept, to compare with.
pub fn reviewed(in_force: &InForce, data_dir: &Path) -> Plugins {
    let all = looked(in_force);
    let rows = all.iter().map(|one| one.review(in_force, &all, data_dir)).collect();
    Plugins { rows, notices: in_force.notices.clone() }
}

fn looked(in_force: &InForce) -> Vec<Looked<'_>> {
    let loaded = in_force.catalog.loaded.iter().map(|loaded| Looked {
        name: &loaded.admitted.found.manifest.name,
        file: loaded.file.as_deref(),
        found: Some(&loaded.admitted.found),
        reasons: &[],
        row: PluginRow::admitted(&loaded.admitted),
    });
    let waiting = in_force.catalog.quarantine.iter().map(|waiting| Looked {
        name: &waiting.name,
        file: waiting.file.as_deref(),
        found: waiting.found.as_deref(),
        reasons: &waiting.reasons,
        row: PluginRow::quarantined(&waiting.name, waiting.version.as_deref(), &waiting.reasons),
    });
    loaded.chain(waiting).collect()
}

impl Looked<'_> {
    fn review(&self, in_force: &InForce, all: &[Looked<'_>], data_dir: &Path) -> PluginRow {
        let unknown = Refusal::new(Code::ProtoExport, "It can't be read.");
        let unreadable = self.reasons.first().unwrap_or(&unknown);
        let approved = in_force.policy.plugins.get(self.name).and_then(|table| table.approved.as_ref());
        let kept = approved.and_then(|approved| approval::Baseline::recall(data_dir, self.name, approved));
        let others = all.iter().filter(|other| other.file != self.file || other.name != self.name);
        let others: Vec<&Manifest> = others.filter_map(|other| Some(&other.found?.manifest)).collect();
        let file = self.file.map(|file| file.display().to_string());
        let review = review(&Input {
            name: self.name,
            subject: self.found.map_or(Subject::Unreadable(unreadable), Subject::Found),
            file: file.as_deref(),
            built_in: self.file.is_none(),
            reasons: self.reasons,
            policy: &in_force.policy,
            text: "",
            baseline: kept
                .as_ref()
                .map(|kept| claudetools_review::Baseline { found: &kept.found, policy: &kept.policy }),
            used: None,
            others: &others,
            now: OffsetDateTime::now_utc().unix_timestamp(),
            wasmtime: env!("WASMTIME"),
        });
        self.row.clone().reviewed(review)
    }
}
