//! Mailboxes, through Exchange's cmdlets.

use claudetools_graph::text::quoted;
use claudetools_graph::{Ask, Exchange, Tenant};
use claudetools_kit::Failure;
use serde_json::{Value, json};

use super::user::{only, user};
use crate::input::{Input, needed};
use crate::plan::{Action, EXCHANGE, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[
    Action { tool: "clear_forwarding", does: "stop forwarding the mailbox", needs: EXCHANGE, plan: clear },
    Action {
        tool: "remove_delegate",
        does: "take somebody's access to the mailbox away",
        needs: EXCHANGE,
        plan: remove,
    },
    Action { tool: "unblock_sender", does: "let the sender send again", needs: EXCHANGE, plan: unblock },
];

const FORWARDING: &[&str] = &["ForwardingSmtpAddress", "ForwardingAddress", "DeliverToMailboxAndForward"];

fn clear(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let asked = Exchange::default().about_mailbox("Get-Mailbox", &user.upn, json!({ "Identity": user.upn }));
    let read: Read = Box::new(move |tenant| Ok(only(first(&tenant.ask(asked.clone())?.items), FORWARDING)));
    let before = read(tenant).map_err(|gap| unread("The mailbox", &gap))?;
    let none = json!({
        "Identity": user.upn, "ForwardingSmtpAddress": null, "ForwardingAddress": null, "DeliverToMailboxAndForward": false,
    });
    Ok(Plan {
        target: user.shown.clone(),
        before,
        write: Exchange::default().about_mailbox("Set-Mailbox", &user.upn, none),
        read,
        done: Box::new(|now| FORWARDING[..2].iter().all(|field| is_none(&now[*field]))),
        undo: Some("set the addresses anew; they are in the record of this change".into()),
        notes: Vec::new(),
    })
}

/// Exchange says nothing in several ways.
fn is_none(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn remove(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let trustee = needed("trustee", &input.trustee)?.to_owned();
    let (get, take, who, right) = match input.access.as_str() {
        "send_as" => ("Get-RecipientPermission", "Remove-RecipientPermission", "Trustee", "SendAs"),
        _ => ("Get-MailboxPermission", "Remove-MailboxPermission", "User", "FullAccess"),
    };
    let about = |cmdlet: &str, with: Value| Exchange::default().about_mailbox(cmdlet, &user.upn, with);
    let asked = about(get, json!({ "Identity": user.upn }));
    let away = json!({ "Identity": user.upn, who: trustee, "AccessRights": [right], "Confirm": false });
    let target = format!("{} · {} of {}", user.shown, right, quoted(&trustee));
    let write = about(take, away);
    let read: Read = Box::new(move |tenant| Ok(held(&tenant.ask(asked.clone())?.items, who, &trustee, right)));
    let before = read(tenant).map_err(|gap| unread("The mailbox's permissions", &gap))?;
    let undo = format!("give {right} again with the cmdlet that begins with `Add-`");
    Ok(Plan { target, before, write, read, done: Box::new(Value::is_null), undo: Some(undo), notes: Vec::new() })
}

/// The permission that somebody has, or null.
fn held(permissions: &[Value], who: &str, trustee: &str, right: &str) -> Value {
    let has = |permission: &&Value| {
        let named = permission[who].as_str().is_some_and(|name| name.eq_ignore_ascii_case(trustee));
        let rights = &permission["AccessRights"];
        let listed = rights.as_array().is_some_and(|rights| rights.iter().any(|one| one == right));
        named && (listed || rights.as_str().is_some_and(|text| text.contains(right)))
    };
    permissions.iter().find(has).map_or(Value::Null, |permission| only(permission, &[who, "AccessRights"]))
}

fn unblock(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let address = needed("address", &input.address)?;
    let which = json!({ "SenderAddress": address });
    let about = |cmdlet: &str| Exchange::default().about_organization(cmdlet, which.clone());
    let (asked, write): (Ask, Ask) = (about("Get-BlockedSenderAddress"), about("Remove-BlockedSenderAddress"));
    let read: Read = Box::new(move |tenant| Ok(first(&tenant.ask(asked.clone())?.items).clone()));
    let before = read(tenant).map_err(|gap| unread("The list of blocked senders", &gap))?;
    Ok(Plan {
        target: format!("the sender {}", quoted(address)),
        before,
        write,
        read,
        done: Box::new(Value::is_null),
        undo: None,
        notes: vec!["do this last, when the mailbox is clean: what is sent again is blocked again".into()],
    })
}

fn first(items: &[Value]) -> &Value {
    items.first().unwrap_or(&Value::Null)
}
