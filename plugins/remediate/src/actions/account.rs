//! The account itself: sessions, sign-in, password.

use claudetools_graph::{Ask, Tenant};
use claudetools_kit::Failure;
use serde_json::json;

use super::user::{User, user};
use crate::input::Input;
use crate::plan::{Action, Plan};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        tool: "revoke_sessions",
        does: "end all sessions",
        needs: &["User.RevokeSessions.All", "User.ReadWrite.All"],
        plan: revoke,
    },
    Action {
        tool: "disable_user",
        does: "disable the account",
        needs: &["User.EnableDisableAccount.All", "User.ReadWrite.All"],
        plan: disable,
    },
    Action {
        tool: "enable_user",
        does: "enable the account",
        needs: &["User.EnableDisableAccount.All", "User.ReadWrite.All"],
        plan: enable,
    },
    Action {
        tool: "reset_password",
        does: "reset the password",
        needs: &["User-PasswordProfile.ReadWrite.All", "User.ReadWrite.All"],
        plan: reset,
    },
];

/// What stands in a request for the password that the host makes after the yes.
pub(crate) const PASSWORD: &str = "made by claudetools after your yes, shown to you alone";

const SESSIONS: &[&str] = &["signInSessionsValidFromDateTime"];
const ENABLED: &[&str] = &["accountEnabled"];
const CHANGED: &[&str] = &["lastPasswordChangeDateTime"];

fn revoke(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, SESSIONS[0])?;
    let before = user.only(SESSIONS);
    let was = before.clone();
    Ok(Plan {
        target: user.shown.clone(),
        before,
        write: Ask::send("POST", format!("/v1.0/users/{}/revokeSignInSessions", user.path), None),
        read: user.reads(SESSIONS),
        done: Box::new(move |now| !now[SESSIONS[0]].is_null() && *now != was),
        undo: None,
        notes: vec!["access tokens that were given out stay good for up to an hour, in some apps for minutes".into()],
    })
}

fn disable(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    switch(tenant, input, false, "enable_user")
}

fn enable(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    switch(tenant, input, true, "disable_user")
}

fn switch(tenant: &mut Tenant<'_>, input: &Input, to: bool, back: &str) -> Result<Plan, Failure> {
    let user = user(tenant, input, ENABLED[0])?;
    let notes = if user.synced {
        vec!["the account is synchronised: the directory on premises writes over this; change it there, too".into()]
    } else {
        Vec::new()
    };
    Ok(Plan {
        target: user.shown.clone(),
        before: user.only(ENABLED),
        write: patch(&user, json!({ "accountEnabled": to })),
        read: user.reads(ENABLED),
        done: Box::new(move |now| now[ENABLED[0]] == to),
        undo: Some(format!("`{back}` with the same user")),
        notes,
    })
}

fn reset(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, CHANGED[0])?;
    if user.synced {
        return Err(Failure::Invalid(format!(
            "{} is synchronised from a directory on premises, and an app may not reset such a password: reset it there. \
             Nothing was changed",
            user.shown
        )));
    }
    let before = user.only(CHANGED);
    let was = before.clone();
    let profile = json!({ "passwordProfile": { "password": PASSWORD, "forceChangePasswordNextSignIn": true } });
    Ok(Plan {
        target: user.shown.clone(),
        before,
        write: patch(&user, profile),
        read: user.reads(CHANGED),
        done: Box::new(move |now| !now[CHANGED[0]].is_null() && *now != was),
        undo: None,
        notes: vec![
            "whoever says yes is shown the new password, and nobody else; it has to be changed at the next sign-in"
                .into(),
        ],
    })
}

fn patch(user: &User, body: serde_json::Value) -> Ask {
    Ask::send("PATCH", format!("/v1.0/users/{}", user.path), Some(body))
}
