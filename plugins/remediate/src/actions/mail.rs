//! The automatic reply.

use claudetools_graph::{Ask, Tenant};
use claudetools_kit::Failure;
use serde_json::json;

use super::user::{only, user};
use crate::input::Input;
use crate::plan::{Action, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[Action {
    tool: "disable_autoreply",
    does: "switch the automatic reply off",
    needs: &["MailboxSettings.ReadWrite"],
    plan: disable,
}];

const REPLY: &[&str] = &[
    "status",
    "externalAudience",
    "internalReplyMessage",
    "externalReplyMessage",
    "scheduledStartDateTime",
    "scheduledEndDateTime",
];

fn disable(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let settings = format!("/v1.0/users/{}/mailboxSettings", user.path);
    let asked = format!("{settings}?$select=automaticRepliesSetting");
    let read: Read =
        Box::new(move |tenant| Ok(only(&tenant.ask(Ask::one(asked.clone()))?.body["automaticRepliesSetting"], REPLY)));
    let before = read(tenant).map_err(|gap| unread("The automatic reply", &gap))?;
    let off = json!({ "automaticRepliesSetting": { "status": "disabled" } });
    Ok(Plan {
        target: user.shown.clone(),
        before,
        write: Ask::send("PATCH", settings, Some(off)),
        read,
        done: Box::new(|now| now["status"] == "disabled"),
        undo: Some("the texts from before are in the record of this change".into()),
        notes: Vec::new(),
    })
}
