//! TS-03 and TS-04: who signs in with a password alone.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Severity::{Critical, High, Medium};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::rows::{Policy, Registration, Role, Switch};
use crate::sweep::source::{POLICIES, REGISTRATIONS, ROLES, SECURITY_DEFAULTS};

const ADMIN_WITHOUT: Rule = Rule::new(
    "TS-03.R1",
    Critical,
    "Administrator without MFA",
    "A guessed or phished password of this account is the tenant.",
)
.mitre(&["T1078.004"]);
const NOT_ENFORCED: Rule = Rule::new(
    "TS-03.R2",
    High,
    "Administrator of whom MFA is not demanded",
    "Registered, but neither security defaults nor a policy asks for it. MFA set per user is not readable here.",
)
.mitre(&["T1078.004"]);
const PHONE_ONLY: Rule = Rule::new(
    "TS-03.R3",
    Medium,
    "Administrator with SMS or voice only",
    "A phone number can be taken over, and its codes are phished like a password.",
)
.mitre(&["T1621"]);

pub const ADMINS: Check = Check {
    id: "TS-03",
    title: "Administrators' MFA",
    profile: Profile::Security,
    scuba: &["AAD.3.6"],
    plan: None,
    sources: &[&REGISTRATIONS, &ROLES, &SECURITY_DEFAULTS, &POLICIES],
    rules: &[&ADMIN_WITHOUT, &NOT_ENFORCED, &PHONE_ONLY],
    parts: &[registered, enforced],
};

fn registered(known: &Known) -> Found {
    let admins = known.rows::<Registration>(&REGISTRATIONS)?.into_iter().filter(|user| user.is_admin);
    let found = admins.filter_map(|admin| {
        let evidence = json!({ "methods": admin.methods_registered });
        match admin.is_mfa_registered {
            false => Some(ADMIN_WITHOUT.about(admin.user_principal_name, evidence)),
            true if admin.has_phone_only() => Some(PHONE_ONLY.about(admin.user_principal_name, evidence)),
            true => None,
        }
    });
    Ok(found.collect())
}

fn enforced(known: &Known) -> Found {
    if known.only::<Switch>(&SECURITY_DEFAULTS)?.is_enabled {
        return Ok(Vec::new());
    }
    let (policies, roles) = (known.rows::<Policy>(&POLICIES)?, known.rows::<Role>(&ROLES)?);
    let admins = known.rows::<Registration>(&REGISTRATIONS)?.into_iter();
    let asked = |admin: &Registration| {
        let own = roles.iter().filter(|role| role.principal_id == admin.id).map(|role| role.role_definition_id.clone());
        let own: BTreeSet<String> = own.collect();
        policies.iter().any(|policy| policy.demands_mfa_of(&admin.id, &own))
    };
    // A break-glass account is left out of policies on purpose.
    let meant = |admin: &Registration| admin.is_admin && !known.client.is_break_glass(admin.name());
    let unasked = admins.filter(|admin| meant(admin) && admin.is_mfa_registered && !asked(admin));
    Ok(unasked.map(|admin| NOT_ENFORCED.about(admin.user_principal_name, json!({}))).collect())
}

/// From more than this share of users without MFA on, it is not a few that were forgotten.
pub const MANY_PERCENT: usize = 20;

const SOME: Rule =
    Rule::new("TS-04.R1", Medium, "Users without MFA", "A guessed or phished password is enough for these accounts.")
        .mitre(&["T1078.004"]);
const MANY: Rule = Rule::new(
    "TS-04.R2",
    High,
    "Many users without MFA",
    "More than a fifth of the users have a password only: one phishing mail is enough.",
)
.mitre(&["T1078.004"]);

pub const USERS: Check = Check {
    id: "TS-04",
    title: "Users' MFA",
    profile: Profile::Both,
    scuba: &["AAD.3.2"],
    plan: None,
    sources: &[&REGISTRATIONS],
    rules: &[&SOME, &MANY],
    parts: &[users],
};

fn users(known: &Known) -> Found {
    let rows = known.rows::<Registration>(&REGISTRATIONS)?;
    let members: Vec<&Registration> = rows.iter().filter(|user| user.is_member()).collect();
    let without: Vec<&str> = members.iter().filter(|user| !user.is_mfa_registered).map(|user| user.name()).collect();
    let rule = match without.len() * 100 > members.len() * MANY_PERCENT {
        _ if without.is_empty() => return Ok(Vec::new()),
        true => &MANY,
        false => &SOME,
    };
    let evidence = json!({ "without": without.len(), "members": members.len(), "users": without });
    Ok(vec![rule.about("members", evidence)])
}

/// What Entra lists among methods and is no second factor.
const NO_FACTORS: &[&str] = &["email", "securityquestion", "password"];

impl Registration {
    fn name(&self) -> &str {
        &self.user_principal_name
    }

    /// A person's account of the tenant's own: directory synchronisation signs in without MFA.
    fn is_member(&self) -> bool {
        let synchronises = ["Sync_", "ADToAADSyncServiceAccount"].iter().any(|start| self.name().starts_with(start));
        self.user_type.as_deref() != Some("guest") && !synchronises
    }

    /// E-mail and questions help to reset a password, and are no second factor.
    fn has_phone_only(&self) -> bool {
        let methods = self.methods_registered.iter().map(|method| method.to_lowercase());
        let factors: Vec<String> = methods.filter(|method| !NO_FACTORS.contains(&method.as_str())).collect();
        let is_phone = |method: &String| method.contains("phone") || method == "sms" || method == "voice";
        !factors.is_empty() && factors.iter().all(is_phone)
    }
}
