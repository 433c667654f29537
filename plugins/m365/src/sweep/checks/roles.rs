//! TS-05 and TS-06: who administrates.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::{Known, Missing};
use crate::sweep::lists::{GLOBAL_ADMINISTRATOR, administrator_role};
use crate::sweep::rows::{Audit, Role, User};
use crate::sweep::source::{AUDITS, ELIGIBLE, ROLES, USERS};

/// Fewer Global Administrators lock the tenant when one leaves.
pub const FEWEST_GLOBAL: usize = 2;
/// More than this many are too many for anybody to know.
pub const MOST_GLOBAL: usize = 8;
/// More than this many are more than CIS recommends.
pub const MOST_GLOBAL_OF_CIS: usize = 4;

const COUNT: Rule = Rule::new(
    "TS-05.R1",
    Medium,
    "Too few or too many Global Administrators",
    "With fewer than two the tenant can be locked; with more than eight nobody knows who can do everything.",
);
const CIS: Rule = Rule::new(
    "TS-05.R2",
    Low,
    "More Global Administrators than CIS recommends",
    "Two to four are enough; others can have a narrower role.",
);
const SYNCED: Rule = Rule::new(
    "TS-05.R3",
    High,
    "Administrator synchronised from on-premises",
    "Whoever has the local directory has the tenant.",
)
.mitre(&["T1078.004"]);
const NO_PERSON: Rule = Rule::new(
    "TS-05.R4",
    High,
    "App or open group as Global Administrator",
    "An app signs in without MFA, and whoever may change the group may make Global Administrators.",
)
.mitre(&["T1098.003"]);
const DAILY: Rule = Rule::new(
    "TS-05.R5",
    Low,
    "Global Administrator with licences",
    "An account that reads mail is phished; an administrator's account of its own is not.",
);
const GUEST: Rule = Rule::new(
    "TS-05.R6",
    Critical,
    "Guest as administrator",
    "Another organization's account, which nobody here protects, holds a role of administrators.",
)
.mitre(&["T1098.003"]);

pub const HYGIENE: Check = Check {
    id: "TS-05",
    title: "Privileged roles",
    profile: Profile::Both,
    scuba: &["AAD.7.1", "AAD.7.3"],
    plan: None,
    sources: &[&ROLES, &ELIGIBLE, &USERS],
    rules: &[&COUNT, &CIS, &SYNCED, &NO_PERSON, &DAILY, &GUEST],
    parts: &[global_administrators, administrators],
};

/// The roles that are held or can be taken up at any time.
fn all_roles(known: &Known) -> Result<Vec<Role>, Missing> {
    let mut roles = known.rows::<Role>(&ROLES)?;
    roles.extend(known.licensed::<Role>(&ELIGIBLE)?);
    Ok(roles)
}

fn global_administrators(known: &Known) -> Found {
    let roles = all_roles(known)?;
    let holders = global_members(&roles);
    let rule = match holders.len() {
        count if !(FEWEST_GLOBAL..=MOST_GLOBAL).contains(&count) => Some(&COUNT),
        count if count > MOST_GLOBAL_OF_CIS => Some(&CIS),
        _ => None,
    };
    let evidence = json!({ "count": holders.len(), "names": holders.values().collect::<Vec<_>>() });
    Ok(rule.map(|rule| rule.about("tenant", evidence)).into_iter().collect())
}

/// Global Administrators: ids with names.
pub fn global_members(roles: &[Role]) -> BTreeMap<String, String> {
    let global = roles.iter().filter(|role| role.role_definition_id == GLOBAL_ADMINISTRATOR);
    global.map(|role| (role.principal_id.clone(), role.name().to_owned())).collect()
}

fn administrators(known: &Known) -> Found {
    let users = known.rows::<User>(&USERS)?;
    let users: BTreeMap<&str, &User> = users.iter().map(|user| (user.id.as_str(), user)).collect();
    let mut found: Vec<Finding> = Vec::new();
    let mut seen = BTreeSet::new();
    for role in all_roles(known)? {
        let Some(name) = administrator_role(&role.role_definition_id) else { continue };
        let is_global = role.role_definition_id == GLOBAL_ADMINISTRATOR;
        let user = users.get(role.principal_id.as_str());
        for rule in broken(&role, user.copied(), is_global) {
            let who = user.map_or(role.name(), |user| &user.user_principal_name);
            let finding = rule.about(who, json!({ "role": name }));
            if seen.insert((finding.id.clone(), role.principal_id.clone())) {
                found.push(finding);
            }
        }
    }
    Ok(found)
}

fn broken(role: &Role, user: Option<&User>, is_global: bool) -> Vec<&'static Rule> {
    let is = |wanted: fn(&User) -> bool| user.is_some_and(wanted);
    let rules = [
        (&SYNCED, is(|user| user.on_premises_sync_enabled == Some(true))),
        (&NO_PERSON, is_global && role.is_open_to_others()),
        (&DAILY, is_global && is(|user| !user.assigned_licenses.is_empty())),
        (&GUEST, is(User::is_guest)),
    ];
    rules.into_iter().filter(|(_, broken)| *broken).map(|(rule, _)| rule).collect()
}

impl Role {
    pub fn name(&self) -> &str {
        let principal = self.principal.as_ref();
        let named = principal.and_then(|it| it.user_principal_name.as_deref().or(it.display_name.as_deref()));
        named.unwrap_or(&self.principal_id)
    }

    /// An app, or a group that is not protected as groups with roles are.
    fn is_open_to_others(&self) -> bool {
        self.principal.as_ref().is_some_and(|principal| match principal.kind.as_deref() {
            Some("#microsoft.graph.servicePrincipal") => true,
            Some("#microsoft.graph.group") => principal.is_assignable_to_role != Some(true),
            _ => false,
        })
    }
}

const ADDED: Rule = Rule::new(
    "TS-06.R1",
    High,
    "New member of a role",
    "Somebody was made an administrator by none of the MSP's own accounts.",
)
.mitre(&["T1098.003"]);
const ADDED_BY_US: Rule =
    Rule::new("TS-06.R2", Info, "New member of a role, added by the MSP", "One of the MSP's own accounts did it.");
const APPEARED: Rule = Rule::new(
    "TS-06.R3",
    High,
    "Global Administrator that was not there in the last run",
    "The list of Global Administrators has grown since the last run.",
)
.mitre(&["T1098.003"]);

pub const NEW: Check = Check {
    id: "TS-06",
    title: "New role members",
    profile: Profile::Security,
    scuba: &["AAD.7.7"],
    plan: None,
    sources: &[&AUDITS, &ROLES],
    rules: &[&ADDED, &ADDED_BY_US, &APPEARED],
    parts: &[added, appeared],
};

fn added(known: &Known) -> Found {
    let audits = known.rows::<Audit>(&AUDITS)?.into_iter();
    let events = audits.filter(|audit| audit.succeeded() && known.in_window(Some(audit.activity_date_time)));
    let additions = events.filter(|audit| {
        audit.activity_display_name == "Add member to role"
            || audit.activity_display_name.starts_with("Add eligible member")
    });
    let found = additions.map(|audit| {
        let rule = if known.client.is_admin(audit.actor()) { &ADDED_BY_US } else { &ADDED };
        let evidence = json!({ "by": audit.actor(), "event": audit.activity_display_name });
        rule.about(audit.target(), evidence).at(Some(audit.activity_date_time))
    });
    Ok(found.collect())
}

fn appeared(known: &Known) -> Found {
    let members = global_members(&known.rows::<Role>(&ROLES)?);
    let Some(last) = known.last else { return Ok(Vec::new()) };
    let new = members.into_iter().filter(|(id, _)| !last.global_administrators.contains(id));
    Ok(new.map(|(_, name)| APPEARED.about(name, json!({ "last_run": last.at.to_string() }))).collect())
}
