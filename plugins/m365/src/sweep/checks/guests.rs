//! TS-08: guests, and what they may do.

use claudetools_graph::envelope::Severity::{High, Low, Medium};
use serde_json::json;

use super::accounts::{FORGOTTEN_DAYS, STALE_DAYS, last_sign_ins};
use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::rows::{Authorization, User};
use crate::sweep::source::{ACTIVITY, AUTHORIZATION, USERS};

/// The role of guests that is the same as a member's.
const SAME_AS_MEMBERS: &str = "a0b1b346-4d3e-4e8b-98f8-753987be4970";

const UNUSED: Rule = Rule::new(
    "TS-08.R1",
    Low,
    "Guests without a sign-in for 90 days",
    "Each is an account of another organization that still sees what was shared with it.",
);
const PENDING: Rule = Rule::new(
    "TS-08.R2",
    Low,
    "Invitations that nobody accepted for 30 days",
    "Whoever gets hold of the address can still accept.",
);
const ANYBODY_INVITES: Rule =
    Rule::new("TS-08.R3", Medium, "Everybody may invite guests, guests too", "Nobody decides who comes in.");
const LIKE_MEMBERS: Rule = Rule::new(
    "TS-08.R4",
    High,
    "Guests may see as much as members",
    "One guest's account is enough to read the whole directory.",
)
.mitre(&["T1087.004"]);

pub const GUESTS: Check = Check {
    id: "TS-08",
    title: "Guests",
    profile: Profile::Hygiene,
    scuba: &["AAD.8.1", "AAD.8.2"],
    plan: None,
    sources: &[&USERS, &ACTIVITY, &AUTHORIZATION],
    rules: &[&UNUSED, &PENDING, &ANYBODY_INVITES, &LIKE_MEMBERS],
    parts: &[unused, pending, settings],
};

fn unused(known: &Known) -> Found {
    let signed_in = last_sign_ins(known)?;
    let guests = known.rows::<User>(&USERS)?.into_iter().filter(|user| user.is_guest() && user.account_enabled);
    let stale = guests.filter(|user| {
        let last = signed_in.get(&user.id).copied().flatten();
        last.is_some_and(|last| known.older(last, STALE_DAYS))
    });
    Ok(UNUSED.about_all(stale.map(|user| user.user_principal_name).collect()))
}

fn pending(known: &Known) -> Found {
    let guests = known.rows::<User>(&USERS)?.into_iter().filter(User::is_guest);
    let pending = guests.filter(|user| {
        user.external_user_state.as_deref() == Some("PendingAcceptance") && user.is_older(known, FORGOTTEN_DAYS)
    });
    Ok(PENDING.about_all(pending.map(|user| user.user_principal_name).collect()))
}

fn settings(known: &Known) -> Found {
    let policy = known.only::<Authorization>(&AUTHORIZATION)?;
    let mut found = Vec::new();
    if policy.allow_invites_from == "everyone" {
        found.push(ANYBODY_INVITES.about("tenant", json!({ "allowInvitesFrom": policy.allow_invites_from })));
    }
    if policy.guest_user_role_id.eq_ignore_ascii_case(SAME_AS_MEMBERS) {
        found.push(LIKE_MEMBERS.about("tenant", json!({ "guestUserRoleId": policy.guest_user_role_id })));
    }
    Ok(found)
}
