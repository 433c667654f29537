//! Inbox rules: of Graph, and those that only Exchange shows.

use claudetools_graph::encode::encoded;
use claudetools_graph::text::quoted;
use claudetools_graph::{Ask, Class, Exchange, Gap, Tenant};
use claudetools_kit::Failure;
use serde_json::{Value, json};

use super::user::{User, user};
use crate::input::{Input, needed};
use crate::plan::{Action, Done, Plan, Read, unread};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        tool: "disable_inbox_rule",
        does: "disable the inbox rule",
        needs: &["MailboxSettings.ReadWrite"],
        plan: disable,
    },
    Action {
        tool: "remove_inbox_rule",
        does: "remove the inbox rule",
        needs: &["MailboxSettings.ReadWrite"],
        plan: remove,
    },
];

const CLIENT_SIDE: &str = "Exchange may drop rules that run in Outlook only when it changes one";

fn disable(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let undo = "enable the rule again; the whole rule is in the record of this change";
    if input.hidden {
        return hidden(tenant, input, "Disable-InboxRule", Box::new(|now| now["Enabled"] == false), undo);
    }
    let off = Some(json!({ "isEnabled": false }));
    visible(tenant, input, |path| Ask::send("PATCH", path, off), Box::new(|now| now["isEnabled"] == false), undo)
}

fn remove(tenant: &mut Tenant<'_>, input: &Input) -> Result<Plan, Failure> {
    let undo = "make the rule anew from the record of this change";
    if input.hidden {
        return hidden(tenant, input, "Remove-InboxRule", Box::new(Value::is_null), undo);
    }
    visible(tenant, input, |path| Ask::send("DELETE", path, None), Box::new(Value::is_null), undo)
}

fn visible(
    tenant: &mut Tenant<'_>,
    input: &Input,
    write: impl FnOnce(String) -> Ask,
    done: Done,
    undo: &str,
) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let path =
        format!("/v1.0/users/{}/mailFolders/inbox/messageRules/{}", user.path, encoded(needed("id", &input.id)?));
    let asked = Ask::one(path.clone());
    let read: Read = Box::new(move |tenant| absent(tenant.ask(asked.clone()).map(|reply| reply.body)));
    planned(tenant, &user, write(path), read, done, undo, "displayName", Vec::new())
}

fn hidden(tenant: &mut Tenant<'_>, input: &Input, cmdlet: &str, done: Done, undo: &str) -> Result<Plan, Failure> {
    let user = user(tenant, input, "")?;
    let id = needed("id", &input.id)?.to_owned();
    let which = json!({ "Mailbox": user.upn, "Identity": id, "Force": true });
    let write = Exchange::default().about_mailbox(cmdlet, &user.upn, which);
    let all = json!({ "Mailbox": user.upn, "IncludeHidden": true });
    let asked = Exchange::default().about_mailbox("Get-InboxRule", &user.upn, all);
    let read: Read = Box::new(move |tenant| Ok(named(tenant.ask(asked.clone())?.items, &id)));
    planned(tenant, &user, write, read, done, undo, "Name", vec![CLIENT_SIDE.to_owned()])
}

#[expect(clippy::too_many_arguments, reason = "the parts of a plan that differ, each once")]
fn planned(
    tenant: &mut Tenant<'_>,
    user: &User,
    write: Ask,
    read: Read,
    done: Done,
    undo: &str,
    name: &str,
    notes: Vec<String>,
) -> Result<Plan, Failure> {
    let before = read(tenant).map_err(|gap| unread("The rule", &gap))?;
    let target = format!("{} · the rule {}", user.shown, quoted(before[name].as_str().unwrap_or_default()));
    Ok(Plan { target, before, write, read, done, undo: Some(undo.to_owned()), notes })
}

/// The rule with this identity. Exchange puts the mailbox before it, or leaves it out.
fn named(rules: Vec<Value>, id: &str) -> Value {
    let is = |rule: &Value, field: &str| {
        let value = rule[field].as_str().unwrap_or_default();
        value == id || value.rsplit('\\').next() == Some(id)
    };
    rules.into_iter().find(|rule| is(rule, "Identity") || is(rule, "RuleIdentity")).unwrap_or(Value::Null)
}

fn absent(read: Result<Value, Gap>) -> Result<Value, Gap> {
    match read {
        Err(gap) if gap.class == Class::NotFound => Ok(Value::Null),
        read => read,
    }
}
