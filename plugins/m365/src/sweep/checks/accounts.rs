//! TS-07, TS-30 and TS-33: accounts that nobody uses, that should not sign in, or that are new.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{High, Info, Low};
use claudetools_graph::jiff::Timestamp;
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::distance::looks_like;
use crate::sweep::known::{Known, Missing};
use crate::sweep::lists::administrators;
use crate::sweep::rows::{Activity, Mailbox, Role, User};
use crate::sweep::source::{ACTIVITY, ROLES, SHARED as SHARED_MAILBOXES, USERS};

/// Days without a sign-in after which an account is stale.
pub const STALE_DAYS: i64 = 90;
/// Days after which an account that never signed in, or an invitation, is forgotten.
pub const FORGOTTEN_DAYS: i64 = 30;

const UNUSED: Rule = Rule::new(
    "TS-07.R1",
    Low,
    "Enabled accounts without a sign-in for 90 days",
    "Nobody notices when somebody else signs in to them.",
)
.mitre(&["T1078.004"]);
const STALE_ADMIN: Rule = Rule::new(
    "TS-07.R2",
    High,
    "Administrator without a sign-in for 90 days",
    "A role that nobody uses is of use to an attacker only.",
)
.mitre(&["T1078.004"]);
const NEVER: Rule = Rule::new(
    "TS-07.R3",
    Low,
    "Enabled accounts that never signed in",
    "Their first password is often one that others know.",
);

pub const STALE: Check = Check {
    id: "TS-07",
    title: "Stale accounts",
    profile: Profile::Hygiene,
    scuba: &[],
    plan: Some(Plan::P1),
    sources: &[&USERS, &ACTIVITY, &ROLES],
    rules: &[&UNUSED, &STALE_ADMIN, &NEVER],
    parts: &[stale],
};

/// When each user signed in last, by id.
pub fn last_sign_ins(known: &Known) -> Result<BTreeMap<String, Option<Timestamp>>, Missing> {
    Ok(known.rows::<Activity>(&ACTIVITY)?.into_iter().map(|user| (user.id.clone(), user.last())).collect())
}

fn stale(known: &Known) -> Found {
    let (signed_in, admins) = (last_sign_ins(known)?, administrators(&known.rows::<Role>(&ROLES)?));
    let users = known.rows::<User>(&USERS)?;
    let (mut found, mut unused, mut never) = (Vec::new(), Vec::new(), Vec::new());
    for user in users.into_iter().filter(|user| user.account_enabled && !user.is_guest()) {
        match signed_in.get(&user.id) {
            Some(Some(last)) if known.older(*last, STALE_DAYS) && admins.contains(&user.id) => {
                found.push(STALE_ADMIN.about(user.user_principal_name, json!({})).at(Some(*last)));
            }
            Some(Some(last)) if known.older(*last, STALE_DAYS) => unused.push(user.user_principal_name),
            Some(None) if user.is_older(known, FORGOTTEN_DAYS) => never.push(user.user_principal_name),
            _ => {}
        }
    }
    found.extend(UNUSED.about_all(unused));
    found.extend(NEVER.about_all(never));
    Ok(found)
}

impl User {
    pub fn is_older(&self, known: &Known, days: i64) -> bool {
        self.created_date_time.is_some_and(|created| known.older(created, days))
    }
}

const CAN_SIGN_IN: Rule = Rule::new(
    "TS-30.R1",
    Low,
    "Shared mailbox with sign-in enabled",
    "Nobody signs in to it, so nobody sees who does, and it has no MFA.",
);
const SIGNED_IN: Rule = Rule::new(
    "TS-30.R2",
    High,
    "Sign-in to a shared mailbox",
    "Shared mailboxes are opened through one's own account; somebody used its password.",
)
.mitre(&["T1078.004"]);

pub const SHARED: Check = Check {
    id: "TS-30",
    title: "Shared mailboxes",
    profile: Profile::Both,
    scuba: &[],
    plan: Some(Plan::Exchange),
    sources: &[&SHARED_MAILBOXES, &USERS, &ACTIVITY],
    rules: &[&CAN_SIGN_IN, &SIGNED_IN],
    parts: &[enabled, used],
};

/// Shared mailboxes whose account is enabled.
fn open(known: &Known) -> Result<Vec<User>, Missing> {
    let mailboxes = known.rows::<Mailbox>(&SHARED_MAILBOXES)?.into_iter();
    let shared: BTreeSet<String> = mailboxes.filter_map(|mailbox| mailbox.external_directory_object_id).collect();
    let users = known.rows::<User>(&USERS)?.into_iter();
    Ok(users.filter(|user| user.account_enabled && shared.contains(&user.id)).collect())
}

fn enabled(known: &Known) -> Found {
    Ok(open(known)?.into_iter().map(|user| CAN_SIGN_IN.about(user.user_principal_name, json!({}))).collect())
}

fn used(known: &Known) -> Found {
    let signed_in = last_sign_ins(known)?;
    let used = open(known)?.into_iter().filter_map(|user| {
        let last = signed_in.get(&user.id).copied().flatten();
        known.in_window(last).then(|| SIGNED_IN.about(user.user_principal_name, json!({})).at(last))
    });
    Ok(used.collect())
}

const CREATED: Rule = Rule::new("TS-33.R1", Info, "New users", "Whoever knows the tenant knows whether they belong.");
const LOOK_ALIKE: Rule = Rule::new(
    "TS-33.R2",
    High,
    "New user that looks like a person in charge",
    "The name is that of an administrator or an executive, or almost: mail from it is believed.",
)
.mitre(&["T1136.003", "T1036"]);

pub const NEW: Check = Check {
    id: "TS-33",
    title: "New users",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&USERS, &ROLES],
    rules: &[&CREATED, &LOOK_ALIKE],
    parts: &[created, look_alikes],
};

fn created(known: &Known) -> Found {
    let users = known.rows::<User>(&USERS)?.into_iter();
    let new = users.filter(|user| known.in_window(user.created_date_time));
    Ok(CREATED.about_all(new.map(|user| user.user_principal_name).collect()))
}

fn look_alikes(known: &Known) -> Found {
    let admins = administrators(&known.rows::<Role>(&ROLES)?);
    let users = known.rows::<User>(&USERS)?;
    let in_charge = |user: &&User| admins.contains(&user.id) || user.is_executive();
    let (new, old): (Vec<&User>, Vec<&User>) = users.iter().partition(|user| known.in_window(user.created_date_time));
    let found = new.into_iter().filter_map(|user| {
        let model = old.iter().copied().filter(in_charge).find(|model| user.looks_like(model))?;
        let evidence = json!({ "name": user.display_name, "looks_like": model.user_principal_name });
        Some(LOOK_ALIKE.about(&*user.user_principal_name, evidence).at(user.created_date_time))
    });
    Ok(found.collect::<Vec<Finding>>())
}

/// Words of a job title by which a person is believed when money is asked for.
const EXECUTIVE: &[&str] = &[
    "ceo",
    "cfo",
    "coo",
    "cto",
    "chief",
    "president",
    "director",
    "owner",
    "partner",
    "managing",
    "geschäftsführ",
    "vorstand",
];

impl User {
    /// By the job title, or by a name of the account such as `cfo`.
    fn is_executive(&self) -> bool {
        let title = self.job_title.as_deref().unwrap_or_default();
        let local = self.user_principal_name.split('@').next().unwrap_or_default();
        let both = format!("{title} {local}").to_lowercase();
        let mut words = both.split(|character: char| !character.is_alphanumeric());
        words.any(|word| EXECUTIVE.iter().any(|known| word == *known || (known.len() > 4 && word.starts_with(known))))
    }

    fn looks_like(&self, model: &User) -> bool {
        let local = |user: &User| user.user_principal_name.split('@').next().unwrap_or_default().to_lowercase();
        looks_like(&self.shown().to_lowercase(), &model.shown().to_lowercase())
            || looks_like(&local(self), &local(model))
    }
}
