//! TS-01 and TS-02: what stands between a password and the tenant.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Severity::{Critical, High, Info, Medium};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::lists::{self, GLOBAL_ADMINISTRATOR};
use crate::sweep::rows::{Policy, Role, Switch, User};
use crate::sweep::source::{POLICIES, ROLES, SECURITY_DEFAULTS, USERS};

const OPEN: Rule = Rule::new(
    "TS-01.R1",
    Critical,
    "Neither security defaults nor Conditional Access",
    "Whoever has a password is in: nothing in the tenant asks for more.",
);
const UNUSED_P1: Rule = Rule::new(
    "TS-01.R2",
    High,
    "Conditional Access is paid for and not used",
    "Security defaults cannot be fitted to the tenant; with P1 there can be policies.",
);
const CONFLICT: Rule = Rule::new(
    "TS-01.R3",
    Info,
    "Security defaults and Conditional Access are both on",
    "The two are meant to exclude each other; one of them was set without looking at the other.",
);

pub const BASELINE: Check = Check {
    id: "TS-01",
    title: "Baseline protection",
    profile: Profile::Both,
    scuba: &["AAD.3.2"],
    plan: None,
    sources: &[&SECURITY_DEFAULTS, &POLICIES],
    rules: &[&OPEN, &UNUSED_P1, &CONFLICT],
    parts: &[baseline],
};

fn baseline(known: &Known) -> Found {
    let defaults = known.only::<Switch>(&SECURITY_DEFAULTS)?.is_enabled;
    let policies = known.whole::<Policy>(&POLICIES)?;
    let enabled = policies.iter().filter(|policy| policy.is_enabled()).count();
    let evidence = json!({ "security_defaults": defaults, "policies": policies.len(), "enabled": enabled });
    let rule = match (defaults, enabled) {
        (false, 0) => Some(&OPEN),
        (true, 0) if policies.is_empty() && known.has(Plan::P1) => Some(&UNUSED_P1),
        (true, 1..) => Some(&CONFLICT),
        _ => None,
    };
    Ok(rule.map(|rule| rule.about("tenant", evidence)).into_iter().collect())
}

/// More users than this left out of a policy are a way around it, not an exception.
pub const MOST_EXCLUDED: usize = 5;

const NO_MFA: Rule = Rule::new(
    "TS-02.R1",
    High,
    "No policy demands MFA of all users for all apps",
    "Users or apps that no policy names need a password only.",
);
const NO_ADMIN_MFA: Rule = Rule::new(
    "TS-02.R2",
    High,
    "No policy demands MFA of administrators",
    "A Global Administrator's password is enough to take the tenant over.",
);
const LEGACY: Rule = Rule::new(
    "TS-02.R3",
    High,
    "Legacy authentication is not blocked",
    "Old protocols know no MFA: a guessed password is enough.",
);
const DEVICE_CODE: Rule = Rule::new(
    "TS-02.R4",
    Medium,
    "Device code sign-in is not blocked",
    "A phished device code gives a token without a password.",
);
const NO_RISK: Rule = Rule::new(
    "TS-02.R5",
    Medium,
    "No policy acts on risk",
    "P2 sees risky users and sign-ins, and nothing follows from it.",
);
const REPORT_ONLY: Rule =
    Rule::new("TS-02.R6", Medium, "All policies only report", "Nothing is enforced until a policy is switched on.");
const EXCLUDED: Rule =
    Rule::new("TS-02.R7", Medium, "Many users are left out of a policy", "Each of them is a way around the policy.");
const EXCLUDED_ADMIN: Rule = Rule::new(
    "TS-02.R8",
    Medium,
    "An administrator is left out of a policy",
    "Only break-glass accounts should be; name them in `break_glass` of the client.",
);

pub const GAPS: Check = Check {
    id: "TS-02",
    title: "Conditional Access gaps",
    profile: Profile::Security,
    scuba: &["AAD.1.1", "AAD.2.1", "AAD.2.3", "AAD.3.2", "AAD.3.6", "AAD.3.9"],
    plan: Some(Plan::P1),
    sources: &[&POLICIES, &ROLES, &USERS],
    rules: &[&NO_MFA, &NO_ADMIN_MFA, &LEGACY, &DEVICE_CODE, &NO_RISK, &REPORT_ONLY, &EXCLUDED, &EXCLUDED_ADMIN],
    parts: &[missing, exclusions],
};

fn missing(known: &Known) -> Found {
    let policies = known.whole::<Policy>(&POLICIES)?;
    let enabled: Vec<&Policy> = policies.iter().filter(|policy| policy.is_enabled()).collect();
    let any = |wanted: fn(&Policy) -> bool| enabled.iter().any(|policy| wanted(policy));
    let report_only = policies.iter().filter(|policy| policy.state == "enabledForReportingButNotEnforced").count();
    let gaps = [
        (&NO_MFA, !any(|policy| policy.demands_mfa() && policy.is_for_everybody())),
        (&NO_ADMIN_MFA, !any(|policy| policy.demands_mfa() && policy.is_for_administrators())),
        (&LEGACY, !any(Policy::blocks_legacy)),
        (&DEVICE_CODE, !any(Policy::blocks_device_code)),
        (&NO_RISK, known.has(Plan::P2) && !any(Policy::acts_on_risk)),
        (&REPORT_ONLY, enabled.is_empty() && report_only > 0),
    ];
    let evidence = json!({ "enabled": enabled.len(), "report_only": report_only });
    Ok(gaps.into_iter().filter(|(_, gap)| *gap).map(|(rule, _)| rule.about("tenant", evidence.clone())).collect())
}

fn exclusions(known: &Known) -> Found {
    let admins: BTreeSet<String> = lists::administrators(&known.rows::<Role>(&ROLES)?);
    let users = known.rows::<User>(&USERS)?;
    let mut found = Vec::new();
    for policy in known.rows::<Policy>(&POLICIES)?.iter().filter(|policy| policy.is_enabled()) {
        let excluded = policy.excluded_users();
        if excluded.len() > MOST_EXCLUDED {
            found.push(EXCLUDED.about(policy.shown(), json!({ "users": excluded.len() })));
        }
        for user in users.iter().filter(|user| excluded.contains(&user.id) && admins.contains(&user.id)) {
            if !known.client.is_break_glass(&user.user_principal_name) {
                let subject = format!("{} in {}", user.user_principal_name, policy.shown());
                found.push(EXCLUDED_ADMIN.about(subject, json!({ "user": user.user_principal_name })));
            }
        }
    }
    Ok(found)
}

impl Policy {
    pub fn is_enabled(&self) -> bool {
        self.state == "enabled"
    }

    pub fn shown(&self) -> &str {
        self.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// MFA, a strength of authentication, or Duo's control, which Microsoft cannot see into.
    pub fn demands_mfa(&self) -> bool {
        self.grant_controls.as_ref().is_some_and(|controls| {
            controls.built_in_controls.iter().any(|control| control == "mfa")
                || controls.authentication_strength.is_some()
                || controls.custom_authentication_factors.iter().any(|factor| factor == "RequireDuoMfa")
        })
    }

    fn blocks(&self) -> bool {
        self.grant_controls.as_ref().is_some_and(|it| it.built_in_controls.iter().any(|control| control == "block"))
    }

    fn includes_user(&self, id: &str) -> bool {
        self.conditions.users.as_ref().is_some_and(|users| users.include_users.iter().any(|user| user == id))
    }

    fn includes_role(&self, id: &str) -> bool {
        self.conditions.users.as_ref().is_some_and(|users| users.include_roles.iter().any(|role| role == id))
    }

    fn is_for_all_apps(&self) -> bool {
        let apps = self.conditions.applications.as_ref();
        apps.is_some_and(|apps| apps.include_applications.iter().any(|app| app == "All"))
    }

    /// For all users and apps, whatever the risk is and however they sign in.
    fn is_for_everybody(&self) -> bool {
        self.includes_user("All") && self.is_for_all_apps() && self.is_unconditional()
    }

    fn is_for_administrators(&self) -> bool {
        (self.includes_user("All") || self.includes_role(GLOBAL_ADMINISTRATOR)) && self.is_unconditional()
    }

    fn is_unconditional(&self) -> bool {
        let conditions = &self.conditions;
        let flows = conditions.authentication_flows.as_ref().and_then(|flows| flows.transfer_methods.as_ref());
        !self.acts_on_risk() && flows.is_none_or(|methods| methods.is_empty() || methods == "none")
    }

    fn acts_on_risk(&self) -> bool {
        !self.conditions.user_risk_levels.is_empty() || !self.conditions.sign_in_risk_levels.is_empty()
    }

    fn blocks_legacy(&self) -> bool {
        let has = |wanted: &str| self.conditions.client_app_types.iter().any(|client| client == wanted);
        self.blocks() && self.includes_user("All") && has("exchangeActiveSync") && has("other")
    }

    fn blocks_device_code(&self) -> bool {
        let flows = self.conditions.authentication_flows.as_ref().and_then(|flows| flows.transfer_methods.as_deref());
        self.blocks() && flows.is_some_and(|methods| methods.contains("deviceCodeFlow"))
    }

    fn excluded_users(&self) -> &[String] {
        self.conditions.users.as_ref().map_or(&[], |users| &users.exclude_users)
    }

    /// Whether it demands MFA of this user, as far as users and roles tell. Groups are not looked into.
    pub fn demands_mfa_of(&self, user: &str, roles: &BTreeSet<String>) -> bool {
        let Some(users) = &self.conditions.users else { return false };
        let by_role = |named: &[String]| named.iter().any(|role| roles.contains(role));
        let included = self.includes_user("All") || self.includes_user(user) || by_role(&users.include_roles);
        let excluded = users.exclude_users.iter().any(|id| id == user) || by_role(&users.exclude_roles);
        self.is_enabled() && self.demands_mfa() && self.is_unconditional() && included && !excluded
    }
}
