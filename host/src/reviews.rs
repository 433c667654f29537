//! Reviews where people are: the cards of the review channel, the console's page, and what reviewers decide there.
//!
//! - [`Desk`]: follows what is in force, keeps the cards true, answers every press. Start here.
//! - [`reviewed`]: the plugins as the console shows them, each with its review.
//! - `looked`: each plugin with its review, and what may be decided on it. `card`: that as one message.
//! - `decide`: writes and takes back approvals. `first_use`: what was used for the first time since its approval.
//!
//! Who dropped a file is not known, so that nobody can be kept from approving what they dropped themselves; the role
//! `reviewer` is what separates the two.

mod card;
mod decide;
mod desk;
mod first_use;
mod looked;

use std::collections::BTreeMap;
use std::path::Path;

use claudetools_console::Plugins;
use claudetools_ledger::Ledger;
use claudetools_review::{Review, Used};
use time::OffsetDateTime;

pub use desk::{Desk, Place};

use crate::in_force::InForce;
use crate::used::used;
use looked::looked;

/// Days of the audit that a review looks at.
const DAYS: u16 = 30;

/// Reviews everything in force. `data_dir` is where approved versions are kept, to compare with.
pub async fn reviewed(in_force: &InForce, ledger: &Ledger, data_dir: &Path) -> Plugins {
    let used = used_by(in_force, ledger).await;
    let rows = looked(in_force, &used, data_dir).into_iter().map(|one| {
        let offer = one.offer(in_force).map(|(offer, shown)| (offer, shown.form(offer.deed)));
        one.row.reviewed(one.review).offering(offer)
    });
    Plugins { rows: rows.collect(), notices: in_force.notices.clone() }
}

/// The review of the plugin of this name; `None` where there is none.
pub async fn review_of(in_force: &InForce, ledger: &Ledger, data_dir: &Path, name: &str) -> Option<Review> {
    let used = used_by(in_force, ledger).await;
    looked(in_force, &used, data_dir).into_iter().find(|one| one.name == name).map(|one| one.review)
}

/// What plugins did. An audit that can't be read is said in the log; a review without it is better than none.
async fn used_by(in_force: &InForce, ledger: &Ledger) -> BTreeMap<String, Used> {
    let read = used(ledger, &in_force.written.policy, DAYS, OffsetDateTime::now_utc()).await;
    read.unwrap_or_else(|error| {
        tracing::error!(%error, "the audit can't be read, so that reviews do not say what plugins did");
        BTreeMap::new()
    })
}
