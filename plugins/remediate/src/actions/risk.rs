//! What Identity Protection believes of a user.

use claudetools_graph::{Ask, Class, Tenant};
use claudetools_kit::Failure;
use serde_json::{Value, json};

use super::user::{only, user};
use crate::input::Input;
use crate::plan::{Action, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        tool: "confirm_compromised",
        does: "confirm that the user is compromised",
        needs: &["IdentityRiskyUser.ReadWrite.All"],
        plan: confirm,
    },
    Action {
        tool: "dismiss_risk",
        does: "dismiss the user's risk",
        needs: &["IdentityRiskyUser.ReadWrite.All"],
        plan: dismiss,
    },
];

const RISK: &[&str] = &["riskState", "riskLevel"];

fn confirm(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    judged(tenant, input, "confirmCompromised", "confirmedCompromised", Some("`dismiss_risk` with the same user"))
}

fn dismiss(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    judged(tenant, input, "dismiss", "dismissed", None)
}

fn judged(
    tenant: &mut Tenant<'_>,
    input: &Input,
    verb: &str,
    state: &'static str,
    undo: Option<&str>,
) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let asked = format!("/v1.0/identityProtection/riskyUsers/{}?$select=id,{}", user.id, RISK.join(","));
    let read: Read = Box::new(move |tenant| match tenant.ask(Ask::one(asked.clone())) {
        Ok(reply) => Ok(only(&reply.body, RISK)),
        // Whom Identity Protection never suspected is not in its list.
        Err(gap) if gap.class == Class::NotFound => Ok(only(&Value::Null, RISK)),
        Err(gap) => Err(gap),
    });
    let before = read(tenant).map_err(|gap| unread("The user's risk", &gap))?;
    let path = format!("/v1.0/identityProtection/riskyUsers/{verb}");
    Ok(Plan {
        target: user.shown,
        before,
        write: Ask::send("POST", path, Some(json!({ "userIds": [user.id] }))),
        read,
        done: Box::new(move |now| now["riskState"] == state),
        undo: undo.map(str::to_owned),
        notes: vec!["conditional access policies that ask for risk act on this".into()],
    })
}
